// dal check: is the program right, and what is inferred?
#include <algorithm>
#include <array>
#include <cstdio>

#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"

namespace dal::cli {
namespace {

/// "fixed(1, 3, 4)[64]", or the smallest and largest width where the elements differ.
std::string type_text(const Node& node) {
    const std::string shape = node.shape.empty() ? "" : to_string(node.shape);
    if (node.real) return "real" + shape;
    if (node.range.empty()) return "_" + shape;
    const Kif first = node.range.front().kif();
    Interval hull = node.range.front();
    int least = first.width();
    bool uniform = true;
    for (const Interval& range : node.range) {
        uniform = uniform && range.kif() == first;
        least = std::min(least, range.width());
        hull = hull.hull(range);
    }
    if (uniform) return first.to_string() + shape;
    int most = 0;
    for (const Interval& range : node.range) most = std::max(most, range.width());
    return hull.kif().to_string() + shape + ", " + std::to_string(least) + " to " + std::to_string(most) + " bits";
}

std::string range_text(const Node& node) {
    if (node.real || node.range.empty()) return "";
    Dyadic low = node.range.front().min();
    Dyadic high = node.range.front().max();
    for (const Interval& range : node.range) {
        low = std::min(low, range.min());
        high = std::max(high, range.max());
    }
    return "[" + low.to_string() + ", " + high.to_string() + "]";
}

void print_types(const Program& program, const SourceMap& sources) {
    std::vector<std::array<std::string, 4>> rows{{"name", "type", "range", "where"}};
    for (const NamedValue& value : program.values) {
        const Node& node = program.graph[value.node];
        rows.push_back({value.name, type_text(node), range_text(node), sources.describe(value.span)});
    }
    std::array<size_t, 4> widths{};
    for (const auto& row : rows)
        for (size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], row[column].size());
    for (const auto& row : rows) {
        std::string line;
        for (size_t column = 0; column < row.size(); ++column)
            line += row[column] +
                    (column + 1 < row.size() ? std::string(widths[column] - row[column].size() + 2, ' ') : "");
        std::puts(line.c_str());
    }
}

}  // namespace

int check_command(const CheckOptions& options, const CommonOptions& common) {
    Console console(common);
    auto program = load_program(console, options.program);
    console.clear_progress();
    if (!program) return console.report(program.error());
    if (options.types) print_types(*program, console.sources());
    if (options.graph) std::fputs(print(program->graph).c_str(), stdout);
    if (!options.types && !options.graph && !console.quiet())
        std::printf("%s: %zu inputs, %zu outputs, %zu nodes: ok\n", options.program.c_str(),
                    program->graph.inputs().size(), program->graph.outputs().size(), program->graph.size());
    return exit_ok;
}

}  // namespace dal::cli
