// The points of the quantization table, 123,452 results of an independent implementation, in simulated Verilog: one
// design with one quantizer for each format and modes, combinational and pipelined.
#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <tuple>

#include "dal/circuit/evaluator.hpp"
#include "dal/infer/forward.hpp"
#include "dal/lower/lower.hpp"
#include "dal/rtl/simulate.hpp"

using namespace dal;

namespace {

struct Point {
    Dyadic x;
    Dyadic y;
};
struct Column {
    Format format;
    std::vector<Point> points;
};

std::string unpack(const std::filesystem::path& path) {
    const gzFile file = gzopen(path.c_str(), "rb");
    REQUIRE(file != nullptr);
    std::string text;
    std::vector<char> buffer(1 << 16);
    for (int n = 0; (n = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0;)
        text.append(buffer.data(), static_cast<size_t>(n));
    REQUIRE(gzclose(file) == Z_OK);
    return text;
}

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::vector<Column> read_columns(const std::filesystem::path& path) {
    std::istringstream lines(unpack(path));
    std::map<std::tuple<std::string, std::string, int, int, int>, Column> columns;
    std::string round;
    std::string overflow;
    int k = 0;
    int i = 0;
    int f = 0;
    double x = 0;
    double y = 0;
    while (lines >> round >> overflow >> k >> i >> f >> x >> y) {
        Column& column = columns[{round, overflow, k, i, f}];
        column.format = {Kif(k != 0, i, f), round_from_string(lower_case(round)).value(),
                         overflow_from_string(lower_case(overflow)).value()};
        // The one place where we differ on purpose: one-bit signed sat_sym holds only 0.
        const bool only_zero = k == 1 && i + f == 0 && column.format.overflow == Overflow::sat_sym;
        column.points.push_back(
            {Dyadic::from_double(x).value(), only_zero ? Dyadic(0) : Dyadic::from_double(y).value()});
    }
    std::vector<Column> result;
    for (auto& [key, column] : columns) result.push_back(std::move(column));
    return result;
}

}  // namespace

TEST_CASE("all points of the quantization table") {
    const char* set = std::getenv("DAL_SHARED_DATA");
    const std::filesystem::path data = set != nullptr ? set : DAL_SOURCE_DIR "/../shared/data";
    const std::filesystem::path path = data / "quantize" / "points.txt.gz";
    if (!std::filesystem::exists(path)) {
        MESSAGE("skipped: ", path.string(), " is not there");
        return;
    }
    const std::vector<Column> columns = read_columns(path);
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
                             columns[e].points[s].x.code(port.kif.f).value());
    const auto inputs = circuit::encode_inputs(*circuit, std::vector<Samples>{numbers});
    REQUIRE(inputs);

    const std::vector<rtl::Design> designs{
        rtl::emit_verilog(*circuit, circuit::combinational(*circuit), {}, {.top = "points", .source = {}}),
        rtl::emit_verilog(*circuit, circuit::pipeline_into(*circuit, 2), {}, {.top = "pipelined", .source = {}})};
    CHECK(rtl::lint(designs));
    const auto simulator = rtl::Simulator::build(designs);
    REQUIRE(simulator);
    const auto outputs = simulator->run(std::vector<Codes>{*inputs, *inputs});
    REQUIRE(outputs);
    for (const auto& design : *outputs) {
        int64_t right = 0;
        for (size_t e = 0; e < columns.size(); ++e)
            for (size_t s = 0; s < columns[e].points.size(); ++s) {
                const Point& point = columns[e].points[s];
                const Dyadic got = design[0].value(static_cast<int64_t>(s), static_cast<int64_t>(e));
                if (got == point.y) {
                    ++right;
                    continue;
                }
                FAIL_CHECK("quantize(" << point.x.to_string() << ", " << columns[e].format.to_string() << ") is "
                                       << got.to_string() << ", expected " << point.y.to_string());
            }
        CHECK(right == 123'452);
    }
}
