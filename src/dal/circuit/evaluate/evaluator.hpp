// Runs a Circuit on batches: blocks of samples, vector loops, slots reused by liveness. Needs no
// compilation, so it is the quick way to run small batches, and the check of `lower` and the optimizer.
#pragma once

#include <memory>

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::circuit {

/// The codes that enter the circuit: [samples, inputs] with one element per Circuit::inputs(), quantized
/// from numbers at the boundary. Error bad_sample: NaN, infinite, or not a value of a declared port.
Result<Codes> encode_inputs(const Circuit& circuit, std::span<const Samples> inputs);

struct Plan;

/// Prepared evaluation of one circuit.
class Evaluator {
  public:
    explicit Evaluator(const Circuit& circuit);
    ~Evaluator();
    Evaluator(Evaluator&&) noexcept;
    Evaluator& operator=(Evaluator&&) noexcept;

    /// One batch per output tensor. `inputs` as encode_inputs makes them. `threads` ≥ 1.
    [[nodiscard]] std::vector<Codes> run(const Codes& inputs, int threads = 1) const;

  private:
    std::unique_ptr<Plan> plan_;
};

}  // namespace dal::circuit
