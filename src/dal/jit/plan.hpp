// The program of the JIT: a Graph taken apart into scalar values, dead ones left out, each with the exact
// range of its codes and the number of bits in which it is computed. Made from the Graph alone, without
// the passes that build circuits, so that the JIT stays an independent witness of them. No LLVM here.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/support/overloaded.hpp"

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
    bool looped = false;  ///< computed by a loop over a table of the terms, for programs too large to unroll
};
/// The product of two codes. Of the operands it needs no more bits than the result has.
struct Product {
    ValueId a;
    ValueId b;
};
struct Relu {
    ValueId x;
};
struct Abs {
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
/// code · 2^shift: a value on a binary point that is finer than its own. Without a value, a constant.
struct Operand {
    std::optional<ValueId> value;
    int shift = 0;
    Int constant;
};
/// The smaller or the larger of two.
struct Extremum {
    bool larger;
    Operand a;
    Operand b;
};
/// 1 where the relation holds, else 0.
struct Compare {
    Relation relation;
    Operand a;
    Operand b;
};
struct Select {
    ValueId condition;  ///< ≠ 0
    Operand if_true;
    Operand if_false;
};
struct Bitwise {
    BitFunction function;
    Operand a;
    Operand b;
};
/// Entry code - first of a table.
struct Lookup {
    ValueId x;
    uint32_t table;  ///< position in Plan::tables
};
using Definition =
    std::variant<Load, Linear, Product, Relu, Abs, Requantize, Extremum, Compare, Select, Bitwise, Lookup>;

struct CodeRange {
    Int lo;
    Int hi;
};

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

/// The entries of a table as the generated code reads them.
struct TableData {
    Int first;         ///< the code of the first entry
    int64_t size = 0;  ///< entries
    int lane = 8;      ///< bits of an entry
    bool is_unsigned = true;
    std::vector<uint64_t> words;  ///< entries of lane / 8 bytes each, one after the other
};

struct Plan {
    std::vector<Value> values;
    std::vector<std::shared_ptr<const TableData>> tables;
    std::vector<Leaf> leaves;  ///< by input, then element
    std::vector<OutputPlan> outputs;
};

/// Takes an inferred graph apart and chooses the lanes.
Plan make_plan(const Graph& graph);

/// The codes that an operand may have.
CodeRange range_of(const Plan& plan, const Operand& operand);

template <class Model, class T>
using same_const = std::conditional_t<std::is_const_v<Model>, const T, T>;

/// Calls visit(ValueId&) for each value that a definition uses; ids are const if the definition is.
template <class AnyDefinition, class Visit>
void for_each_operand(AnyDefinition& definition, Visit&& visit) {
    const auto aligned = [&](auto& operand) {
        if (operand.value) visit(*operand.value);
    };
    const auto pair = [&](auto& binary) {
        aligned(binary.a);
        aligned(binary.b);
    };
    std::visit(Overloaded{
                   [](same_const<AnyDefinition, Load>&) {},
                   [&](same_const<AnyDefinition, Linear>& linear) {
                       for (auto& term : linear.terms) visit(term.value);
                   },
                   [&](same_const<AnyDefinition, Product>& product) {
                       visit(product.a);
                       visit(product.b);
                   },
                   [&](same_const<AnyDefinition, Relu>& relu) { visit(relu.x); },
                   [&](same_const<AnyDefinition, Abs>& abs) { visit(abs.x); },
                   [&](same_const<AnyDefinition, Requantize>& requantize) { visit(requantize.x); },
                   [&](same_const<AnyDefinition, Extremum>& extremum) { pair(extremum); },
                   [&](same_const<AnyDefinition, Compare>& compare) { pair(compare); },
                   [&](same_const<AnyDefinition, Select>& select) {
                       visit(select.condition);
                       aligned(select.if_true);
                       aligned(select.if_false);
                   },
                   [&](same_const<AnyDefinition, Bitwise>& bitwise) { pair(bitwise); },
                   [&](same_const<AnyDefinition, Lookup>& lookup) { visit(lookup.x); },
               },
               definition);
}

}  // namespace dal::jit
