#include <chrono>
#include <cstdio>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/cost/pipeline.hpp"
#include "dal/driver/design.hpp"
#include "dal/driver/engines.hpp"
#include "dal/emit/verilog/verilog.hpp"
#include "dal/emit/write.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/netlist/names.hpp"
#include "dal/sim/simulate.hpp"
#include "dal/sim/vectors.hpp"
#include "dal/sim/verify.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();  // shown, never computed with
}

circuit::Schedule schedule_of(const circuit::Circuit& circuit, const DesignOptions& options) {
    if (options.stages) return circuit::pipeline_into(circuit, *options.stages);
    if (options.limit) return circuit::pipeline_within(circuit, *options.limit);
    return circuit::combinational(circuit);
}

std::string top_name(const DesignOptions& options) {
    if (!options.top.empty()) return options.top;
    const std::string stem = std::filesystem::path(options.source).stem().string();
    return stem.empty() ? "net" : netlist::verilog_name(stem);
}

/// Lints and simulates what was staged; how many vectors agreed.
Result<int64_t> verify_staged(const Graph& graph, const circuit::Circuit& circuit, const emit::Design& design,
                              const std::filesystem::path& staged, std::span<const Samples> vectors,
                              const DesignOptions& options) {
    tell(options.progress, "linting");
    if (auto clean = sim::lint(design, staged); !clean) return failure(std::move(clean.error()));
    tell(options.progress, "compiling the simulation");
    auto verifier = sim::Verifier::prepare(graph, circuit, design);
    if (!verifier) return failure(std::move(verifier.error()));
    tell(options.progress, "simulating");
    std::vector<Samples> generated;
    for (Codes& codes : sim::verification_vectors(circuit, {.random = options.random_vectors, .seed = options.seed}))
        generated.emplace_back(std::move(codes));
    auto compared = verifier->compare(generated);
    if (!compared || vectors.empty()) return compared;
    auto given = verifier->compare(vectors);
    if (!given) return given;
    return *compared + *given;
}

std::string levels_text(int64_t thousandths) {
    std::string places = std::to_string(1000 + thousandths % 1000).substr(1);
    return std::to_string(thousandths / 1000) + "." + places;
}

std::string seconds_text(double seconds) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.2f s", seconds);
    return buffer;
}

cmvm::Depth solver_depth(SumDepth depth) {
    switch (depth) {
        case SumDepth::minimum: return cmvm::Depth::minimum;
        case SumDepth::each_output: return cmvm::Depth::each_output;
        case SumDepth::free: return cmvm::Depth::free;
    }
    internal_error("depth", __FILE__, __LINE__, "no such depth");
}

}  // namespace

std::optional<int64_t> adder_levels(const Rational& levels) {
    const auto thousandths = (levels * Rational(1000)).to_int64();
    if (!thousandths || *thousandths <= 0) return std::nullopt;
    return thousandths;
}

Result<DesignReport> build_design(const Graph& graph, const SourceMap& sources, std::span<const Samples> vectors,
                                  const DesignOptions& options) {
    const auto start = Clock::now();
    if (!options.top.empty() && !netlist::is_verilog_name(options.top))
        return failure(error(Code::bad_arguments, {}, "`" + options.top + "` is not a name that Verilog tools accept")
                           .with_help("`" + netlist::verilog_name(options.top) + "`"));
    if (!vectors.empty())
        if (auto checked = check_batches(graph, vectors); !checked) return failure(std::move(checked.error()));
    cmvm::Cache cache(options.cache ? cmvm::Cache::default_directory() : std::nullopt);
    LowerOptions lowering;
    lowering.cmvm.effort = options.effort;
    lowering.cmvm.area = options.area;
    lowering.cmvm.depth = solver_depth(options.depth);
    lowering.cmvm.extra_depth = options.extra_depth;
    lowering.cache = &cache;
    lowering.demand = options.demand;
    auto circuit = lower_graph(graph, std::move(lowering), options.progress);
    if (!circuit) return failure(std::move(circuit.error()));
    const circuit::Schedule schedule = schedule_of(*circuit, options);
    tell(options.progress, "writing Verilog");
    emit::VerilogOptions verilog;
    verilog.top = top_name(options);
    verilog.source = options.source;
    const emit::Design design = emit::emit_verilog(*circuit, schedule, sources, verilog);
    auto staged = emit::StagedDesign::stage(design, options.directory);
    if (!staged) return failure(std::move(staged.error()));

    const circuit::Report cost = circuit::report(*circuit);
    DesignReport report;
    report.directory = options.directory;
    report.top = design.top;
    report.adders = cost.adders;
    report.depth = cost.depth;
    report.adder_bits = cost.adder_bits;
    report.luts = cost.luts;
    report.register_bits = circuit::register_bits(*circuit, schedule);
    report.stages = schedule.stages;
    report.slowest = schedule.stages == 0 ? cost.delay : schedule.longest;
    report.build_seconds = seconds_since(start);
    if (options.verify) {
        const auto verify_start = Clock::now();
        auto compared = verify_staged(graph, *circuit, design, staged->path(), vectors, options);
        if (!compared) return failure(std::move(compared.error()));
        report.verified = true;
        report.vectors = *compared;
        report.verify_seconds = seconds_since(verify_start);
    }
    if (auto published = staged->publish(); !published) return failure(std::move(published.error()));
    return report;
}

std::string DesignReport::to_string() const {
    const auto number = [](int64_t value) { return std::to_string(value); };
    std::string text = directory.string() + ": verilog, top module " + top + "\n";
    text += "  adders     " + number(adders) + ", depth " + number(depth) + ", " + number(adder_bits) + " adder bits\n";
    text += "  estimate   " + number(luts) + " LUTs, " + number(register_bits) + " register bits\n";
    text += "  pipeline   ";
    text +=
        stages == 0 ? "combinational, " : std::to_string(stages) + (stages == 1 ? " stage" : " stages") + ", slowest ";
    text += levels_text(slowest) + " adder levels\n";
    text += "  built in   " + seconds_text(build_seconds) + "\n";
    if (verified)
        text += "  verified   " + number(vectors) + " vectors: simulated Verilog = JIT, bit for bit (" +
                seconds_text(verify_seconds) + ")\n";
    return text;
}

}  // namespace dal
