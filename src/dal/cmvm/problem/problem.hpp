// The matrix as the solver sees it: sums of shifted inputs, without zero columns, repeated columns and columns
// that differ from another one only in sign or by a power of two. Internal to cmvm.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

/// ±value·2^shift. Which list `value` indexes depends on the owner: inputs and nodes, or sums.
struct Term {
    uint32_t value = 0;
    int shift = 0;
    bool negative = false;
};
using Sum = std::vector<Term>;

/// Where the bits of a value lie, in units of the finest input step: an estimate that guides choices. The final
/// cost comes from the exact linear forms. `lo` and `hi` are kept only while they fit (`exact`).
struct Extent {
    int64_t lo = 0;
    int64_t hi = 0;
    int low = 0;  ///< the step is 2^low units
    int top = 0;  ///< |value| ≤ 2^top units
    bool exact = false;

    static Extent of(const Interval& range, int unit_f);
    /// a·2^shift_a ± b·2^shift_b.
    static Extent combine(const Extent& a, int shift_a, const Extent& b, int shift_b, bool subtract);
};

struct ColumnTap {
    std::optional<uint32_t> sum;  ///< index into sums, then into combinations; nothing for a column of zeros
    int shift = 0;
    bool negative = false;
};

struct Problem {
    std::vector<int> depths;       ///< of each input
    std::vector<Extent> extents;   ///< of each input
    std::vector<Sum> sums;         ///< terms are inputs, by input and shift ≥ 0; never empty
    std::vector<int> bounds;       ///< of the depth of each sum; a large number for none
    std::vector<bool> spare;       ///< of each sum, whether its bound must leave room for one more term, at depth 0
    std::vector<bool> ends_early;  ///< of each sum, whether constants follow that can only be added after it
    bool bounded = true;
    /// Further sums, whose terms are indices of sums and of earlier combinations.
    std::vector<Sum> combinations;
    std::vector<ColumnTap> columns;  ///< one per output of the matrix
};

/// Terms of all sums.
size_t digits_of(const Problem& problem);

/// The least D with Σ 2^depth ≤ 2^D: how shallow the terms can be added (Kraft's inequality).
int least_depth(std::vector<int> depths);

Problem make_problem(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options);

}  // namespace dal::cmvm
