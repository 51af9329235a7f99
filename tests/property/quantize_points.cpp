// All engines on the points of the quantization table: 123,452 results of an independent implementation, one
// element per format, fed as real numbers and again through a port with a format that holds them.
// Prints "skipped" and succeeds where the data is not there.
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>

#include "dal/infer/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/support/check.hpp"
#include "engines.hpp"

using namespace dal;
using namespace dal::property;

namespace {

struct Column {
    Format format;
    std::vector<double> x;
    std::vector<double> y;
};

std::string unpack(const std::filesystem::path& path) {
    const gzFile file = gzopen(path.c_str(), "rb");
    DAL_CHECK(file != nullptr, "cannot open " + path.string());
    std::string text;
    std::vector<char> buffer(1 << 16);
    for (int n = 0; (n = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0;)
        text.append(buffer.data(), static_cast<size_t>(n));
    DAL_CHECK(gzclose(file) == Z_OK, "cannot unpack " + path.string());
    return text;
}

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

/// The points by format, in the order of the file.
std::vector<Column> read_points(const std::filesystem::path& path) {
    std::istringstream lines(unpack(path));
    std::vector<Column> columns;
    std::string round;
    std::string overflow;
    int k = 0;
    int i = 0;
    int f = 0;
    double x = 0;
    double y = 0;
    while (lines >> round >> overflow >> k >> i >> f >> x >> y) {
        const Format format{Kif(k != 0, i, f), round_from_string(lower_case(round)).value(),
                            overflow_from_string(lower_case(overflow)).value()};
        const auto at = std::find_if(columns.rbegin(), columns.rend(),
                                     [&](const Column& column) { return column.format == format; });
        Column& column = at == columns.rend() ? columns.emplace_back(Column{format, {}, {}}) : *at;
        // The one place where we differ on purpose: one-bit signed sat_sym holds only 0.
        const bool only_zero = k == 1 && i + f == 0 && format.overflow == Overflow::sat_sym;
        column.x.push_back(x);
        column.y.push_back(only_zero ? 0 : y);
    }
    return columns;
}

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
        for (size_t j = 0; j < columns[e].x.size(); ++j) {
            const Dyadic got = codes.value(static_cast<int64_t>(j), static_cast<int64_t>(e));
            if (got == Dyadic::from_double(columns[e].y[j]).value()) continue;
            if (++wrong == 1)
                std::cout << name << ": quantize(" << columns[e].x[j] << ", " << columns[e].format.to_string()
                          << ") is " << got.to_string() << ", expected " << columns[e].y[j] << "\n";
        }
    return wrong;
}

}  // namespace

int main() {
    const char* set = std::getenv("DAL_SHARED_DATA");
    const std::filesystem::path data = set != nullptr ? set : DAL_SOURCE_DIR "/../shared/data";
    const std::filesystem::path path = data / "quantize" / "points.txt.gz";
    if (!std::filesystem::exists(path)) {
        std::cout << "skipped: " << path.string() << " is not there\n";
        return 0;
    }
    const std::vector<Column> columns = read_points(path);
    size_t points = 0;
    size_t samples = 0;
    for (const Column& column : columns) {
        points += column.x.size();
        samples = std::max(samples, column.x.size());
    }
    std::vector<double> x;  // a column that ends early repeats its last number
    for (size_t j = 0; j < samples; ++j)
        for (const Column& column : columns) x.push_back(column.x[std::min(j, column.x.size() - 1)]);
    const std::vector<Samples> inputs{
        Array::from_doubles({static_cast<int64_t>(samples), static_cast<int64_t>(columns.size())}, x)};

    std::vector<Engine> all{{.name = "interpreter", .run = interpret}};
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
    constexpr size_t all_points = 123'452;
    return wrong == 0 && points == all_points ? 0 : 1;
}
