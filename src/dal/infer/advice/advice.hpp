// Advice on a program that is right: what in it has no effect, or may not do what was meant. Each claim follows from
// the exact ranges of inference, so it holds for all inputs; nothing is guessed. Advice is a warning with a stable name
// in place of a code (docs/precision.md).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

enum class Advice : uint8_t {
    quantize_no_effect,  ///< a quantizer of which every possible operand is a value of the format
    saturation_never,    ///< saturation that no possible operand reaches
    rounding_never,      ///< a rounding mode other than `trn` on an operand without digits to round
    unused_value,        ///< a named value that no output depends on
    unseen_bits,         ///< a named input, quantizer or table of which no output can see some bits
    wrap_overflows,      ///< `wrap` that a possible operand overflows; often meant, so given only when asked for
    kbi_wraps,           ///< the same where `kbi` gives the format: an integer bit more costs a fractional one
    // Of constants (report/constant_warnings.hpp):
    constant_wraps,      ///< a number that `wrap` turns into another one
    constant_saturates,  ///< a number that the format does not reach
    wide_constant,       ///< numbers of dozens of bits that nobody quantized
};
/// "quantize-no-effect", and back.
std::string_view to_string(Advice advice) noexcept;
std::optional<Advice> advice_from_string(std::string_view name) noexcept;
/// Every kind. `is_usual`: among those that `-W` alone asks for; `is_default`: given without being asked for.
struct AdviceKind {
    Advice advice;
    bool is_usual;
    bool is_default = false;
};
std::span<const AdviceKind> all_advice() noexcept;

/// A warning of this kind.
Diagnostic advice(Advice advice, const Span& span, std::string message);

/// A value with a name in the program.
struct NamedNode {
    std::string name;
    Span span;
    NodeId node;
};

/// What `kinds` have to say, in the order of the text. `quantizers` are the op::Quantize nodes to look at: those that
/// somebody wrote; `kbi` those of them with a format that `kbi` gives. Nodes with the same span come from one
/// expression (in a function, or a loop), and a claim that something never happens is made if it holds for all of them.
Diagnostics advise(const Graph& graph, std::span<const NodeId> quantizers, std::span<const NamedNode> named,
                   std::span<const Advice> kinds, std::span<const NodeId> kbi = {});

}  // namespace dal
