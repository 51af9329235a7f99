#include "dal/driver/design.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/cmvm/cache/cache.hpp"
#include "dal/driver/claim.hpp"
#include "dal/driver/engines.hpp"
#include "dal/driver/lock.hpp"
#include "dal/emit/manifest.hpp"
#include "dal/emit/verilog/verilog.hpp"
#include "dal/emit/write.hpp"
#include "dal/graph/difference.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/netlist/names.hpp"
#include "dal/sim/simulate.hpp"
#include "dal/sim/vectors.hpp"
#include "dal/sim/verify.hpp"
#include "dal/support/codes/build_codes.hpp"
#include "dal/support/codes/call_codes.hpp"

namespace dal {
namespace {

using Clock = std::chrono::steady_clock;

/// Measures one step after the other.
class StepClock {
  public:
    explicit StepClock(std::vector<StepTime>& steps) : steps_(steps) {}

    /// What happened since the last step ended.
    void end(std::string name) {
        const std::clock_t now = std::clock();
        const Clock::time_point wall = Clock::now();
        steps_.push_back({std::move(name), static_cast<double>(now - processor_) / CLOCKS_PER_SEC,
                          std::chrono::duration<double>(wall - wall_).count()});
        processor_ = now;
        wall_ = wall;
    }
    void restart() {
        processor_ = std::clock();
        wall_ = Clock::now();
    }

  private:
    std::vector<StepTime>& steps_;
    std::clock_t processor_ = std::clock();
    Clock::time_point wall_ = Clock::now();
};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();  // shown, never computed with
}

circuit::Schedule schedule_of(const circuit::Circuit& circuit, const BuildOptions& options) {
    if (options.stages) return circuit::pipeline_into(circuit, *options.stages);
    if (options.adder_levels_per_stage)
        return circuit::pipeline_within(circuit, *options.adder_levels_per_stage->thousandths());
    return circuit::combinational(circuit);
}

std::string top_name(const BuildOptions& options) {
    if (!options.top.empty()) return options.top;
    const std::string stem = std::filesystem::path(options.source).stem().string();
    return stem.empty() ? "net" : netlist::legal_name(stem);
}

Result<void> need_within(const char* option, int64_t value, int64_t least, int64_t most) {
    if (value >= least && value <= most) return {};
    return failure(error(code::bad_arguments, {}, std::string("`") + option + "` is " + std::to_string(value))
                       .with_rule("it is from " + std::to_string(least) + " to " + std::to_string(most)));
}

Result<void> check_pipeline(const BuildOptions& options) {
    if (options.stages)
        if (auto within = need_within("stages", *options.stages, 1, 10'000); !within) return within;
    if (!options.adder_levels_per_stage) return {};
    const AdderLevels& levels = *options.adder_levels_per_stage;
    if (levels.thousandths() && !options.stages) return {};
    return failure(
        error(code::bad_arguments, {},
              levels.thousandths() ? "both `stages` and `adder_levels_per_stage` are given"
                                   : "`adder_levels_per_stage` is " + levels.to_string())
            .with_rule("a pipeline has a number of stages, or stages of a positive number of adder levels with at most "
                       "three places"));
}

/// `count` samples of a batch that has at least as many, evenly spread.
Codes spread(const Codes& batch, int64_t count) {
    Codes some(batch.shape(), count, batch.f(), batch.limbs());
    const int64_t size = batch.elements() * batch.limbs();
    for (int64_t n = 0; n < count; ++n)
        std::copy_n(batch.words().begin() + n * batch.samples() / count * size, size, some.words().begin() + n * size);
    return some;
}

/// A few samples of `batches`, in the interpreter and in the circuit. An interval that is too narrow would show here
/// and nowhere else: all others believe it.
Result<int64_t> interpret_some(const Graph& graph, const circuit::Circuit& circuit, std::span<const Codes> batches) {
    constexpr int64_t most = 4;
    std::vector<Samples> some;
    for (const Codes& batch : batches) some.emplace_back(spread(batch, std::min(most, batch.samples())));
    auto expected = interpret(graph, some);
    if (!expected) return failure(std::move(expected.error()));
    auto codes = circuit::encode_inputs(circuit, some);
    if (!codes) return failure(std::move(codes.error()));
    const std::vector<Codes> evaluated = circuit::Evaluator(circuit).run(*codes);
    const std::string difference = describe_difference(graph, evaluated, "circuit", *expected, "interpreter");
    if (difference.empty()) return codes->samples();
    return failure(error(code::verification_failed, {}, difference)
                       .with_rule("the circuit computes what the interpreter does")
                       .with_help("this is a bug in dal; please report it with the program"));
}

/// Lints and simulates what was staged.
Result<Verdict> verify_staged(Build& build, const std::filesystem::path& staged, std::span<const Samples> given,
                              const BuildOptions& options, StepClock& clock) {
    const auto start = Clock::now();
    tell(options.progress, "linting");
    if (auto clean = sim::lint(build.design, staged); !clean) return failure(std::move(clean.error()));
    clock.end("lint");
    tell(options.progress, "compiling the simulation");
    auto verifier = sim::Verifier::prepare(*build.graph, build.circuit, build.design);
    if (!verifier) return failure(std::move(verifier.error()));
    clock.end("compile the simulation");
    tell(options.progress, "simulating");
    const std::vector<Codes> vectors =
        sim::verification_vectors(build.circuit, {.random = options.random_vectors, .seed = options.seed});
    const std::vector<Samples> generated(vectors.begin(), vectors.end());
    Verdict verdict;
    auto compared = verifier->compare(generated);
    if (!compared) return failure(std::move(compared.error()));
    verdict.vectors = *compared;
    if (!given.empty()) {
        compared = verifier->compare(given);
        if (!compared) return failure(std::move(compared.error()));
        verdict.vectors += *compared;
    }
    if (build.proof && build.proof->status == proof::Outcome::Status::refuted) {
        compared = verifier->compare(sample_of(*build.graph, build.proof->counterexample));
        if (!compared) return failure(std::move(compared.error()));
        verdict.vectors += *compared;
        build.proof->status = proof::Outcome::Status::open;
        build.proof->reason += ", says the proof, and the simulation does not";
    }
    clock.end("simulate");
    auto interpreted = interpret_some(*build.graph, build.circuit, vectors);
    if (!interpreted) return failure(std::move(interpreted.error()));
    verdict.interpreted = *interpreted;
    clock.end("interpret");
    verdict.seconds = seconds_since(start);
    return verdict;
}

void prove_design(Build& build, const BuildOptions& options, StepClock& clock) {
    tell(options.progress, "proving");
    build.proof = proof::prove(claim_of(*build.graph, build.design),
                               {.seconds = options.proof_seconds, .megabytes = options.proof_megabytes});
    clock.end("prove");
}

/// Whether there is a proof, if there has to be one. Error not_proven.
Result<void> check_proof(const Build& build, const BuildOptions& options) {
    const bool proven = build.proof && build.proof->status == proof::Outcome::Status::proven;
    if (options.proof != ProofMode::require || proven) return {};
    return failure(error(code::not_proven, {}, build.proof->reason)
                       .with_rule("with `--proof require` a design is written only if it is proven")
                       .with_help("`--proof try` writes it, verified by simulation only"));
}

}  // namespace

Result<void> check_options(const BuildOptions& options) {
    if (auto pipeline = check_pipeline(options); !pipeline) return pipeline;
    if (auto within = need_within("random_vectors", options.random_vectors, 0, 100'000'000); !within) return within;
    if (auto within = need_within("proof_megabytes", options.proof_megabytes, 1, 1'000'000); !within) return within;
    if (!(options.proof_seconds >= 0 && options.proof_seconds <= 100'000))
        return failure(
            error(code::bad_arguments, {}, "`proof_seconds` is out of range").with_rule("it is from 0 to 100,000"));
    if (auto within = need_within("effort", options.optimizer.effort, 0, 3); !within) return within;
    if (auto within = need_within("extra_depth", options.optimizer.extra_depth, 0, 1000); !within) return within;
    if (options.top.empty() || netlist::is_legal_name(options.top)) return {};
    return failure(error(code::bad_arguments, {}, "`" + options.top + "` is not a name that Verilog tools accept")
                       .with_help("`" + netlist::legal_name(options.top) + "`"));
}

Result<OptimizedCircuit> build_circuit(const Graph& graph, const BuildOptions& options) {
    if (auto checked = check_options(options); !checked) return failure(std::move(checked.error()));
    OptimizedCircuit result;
    StepClock clock(result.steps);
    cmvm::Cache cache(options.cache ? cmvm::Cache::default_directory() : std::nullopt,
                      options.best ? cmvm::Cache::Use::best : cmvm::Cache::Use::same);
    LowerOptions lowering;
    lowering.optimizer = options.optimizer;
    lowering.cache = &cache;
    lowering.watch.verify = options.verify_passes;
    lowering.watch.after = [&](const circuit::PassRecord& pass, const circuit::Circuit& after) {
        clock.end(std::string(pass.name));
        result.steps.back().operations = pass.after;
        if (options.after_pass) options.after_pass(pass, after);
        clock.restart();
    };
    auto circuit = lower_graph(graph, std::move(lowering), options.progress);
    if (!circuit) return failure(std::move(circuit.error()));
    result.circuit = std::move(*circuit);
    result.blocks = cache.blocks();
    return result;
}

Result<Build> build_design(const Graph& graph, const SourceMap& sources, std::span<const Samples> vectors,
                           const BuildOptions& options) {
    const auto start = Clock::now();
    if (options.directory.empty())
        return failure(error(code::bad_arguments, {}, "`directory` is empty")
                           .with_rule("the files of a design go into a directory of their own"));
    if (!vectors.empty())
        if (auto checked = check_batches(graph, vectors); !checked) return failure(std::move(checked.error()));
    auto optimized = build_circuit(graph, options);
    if (!optimized) return failure(std::move(optimized.error()));
    Build build;
    build.graph = &graph;
    build.circuit = std::move(optimized->circuit);
    build.steps = std::move(optimized->steps);
    StepClock clock(build.steps);
    build.directory = options.directory;
    build.schedule = schedule_of(build.circuit, options);
    build.cost = circuit::report(build.circuit);
    clock.end("schedule");
    tell(options.progress, "writing Verilog");
    emit::VerilogOptions verilog;
    verilog.top = top_name(options);
    verilog.source = options.source;
    build.design = emit::emit_verilog(build.circuit, build.schedule, sources, verilog);
    build.design.recipe = recipe_of(graph, options, std::move(optimized->blocks));
    build.design.files[std::string(emit::manifest_name)] = emit::manifest_text(build.design);
    if (!options.locked.empty())
        if (auto same = check_lock(build.design, options.locked); !same) return failure(std::move(same.error()));
    auto staged = emit::StagedDesign::stage(build.design, options.directory);
    if (!staged) return failure(std::move(staged.error()));
    clock.end("write");
    build.seconds = seconds_since(start);
    if (options.proof != ProofMode::off) prove_design(build, options, clock);
    // A counterexample is believed when it was simulated.
    const bool refuted = build.proof && build.proof->status == proof::Outcome::Status::refuted;
    if (options.verify || refuted) {
        auto verdict = verify_staged(build, staged->path(), vectors, options, clock);
        if (!verdict) return failure(std::move(verdict.error()));
        build.verdict = *verdict;
        auto simulator = sim::simulator_version();
        if (!simulator) return failure(std::move(simulator.error()));
        build.design.verified = emit::Verification{std::move(*simulator), verdict->vectors};
        build.design.files[std::string(emit::manifest_name)] = emit::manifest_text(build.design);
        if (auto updated = staged->update_manifest(build.design); !updated) return failure(std::move(updated.error()));
    }
    if (auto as_required = check_proof(build, options); !as_required) return failure(std::move(as_required.error()));
    if (auto published = staged->publish(); !published) return failure(std::move(published.error()));
    return build;
}

}  // namespace dal
