// Operations that look at whole numbers rather than compute sums: comparisons, the smaller or larger of two, absolute
// values, selection, bit functions. What their operands' ranges decide already becomes a constant or an operand.
#pragma once

#include "dal/jit/ref.hpp"
#include "dal/jit/sums.hpp"

namespace dal::jit {

/// `range` is what inference says of the result.
class ChoicePlanner {
  public:
    ChoicePlanner(Plan& plan, SumPlanner& sums) : plan_(plan), sums_(sums) {}

    Ref relu(const Ref& x, const Interval& range);
    Ref abs(const Ref& x, const Interval& range);
    /// The larger of a and b, or the smaller.
    Ref extremum(bool larger, const Ref& a, const Ref& b, const Interval& range);
    Ref compare(Relation relation, const Ref& a, const Ref& b, const Interval& range);
    Ref select(const Ref& condition, const Ref& if_true, const Ref& if_false, const Interval& range);
    Ref bitwise(BitFunction function, const Ref& a, const Ref& b, const Interval& range);

  private:
    Ref compare_with_constant(Relation relation, const Ref& a, const Ref& b);
    Ref compared(Relation relation, Operand a, Operand b);

    Plan& plan_;
    SumPlanner& sums_;
};

}  // namespace dal::jit
