// Divides a problem into tables of its single-bit inputs and a problem over these tables. Which inputs share a table is
// the caller's choice; solve_packed tries several. Internal to cmvm.
#pragma once

#include "dal/cmvm/tables/tables.hpp"

namespace dal::cmvm {

struct PackLayout {
    enum class Groups : uint8_t {
        in_order,    ///< the same for all outputs, neighbors together
        by_overlap,  ///< the same for all outputs, inputs of the same outputs together
        per_output,  ///< of what each output has, so that tables are full
        equal_rows,  ///< the same for all outputs, inputs of equal weights together: counts, multiplied afterwards
    };
    Groups groups = Groups::in_order;
    size_t size = BitTable::most_inputs;
    int least_digits = 2;    ///< signed digits of the weights that a table replaces
    bool from_zero = false;  ///< least entry 0, so that no table has a sign; one table of each output makes up for it
};

/// Everything but the solution and its costs.
PackedSolution pack(const Matrix& matrix, const std::vector<InputInfo>& inputs, const std::vector<Dyadic>& offsets,
                    const PackLayout& layout);

}  // namespace dal::cmvm
