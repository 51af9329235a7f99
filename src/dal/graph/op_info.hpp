// What is known of each operation of the Graph: one row each. Builder, printer, reader, verifier, copies of graphs, and
// all walks that treat whole kinds of operations alike read it here, so that they need no line for a new operation.
// Rules that are another one for each operation (its value, its range, its circuit) are a std::visit where they are
// used; one that only concerns a kind takes the others with a constraint, `[](const NeverLinear auto&)`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "dal/graph/graph.hpp"

namespace dal {

/// The elements of the operands that an element of the result is made of, and so the shape of the result.
enum class Reads : uint8_t {
    nothing,    ///< it has no operands and brings a shape
    own_place,  ///< those at its own place: operands broadcast to the shape of the result
    terms,      ///< those of its terms: an einsum
    source      ///< one: data movement, which brings a shape
};

/// Whether elements of the result are sums of elements of operands that are not constant, each times a constant.
enum class Linear : uint8_t {
    never,
    in_one,  ///< if only one operand is not constant: products
    always
};

/// What is seen of the operands where bits of the result are seen (infer/demand). Proofs: docs/inference.md.
enum class Seen : uint8_t {
    by_rule,    ///< infer/demand has a rule for the operation
    same_bits,  ///< those in the same place
    high_bits,  ///< all high bits, for the sign or an order decides; no finer digits than of the result
    digits,     ///< all digits, for what is left below decides; no higher bits than of the result
    all
};

struct OpInfo {
    static constexpr int any_number = -1;

    std::string_view name;         ///< empty if the operation itself says it (operation_name)
    std::string_view symbol = {};  ///< how it is written in an expression, where that is not its name
    int operands;                  ///< or any_number
    Reads reads;
    Linear linear;
    Seen seen;
    /// Operands before this one decide (the condition of a choice); the values are from here on.
    int values = 0;
    /// The result's elements are elements of the values, at most shifted: what asks for a format asks these.
    bool passes_on = false;
    /// How wide the result is comes from the operation itself (a format, a truth value, entries), not from its
    /// operands.
    bool sets_width = false;
    /// Takes operands that are `real`, and its result is not.
    bool quantizes = false;
    /// Where the range of the result comes from, for people; empty if that needs more than the operation's name.
    std::string_view range = {};
};

/// The row of an operation; one without a row does not compile.
template <class Op>
extern const OpInfo op_info;

// clang-format off
template <> inline constexpr OpInfo op_info<op::Input>{
    .name = "input", .operands = 0, .reads = Reads::nothing, .linear = Linear::never,
    .seen = Seen::by_rule};
template <> inline constexpr OpInfo op_info<op::Constant>{
    .name = "constant", .operands = 0, .reads = Reads::nothing, .linear = Linear::never,
    .seen = Seen::by_rule, .range = "a constant"};
template <> inline constexpr OpInfo op_info<op::Quantize>{
    .name = "quantize", .operands = 1, .reads = Reads::own_place, .linear = Linear::never,
    .seen = Seen::by_rule, .sets_width = true, .quantizes = true};
template <> inline constexpr OpInfo op_info<op::Einsum>{
    .name = "einsum", .operands = OpInfo::any_number, .reads = Reads::terms, .linear = Linear::in_one,
    .seen = Seen::by_rule};
template <> inline constexpr OpInfo op_info<op::Add>{
    .name = "add", .symbol = "+", .operands = 2, .reads = Reads::own_place, .linear = Linear::always,
    .seen = Seen::by_rule, .range = "from the sum of the least values to that of the greatest"};
template <> inline constexpr OpInfo op_info<op::Sub>{
    .name = "sub", .symbol = "-", .operands = 2, .reads = Reads::own_place, .linear = Linear::always,
    .seen = Seen::by_rule, .range = "from least minus greatest to greatest minus least"};
template <> inline constexpr OpInfo op_info<op::Mul>{
    .name = "mul", .symbol = "*", .operands = 2, .reads = Reads::own_place, .linear = Linear::in_one,
    .seen = Seen::by_rule, .range = "the least and the greatest product of ends"};
template <> inline constexpr OpInfo op_info<op::Shift>{
    .name = "shift", .symbol = "<<", .operands = 1, .reads = Reads::own_place, .linear = Linear::always,
    .seen = Seen::by_rule, .passes_on = true};
// floor(-x) is not -floor(x): all digits are seen, and no format is asked for through it.
template <> inline constexpr OpInfo op_info<op::Neg>{
    .name = "neg", .symbol = "-", .operands = 1, .reads = Reads::own_place, .linear = Linear::always,
    .seen = Seen::digits, .range = "the ends exchanged, with the other sign"};
// floor is monotone: it commutes with relu, min and max, which look at the sign and at the order. What wraps before
// them has another sign, so that no format is asked for through them.
template <> inline constexpr OpInfo op_info<op::Relu>{
    .name = "relu", .operands = 1, .reads = Reads::own_place, .linear = Linear::never,
    .seen = Seen::high_bits, .range = "no value below 0"};
template <> inline constexpr OpInfo op_info<op::Abs>{
    .name = "abs", .operands = 1, .reads = Reads::own_place, .linear = Linear::never,
    .seen = Seen::all, .range = "the larger of both distances from 0"};
template <> inline constexpr OpInfo op_info<op::Min>{
    .name = "min", .operands = 2, .reads = Reads::own_place, .linear = Linear::never,
    .seen = Seen::high_bits, .range = "the smaller of the ends"};
template <> inline constexpr OpInfo op_info<op::Max>{
    .name = "max", .operands = 2, .reads = Reads::own_place, .linear = Linear::never,
    .seen = Seen::high_bits, .range = "the larger of the ends"};
template <> inline constexpr OpInfo op_info<op::Compare>{
    .name = {}, .operands = 2, .reads = Reads::own_place, .linear = Linear::never,
    .seen = Seen::all, .sets_width = true, .range = "0 or 1, or what the ranges decide"};
template <> inline constexpr OpInfo op_info<op::Select>{
    .name = "select", .operands = 3, .reads = Reads::own_place, .linear = Linear::never,
    .seen = Seen::by_rule, .values = 1, .passes_on = true, .range = "all values of the branches that can be taken"};
// Each bit comes from the two in its place.
template <> inline constexpr OpInfo op_info<op::Bitwise>{
    .name = {}, .operands = 2, .reads = Reads::own_place, .linear = Linear::never,
    .seen = Seen::same_bits, .range = "the bits that the operands can have"};
template <> inline constexpr OpInfo op_info<op::Move>{
    .name = {}, .operands = OpInfo::any_number, .reads = Reads::source, .linear = Linear::always,
    .seen = Seen::by_rule, .passes_on = true};
template <> inline constexpr OpInfo op_info<op::Table>{
    .name = "table", .operands = 1, .reads = Reads::own_place, .linear = Linear::never,
    .seen = Seen::all, .sets_width = true, .range = "the entries that the operand can reach"};
// clang-format on

/// The row of an operation that is not known when compiling.
const OpInfo& info_of(const Operation& operation) noexcept;
/// Those of its operands that are values.
inline std::span<const NodeId> values_of(const Node& node) {
    return std::span<const NodeId>(node.operands).subspan(static_cast<size_t>(info_of(node.operation).values));
}

// Kinds, for std::visit.
template <class Op>
concept NeverLinear = op_info<Op>.linear == Linear::never;
/// Its row says where ranges come from.
template <class Op>
concept HasRangeText = !op_info<Op>.range.empty();
template <class Op>
concept SeenByKind = op_info<Op>.seen != Seen::by_rule;
/// It has nothing beside its operands.
template <class Op>
concept Bare = std::is_empty_v<Op>;

// What an operation has beside its operands, in the order of printed graphs. `field` is called for each member, with a
// label that is printed before it (or none); field.if_any where the member may be absent, and field.point for a binary
// point, printed as a step. Op is const or not. What names the operation (a relation) is no field.
template <class Op, class T>
concept Is = std::is_same_v<std::remove_const_t<Op>, T>;

template <class Op, class Field>
    requires Bare<std::remove_const_t<Op>> || Is<Op, op::Compare> || Is<Op, op::Bitwise>
void each_field(Op&, Field&&) {}
template <Is<op::Input> Op, class Field>
void each_field(Op& port, Field&& field) {
    field("", port);
}
template <Is<op::Constant> Op, class Field>
void each_field(Op& constant, Field&& field) {
    field("", constant.values);
    field.if_any("as", constant.formats);
}
template <Is<op::Quantize> Op, class Field>
void each_field(Op& quantize, Field&& field) {
    field("", quantize.formats);
}
template <Is<op::Einsum> Op, class Field>
void each_field(Op& einsum, Field&& field) {
    field("", einsum.spec);
}
template <Is<op::Shift> Op, class Field>
void each_field(Op& shift, Field&& field) {
    field("", shift.amount);
}
template <Is<op::Move> Op, class Field>
void each_field(Op& move, Field&& field) {
    field("from", move.sources);
}
template <Is<op::Table> Op, class Field>
void each_field(Op& table, Field&& field) {
    field("first", table.first);
    field.point("step", table.f);
    field("size", table.size);
    field("", table.entries);
    field.if_any("which", table.which);
}

/// An operation by its name in printed graphs, its fields as they are by default. A movement has any name.
std::optional<Operation> operation_named(std::string_view name);

/// The shape of the result. `brought`: that of an operation whose operands do not say it. Error: bad_shape, bad_einsum.
Result<Shape> result_shape(const Operation& operation, std::span<const Shape> operands, const Shape& brought,
                           const Span& span);

/// What does not fit together: numbers of formats, values, sources or choices for the shape of the result and those of
/// the operands. Empty if all does.
std::string misfit(const Operation& operation, std::span<const int64_t> operand_sizes, int64_t size);

}  // namespace dal
