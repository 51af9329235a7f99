// Constant matrix-vector multiplication: y = x·W as a graph of additions and subtractions of shifted
// values, as few and as narrow as possible within a bound on depth. Usable without the language.
// Algorithm and sources: docs/cmvm.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dal/cmvm/depth.hpp"
#include "dal/numeric/interval.hpp"

namespace dal::cmvm {

/// A new number whenever `solve` or `solve_packed` finds something else for the same arguments: what was kept is not
/// used any more then. tests/unit/cmvm/solver_version_test.cpp notices when that was forgotten.
inline constexpr int solver_version = 2;

/// Integers, row-major [inputs][outputs]: y[o] = Σ x[i]·at(i, o).
struct Matrix {
    size_t inputs = 0;
    size_t outputs = 0;
    std::vector<Int> weights;
    [[nodiscard]] const Int& at(size_t input, size_t output) const { return weights[input * outputs + output]; }
};

/// What is known of an input: its values, and how many adders deep it already is.
struct InputInfo {
    Interval range;
    int depth = 0;
};

/// value = u ± v with u = node(a)·2^shift_a and v = node(b)·2^shift_b. Ids 0..inputs-1 are the inputs, then the
/// adders in order; operands come before their users.
struct Adder {
    uint32_t a = 0;
    uint32_t b = 0;
    int shift_a = 0;
    int shift_b = 0;
    bool subtract = false;
    int depth = 0;   ///< adders on the longest path from an input, the input's own depth included
    Interval range;  ///< of the exact linear form, from the input intervals
    /// Only an operand of one other adder, with which it is one adder of three operands: a level, and bits, together.
    /// That one is not merged itself, and has no other operand that is.
    bool merged = false;
};

/// y[o] = ±node·2^shift, or the constant 0.
struct OutputTap {
    std::optional<uint32_t> node;
    int shift = 0;
    bool negate = false;
};

struct AdderGraph {
    size_t inputs = 0;
    std::vector<Adder> adders;
    std::vector<OutputTap> outputs;
};

/// What is made as small as possible; the other one breaks ties.
enum class Objective : uint8_t { adders, bits };

/// How far a search has come.
struct Progress {
    double seconds = 0;
    int64_t adders = 0;  ///< of the best so far
    int64_t bits = 0;
    int64_t moves = 0;  ///< of all threads
};

struct Options {
    Depth depth = Depth::minimum;
    int extra_depth = 0;  ///< levels over the minimum, ≥ 0; without effect on Depth::free
    /// Most depth of each output, beside what `depth` says; empty: no such bounds. An output that cannot be that flat
    /// is as flat as it can be.
    std::vector<int> output_depths = {};
    /// For each output, whether its user will add a constant to it; empty: to none. The bounds are then those of the
    /// sum with the constant, which may be added to any operand (`depths_with_constants`). In rare cases (one of 20,000
    /// random matrices), where outputs share what is left of their sums, one of them takes a level more. Ignored with
    /// `area`, where a constant can be a third operand.
    std::vector<bool> constant_follows = {};
    Objective objective = Objective::adders;
    /// Adders may have three operands. They count as one each, in depth as well, though they are slower on some
    /// devices.
    bool area = false;
    /// 0: one greedy pass if the matrix is large; 1: the best of several, and a short search; 2: a search that takes
    /// about 5 s of a core; 3: about a minute of two. They end when so much work is done, not when time is over:
    /// results depend on nothing but the arguments.
    int effort = 1;
    double seconds = 0;  ///< for all of it, in place of work; what is found then depends on the machine and `threads`
    int64_t max_moves = 0;  ///< of search, per chain, in place of work
    uint64_t seed = 0;
    int threads = 1;  ///< that search at the same time; without effect on the result, unless `seconds` are given
    /// Called a few times a second by the thread that called solve; false ends it with the best so far.
    std::function<bool(const Progress&)> progress = {};
    /// A solution to improve. Ignored if it does not compute the matrix or is deeper than the bound.
    const AdderGraph* start = nullptr;
};

struct Solution {
    AdderGraph graph;
    int64_t adders = 0;      ///< negations of outputs included; a merged adder and its user are one
    int64_t bits = 0;        ///< Σ of adder_bits
    int depth = 0;           ///< of the deepest output, the level of its negation included
    int64_t moves = 0;       ///< that the search tried
    bool from_best = false;  ///< not made for these options: another search found it (Cache::Use::best)
};

/// Solves and certifies: `certify` has accepted every solution that this returns. Deterministic.
/// inputs.size() = matrix.inputs (checked).
Solution solve(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options = {});

/// No graph has fewer adders. Inputs that are the constant 0 count for nothing; without `inputs` there are none.
int64_t lower_bound(const Matrix& matrix, const std::vector<InputInfo>& inputs = {});

/// The least depth at which every output can be computed: what Depth::minimum bounds. `constant_follows` as in Options.
int minimum_depth(const Matrix& matrix, const std::vector<InputInfo>& inputs,
                  const std::vector<bool>& constant_follows = {});

/// The depth of each output after a constant was added where that is done first: to one of the adders that only it
/// uses, or to one of their operands. A negation costs nothing then.
std::vector<int> depths_with_constants(const AdderGraph& graph, const std::vector<InputInfo>& inputs);

/// The independent check: recomputes each output's linear form over the inputs, and each adder's interval
/// and depth, from the graph alone. Nothing if all agree with the matrix, else what does not.
std::optional<std::string> certify(const AdderGraph& graph, const Matrix& matrix, const std::vector<InputInfo>& inputs);

}  // namespace dal::cmvm
