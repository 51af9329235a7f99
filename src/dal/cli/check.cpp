// dal check: is the program right, and what is inferred?
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/driver/load.hpp"
#include "dal/infer/advice/ebops.hpp"
#include "dal/report/check_json.hpp"
#include "dal/report/warnings.hpp"
#include "dal/report/width_chart.hpp"
#include "dal/support/file.hpp"
#include "dal/support/printable.hpp"

namespace dal::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// In columns; `numbers` are aligned to the right.
void print_table(const Rows& rows, const std::vector<bool>& numbers) {
    std::vector<size_t> widths(numbers.size());
    for (const auto& row : rows)
        for (size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], row[column].size());
    for (const auto& row : rows) {
        std::string line;
        for (size_t column = 0; column < row.size(); ++column) {
            const std::string pad(widths[column] - row[column].size(), ' ');
            if (column > 0) line += "  ";
            line += numbers[column] ? pad + row[column] : row[column] + pad;
        }
        while (line.ends_with(' ')) line.pop_back();
        std::puts(line.c_str());
    }
}

/// One row per named value, in the order of the text.
void print_types(const Program& program, const SourceMap& sources) {
    Rows rows{{"name", "type", "range", "where"}};
    for (NamedType& value : named_types(program, sources))
        rows.push_back({std::move(value.name), std::move(value.type), std::move(value.range), std::move(value.place)});
    print_table(rows, {false, false, false, false});
}

/// One row per product, added constant, or sum or difference of variables, then the total.
void print_ebops(const Graph& graph, const SourceMap& sources, BiasTerm bias) {
    Rows rows{{"operation", "products", "bias", "additions", "EBOPs", "where"}};
    Int products = 0;
    Rational biases;
    Rational additions;
    for (const LayerEbops& layer : count_ebops(graph, bias)) {
        const Node& node = graph[layer.node];
        rows.push_back({std::string(operation_name(node.operation)), layer.products.to_string(),
                        ebops_text(layer.bias_term), ebops_text(layer.additions), ebops_text(layer.total()),
                        sources.describe(node.place())});
        products += layer.products;
        biases = biases + layer.bias_term;
        additions = additions + layer.additions;
    }
    const Rational total = Rational(Dyadic(products)) + biases + additions;
    rows.push_back({"total", products.to_string(), ebops_text(biases), ebops_text(additions), ebops_text(total), ""});
    print_table(rows, {false, true, true, true, true, false});
}

/// As text, or into the file whose ending says how. Error: cannot_write.
Result<void> show_widths(const Program& program, const SourceMap& sources, const CheckOptions& options) {
    const std::vector<report::Widths> values = report::collect_widths(program, sources);
    if (options.widths->empty()) {
        std::fputs(report::widths_text(values).c_str(), stdout);
        return {};
    }
    const std::string title = "Widths of " + printable(std::filesystem::path(options.program).filename().string());
    const bool page = options.widths->ends_with(".html");
    return write_file(*options.widths, page ? report::widths_html(values, title) : report::widths_svg(values, title));
}

}  // namespace

int check_command(const CheckOptions& options, const CommonOptions& common) {
    Console console(common);
    auto program = load_program(console, options.program, {.written = options.warnings.has_value(), .constants = true});
    console.clear_progress();
    if (!program) return console.report(program.error());
    console.warn(report::warnings(*program, console.sources(), options.warnings.value_or("")));
    if (options.json) {
        const report::CheckParts parts{options.types, options.ebops, options.widths.has_value()};
        std::puts(report::check_json(*program, console.sources(), parts).c_str());
    }
    if (options.types && !options.json) print_types(*program, console.sources());
    if (options.graph) std::fputs(print(program->graph).c_str(), stdout);
    if (options.ebops && !options.json) print_ebops(program->graph, console.sources(), *options.ebops);
    if (options.widths && !(options.json && options.widths->empty()))
        if (auto shown = show_widths(*program, console.sources(), options); !shown)
            return console.report(shown.error());
    const bool asked = options.types || options.json || options.graph || options.ebops || options.widths;
    if (!asked && !console.quiet())
        std::printf("%s: %zu inputs, %zu outputs, %zu nodes: ok\n", printable(options.program).c_str(),
                    program->graph.inputs().size(), program->graph.outputs().size(), program->graph.size());
    return exit_ok;
}

}  // namespace dal::cli
