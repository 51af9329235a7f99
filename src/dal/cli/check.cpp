// dal check: is the program right, and what is inferred?
#include <algorithm>
#include <array>
#include <cstdio>

#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"

namespace dal::cli {
namespace {

/// "[-1.5, 3]"; the ends are anything that can be compared and printed.
template <class Range>
std::string range_text(Range&& ends) {
    auto [low, high] = ends.front();
    for (const auto& [from, to] : ends) {
        low = std::min(low, from);
        high = std::max(high, to);
    }
    return "[" + low.to_string() + ", " + high.to_string() + "]";
}

std::string range_text(const Node& node) {
    if (node.real || node.range.empty()) return "";
    std::vector<std::pair<Dyadic, Dyadic>> ends;
    for (const Interval& range : node.range) ends.emplace_back(range.min(), range.max());
    return range_text(ends);
}

std::string range_text(const Constant& constant) {
    if (constant.size() == 1) return constant.at(0).to_string();
    std::vector<std::pair<Rational, Rational>> ends;
    for (int64_t element = 0; element < constant.size(); ++element)
        ends.emplace_back(constant.at(element), constant.at(element));
    return range_text(ends);
}

/// One row per named value, in the order of the text.
void print_types(const Program& program, const SourceMap& sources) {
    using Row = std::array<std::string, 4>;
    std::vector<std::pair<uint32_t, Row>> found;
    for (const NamedValue& value : program.values) {
        const Node& node = program.graph[value.node];
        found.emplace_back(value.span.begin,
                           Row{value.name, type_text(node), range_text(node), sources.describe(value.span)});
    }
    for (const NamedConstant& constant : program.constants) {
        const Shape& shape = constant.value.shape;
        found.emplace_back(constant.span.begin, Row{constant.name, "constant" + (shape.empty() ? "" : to_string(shape)),
                                                    range_text(constant.value), sources.describe(constant.span)});
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Row> rows{{"name", "type", "range", "where"}};
    for (auto& [position, row] : found) rows.push_back(std::move(row));
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
