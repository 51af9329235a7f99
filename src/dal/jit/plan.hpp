// The program of the JIT: a Graph taken apart into scalar values, dead ones left out, each with the exact
// range of its codes and the number of bits in which it is computed. Made from the Graph alone, without
// the passes that build circuits, so that the JIT stays an independent witness of them. No LLVM here.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "dal/graph/graph.hpp"

namespace dal::jit {

/// Index of a value in its Plan; operands have smaller ids than their users.
using ValueId = uint32_t;

/// A number that comes in: an element of an input, quantized to `format`, or (declared input) checked to be in it.
struct Load {
    uint32_t leaf = 0;  ///< position in Plan::leaves
};
/// constant + Σ weight · code. The ring operations in it need no more bits than its result.
struct Linear {
    struct Term {
        ValueId value;
        Int weight;
    };
    std::vector<Term> terms;
    Int constant;
};
struct Relu {
    ValueId x;
};
/// overflow(round(code · 2^raise · 2^-drop)), in units of the result. raise or drop is 0.
struct Requantize {
    ValueId x;
    int raise;
    int drop;
    Round round;
    Overflow overflow;
    int bits;  ///< of the format, on the result's grid: what `wrap` keeps
    bool keep_negative;
    Int lo;  ///< limits of the format
    Int hi;
};
using Definition = std::variant<Load, Linear, Relu, Requantize>;

struct Value {
    Definition definition;
    Int lo;  ///< the code n lies in [lo, hi] and stands for n · 2^-f
    Int hi;
    int f = 0;
    int lane = 8;         ///< bits in which it is held: two's complement, unsigned if lo ≥ 0
    int stored_lane = 8;  ///< bits in which it is kept for other functions: what most users want, at least `lane`
    /// Part of a long sum, known only modulo 2^lane; used by Linear values of the same lane alone.
    bool modular = false;

    [[nodiscard]] bool is_unsigned() const noexcept { return !lo.is_negative(); }
};

/// What has to be made of one element of an input. Elements that nothing uses are still checked when
/// the input is declared with formats.
struct Leaf {
    size_t input;  ///< position in Graph::inputs()
    int64_t element;
    Format format;
    bool declared;                 ///< not quantized: must be exactly in the format
    std::optional<ValueId> value;  ///< nothing: checked only
};

/// An element of an output: a value, or a constant code.
struct OutputElement {
    std::optional<ValueId> value;
    Int constant;
};
struct OutputPlan {
    Shape shape;
    std::vector<Interval> ranges;  ///< codes are on their binary points
    std::vector<OutputElement> elements;
};

struct Plan {
    std::vector<Value> values;
    std::vector<Leaf> leaves;  ///< by input, then element
    std::vector<OutputPlan> outputs;
};

/// Takes an inferred graph apart and chooses the lanes.
Plan make_plan(const Graph& graph);

/// Calls visit(ValueId) for each operand of a definition.
template <class Visit>
void for_each_operand(const Definition& definition, Visit&& visit) {
    if (const auto* linear = std::get_if<Linear>(&definition))
        for (const Linear::Term& term : linear->terms) visit(term.value);
    else if (const auto* relu = std::get_if<Relu>(&definition))
        visit(relu->x);
    else if (const auto* requantize = std::get_if<Requantize>(&definition))
        visit(requantize->x);
}

}  // namespace dal::jit
