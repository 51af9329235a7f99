// Tables: their entries in machine form, and the values that are looked up.
#pragma once

#include <map>
#include <tuple>

#include "dal/jit/sums.hpp"

namespace dal::jit {

class TablePlanner {
  public:
    TablePlanner(Plan& plan, SumPlanner& sums) : plan_(plan), sums_(sums) {}

    /// What `table` has for element `element` of its result, which lies in `range`, where the operand is x.
    Ref lookup(const op::Table& table, int64_t element, const Ref& x, const Interval& range);

  private:
    struct Data {
        uint32_t index;  ///< in Plan::tables
        int f;           ///< binary point of its entries
    };
    Data data_of(const op::Table& table, int64_t element, int shift);

    // The entries, the table among them, its size and first code, and how far the operand's codes are shifted.
    using Key = std::tuple<const void*, uint32_t, int64_t, std::string, int>;
    Plan& plan_;
    SumPlanner& sums_;
    std::map<Key, Data> known_;
    std::map<std::pair<ValueId, uint32_t>, ValueId> lookups_;
};

}  // namespace dal::jit
