// The functions that a program is compiled to and the calls that run a block of samples. Small programs have functions
// of their own for everything; in large ones, what would take long to compile is done by a few functions that read from
// tables what to work on. No LLVM here.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "dal/jit/schedule.hpp"

namespace dal::jit {

// What a function does. All take tables of 64-bit integers; those named "column" or "sum" read them.
namespace part {
/// Computes the values of a chunk.
struct Values {
    size_t chunk;
};
/// Sums products of codes from slots with weights. Table: terms; offset of the result; 1 to begin with the constant, 0
/// to add to the result; the constant; then offset and weight of each term.
struct Sum {
    int operand_lane;
    bool operand_unsigned;
    int result_lane;  ///< of its slot
};
/// Converts elements [from, from + elements_per_function) of an input, each in its own way.
struct ConvertSquares {
    size_t input;
    int64_t elements;
    int64_t from;
    bool single;  ///< from floats
};
/// Converts elements in the way of one leaf, or checks that they are finite. Table: elements; bytes between samples;
/// then byte in the sample and offset of the slot for each.
struct ConvertColumn {
    const Leaf* like;  ///< null: finite is enough
    bool single;       ///< from floats
};
/// Delivers elements [from, from + elements_per_function) of an output.
struct DeliverSquares {
    size_t output;
    int64_t from;
};
/// Delivers elements from slots of one kind. Table: elements; bytes between samples; then offset of the slot and byte
/// in the sample for each.
struct DeliverColumn {
    int lane;
    bool is_unsigned;
};
/// The same for constants: their codes are in place of the offsets.
struct DeliverConstant {};
}  // namespace part
using Part = std::variant<part::Values, part::Sum, part::ConvertSquares, part::ConvertColumn, part::DeliverSquares,
                          part::DeliverColumn, part::DeliverConstant>;

struct Call {
    size_t part;  ///< position in Calls::parts
    std::vector<int64_t> table = {};
};

struct Calls {
    std::vector<Part> parts;
    std::vector<Call> compute;               ///< in order
    std::vector<std::vector<Call>> convert;  ///< per input, any order
    std::vector<std::vector<Call>> deliver;  ///< per output, any order; none: not has_fast_delivery
};

/// How the numbers of an input come: rows of doubles, or of floats.
struct InputRows {
    int64_t elements;
    bool single = false;

    [[nodiscard]] size_t item_bytes() const { return single ? sizeof(float) : sizeof(double); }
};

/// Elements of an input or output that one function without a table handles: bounds the size of functions.
inline constexpr int64_t elements_per_function = 64;

/// `inputs`: one for each. The parts point into `plan`.
Calls make_calls(const Plan& plan, const Schedule& schedule, const std::vector<InputRows>& inputs);

}  // namespace dal::jit
