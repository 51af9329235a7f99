// Numbers of 16 bits or fewer that no C++ type holds: half precision and those of the package ml_dtypes. What their
// bits mean is described by a row of a table.
#pragma once

#include <cstdint>
#include <optional>

#include "dal/array/array.hpp"

namespace dal {

/// The exact value of these bits. Nothing for NaN, infinities, and bits above those of a floating-point type; above
/// those of an integer they are ignored, as ml_dtypes does. `type`: float16, or one of ml_dtypes (checked).
std::optional<Dyadic> small_number(DType type, uint16_t bits);

}  // namespace dal
