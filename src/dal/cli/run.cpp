// dal run: bit-exact outputs for a batch of inputs.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "dal/array/npy.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/driver/engines.hpp"
#include "dal/graph/difference.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/batch_codes.hpp"

namespace dal::cli {
namespace {

constexpr int64_t shown_samples = 8;
constexpr int64_t shown_elements = 16;

/// The first samples as exact decimals, in columns.
void print_samples(const std::string& name, const Codes& codes) {
    std::string text = name + ": " + std::to_string(codes.samples()) + (codes.samples() == 1 ? " sample" : " samples");
    text += codes.shape().empty() ? " of a scalar\n" : " of " + to_string(codes.shape()) + "\n";
    const int64_t rows = std::min(codes.samples(), shown_samples);
    const int64_t columns = std::min(codes.elements(), shown_elements);
    std::vector<std::vector<std::string>> cells(static_cast<size_t>(rows));
    std::vector<size_t> widths(static_cast<size_t>(columns));
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column) {
            cells[static_cast<size_t>(row)].push_back(codes.value(row, column).to_string());
            size_t& width = widths[static_cast<size_t>(column)];
            width = std::max(width, cells[static_cast<size_t>(row)].back().size());
        }
    for (const auto& row : cells) {
        text += " ";
        for (size_t column = 0; column < row.size(); ++column)
            text += " " + std::string(widths[column] - row[column].size(), ' ') + row[column];
        text += codes.elements() > columns ? " ...\n" : "\n";
    }
    if (codes.samples() > rows) text += "  ... (-o FILE writes all)\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
}

Result<void> write_output(const std::string& path, OutputFormat format, const Codes& codes) {
    switch (format) {
        case OutputFormat::npy: return write_npy(path, codes);
        case OutputFormat::codes: return write_codes(path, codes);
    }
    internal_error("format", __FILE__, __LINE__, "no such output format");
}

/// No file is written twice, and none that the run reads: neither an input nor the program.
Result<void> check_paths(const RunArguments& options, const std::vector<std::string>& outputs) {
    namespace fs = std::filesystem;
    const auto place = [](const std::string& path) {
        std::error_code failed;
        const fs::path known = fs::weakly_canonical(fs::absolute(path, failed), failed);
        return failed ? fs::path(path) : known;
    };
    std::map<fs::path, std::string> taken{{place(options.program), "the program"}};
    for (const std::string& argument : options.inputs)
        taken.emplace(place(parse_named_path(argument).path), "an input of this run");
    for (const std::string& path : outputs) {
        // Devices (/dev/null) may be written as often as one likes.
        if (path.empty() || (fs::exists(place(path)) && !fs::is_regular_file(place(path)))) continue;
        const auto [other, is_new] = taken.emplace(place(path), "another output");
        if (!is_new)
            return failure(error(code::bad_batch, {}, "`--output " + path + "` is " + other->second)
                               .with_rule("each output has a file of its own"));
    }
    return {};
}

}  // namespace

int run_command(const RunArguments& options, const CommonOptions& common) {
    Console console(common);
    auto program = load_program(console, options.program, {.warn = true});
    if (!program) return console.report(program.error());
    const Graph& graph = program->graph;

    std::vector<std::string> names;
    for (const Output& output : graph.outputs()) names.push_back(output.name);
    auto paths = match_paths(names, options.outputs, "output", "--output");
    if (!paths) return console.report(paths.error());
    if (auto checked = check_paths(options, *paths); !checked) return console.report(checked.error());
    auto inputs = read_inputs(graph, options.inputs, "--input");
    if (!inputs) return console.report(inputs.error());

    RunOptions run = options.run;
    run.progress = console.progress_lines();
    auto outputs = run_engine(graph, *inputs, run);
    if (!outputs) return console.report(outputs.error());
    console.clear_progress();
    for (size_t j = 0; j < names.size(); ++j) {
        if ((*paths)[j].empty()) {
            print_samples(names[j], (*outputs)[j]);
        } else if (auto written = write_output((*paths)[j], options.format, (*outputs)[j]); !written) {
            return console.report(written.error());
        }
    }
    if (run.check && !console.quiet() && !outputs->empty())
        std::printf("checked: the interpreter agrees on %lld samples\n",
                    static_cast<long long>(outputs->front().samples()));
    return exit_ok;
}

}  // namespace dal::cli
