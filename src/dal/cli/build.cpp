// dal build: a program becomes verified Verilog.
#include <cstdio>
#include <filesystem>
#include <string>

#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/driver/design.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/netlist/names.hpp"

namespace dal::cli {
namespace {

/// Adder levels as typed ("2.5"), in the thousandths of the delay model; nothing if not a positive decimal
/// with at most three places.
std::optional<int64_t> parse_levels(const std::string& text) {
    const auto value = Rational::from_decimal(text);
    return value ? adder_levels(*value) : std::nullopt;
}

}  // namespace

int build_command(const BuildOptions& options, const CommonOptions& common) {
    Console console(common);
    std::optional<int64_t> limit;
    if (options.latency) limit = parse_levels(*options.latency);
    if (options.latency && !limit) {
        std::fprintf(stderr,
                     "--latency-per-stage: `%s` is not a positive number of adder levels with at most three places\n",
                     options.latency->c_str());
        return exit_usage;
    }
    if (!options.top.empty() && !netlist::is_verilog_name(options.top)) {
        std::fprintf(stderr, "--top: `%s` is not a name that Verilog tools accept; try `%s`\n", options.top.c_str(),
                     netlist::verilog_name(options.top).c_str());
        return exit_usage;
    }
    auto program = load_program(console, options.program);
    if (!program) return console.report(program.error());
    const Graph& graph = program->graph;
    std::vector<Samples> given;
    if (!options.vectors.empty()) {
        auto read = read_inputs(graph, options.vectors, "--vectors");
        if (!read) return console.report(read.error());
        if (auto checked = check_batches(graph, *read); !checked) return console.report(checked.error());
        given = std::move(*read);
    }

    DesignOptions design;
    design.directory = options.output;
    design.top = options.top;
    design.source = std::filesystem::path(options.program).filename().string();
    design.stages = options.stages;
    design.limit = limit;
    design.random_vectors = options.random_vectors;
    design.seed = options.seed;
    design.verify = options.verify;
    design.effort = options.effort;
    design.cache = options.cache;
    design.demand = options.demand;
    design.area = options.area;
    design.depth = options.depth;
    design.extra_depth = options.extra_depth;
    design.progress = console.progress_lines();
    auto report = build_design(graph, console.sources(), given, design);
    if (!report) {
        console.report(report.error());
        return report.error().front().code == Code::verification_failed ? exit_mismatch : exit_failed;
    }
    console.clear_progress();
    if (console.quiet()) return exit_ok;
    std::fputs(report->to_string().c_str(), stdout);
    if (!report->verified) std::printf("  not verified: --no-verify was given\n");
    return exit_ok;
}

}  // namespace dal::cli
