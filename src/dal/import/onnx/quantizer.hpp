// Quantizers of ONNX dialects in one form: code = round(x / scale + zero), cut off at low and high, and the value is
// (code - zero) · scale. QuantizeLinear adds its zero point after rounding, so that `zero` is 0 and the limits are
// moved.
#pragma once

#include "dal/import/onnx/constant.hpp"
#include "dal/import/onnx/step.hpp"
#include "dal/import/tensor.hpp"

namespace dal::importer::onnx {

/// How x / scale + zero becomes an integer, by the names of QONNX.
enum class CodeRound : uint8_t {
    half_even,  ///< ROUND, HALF_EVEN
    ceil,
    floor,
    up,         ///< away from zero
    down,       ///< toward zero
    half_up,    ///< nearest, ties away from zero
    half_down,  ///< nearest, ties toward zero
};
std::optional<CodeRound> code_round(std::string_view name);

struct Quantizer {
    Shape shape{};  ///< of the numbers below, which broadcast to the value
    std::vector<double> scale{};
    std::vector<int64_t> zero{};
    std::vector<int64_t> low{};
    std::vector<int64_t> high{};
    CodeRound round = CodeRound::half_even;
    bool is_bipolar = false;  ///< 1 where x >= 0, else -1; times scale

    [[nodiscard]] size_t size() const noexcept { return scale.size(); }
    /// Bits of the codes, with the sign.
    [[nodiscard]] int bits() const;
    [[nodiscard]] bool is_signed() const;
    /// (code - zero) of one number.
    [[nodiscard]] Int code_of(const Rational& x, size_t element) const;
    /// The formats of the language that do the same, if there are some.
    [[nodiscard]] std::optional<Formats> formats() const;
};

/// One level: from which x on the code is this one, or more.
struct Level {
    Rational value;
    bool is_strict = false;
};
/// The levels of one element of a quantizer in ascending order: those of code low + 1, …, high.
std::vector<Level> levels_of(const Quantizer& quantizer, size_t element);

/// Weights whose scale is the largest of their magnitudes over the largest code, rounded to float32, as Brevitas
/// computes it while training: the scale before it was rounded, as a double. False, and nothing changes, if it is
/// another one.
bool restore_scales(const Constant& constant, Quantizer& quantizer);
/// What a quantizer makes of a constant, computed as a float32 machine does, with its codes. Its shape must broadcast
/// to that of the constant.
Constant quantized_constant(const Constant& constant, const Quantizer& quantizer);

/// n, where the number is 2^n.
std::optional<int> power_of_two_of(const Real& value);

}  // namespace dal::importer::onnx
