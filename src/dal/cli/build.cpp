// dal build: a program becomes verified Verilog.
#include <chrono>
#include <cstdio>
#include <string>

#include "dal/circuit/cost.hpp"
#include "dal/circuit/pipeline.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/engines.hpp"
#include "dal/cli/program.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/lower/lower.hpp"
#include "dal/rtl/names.hpp"
#include "dal/rtl/simulate.hpp"
#include "dal/rtl/vectors.hpp"
#include "dal/rtl/verify.hpp"
#include "dal/rtl/write.hpp"

namespace dal::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// Adder levels as typed ("2.5"), in the thousandths of the delay model; nothing if not a positive decimal
/// with at most three places.
std::optional<int64_t> parse_levels(const std::string& text) {
    const auto value = Rational::from_decimal(text);
    if (!value) return std::nullopt;
    const auto thousandths = (*value * Rational(1000)).to_int64();
    if (!thousandths || *thousandths <= 0) return std::nullopt;
    return thousandths;
}

std::string levels_text(int64_t thousandths) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%lld.%03lld", static_cast<long long>(thousandths / 1000),
                  static_cast<long long>(thousandths % 1000));
    return buffer;
}

circuit::Schedule schedule_of(const circuit::Circuit& circuit, const BuildOptions& options,
                              std::optional<int64_t> limit) {
    if (options.stages) return circuit::pipeline_into(circuit, *options.stages);
    if (limit) return circuit::pipeline_within(circuit, *limit);
    return circuit::combinational(circuit);
}

void print_report(const BuildOptions& options, const rtl::Design& design, const circuit::Circuit& circuit,
                  const circuit::Schedule& schedule) {
    const circuit::Report cost = circuit::report(circuit);
    std::printf("%s: %s, top module %s\n", options.output.c_str(), options.target.c_str(), design.top.c_str());
    std::printf("  adders     %lld, depth %lld, %lld adder bits\n", static_cast<long long>(cost.adders),
                static_cast<long long>(cost.depth), static_cast<long long>(cost.adder_bits));
    std::printf("  estimate   %lld LUTs, %lld register bits\n", static_cast<long long>(cost.luts),
                static_cast<long long>(circuit::register_bits(circuit, schedule)));
    if (schedule.stages == 0)
        std::printf("  pipeline   combinational, %s adder levels\n", levels_text(cost.delay).c_str());
    else
        std::printf("  pipeline   %u %s, slowest %s adder levels\n", schedule.stages,
                    schedule.stages == 1 ? "stage" : "stages", levels_text(schedule.longest).c_str());
}

}  // namespace

int build_command(const BuildOptions& options, const CommonOptions& common) {
    Console console(common);
    const auto start = Clock::now();
    std::optional<int64_t> limit;
    if (options.latency) limit = parse_levels(*options.latency);
    if (options.latency && !limit) {
        std::fprintf(stderr,
                     "--latency-per-stage: `%s` is not a positive number of adder levels with at most three places\n",
                     options.latency->c_str());
        return exit_usage;
    }
    if (!options.top.empty() && !rtl::is_verilog_name(options.top)) {
        std::fprintf(stderr, "--top: `%s` is not a name that Verilog tools accept; try `%s`\n", options.top.c_str(),
                     rtl::verilog_name(options.top).c_str());
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

    cmvm::Cache cache(options.cache ? cmvm::Cache::default_directory() : std::nullopt);
    auto circuit = lower_with_progress(console, graph, options.effort, cache, options.demand);
    if (!circuit) return console.report(circuit.error());
    const circuit::Schedule schedule = schedule_of(*circuit, options, limit);
    console.progress("writing Verilog");
    rtl::VerilogOptions verilog;
    verilog.top =
        options.top.empty() ? rtl::verilog_name(std::filesystem::path(options.program).stem().string()) : options.top;
    verilog.source = std::filesystem::path(options.program).filename().string();
    const rtl::Design design = rtl::emit_verilog(*circuit, schedule, console.sources(), verilog);
    auto staged = rtl::StagedDesign::stage(design, options.output);
    if (!staged) return console.report(staged.error());
    const std::string built = seconds_since(start);

    int64_t compared = 0;
    const auto verify_start = Clock::now();
    if (options.verify) {
        console.progress("linting");
        if (auto clean = rtl::lint(design, staged->path()); !clean) return console.report(clean.error());
        console.progress("compiling the simulation");
        auto verifier = rtl::Verifier::prepare(graph, *circuit, design);
        if (!verifier) return console.report(verifier.error());
        console.progress("simulating");
        std::vector<Samples> generated;
        for (Codes& codes :
             rtl::verification_vectors(*circuit, {.random = options.random_vectors, .seed = options.seed}))
            generated.emplace_back(std::move(codes));
        for (const std::vector<Samples>* batch : {&generated, &given}) {
            if (batch->empty() && batch == &given) continue;
            auto samples = verifier->compare(*batch);
            if (!samples) {
                console.report(samples.error());
                return samples.error().front().code == Code::verification_failed ? exit_mismatch : exit_failed;
            }
            compared += *samples;
        }
    }
    if (auto published = staged->publish(); !published) return console.report(published.error());
    console.clear_progress();
    if (console.quiet()) return exit_ok;
    print_report(options, design, *circuit, schedule);
    std::printf("  built in   %s\n", built.c_str());
    if (options.verify)
        std::printf("  verified   %lld vectors: simulated Verilog = JIT, bit for bit (%s)\n",
                    static_cast<long long>(compared), seconds_since(verify_start).c_str());
    else
        std::printf("  not verified: --no-verify was given\n");
    return exit_ok;
}

}  // namespace dal::cli
