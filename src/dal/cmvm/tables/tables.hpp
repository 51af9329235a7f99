// Inputs of two values as addresses of tables: a part Σ w·x of an output over up to six of them has 2^6 values at most,
// one LUT for each bit of the result in place of an adder for each term. What is left, and the sums of the
// tables, are adders over more inputs (cmvm.hpp). Used wherever inputs may be single bits.
#pragma once

#include "dal/cmvm/cache/cache.hpp"
#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

/// constant + Σ coefficient·x over inputs of two values, as a list of its values.
struct BitTable {
    static constexpr size_t most_inputs = 6;

    std::vector<uint32_t> inputs;  ///< ascending
    /// Entry Σ bit_j·2^j is the value where the lowest bit of the code of inputs[j] is bit_j, times 2^f.
    std::vector<Int> entries;
    int f = 0;
    Interval range;  ///< the smallest with all entries
    int depth = 0;   ///< one level over the deepest input
    friend bool operator==(const BitTable&, const BitTable&) = default;
};

/// Whether an input has exactly two values, which its lowest bit tells apart.
bool is_two_valued(const Interval& range);

/// Half LUTs of a table: two results of up to five inputs share a LUT; of one input, they are its wire.
int64_t half_luts(const BitTable& table);

struct PackedSolution {
    std::vector<BitTable> tables;
    /// The problem that is left, over the inputs and then the tables: y = (x, tables)·matrix + rest.
    Matrix matrix;
    std::vector<InputInfo> inputs;
    Solution solution;         ///< of that problem
    std::vector<Dyadic> rest;  ///< per output; what no table holds of the offsets
    int64_t table_luts = 0;    ///< of all tables, rounded up
};

/// Solves y = x·W + offsets (empty: none) with tables where that takes fewer LUTs, and certifies. Without inputs of
/// two values this is solve_cached, with room for the offsets (`Options::constant_follows`; those that it has are for
/// further constants). The depth is bounded as it would be without tables.
PackedSolution solve_packed(const Matrix& matrix, const std::vector<InputInfo>& inputs,
                            const std::vector<Dyadic>& offsets, const Options& options, Cache& cache);

/// The independent check: the tables hold affine forms of the inputs, their ranges and depths are right, they and the
/// matrix that is left make the matrix and the offsets; and `certify` of the solution. Nothing, or what is wrong.
std::optional<std::string> certify(const PackedSolution& packed, const Matrix& matrix,
                                   const std::vector<InputInfo>& inputs, const std::vector<Dyadic>& offsets);

}  // namespace dal::cmvm
