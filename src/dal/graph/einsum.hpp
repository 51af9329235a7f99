// Einsum equations ("i,io->o"): parsing, shapes, and the enumeration of their terms.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dal/graph/shape.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

/// Letters (a-z, A-Z) name axes. A letter may occur twice in one operand (the diagonal); one that the result
/// lacks is summed over. The result is always written out.
struct EinsumSpec {
    std::vector<std::string> operands;
    std::string result;

    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const EinsumSpec&, const EinsumSpec&) = default;
};

/// Parses "i,io->o"; spaces are ignored. Error: bad_einsum, at `span`.
Result<EinsumSpec> parse_einsum(std::string_view equation, const Span& span);

/// Shape of the result. Error: bad_einsum when the number of operands, their ranks or the extents of a
/// letter do not agree; names the letter and both extents.
Result<Shape> einsum_shape(const EinsumSpec& spec, std::span<const Shape> operands, const Span& span);

/// Enumerates the terms of an einsum whose shapes agree. For each element of the result the terms come
/// together, in a fixed order.
class EinsumTerms {
  public:
    EinsumTerms(const EinsumSpec& spec, std::span<const Shape> operands);
    [[nodiscard]] int64_t results() const noexcept { return results_; }
    [[nodiscard]] int64_t terms_per_result() const noexcept { return terms_; }
    /// Calls `visit(elements)` for each term of element `result`: elements[j] is the element of operand j
    /// that is a factor of the term.
    template <class Visit>
    void for_each(int64_t result, Visit&& visit) const;

  private:
    struct Axis {
        int64_t extent;
        std::vector<int64_t> strides;  // per operand, in elements
    };
    std::vector<Axis> outer_;  // letters of the result, in its order
    std::vector<Axis> inner_;  // letters summed over
    int64_t results_ = 1;
    int64_t terms_ = 1;
    size_t operands_ = 0;
};

template <class Visit>
void EinsumTerms::for_each(int64_t result, Visit&& visit) const {
    std::vector<int64_t> at(operands_);
    for (size_t axis = outer_.size(); axis-- > 0;) {
        const int64_t position = result % outer_[axis].extent;
        result /= outer_[axis].extent;
        for (size_t j = 0; j < operands_; ++j) at[j] += position * outer_[axis].strides[j];
    }
    std::vector<int64_t> position(inner_.size());
    for (int64_t term = 0; term < terms_; ++term) {
        visit(std::span<const int64_t>(at));
        for (size_t axis = inner_.size(); axis-- > 0;) {  // an odometer over the summed letters
            const Axis& a = inner_[axis];
            const bool carry = ++position[axis] == a.extent;
            for (size_t j = 0; j < operands_; ++j) at[j] += carry ? -a.strides[j] * (a.extent - 1) : a.strides[j];
            if (!carry) break;
            position[axis] = 0;
        }
    }
}

}  // namespace dal
