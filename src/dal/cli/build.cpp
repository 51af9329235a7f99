// dal build: a program becomes verified Verilog, or a circuit in the form of another tool.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "dal/circuit/optimize.hpp"
#include "dal/cli/build_alir.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/driver/design.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/netlist/names.hpp"

namespace dal::cli {
namespace {

/// What the options say that needs no program; a message if something is not right.
std::string complete(const BuildArguments& arguments, BuildOptions& options) {
    if (arguments.output.empty() && arguments.emit.empty()) return "--output is required: the directory for the result";
    if (arguments.latency) {
        const auto levels = Rational::from_decimal(*arguments.latency);
        if (levels) options.adder_levels_per_stage = *levels;
        if (!levels || !options.adder_levels_per_stage->thousandths())
            return "--latency-per-stage: `" + *arguments.latency +
                   "` is not a positive number of adder levels with at most three places";
    }
    if (!options.top.empty() && !netlist::is_legal_name(options.top))
        return "--top: `" + options.top + "` is not a name that Verilog tools accept; try `" +
               netlist::legal_name(options.top) + "`";
    if (arguments.target != "verilog" && (options.stages || arguments.latency))
        return "--stages and --latency-per-stage: a pipeline is made of Verilog only";
    options.directory = arguments.output;
    options.source = std::filesystem::path(arguments.program).filename().string();
    return "";
}

/// Prints the circuit after the passes that were asked for.
auto printer(const BuildArguments& arguments, Console& console) {
    return [&](const circuit::PassRecord& pass, const circuit::Circuit& after) {
        const auto& wanted = arguments.print_after;
        if (std::find(wanted.begin(), wanted.end(), pass.name) == wanted.end()) return;
        console.clear_progress();
        std::printf("-- after %s\n%s", std::string(pass.name).c_str(), circuit::print(after).c_str());
    };
}

void print_steps(const std::vector<StepTime>& steps) {
    std::printf("%-22s %10s %10s %12s\n", "step", "processor", "wall", "operations");
    for (const StepTime& step : steps)
        std::printf("%-22s %8.3f s %8.3f s %12s\n", step.name.c_str(), step.seconds, step.wall_seconds,
                    step.operations ? std::to_string(*step.operations).c_str() : "");
}

int emit_circuit(const Graph& graph, const BuildArguments& arguments, const BuildOptions& options, Console& console) {
    auto optimized = build_circuit(graph, options);
    if (!optimized) return console.report(optimized.error());
    console.clear_progress();
    std::fputs(circuit::print(optimized->circuit).c_str(), stdout);
    if (arguments.time) print_steps(optimized->steps);
    return exit_ok;
}

}  // namespace

int build_command(const BuildArguments& arguments, const CommonOptions& common) {
    Console console(common);
    BuildOptions options = arguments.build;
    if (const std::string problem = complete(arguments, options); !problem.empty()) {
        std::fprintf(stderr, "%s\n", problem.c_str());
        return exit_usage;
    }
    auto program = load_program(console, arguments.program, {.warn = true});
    if (!program) return console.report(program.error());
    const Graph& graph = program->graph;
    options.progress = console.progress_lines();
    if (!arguments.print_after.empty()) options.after_pass = printer(arguments, console);
    if (!arguments.emit.empty()) return emit_circuit(graph, arguments, options, console);

    std::vector<Samples> given;
    if (!arguments.vectors.empty()) {
        auto read = read_inputs(graph, arguments.vectors, "--vectors");
        if (!read) return console.report(read.error());
        if (auto checked = check_batches(graph, *read); !checked) return console.report(checked.error());
        given = std::move(*read);
    }
    if (arguments.target == "alir") return build_alir(graph, given, options, console);
    auto build = build_design(graph, console.sources(), given, options);
    if (!build) return console.report(build.error());
    console.clear_progress();
    if (arguments.time) print_steps(build->steps);
    if (console.quiet()) return exit_ok;
    std::fputs(build->report().to_string().c_str(), stdout);
    if (!build->verdict) std::printf("  not verified: --no-verify was given\n");
    return exit_ok;
}

}  // namespace dal::cli
