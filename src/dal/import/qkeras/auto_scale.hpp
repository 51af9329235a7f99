// Scales that QKeras finds anew each time it rounds a kernel: alpha "auto_po2", and "auto" of quantized_bits.
#pragma once

#include <optional>
#include <vector>

#include "dal/import/tensor.hpp"

namespace dal::importer::qkeras {

/// Integers and the scales of their channels; the value is their product.
struct Scaled {
    std::vector<double> codes;
    std::vector<double> scales;  ///< of channel `at % scales.size()`
};

/// Of quantized_bits with `bits` bits, for numbers that were divided by 2^integer. Nothing if float32 could round a
/// logarithm either way.
std::optional<Scaled> scaled_bits(const Tensor& x, int bits);
/// The same with alpha "auto": a float32 scale, exactly as it is computed there.
Scaled float_scaled_bits(const Tensor& x, int bits);
std::optional<Scaled> scaled_ternary(const Tensor& x, int unrolls);
/// `with_zero`: 0 and 1 instead of -1 and 1.
std::optional<Scaled> scaled_binary(const Tensor& x, bool with_zero);

/// round(log2(x)) of a float32 as float32 arithmetic finds it; nothing if that is near to a tie.
std::optional<int> rounded_log2(double x);

}  // namespace dal::importer::qkeras
