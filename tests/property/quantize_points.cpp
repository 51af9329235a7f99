// All engines on the points of the quantization table: 123,452 results of an independent implementation, one
// element per format, fed as real numbers and again through a port with a format that holds them.
// Prints "skipped" and succeeds where the data is not there.
#include "data/quantize_points.hpp"

#include <algorithm>
#include <iostream>
#include <string>

#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/support/check.hpp"
#include "engines.hpp"

using namespace dal;
using namespace dal::property;

namespace {

using Column = dal::testing::QuantizeColumn;

/// quantize of an input, one element per format.
Graph program(const std::vector<Column>& columns, op::Input port) {
    std::vector<Format> formats;
    for (const Column& column : columns) formats.push_back(column.format);
    Graph graph;
    const NodeId x = graph.input("x", {static_cast<int64_t>(columns.size())}, std::move(port), {});
    graph.output("y", graph.quantize(x, FormatMap(std::move(formats)), {}).value(), {});
    DAL_CHECK(infer_forward(graph).has_value(), "the program of all formats");
    return graph;
}

/// Number of wrong points; the first is printed.
int64_t compare(std::string_view name, const Codes& codes, const std::vector<Column>& columns) {
    int64_t wrong = 0;
    for (size_t e = 0; e < columns.size(); ++e)
        for (size_t j = 0; j < columns[e].points.size(); ++j) {
            const Dyadic got = codes.value(static_cast<int64_t>(j), static_cast<int64_t>(e));
            if (got == Dyadic::from_double(columns[e].points[j].y).value()) continue;
            if (++wrong == 1)
                std::cout << name << ": quantize(" << columns[e].points[j].x << ", " << columns[e].format.to_string()
                          << ") is " << got.to_string() << ", expected " << columns[e].points[j].y << "\n";
        }
    return wrong;
}

}  // namespace

int main() {
    if (!std::filesystem::exists(dal::testing::quantize_points_file())) {
        std::cout << "skipped: " << dal::testing::quantize_points_file().string() << " is not there\n";
        return 0;
    }
    const std::vector<Column> columns = dal::testing::read_quantize_points();
    size_t points = 0;
    size_t samples = 0;
    for (const Column& column : columns) {
        points += column.points.size();
        samples = std::max(samples, column.points.size());
    }
    std::vector<double> x;  // a column that ends early repeats its last number
    for (size_t j = 0; j < samples; ++j)
        for (const Column& column : columns) x.push_back(column.points[std::min(j, column.points.size() - 1)].x);
    const std::vector<Samples> inputs{
        Array::from_doubles({static_cast<int64_t>(samples), static_cast<int64_t>(columns.size())}, x)};

    const auto oracle = [](const Graph& graph, std::span<const Samples> given) { return interpret(graph, given); };
    std::vector<Engine> all{{.name = "interpreter", .run = oracle}};
    all.insert(all.end(), engines().begin(), engines().end());
    int64_t wrong = 0;
    const Graph real = program(columns, {.real = true, .formats = {}});
    const Graph ported = program(columns, {.real = false, .formats = Format{Kif(true, 8, 16)}});
    for (const Engine& engine : all)
        for (const Graph* graph : {&real, &ported}) {
            const std::string name =
                std::string(engine.name) + (graph == &real ? ", real input" : ", input with a format");
            const auto outputs = engine.run(*graph, inputs);
            if (!outputs) {
                std::cout << name << ": " << outputs.error().front().message << "\n";
                return 1;
            }
            const int64_t here = compare(name, outputs->front(), columns);
            wrong += here;
            std::cout << name << ": " << points - static_cast<size_t>(here) << " of " << points << " points\n";
        }
    return wrong == 0 && points == dal::testing::quantize_point_count ? 0 : 1;
}
