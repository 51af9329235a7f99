// What small tables cost on an FPGA of 6-input LUTs; docs/cost-model.md has the model. In halves of a LUT, as two bits
// of five common inputs share one.
#pragma once

#include <algorithm>
#include <cstdint>

namespace dal {

inline constexpr int64_t lut_inputs = 6;

/// One bit of the result of a table with `inputs` bits as its address: LUTs for the lower six, joined by multiplexers,
/// four ways each beyond eight.
constexpr int64_t table_bit_half_luts(int64_t inputs) {
    if (inputs < lut_inputs) return 1;
    const int64_t leaves = int64_t{1} << (std::min<int64_t>(inputs, 40) - lut_inputs);
    return 2 * (leaves + (leaves / 4 + 1) / 3);
}

static_assert(table_bit_half_luts(5) == 1 && table_bit_half_luts(6) == 2 && table_bit_half_luts(7) == 4);

}  // namespace dal
