// Random matrices with everything that makes constant multiplication awkward, and an evaluator of adder graphs
// that shares nothing with the certificate. Only for tests.
#pragma once

#include <random>
#include <string>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm::testing {

struct RandomProblem {
    Matrix matrix;
    std::vector<InputInfo> inputs;
};

class Random {
  public:
    explicit Random(uint64_t seed) : engine_(seed) {}
    /// Uniform in lo..hi.
    int64_t between(int64_t lo, int64_t hi) {
        return lo + static_cast<int64_t>(engine_() % static_cast<uint64_t>(hi - lo + 1));
    }
    bool chance(int percent) { return between(0, 99) < percent; }
    /// Up to `bits` bits, signed.
    Int integer(int64_t bits) {
        Int value(0);
        for (int64_t done = 0; done < bits; done += 32) value = (value << 32) + Int(between(0, 0xFFFFFFFF));
        const int64_t extra = value.bit_length() - bits;
        if (extra > 0) value >>= extra;
        return chance(50) ? -value : value;
    }
    /// A number of Int between two others.
    Int inside(const Int& lo, const Int& hi) {
        const Int span = hi - lo + 1;
        return lo + Int::floor_mod(abs(integer(span.bit_length() + 32)), span);
    }

  private:
    std::mt19937_64 engine_;
};

/// A matrix of up to max_size by max_size.
RandomProblem random_problem(Random& random, int max_size, int max_bits);

/// The value of every node and output for the given inputs.
struct Evaluation {
    std::vector<Dyadic> nodes;
    std::vector<Dyadic> outputs;
};
Evaluation evaluate(const AdderGraph& graph, const std::vector<Dyadic>& inputs);

/// Whether the graph computes the matrix and records the right ranges and depths, found by evaluating it at unit
/// vectors and at the corners of the inputs: slow, and independent of `certify`.
bool is_valid(const AdderGraph& graph, const RandomProblem& problem);

/// For messages of failing tests.
std::string print(const RandomProblem& problem);

}  // namespace dal::cmvm::testing
