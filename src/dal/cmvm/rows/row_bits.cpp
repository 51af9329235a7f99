#include "dal/cmvm/rows/row_bits.hpp"

#include <bit>
#include <limits>

#include "dal/cmvm/sums/sum_order.hpp"

namespace dal::cmvm {
namespace {

/// Recoded digits and dissolved nodes may make intermediate weights a few times larger than the final ones.
constexpr int most_bits = 56;

uint64_t magnitude(int64_t value) { return value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value); }

}  // namespace

bool RowBits::fits(const Problem& problem) {
    for (const Extent& extent : problem.extents) {
        if (!extent.exact) return false;
    }
    for (const Sum& sum : problem.sums) {
        int top = 0;
        for (const Term& term : sum) top = std::max(top, problem.extents[term.value].top + term.shift);
        if (top + static_cast<int>(std::bit_width(sum.size())) > most_bits) return false;
    }
    return true;
}

bool RowBits::fits(uint32_t value, int shift) const { return ranges_[value].top + shift <= most_bits; }

RowBits::RowBits(const Problem& problem) {
    for (uint32_t i = 0; i < problem.extents.size(); ++i) {
        const Extent& extent = problem.extents[i];
        inputs_.push_back({extent.lo, extent.hi, extent.low, top_of(extent.lo, extent.hi, extent.low)});
        forms_.push_back({{i, 1}});
    }
    ranges_ = inputs_;
}

void RowBits::define(uint32_t value, std::span<const Use> terms) {
    if (value >= forms_.size()) {
        forms_.resize(value + 1);
        ranges_.resize(value + 1);
    }
    sum_.clear();
    for (const Use& use : terms) {
        const Form& form = forms_[use.value];
        const int64_t factor = use.negative ? -1 : 1;
        merged_.clear();
        auto x = sum_.begin();
        for (const Entry& entry : form) {
            while (x != sum_.end() && x->input < entry.input) merged_.push_back(*x++);
            int64_t coefficient = entry.coefficient * factor << use.shift;
            if (x != sum_.end() && x->input == entry.input) coefficient += (x++)->coefficient;
            if (coefficient != 0) merged_.push_back({entry.input, coefficient});
        }
        merged_.insert(merged_.end(), x, sum_.end());
        std::swap(sum_, merged_);
    }
    forms_[value] = sum_;
    ranges_[value] = range_of(sum_);
}

Range RowBits::range_of(const Form& form) const {
    constexpr int none = std::numeric_limits<int>::max();
    Range range{0, 0, none, 0};
    int64_t constant = 0;  // the part that comes from constant inputs
    for (const Entry& entry : form) {
        const Range& input = inputs_[entry.input];
        const int64_t at_lo = entry.coefficient * input.lo;
        const int64_t at_hi = entry.coefficient * input.hi;
        range.lo += std::min(at_lo, at_hi);
        range.hi += std::max(at_lo, at_hi);
        if (input.lo == input.hi) {
            constant += at_lo;
        } else {
            range.low = std::min(range.low, std::countr_zero(magnitude(entry.coefficient)) + input.low);
        }
    }
    if (constant != 0) range.low = std::min(range.low, std::countr_zero(magnitude(constant)));
    if (range.low == none) range.low = 0;
    range.top = top_of(range.lo, range.hi, range.low);
    return range;
}

int64_t RowBits::bits_of(std::span<const Use> terms, bool bounded, int64_t slack) {
    if (terms.size() < 2) return 0;
    leaves_.clear();
    for (const Use& use : terms) {
        const Range& range = ranges_[use.value];
        const int top = range.top + use.shift;
        const Range shifted{range.lo << use.shift, range.hi << use.shift, range.low + use.shift, top};
        leaves_.push_back({{shifted, use.negative}, use.level, top});
    }
    int64_t bits = 0;
    add_up(leaves_, bounded, slack, [&bits](const Leaf& a, const Leaf& b) {
        const Joined joined = join(a.summand, b.summand);
        bits += joined.bits;
        return Leaf{joined.sum, 0, joined.sum.range.top};
    });
    return bits;
}

}  // namespace dal::cmvm
