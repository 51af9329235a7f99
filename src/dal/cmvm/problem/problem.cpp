#include "dal/cmvm/problem/problem.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_map>

#include "dal/cmvm/sums/summand.hpp"
#include "dal/numeric/csd.hpp"
#include "dal/support/hash.hpp"

namespace dal::cmvm {
namespace {

constexpr int no_bound = std::numeric_limits<int>::max() / 2;
/// Levels that an output without a bound gets over the deepest one where others have a bound.
constexpr int plenty = 20;
/// Extents stay exact while their magnitudes are below 2^61, so that adding two cannot overflow.
constexpr int exact_bits = 61;

/// Trailing zeros and sign of the first nonzero weight: what a column is normalized by.
struct ColumnScale {
    int shift = 0;
    bool negative = false;
    bool zero = true;
    size_t hash = 0;
};

class ProblemBuilder {
  public:
    ProblemBuilder(const Matrix& matrix, const std::vector<InputInfo>& inputs) : matrix_(matrix) {
        int unit_f = std::numeric_limits<int>::min();
        for (uint32_t i = 0; i < inputs.size(); ++i) {
            if (inputs[i].range.is_zero()) continue;
            live_.push_back(i);
            unit_f = std::max(unit_f, inputs[i].range.f());
        }
        for (const InputInfo& input : inputs) {
            problem_.depths.push_back(input.depth);
            problem_.extents.push_back(input.range.is_zero() ? Extent() : Extent::of(input.range, unit_f));
        }
    }

    Problem build(const Options& options) && {
        problem_.columns.reserve(matrix_.outputs);
        for (size_t o = 0; o < matrix_.outputs; ++o) problem_.columns.push_back(add_column(o));
        forget_unused_arrivals();
        set_bounds(options);
        return std::move(problem_);
    }

  private:
    ColumnScale scale_of(size_t o) const {
        ColumnScale scale;
        for (const uint32_t i : live_) {
            const Int& w = matrix_.at(i, o);
            if (w.is_zero()) continue;
            const auto zeros = static_cast<int>(w.trailing_zeros());
            scale.shift = scale.zero ? zeros : std::min(scale.shift, zeros);
            if (scale.zero) scale.negative = w.is_negative();
            scale.zero = false;
        }
        for (const uint32_t i : live_) {
            const Int& w = matrix_.at(i, o);
            if (w.is_zero()) continue;
            const size_t value =
                abs(w >> scale.shift).hash() * 2 + static_cast<size_t>(w.is_negative() != scale.negative);
            scale.hash = add_to_hash(scale.hash, value + i);
        }
        return scale;
    }

    bool same(size_t o, const ColumnScale& a, size_t p, const ColumnScale& b) const {
        for (const uint32_t i : live_) {
            const Int v = matrix_.at(i, o) >> a.shift;
            const Int w = matrix_.at(i, p) >> b.shift;
            if (a.negative == b.negative ? v != w : v != -w) return false;
        }
        return true;
    }

    ColumnTap add_column(size_t o) {
        const ColumnScale scale = scale_of(o);
        if (scale.zero) return {};
        const auto [first, last] = by_hash_.equal_range(scale.hash);
        for (auto it = first; it != last; ++it) {
            const Kept& kept = kept_[it->second];
            if (same(o, scale, kept.column, kept.scale)) {
                return {it->second, scale.shift, scale.negative != kept.scale.negative};
            }
        }
        const auto index = static_cast<uint32_t>(kept_.size());
        by_hash_.emplace(scale.hash, index);
        kept_.push_back({o, scale});
        Sum& sum = problem_.sums.emplace_back();
        for (const uint32_t i : live_) {
            for_each_csd_digit(matrix_.at(i, o),
                               [&](int shift, bool negative) { sum.push_back({i, shift - scale.shift, negative}); });
        }
        return {index, scale.shift, false};
    }

    /// Levels are counted from the latest input: one that nothing uses must not push the others out of their range.
    void forget_unused_arrivals() {
        std::vector<bool> used(problem_.depths.size());
        for (const Sum& sum : problem_.sums) {
            for (const Term& term : sum) used[term.value] = true;
        }
        for (size_t i = 0; i < used.size(); ++i) {
            if (!used[i]) problem_.depths[i] = 0;
        }
    }

    [[nodiscard]] std::vector<int> depths_of(size_t sum) const {
        std::vector<int> depths;
        depths.reserve(problem_.sums[sum].size() + 1);
        for (const Term& term : problem_.sums[sum]) depths.push_back(problem_.depths[term.value]);
        return depths;
    }
    [[nodiscard]] int least_depth_with_spare(size_t sum) const {
        std::vector<int> depths = depths_of(sum);
        if (problem_.spare[sum]) depths.push_back(0);
        return least_depth(std::move(depths));
    }

    void set_bounds(const Options& options) {
        problem_.bounded = options.depth != Depth::free || !options.output_depths.empty();
        problem_.bounds.assign(problem_.sums.size(), no_bound);
        problem_.spare.assign(problem_.sums.size(), false);
        problem_.ends_early.assign(problem_.sums.size(), false);
        if (!problem_.bounded) return;
        // The constants of several outputs that are one sum can only be added after it.
        std::vector<int> outputs(problem_.sums.size());
        for (const ColumnTap& column : problem_.columns) {
            if (column.sum) ++outputs[*column.sum];
        }
        for (size_t o = 0; o < options.constant_follows.size() && !options.area; ++o) {
            const auto sum = problem_.columns[o].sum;
            if (!sum || !options.constant_follows[o]) continue;
            if (outputs[*sum] == 1)
                problem_.spare[*sum] = true;
            else
                problem_.ends_early[*sum] = true;
        }
        std::vector<int> least;
        int deepest = 0;
        for (size_t s = 0; s < problem_.sums.size(); ++s) {
            deepest = std::max(deepest, least_depth(depths_of(s)));
            least.push_back(least_depth_with_spare(s) + (problem_.ends_early[s] ? 1 : 0));
        }
        for (size_t s = 0; s < least.size(); ++s) {
            switch (options.depth) {
                // Only where a constant has no room among the terms of its own sum does it take a level more.
                case Depth::minimum: problem_.bounds[s] = std::max(deepest, least[s]) + options.extra_depth; break;
                case Depth::each_output: problem_.bounds[s] = least[s] + options.extra_depth; break;
                case Depth::free: problem_.bounds[s] = deepest + plenty; break;
            }
        }
        for (size_t o = 0; o < options.output_depths.size(); ++o) {
            const auto sum = problem_.columns[o].sum;
            if (!sum) continue;
            problem_.bounds[*sum] = std::max(least[*sum], std::min(problem_.bounds[*sum], options.output_depths[o]));
        }
        for (size_t s = 0; s < least.size(); ++s) problem_.bounds[s] -= problem_.ends_early[s] ? 1 : 0;
    }

    struct Kept {
        size_t column;
        ColumnScale scale;
    };
    const Matrix& matrix_;
    std::vector<uint32_t> live_;  // inputs that are not the constant 0
    std::vector<Kept> kept_;      // the column that each sum came from
    std::unordered_multimap<size_t, uint32_t> by_hash_;
    Problem problem_;
};

}  // namespace

Extent Extent::of(const Interval& range, int unit_f) {
    Extent result;
    result.low = unit_f - range.f();
    const int64_t bits = std::max(range.lo().bit_length(), range.hi().bit_length()) + 1;
    if (bits + result.low < exact_bits) {
        result.exact = true;
        result.lo = range.lo_at(unit_f).to_int64();
        result.hi = range.hi_at(unit_f).to_int64();
        result.top = top_of(result.lo, result.hi, result.low);
    } else {
        result.top = static_cast<int>(bits) - 1 + result.low;
    }
    return result;
}

Extent Extent::combine(const Extent& a, int shift_a, const Extent& b, int shift_b, bool subtract) {
    Extent result;
    result.low = std::min(a.low + shift_a, b.low + shift_b);
    const int top = std::max(a.top + shift_a, b.top + shift_b) + 1;
    if (!a.exact || !b.exact || top >= exact_bits) {
        result.top = top;
        return result;
    }
    result.exact = true;
    result.lo = (a.lo << shift_a) + (subtract ? -(b.hi << shift_b) : b.lo << shift_b);
    result.hi = (a.hi << shift_a) + (subtract ? -(b.lo << shift_b) : b.hi << shift_b);
    result.top = top_of(result.lo, result.hi, result.low);
    return result;
}

size_t digits_of(const Problem& problem) {
    size_t digits = 0;
    for (const Sum& sum : problem.sums) digits += sum.size();
    return digits;
}

int least_depth(std::vector<int> depths) {
    if (depths.empty()) return 0;
    std::ranges::sort(depths);
    int level = depths.front();
    uint64_t count = 0;  // terms of depth `level` that hold all seen so far
    for (const int depth : depths) {
        for (; level < depth && count > 1; ++level) count = (count + 1) / 2;
        level = depth;
        ++count;
    }
    return level + std::bit_width(count - 1);
}

Problem make_problem(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options) {
    return ProblemBuilder(matrix, inputs).build(options);
}

}  // namespace dal::cmvm
