// dal check: is the program right, and what is inferred?
#include <algorithm>
#include <array>
#include <cstdio>

#include "dal/cli/advice.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/edsl/checked.hpp"

namespace dal::cli {
namespace {

/// One row per named value, in the order of the text.
void print_types(const Program& program, const SourceMap& sources) {
    using Row = std::array<std::string, 4>;
    std::vector<Row> rows{{"name", "type", "range", "where"}};
    for (edsl::NamedType& value : named_types(program, sources))
        rows.push_back({std::move(value.name), std::move(value.type), std::move(value.range), std::move(value.place)});
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
    auto program = load_program(console, options.program, options.warnings.has_value());
    console.clear_progress();
    if (!program) return console.report(program.error());
    if (options.warnings) print_advice(*program, console, console.sources(), *options.warnings);
    if (options.types) print_types(*program, console.sources());
    if (options.graph) std::fputs(print(program->graph).c_str(), stdout);
    if (!options.types && !options.graph && !console.quiet())
        std::printf("%s: %zu inputs, %zu outputs, %zu nodes: ok\n", options.program.c_str(),
                    program->graph.inputs().size(), program->graph.outputs().size(), program->graph.size());
    return exit_ok;
}

}  // namespace dal::cli
