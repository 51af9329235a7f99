// From a settled graph to verified Verilog on the disk: what `dal build` and Program::build do, and everything that is
// known of the result.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"
#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/cost/pipeline.hpp"
#include "dal/cmvm/solved_block.hpp"
#include "dal/driver/options.hpp"
#include "dal/emit/design.hpp"
#include "dal/graph/graph.hpp"
#include "dal/proof/prove.hpp"

namespace dal {

/// A step of a build: a pass over the circuit, or one of the others.
struct StepTime {
    std::string name;
    double seconds = 0;                  ///< of the processor, in this process; shown, never computed with
    double wall_seconds = 0;             ///< other programs included
    std::optional<size_t> operations{};  ///< of the circuit afterwards, if it may have changed
};

/// What was compared, bit for bit, and found equal.
struct Verdict {
    int64_t vectors = 0;      ///< simulated Verilog = JIT
    int64_t interpreted = 0;  ///< of these, interpreter = circuit
    double seconds = 0;
};

struct Build {
    const Graph* graph = nullptr;
    circuit::Circuit circuit;
    circuit::Schedule schedule;
    circuit::Report cost;
    emit::Design design;
    std::optional<Verdict> verdict;       ///< nothing if verification was not asked for
    std::optional<proof::Outcome> proof;  ///< nothing if it was not tried
    std::vector<StepTime> steps;
    double seconds = 0;  ///< without verification and proof
    std::filesystem::path directory;

    [[nodiscard]] DesignReport report() const;
};

/// Whether all options are within their ranges. Error bad_arguments names the one that is not.
Result<void> check_options(const BuildOptions& options);

/// The optimized circuit of a settled graph, and how long each pass took. Nothing is written.
struct OptimizedCircuit {
    circuit::Circuit circuit;
    std::vector<cmvm::SolvedBlock> blocks;  ///< its constant products
    std::vector<StepTime> steps;
};
Result<OptimizedCircuit> build_circuit(const Graph& graph, const BuildOptions& options);

/// `vectors`: none, or a batch per input that is verified besides the generated ones. `graph` must outlive the result.
/// Nothing is written unless all went well. Errors: those of check_options, lower and sim (verification_failed if the
/// Verilog computes anything else than the JIT, or the circuit anything else than the interpreter); bad_arguments for
/// not_as_locked for another design than that of `locked`; not_proven if a proof is required; bad_arguments for an
/// empty `directory` or a `top` that Verilog tools do not accept.
Result<Build> build_design(const Graph& graph, const SourceMap& sources, std::span<const Samples> vectors,
                           const BuildOptions& options);

}  // namespace dal
