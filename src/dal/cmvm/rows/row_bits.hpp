// Adder bits of the rows of the search, as definite as rows are: values have the exact ranges of their linear forms,
// the partial sums of a row the sum of the ranges of their terms, which is wider where digits of one input cancel. What
// leaves the search is measured exactly (linear_forms.hpp). Internal to cmvm.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dal/cmvm/problem/problem.hpp"
#include "dal/cmvm/sums/summand.hpp"

namespace dal::cmvm {

class RowBits {
  public:
    /// Whether 64 bits hold all ranges, with some room.
    static bool fits(const Problem& problem);
    /// Whether a row may have this term and its bits can still be counted.
    [[nodiscard]] bool fits(uint32_t value, int shift) const;
    /// Starts with the inputs.
    explicit RowBits(const Problem& problem);

    struct Use {
        uint32_t value = 0;
        int shift = 0;
        bool negative = false;
        int level = 0;
    };
    /// Sets the form and range of a value from those of its terms.
    void define(uint32_t value, std::span<const Use> terms);
    /// Of the adders for the terms; none for a single one. Levels and slack as in add_up.
    int64_t bits_of(std::span<const Use> terms, bool bounded, int64_t slack);

  private:
    struct Leaf {
        Summand summand;
        int level;
        int top;
    };
    struct Entry {
        uint32_t input;
        int64_t coefficient;
    };
    using Form = std::vector<Entry>;

    [[nodiscard]] Range range_of(const Form& form) const;

    std::vector<Range> inputs_;
    std::vector<Range> ranges_;  // of each value
    std::vector<Form> forms_;
    std::vector<Leaf> leaves_;
    Form sum_;
    Form merged_;
};

}  // namespace dal::cmvm
