// Sums and products of elements, constant and variable, as Linear and Product values.
#pragma once

#include <unordered_map>

#include "dal/jit/ref.hpp"

namespace dal::jit {

/// Makes one sum after the other: begin, add terms, end. Equal products of variables are made once.
class SumPlanner {
  public:
    explicit SumPlanner(Plan& plan) : plan_(plan) {}

    void begin();
    /// Adds factor · x.
    void add(const Ref& x, const Dyadic& factor);
    /// Adds the product of all factors.
    void add_product(std::span<const Ref> factors);
    /// The sum, which lies in `range`.
    Ref end(const Interval& range);

    /// weight · x + constant, which lies in `range`.
    Ref affine(const Ref& x, const Dyadic& weight, const Dyadic& constant, const Interval& range);

  private:
    ValueId product(ValueId a, ValueId b);
    Linear in_parts(Linear linear, const CodeRange& codes);

    Plan& plan_;
    std::vector<std::pair<ValueId, Dyadic>> terms_;  // of the sum being made
    Dyadic constant_;
    std::vector<ValueId> variables_;                  // of the product being made
    std::unordered_map<uint64_t, ValueId> products_;  // by both operands
};

}  // namespace dal::jit
