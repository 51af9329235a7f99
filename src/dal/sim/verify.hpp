// The proof by simulation that each build ends with: the Verilog as written against the JIT, which knows nothing of
// lower, cmvm, netlist and emit.
#pragma once

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"
#include "dal/emit/design.hpp"
#include "dal/graph/graph.hpp"
#include "dal/jit/jit.hpp"
#include "dal/sim/simulate.hpp"

namespace dal::sim {

using emit::Design;

/// The two witnesses of one design, compiled and ready for any number of batches.
class Verifier {
  public:
    /// `graph` and `circuit` must outlive the verifier. Errors: those of JitProgram::compile and Simulator::build.
    static Result<Verifier> prepare(const Graph& graph, const circuit::Circuit& circuit, const Design& design);

    /// Runs both on one batch per input of the graph, and returns how many samples were compared. Errors:
    /// verification_failed with the first difference, and whether the circuit has it too; those of running.
    [[nodiscard]] Result<int64_t> compare(std::span<const Samples> inputs) const;

  private:
    Verifier(const Graph& graph, const circuit::Circuit& circuit, JitProgram reference, Simulator simulator)
        : graph_(graph), circuit_(circuit), reference_(std::move(reference)), simulator_(std::move(simulator)) {}

    const Graph& graph_;
    const circuit::Circuit& circuit_;
    JitProgram reference_;
    Simulator simulator_;
};

}  // namespace dal::sim
