// The points of the quantization table, 123,452 results of an independent implementation, in simulated Verilog: one
// design with one quantizer for each format and modes, combinational and pipelined.
#include <doctest/doctest.h>

#include <algorithm>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/emit/verilog/verilog.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/lower/lower.hpp"
#include "dal/sim/simulate.hpp"
#include "data/quantize_points.hpp"

using namespace dal;

using Column = dal::testing::QuantizeColumn;

TEST_CASE("all points of the quantization table") {
    if (!std::filesystem::exists(dal::testing::quantize_points_file())) {
        MESSAGE("skipped: ", dal::testing::quantize_points_file().string(), " is not there");
        return;
    }
    const std::vector<Column> columns = dal::testing::read_quantize_points();
    const auto count = static_cast<int64_t>(columns.size());
    size_t samples = 0;
    std::vector<Format> formats;
    for (const Column& column : columns) {
        samples = std::max(samples, column.points.size());
        formats.push_back(column.format);
    }
    // A port that holds every number of the table, so that all rounding happens in Verilog.
    const Format port{Kif(true, 8, 16)};
    Graph graph;
    const NodeId x = graph.input("x", {count}, {.real = false, .formats = port}, {});
    graph.output("y", graph.quantize(x, FormatMap(std::move(formats)), {}).value(), {});
    REQUIRE(infer_forward(graph));
    const auto circuit = lower(graph);
    REQUIRE(circuit);

    Codes numbers({count}, static_cast<int64_t>(samples), std::vector<int>(columns.size(), port.kif.f), 1);
    for (size_t e = 0; e < columns.size(); ++e)
        for (size_t s = 0; s < columns[e].points.size(); ++s)
            numbers.set_code(static_cast<int64_t>(s), static_cast<int64_t>(e),
                             Dyadic::from_double(columns[e].points[s].x)->code(port.kif.f).value());
    const auto inputs = circuit::encode_inputs(*circuit, std::vector<Samples>{numbers});
    REQUIRE(inputs);

    const std::vector<emit::Design> designs{
        emit::emit_verilog(*circuit, circuit::combinational(*circuit), {}, {.top = "points", .source = {}}),
        emit::emit_verilog(*circuit, circuit::pipeline_into(*circuit, 2), {}, {.top = "pipelined", .source = {}})};
    CHECK(sim::lint(designs));
    const auto simulator = sim::Simulator::build(designs);
    REQUIRE(simulator);
    const auto outputs = simulator->run(std::vector<Codes>{*inputs, *inputs});
    REQUIRE(outputs);
    for (const auto& design : *outputs) {
        size_t right = 0;
        for (size_t e = 0; e < columns.size(); ++e)
            for (size_t s = 0; s < columns[e].points.size(); ++s) {
                const auto [x_value, y_value] = columns[e].points[s];
                const Dyadic got = design[0].value(static_cast<int64_t>(s), static_cast<int64_t>(e));
                if (got == Dyadic::from_double(y_value).value()) {
                    ++right;
                    continue;
                }
                FAIL_CHECK("quantize(" << x_value << ", " << columns[e].format.to_string() << ") is " << got.to_string()
                                       << ", expected " << y_value);
            }
        CHECK(right == dal::testing::quantize_point_count);
    }
}
