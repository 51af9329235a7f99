// A value on its way through a model: the text that computes it in the program, the exact functions that are still to
// be applied (step.hpp), and what is known about its numbers.
#pragma once

#include "dal/import/onnx/quantizer.hpp"
#include "dal/import/program.hpp"

namespace dal::importer::onnx {

/// Text of the program, and how tightly it binds.
struct Expression {
    enum class Form : uint8_t { name, call, product, sum, pipe };
    std::string text{};
    Form form = Form::name;
};

struct Flow {
    Expression expression{};
    Shape shape{};                      ///< of one sample, as the model has it
    bool is_channels_last = false;      ///< the program has axis 0 of `shape` as its last one
    std::string real_input{};           ///< not rounded yet: real numbers of this input
    std::optional<Formats> rounding{};  ///< to be applied to the expression before `steps`
    Steps steps{};
    // Of the expression, rounded:
    int f = 0;  ///< multiples of 2^-f
    Dyadic low{};
    Dyadic high{};
    std::string layer{};  ///< what the next `let` is called
    bool is_layer = false;
    bool is_code = false;  ///< the model has codes here; the flow has what they stand for

    [[nodiscard]] bool is_plain() const noexcept { return steps.empty() && !rounding; }
    /// The shape in the program.
    [[nodiscard]] Shape program_shape() const;
};

/// The format of a text of the language with plain numbers: "fixed(1, 5, 10, round: rnd)", "int(8)", "bool".
std::optional<Kif> options_format(std::string_view text);

/// The axes of a shape as the program has it: channels at the end.
Shape moved_channels(const Shape& shape, size_t rank);

}  // namespace dal::importer::onnx
