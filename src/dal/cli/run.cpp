// dal run: bit-exact outputs for a batch of inputs.
#include <algorithm>
#include <cstdio>

#include "dal/cli/commands.hpp"
#include "dal/cli/outputs.hpp"
#include "dal/cli/program.hpp"
#include "dal/driver/engines.hpp"
#include "dal/driver/stream.hpp"

namespace dal::cli {

int run_command(const RunArguments& options, const CommonOptions& common) {
    Console console(common);
    auto program = load_program(console, options.program, {.warn = true});
    if (!program) return console.report(program.error());
    const Graph& graph = program->graph;

    auto inputs = open_inputs(graph, options.inputs, "--input");
    if (!inputs) return console.report(inputs.error());
    const auto samples = check_sources(graph, *inputs);
    if (!samples) return console.report(samples.error());
    auto outputs = open_outputs(graph, options, *samples);
    if (!outputs) return console.report(outputs.error());

    RunOptions run = options.run;
    run.progress = console.progress_lines();
    run.advance = console.advance_lines();
    const auto done = run_stream(graph, *inputs, outputs->sinks, run);
    console.clear_progress();
    if (!done) return console.report(done.error());
    if (run.check && !console.quiet()) {
        const long long interpreted = std::min(*done, OutputCheck::interpreted_samples);
        std::FILE* to = outputs->to_standard_output ? stderr : stdout;
        std::fprintf(to, "checked: the interpreter agrees on %lld samples", interpreted);
        if (*done > interpreted)
            std::fprintf(to, ", exact arithmetic in blocks on all %lld", static_cast<long long>(*done));
        std::fputs("\n", to);
    }
    return exit_ok;
}

}  // namespace dal::cli
