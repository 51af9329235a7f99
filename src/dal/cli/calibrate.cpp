// dal calibrate: the formats that the quantizers of a program need on data.
#include "dal/interp/calibrate.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "dal/array/npy_header.hpp"
#include "dal/array/zip.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/driver/engines.hpp"
#include "dal/driver/load.hpp"
#include "dal/driver/stream.hpp"
#include "dal/report/format_edits.hpp"
#include "dal/report/quantizers.hpp"
#include "dal/report/write_back.hpp"
#include "dal/support/codes/batch_codes.hpp"
#include "dal/support/file.hpp"
#include "dal/support/printable.hpp"

namespace dal::cli {
namespace {

const FormatMap& formats_of(const Node& node) { return std::get<op::Quantize>(node.operation).formats; }

/// A name as a member of an archive is written in a program: "line 14 (2)" is line_14_2.
std::string member_name(const std::string& name) {
    std::string result;
    for (const char c : name) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (is_letter || c == '_')
            result += c;
        else if (!result.empty() && result.back() != '_' && c != ')')
            result += '_';
    }
    return result;
}

void add_member(ZipWriter& zip, const std::string& name, const Shape& shape, const std::vector<Kif>& formats,
                int (*part)(const Kif&)) {
    std::string bytes = npy_preamble(DType::int32, shape);
    for (const Kif& kif : formats) {
        const auto value = static_cast<uint32_t>(part(kif));
        for (int byte = 0; byte < 4; ++byte) bytes += static_cast<char>((value >> (8 * byte)) & 0xFFU);
    }
    zip.add(name + ".npy", bytes);
}

Result<void> write_formats(const std::string& path, const Graph& graph, const std::vector<QuantizerNeeds>& needs,
                           const std::vector<std::string>& names) {
    ZipWriter zip;
    for (size_t j = 0; j < needs.size(); ++j) {
        const Node& node = graph[needs[j].node];
        if (!wraps(node)) continue;
        const std::string name = member_name(names[j]);
        add_member(zip, name + "_k", node.shape, needs[j].formats, [](const Kif& kif) { return kif.k ? 1 : 0; });
        add_member(zip, name + "_i", node.shape, needs[j].formats, [](const Kif& kif) { return kif.i; });
        add_member(zip, name + "_f", node.shape, needs[j].formats, [](const Kif& kif) { return kif.f; });
    }
    return write_file(path, zip.finish());
}

/// The output is no file that is read, and no folder of one.
Result<void> check_output(const CalibrateOptions& options, const Program& program) {
    std::vector<std::filesystem::path> read{options.program};
    for (const std::string& argument : options.data) read.emplace_back(parse_named_path(argument).path);
    for (const std::filesystem::path& path : program.written.files) read.push_back(path);
    const std::filesystem::path folder = std::filesystem::path(options.program).parent_path();
    read.push_back(folder.empty() ? "." : folder);
    for (const std::filesystem::path& path : read) {
        std::error_code none;
        if (std::filesystem::equivalent(path, options.output, none))
            return failure(error(code::bad_batch, {}, "`--output " + options.output + "` is read by this command")
                               .with_rule("the formats go to a place of their own")
                               .with_help("to change the program itself: `--in-place`"));
    }
    return {};
}

/// Formats that need fewer bits stay as they are.
void widen_only(const Graph& graph, std::vector<QuantizerNeeds>& needs) {
    for (QuantizerNeeds& each : needs)
        for (size_t at = 0; at < each.formats.size(); ++at) {
            const Kif& own = formats_of(graph[each.node]).at(static_cast<int64_t>(at)).kif;
            Kif& need = each.formats[at];
            if (!own.is_zero()) need = need.is_zero() ? own : Kif(need.k || own.k, std::max(need.i, own.i), own.f);
        }
}

/// What numbers need that are quantized when the program is compiled. They only get wider; fewer bits would change
/// nothing.
Result<std::vector<QuantizerNeeds>> needs_of_constants(const Graph& constants, const std::vector<NodeId>& quantizers) {
    auto needs = calibrate(constants, {}, quantizers);
    if (needs) widen_only(constants, *needs);
    return needs;
}

/// Whether a quantizer is one of a constant.
bool is_of_constant(const Graph& graph, const Node& quantizer) { return graph.is_constant(quantizer.operands.front()); }

/// Writes the formats to where the options say.
Result<void> write(Console& console, const CalibrateOptions& options, const Program& program,
                   const std::vector<QuantizerNeeds>& needs) {
    auto edits = report::format_edits(program, console.sources(), needs);
    if (!edits) return failure(std::move(edits.error()));
    console.progress("compiling with the formats");
    auto files = report::changed_files(console.sources(), options.program, program, *edits, needs,
                                       elaborate_options(console.allowed()));
    console.clear_progress();
    if (!files) return failure(std::move(files.error()));
    auto written = options.in_place ? report::write_in_place(*files)
                                    : report::write_copy(options.program, program, *files, options.output);
    if (!written || console.quiet()) return written;
    for (const auto& [path, file] : *files)
        std::printf("%s: %s changed\n", printable(path.string()).c_str(), printable(file.what).c_str());
    if (files->empty()) std::puts("nothing to change");
    return {};
}

void print_needs(const Graph& graph, const SourceMap& sources, const QuantizerNeeds& needs, const std::string& name) {
    const Node& node = graph[needs.node];
    const Format& format = formats_of(node).at(0);
    std::printf("%s  %s\n", name.c_str(), sources.describe(node.place()).c_str());
    std::printf("  is        %s\n", formats_of(node).is_uniform() ? format.to_string().c_str()
                                                                  : (type_text(node) + ", per element").c_str());
    const bool of_constant = is_of_constant(graph, node);
    if (wraps(node))
        std::printf("  %s %s\n", of_constant ? "holds    " : "data need",
                    report::needed_format(graph, needs).to_string().c_str());
    if (!needs.first) return;
    const std::string index = index_text(node.shape, needs.first->element);
    if (of_constant) {
        std::printf("  %lld of %lld constants overflow, first %s%s%s\n", static_cast<long long>(needs.overflows),
                    static_cast<long long>(needs.values), index.c_str(), index.empty() ? "" : ": ",
                    needs.first->value.shown().c_str());
        return;
    }
    std::printf("  %lld of %lld values overflow, first %s%sin sample %lld: %s\n",
                static_cast<long long>(needs.overflows), static_cast<long long>(needs.values), index.c_str(),
                index.empty() ? "" : " ", static_cast<long long>(needs.first->sample),
                needs.first->value.shown().c_str());
}

}  // namespace

int calibrate_command(const CalibrateOptions& options, const CommonOptions& common) {
    Console console(common);
    auto program = load_program(console, options.program, {.written = true, .warn = true});
    if (!program) return console.report(program.error());
    const Graph& graph = program->graph;
    if (!options.output.empty())
        if (auto checked = check_output(options, *program); !checked) return console.report(checked.error());
    const auto inputs = open_inputs(graph, options.data, "--data");
    if (!inputs) return console.report(inputs.error());
    const std::vector<NodeId> quantizers = report::written_quantizers(*program, console.sources());
    console.progress("running");
    Calibration calibration(graph, quantizers, thread_count(0));
    const auto done = for_each_part(graph, *inputs, console.advance_lines(),
                                    [&](std::span<const Samples> part) { return calibration.add(part); });
    console.clear_progress();
    if (!done) return console.report(done.error());
    std::vector<QuantizerNeeds> needs = calibration.needs(options.margin);
    if (auto added = report::add_constants(*program, needs_of_constants, needs); !added)
        return console.report(added.error());
    if (options.widen_only) widen_only(graph, needs);
    std::vector<NodeId> nodes;
    nodes.reserve(needs.size());
    for (const QuantizerNeeds& each : needs) nodes.push_back(each.node);
    const std::vector<std::string> names = report::names_of(*program, console.sources(), nodes);
    for (size_t j = 0; j < needs.size(); ++j) print_needs(graph, console.sources(), needs[j], names[j]);
    const bool is_archive = std::filesystem::path(options.output).extension() == ".npz";
    if (!options.in_place && options.output.empty()) return exit_ok;
    const auto written =
        is_archive ? write_formats(options.output, graph, needs, names) : write(console, options, *program, needs);
    return written ? exit_ok : console.report(written.error());
}

}  // namespace dal::cli
