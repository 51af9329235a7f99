// What stands for an element of a tensor while a Plan is made, and how values are added to the Plan. For the planners
// of this folder only.
#pragma once

#include "dal/jit/plan.hpp"

namespace dal::jit {

/// A constant, a value seen at some binary point, or an element of a real input.
struct Ref {
    enum class Kind : uint8_t { constant, value, real };
    Kind kind = Kind::constant;
    ValueId value = 0;
    int f = 0;  ///< of a value: the number is code · 2^-f; moving the binary point does not touch the code
    Dyadic constant;
    size_t input = 0;  ///< of a real: position in Graph::inputs()
    int64_t element = 0;

    [[nodiscard]] bool is_constant() const noexcept { return kind == Kind::constant; }
    /// One value or one constant: never differs from `other`.
    [[nodiscard]] bool is_same(const Ref& other) const {
        return kind == other.kind && value == other.value && f == other.f && constant == other.constant &&
               input == other.input && element == other.element;
    }
};

Ref constant_ref(Dyadic value);
Ref value_ref(ValueId value, int f);

/// Ends of a range as codes on binary point f. A coarser f than the range's rounds outwards.
CodeRange codes_at(const Interval& range, int f);

/// A new value with these codes, on binary point f.
Ref append(Plan& plan, Definition definition, CodeRange codes, int f);

/// Two or more numbers on the finest of their binary points.
struct Aligned {
    std::vector<Operand> operands;
    int f;
};
Aligned align(std::span<const Ref> refs);

/// code · 2^-by, where the low `by` bits of every code are known to be 0.
Ref drop_zeros(Plan& plan, const Ref& x, int by);

}  // namespace dal::jit
