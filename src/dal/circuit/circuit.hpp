// The Circuit: what the chip does. A flat list of scalar operations in topological order, each with the
// exact interval of its value. Rounding, saturation and matrix products are plain operations here.
//
// Values are numbers, not bit patterns: a wire holds the integer code n of value n·2^-f with
// f = range.f(), in two's complement if range.lo() < 0, with range.width() bits. A range may be tighter
// than its operands' ranges suggest (a linear form knows more than its last adder); codes are exact anyway.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/numeric/interval.hpp"
#include "dal/support/source.hpp"

namespace dal::circuit {

/// Index of an operation in its Circuit. Operands have smaller ids than their users.
enum class WireId : uint32_t {};

/// The kinds of operations, with the value each computes. Switch over them without a default.
enum class Kind : uint8_t {
    input,     ///< element `index` of the circuit's inputs
    constant,  ///< range.lo() = range.hi()
    add,       ///< a + b·2^shift
    sub,       ///< a - b·2^shift
    shift,     ///< a·2^shift: a new binary point, no logic
    slice,     ///< quantize(a, slice) with trn and wrap: some bits of a, no logic (sign extension included)
    mux,       ///< a ? b : c; a is 0 or nonzero, one bit wide
    bit_and,   ///< a & b on infinite two's complement, after aligning the binary points
    bit_or,    ///< a | b
    bit_xor,   ///< a ^ b
    bit_not,   ///< 1 - a for a one-bit unsigned a in {0, 1}
    any,       ///< 1 if a ≠ 0, else 0
    less,      ///< 1 if a < b, else 0; b is a constant on the grid of a, which may be below it and may not
    mul,       ///< a·b
    table,     ///< an entry of tables()[index], by the value of a
};

std::string_view to_string(Kind kind) noexcept;
/// How many of a, b, c the kind uses.
int operand_count(Kind kind) noexcept;

struct Operation {
    Kind kind = Kind::constant;
    WireId a{};
    WireId b{};
    WireId c{};
    int shift = 0;        ///< add, sub, shift
    Kif slice{};          ///< slice; of add, sub and mul, if not zero: the result is wrapped to this, like a slice
    uint32_t index = 0;   ///< input: position in inputs(); table: in tables()
    uint32_t origin = 0;  ///< position in origins(): the source line this came from
    Interval range{};
    bool merged =
        false;  ///< add, sub: with its only user, another add or sub, one adder of three operands (addends.hpp)
};

/// Where operations come from: a node of the Graph.
struct Origin {
    std::string name;  ///< the user's name, or the operation's ("h1", "einsum")
    Span span;
};

/// One wire into the circuit: one element of a graph input, in one format. A `real` element that the
/// program quantizes in two ways has two; a `real` element that nobody reads has none. A format that
/// holds only 0 needs no wire: its `wire` is then the constant 0, and so is its code.
struct Input {
    uint32_t tensor = 0;  ///< position in graph.inputs()
    int64_t element = 0;
    Format format;          ///< how a fed number becomes the wire's code
    bool declared = false;  ///< the port has this format: a number that it cannot hold is an error
    WireId wire{};
};

/// What a table operation looks up: with n the code of its operand on binary point `f`, entry n - first. Only the
/// entries that the operand's range reaches matter. Entry e stands for e·2^-entry_f.
struct Table {
    Int first;
    int f = 0;
    std::vector<Int> entries;
    int entry_f = 0;
    friend bool operator==(const Table&, const Table&) = default;
};

/// A tensor fed from outside, as the program declares it.
struct InputTensor {
    std::string name;
    Shape shape;
    Span span{};  ///< its declaration
};

struct OutputTensor {
    std::string name;
    Shape shape;
    std::vector<WireId> elements;  ///< row-major
    /// What the program promises of each element, at least the wire's own range; codes of a run have the
    /// binary points of these. Empty: the wires' ranges.
    std::vector<Interval> ranges;
};

class Circuit {
  public:
    [[nodiscard]] const Operation& operator[](WireId id) const { return operations_[static_cast<size_t>(id)]; }
    [[nodiscard]] size_t size() const noexcept { return operations_.size(); }
    [[nodiscard]] std::span<const Operation> operations() const noexcept { return operations_; }
    [[nodiscard]] std::span<const Input> inputs() const noexcept { return inputs_; }
    [[nodiscard]] std::span<const InputTensor> input_tensors() const noexcept { return input_tensors_; }
    [[nodiscard]] std::span<const OutputTensor> outputs() const noexcept { return outputs_; }
    [[nodiscard]] std::span<const WireId> kept() const noexcept { return kept_; }
    [[nodiscard]] std::span<const Origin> origins() const noexcept { return origins_; }
    /// Shared by the table operations; no two are equal.
    [[nodiscard]] std::span<const std::shared_ptr<const Table>> tables() const noexcept { return tables_; }
    /// Of a table operation.
    [[nodiscard]] const Table& table_of(const Operation& operation) const { return *tables_[operation.index]; }

    uint32_t add_origin(Origin origin);
    uint32_t add_input_tensor(InputTensor tensor);
    void add_output(OutputTensor tensor);
    /// Simplification leaves this wire in the circuit, though no output may need it.
    void keep(WireId wire) { kept_.push_back(wire); }
    /// The position of this table, or of an equal one that is there already.
    uint32_t add_table(std::shared_ptr<const Table> table);

    // The builder. Ranges that follow from the operands are computed; `range` overrides them with a
    // tighter one that the caller has proved. Operands must exist (checked). Trivial cases (shift by 0,
    // a slice that keeps everything, operations on constants) return an existing wire or a constant, and what is
    // simpler than asked for is built as that: a product with a power of two is a shift.
    WireId input(uint32_t tensor, int64_t element, const Format& format, bool declared, uint32_t origin);
    WireId constant(const Dyadic& value, uint32_t origin);
    WireId add(WireId a, WireId b, int shift, uint32_t origin, const Interval* range = nullptr);
    WireId sub(WireId a, WireId b, int shift, uint32_t origin, const Interval* range = nullptr);
    WireId shift(WireId a, int amount, uint32_t origin);
    WireId slice(WireId a, const Kif& kif, uint32_t origin, const Interval* range = nullptr);
    WireId mux(WireId condition, WireId if_true, WireId if_false, uint32_t origin, const Interval* range = nullptr);
    /// bit_and, bit_or, bit_xor.
    WireId bitwise(Kind kind, WireId a, WireId b, uint32_t origin, const Interval* range = nullptr);
    WireId bit_not(WireId a, uint32_t origin);
    WireId any(WireId a, uint32_t origin);
    /// a < bound, without the digits of a that do not matter. Next to 0 it is the sign, or that no bit is set.
    WireId less(WireId a, const Dyadic& bound, uint32_t origin);
    WireId mul(WireId a, WireId b, uint32_t origin, const Interval* range = nullptr);
    /// add, sub or mul modulo 2^n: the result is quantize(…, wrap) with trn and wrap, and wrap keeps every low bit
    /// (checked). Where nothing can wrap, and where there is nothing to compute, the operation is built as above.
    WireId wrapped(Kind kind, WireId a, WireId b, int shift, const Kif& wrap, uint32_t origin,
                   const Interval* range = nullptr);
    /// Says whether an add or sub is part of the one that uses it.
    void set_merged(WireId wire, bool merged) { operations_[static_cast<size_t>(wire)].merged = merged; }
    /// Every value of a must be in the table (checked).
    WireId table(WireId a, uint32_t table, uint32_t origin, const Interval* range = nullptr);

  private:
    WireId append(Operation operation);
    /// -a for a wire of one bit, which is the same bit with or without a sign; nothing for others.
    std::optional<WireId> negated_bit(WireId a, uint32_t origin);
    /// The operation of a wire that the builder is given; it must exist (checked).
    [[nodiscard]] const Operation& operand(WireId id) const;
    /// Computes the range of an operation that has operands; `range`, if given, is known of it as well.
    WireId append_computed(Operation operation, const Interval* range);

    std::vector<Operation> operations_;
    std::vector<Input> inputs_;
    std::vector<InputTensor> input_tensors_;
    std::vector<OutputTensor> outputs_;
    std::vector<WireId> kept_;
    std::vector<Origin> origins_;
    std::vector<std::shared_ptr<const Table>> tables_;
    std::unordered_multimap<size_t, uint32_t> table_by_hash_;
};

/// Whether an add, sub or mul is computed modulo a power of two.
inline bool is_wrapped(const Operation& operation) noexcept {
    return operation.kind != Kind::slice && !operation.slice.is_zero();
}

/// Per wire, the one that holds its code: shifts move the binary point of another wire and have no bits of their own.
std::vector<WireId> code_roots(const Circuit& circuit);

/// One line per operation. Stable; for tests and --emit circuit.
std::string print(const Circuit& circuit);

/// Checks the structure: operand order, one-bit conditions, ranges that fit the kinds, inputs and outputs.
/// Throws InternalError naming the wire. Linear.
void verify(const Circuit& circuit);

}  // namespace dal::circuit
