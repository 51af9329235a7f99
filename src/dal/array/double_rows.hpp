// Codes as float64, for those who write them. Internal to array.
#pragma once

#include "dal/array/samples.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

/// [samples, shape...]: the shape of a batch.
Shape with_samples(int64_t samples, const Shape& shape);

/// Writes each value to `to`, samples · elements doubles. Error inexact_output if a value has no exact double; counts
/// samples from `first` on.
Result<void> to_doubles(const Codes& codes, int64_t first, double* to);

}  // namespace dal
