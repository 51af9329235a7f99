// dal run --float: how far is the exact run from one without rounding, and which quantizer does it?
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/driver/engines.hpp"
#include "dal/driver/stream.hpp"
#include "dal/interp/real_run.hpp"
#include "dal/report/quantizers.hpp"

namespace dal::cli {
namespace {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::string snr_text(const Deviation& deviation) {
    const auto snr = deviation.snr();
    if (!snr) return "exact";
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", *snr);
    return text;
}

template <size_t columns>
void print_table(const std::vector<std::array<std::string, columns>>& rows) {
    std::array<size_t, columns> widths{};
    for (const auto& row : rows)
        for (size_t j = 0; j < columns; ++j) widths[j] = std::max(widths[j], row[j].size());
    for (const auto& row : rows) {
        std::string line;
        for (size_t j = 0; j < columns; ++j)
            line += row[j] + (j + 1 < columns ? std::string(widths[j] - row[j].size() + 2, ' ') : "");
        std::puts(line.c_str());
    }
}

/// Overflows first, then by noise.
void sort_worst_first(std::vector<QuantizerDeviation>& quantizers) {
    const auto snr = [](const QuantizerDeviation& q) {
        return q.added.snr().value_or(std::numeric_limits<double>::infinity());
    };
    std::stable_sort(quantizers.begin(), quantizers.end(), [&](const auto& a, const auto& b) {
        return a.overflows != b.overflows ? a.overflows > b.overflows : snr(a) < snr(b);
    });
}

std::string format_text(const Node& node) {
    const FormatMap& formats = std::get<op::Quantize>(node.operation).formats;
    return formats.is_uniform() ? formats.at(0).to_string() : type_text(node);
}

nlohmann::ordered_json as_json(const Deviation& deviation) {
    nlohmann::ordered_json result{{"max_error", deviation.max_error}, {"mean_error", deviation.mean_error()}};
    const auto snr = deviation.snr();
    if (snr && std::isfinite(*snr))
        result["snr_db"] = *snr;
    else
        result["snr_db"] = nullptr;
    return result;
}

void print_json(const Program& program, const SourceMap& sources, const RealComparison& comparison,
                const std::vector<std::string>& names) {
    nlohmann::ordered_json result{{"samples", comparison.samples}};
    result["values"] = nlohmann::ordered_json::array();
    for (const NamedValue& value : program.values) {
        nlohmann::ordered_json row{{"name", value.name}};
        row.update(as_json(comparison.values[static_cast<size_t>(value.node)]));
        row["where"] = sources.describe(value.span);
        result["values"].push_back(std::move(row));
    }
    result["quantizers"] = nlohmann::ordered_json::array();
    for (size_t j = 0; j < names.size(); ++j) {
        const QuantizerDeviation& quantizer = comparison.quantizers[j];
        nlohmann::ordered_json row{{"name", names[j]},
                                   {"format", format_text(program.graph[quantizer.node])},
                                   {"overflows", quantizer.overflows},
                                   {"values", quantizer.added.count}};
        row.update(as_json(quantizer.added));
        row["where"] = sources.describe(program.graph[quantizer.node].place());
        result["quantizers"].push_back(std::move(row));
    }
    std::puts(result.dump(2).c_str());
}

void print_text(const Program& program, const SourceMap& sources, const RealComparison& comparison,
                const std::vector<std::string>& names) {
    std::printf("%lld samples, against a run without rounding\n\n", static_cast<long long>(comparison.samples));
    std::vector<std::array<std::string, 5>> values{{"value", "max error", "mean error", "SNR (dB)", "where"}};
    for (const NamedValue& value : program.values) {
        const Deviation& deviation = comparison.values[static_cast<size_t>(value.node)];
        values.push_back({value.name, number(deviation.max_error), number(deviation.mean_error()), snr_text(deviation),
                          sources.describe(value.span)});
    }
    print_table(values);
    if (names.empty()) return;
    std::puts("\nwhat each quantizer adds, the worst first");
    std::vector<std::array<std::string, 7>> rows{
        {"quantizer", "overflows", "of", "max error", "SNR (dB)", "format", "where"}};
    for (size_t j = 0; j < names.size(); ++j) {
        const QuantizerDeviation& quantizer = comparison.quantizers[j];
        const Node& node = program.graph[quantizer.node];
        rows.push_back({names[j], std::to_string(quantizer.overflows), std::to_string(quantizer.added.count),
                        number(quantizer.added.max_error), snr_text(quantizer.added), format_text(node),
                        sources.describe(node.place())});
    }
    print_table(rows);
}

/// What quantizers of constants add.
Result<std::vector<QuantizerDeviation>> deviations_of_constants(const Graph& constants,
                                                                const std::vector<NodeId>& quantizers) {
    auto comparison = compare_with_real(constants, {}, quantizers);
    if (!comparison) return failure(std::move(comparison.error()));
    return std::move(comparison->quantizers);
}

}  // namespace

int float_run_command(const RunArguments& options, const CommonOptions& common) {
    Console console(common);
    auto program = load_program(console, options.program, {.warn = true});
    if (!program) return console.report(program.error());
    const auto inputs = open_inputs(program->graph, options.inputs, "--input");
    if (!inputs) return console.report(inputs.error());
    const std::vector<NodeId> quantizers = report::written_quantizers(*program, console.sources());
    console.progress("running without rounding");
    RealComparer comparer(program->graph, quantizers, thread_count(options.run.threads));
    const auto done = for_each_part(program->graph, *inputs, console.advance_lines(),
                                    [&](std::span<const Samples> part) { return comparer.add(part); });
    console.clear_progress();
    if (!done) return console.report(done.error());
    RealComparison comparison = comparer.result();
    if (auto added = report::add_constants(*program, deviations_of_constants, comparison.quantizers); !added)
        return console.report(added.error());
    sort_worst_first(comparison.quantizers);
    std::vector<NodeId> sorted;
    sorted.reserve(comparison.quantizers.size());
    for (const QuantizerDeviation& quantizer : comparison.quantizers) sorted.push_back(quantizer.node);
    const std::vector<std::string> names = report::names_of(*program, console.sources(), sorted);
    (options.json ? print_json : print_text)(*program, console.sources(), comparison, names);
    return exit_ok;
}

}  // namespace dal::cli
