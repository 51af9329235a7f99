// Sources: the graphs of few adders and that they suffice are those of A. G. Dempster and M. D. Macleod, Constant
// integer multiplication using minimum adders (IEE Proc. Circuits Devices Syst. 141(5), 1994) and O. Gustafsson, A. G.
// Dempster and L. Wanhammar, Extended results for minimum-adder constant integer multipliers (ISCAS 2002). There all
// constants are made from all graphs; here the last two adders of one constant are found from both ends: what the
// constant can be made of is compared with what the adders before can make. Both are the same relation, as w = ±2^i·u ±
// 2^j·v can be solved for each of the three.
#include "dal/cmvm/constants/single_constant.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "dal/support/hash.hpp"

namespace dal::cmvm {
namespace {

/// Up to so many adders all graphs are tried; with one more there are a thousand times as many, and the first will do.
constexpr int most_complete = 4;
/// Graphs without their last two adders. Each takes 2 to 5 microseconds.
constexpr int64_t most_tries = 20'000;
/// Beyond that no more than three adders are tried.
constexpr int most_bits_for_many = 24;

using Value = uint64_t;  // odd and positive: what is free to get from it is the same value

int width_of(Value value) { return static_cast<int>(std::bit_width(value)); }

/// The value is |u·2^shift_u ± v·2^shift_v| without its trailing zeros; operands are positions among the values.
struct Step {
    Value value = 1;
    uint8_t u = 0;
    uint8_t v = 0;
    uint8_t shift_u = 0;
    uint8_t shift_v = 0;
    bool subtract = false;
    uint8_t depth = 0;
};

/// Calls visit(w, shift_u, shift_v, subtract) for all w = |u·2^shift_u ± v·2^shift_v| up to 2^bits, without the zeros.
template <class Visit>
void for_each_sum(Value u, Value v, int bits, Visit visit) {
    const Value limit = Value{1} << bits;
    const auto give = [&](int i, int j) {
        const Value a = u << i;
        const Value b = v << j;
        if (const Value sum = (a + b) >> std::countr_zero(a + b); sum < limit) visit(sum, i, j, false);
        const Value gap = a > b ? a - b : b - a;
        if (gap == 0) return;
        if (const Value difference = gap >> std::countr_zero(gap); difference < limit) visit(difference, i, j, true);
    };
    give(0, 0);
    for (int s = 1; s <= bits; ++s) {
        if (width_of(u) + s <= bits + 1) give(s, 0);
        if (width_of(v) + s <= bits + 1) give(0, s);
    }
}

/// A small map from values to the flattest step that makes them, emptied in constant time.
class StepTable {
  public:
    void clear() {
        ++stamp_;
        count_ = 0;
    }
    void add(const Step& step) {
        if (2 * ++count_ > slots_.size()) grow();
        Slot& slot = find(step.value);
        if (slot.stamp != stamp_) {
            slot = {step, stamp_};
        } else if (step.depth < slot.step.depth) {
            slot.step = step;
        }
    }
    [[nodiscard]] const Step* at(Value value) {
        const Slot& slot = find(value);
        return slot.stamp == stamp_ ? &slot.step : nullptr;
    }

  private:
    struct Slot {
        Step step;
        uint32_t stamp = 0;
    };
    Slot& find(Value value) {
        size_t at = spread(value) & (slots_.size() - 1);
        while (slots_[at].stamp == stamp_ && slots_[at].step.value != value) at = (at + 1) & (slots_.size() - 1);
        return slots_[at];
    }
    void grow() {
        std::vector<Slot> old(2 * slots_.size());
        std::swap(old, slots_);
        for (const Slot& slot : old) {
            if (slot.stamp == stamp_) find(slot.step.value) = slot;
        }
    }

    std::vector<Slot> slots_{4096};
    uint32_t stamp_ = 1;
    size_t count_ = 0;
};

class ConstantSearch {
  public:
    ConstantSearch(Value constant, int most_depth)
        : constant_(constant), bits_(width_of(constant) + 2), most_depth_(most_depth) {}

    /// With exactly so many adders, if no fewer suffice.
    std::optional<AdderGraph> run(int adders) {
        values_.assign(1, Step{});
        best_.clear();
        is_complete_ = adders <= most_complete;
        tries_ = is_complete_ ? std::numeric_limits<int64_t>::max() : most_tries;
        if (adders == 1) {
            one_more(0, 0, [&](const Step& step) {
                if (step.value == constant_) finish(step);
            });
        } else {
            begin_with(adders - 2);
        }
        if (best_.empty()) return std::nullopt;
        return graph();
    }

  private:
    /// All steps from the values at u and v, which are not deeper than the bound.
    template <class Visit>
    void one_more(size_t u, size_t v, Visit visit) const {
        const int depth = 1 + std::max(values_[u].depth, values_[v].depth);
        if (depth > most_depth_) return;
        for_each_sum(values_[u].value, values_[v].value, bits_, [&](Value w, int i, int j, bool subtract) {
            visit(Step{w, static_cast<uint8_t>(u), static_cast<uint8_t>(v), static_cast<uint8_t>(i),
                       static_cast<uint8_t>(j), subtract, static_cast<uint8_t>(depth)});
        });
    }

    /// Tries all values of `more` adders, and ends with two.
    void begin_with(int more) {
        if (tries_ <= 0 || (!is_complete_ && !best_.empty())) return;
        if (more == 0) return end_with_two();
        std::vector<Step> next;
        for (size_t u = 0; u < values_.size(); ++u) {
            for (size_t v = 0; v <= u; ++v) one_more(u, v, [&](const Step& step) { next.push_back(step); });
        }
        // Each value once, the flattest way to it.
        std::ranges::stable_sort(next, [](const Step& a, const Step& b) {
            return a.value != b.value ? a.value < b.value : a.depth < b.depth;
        });
        next.erase(std::ranges::unique(next, {}, &Step::value).begin(), next.end());
        for (const Step& step : next) {
            if (std::ranges::find(values_, step.value, &Step::value) != values_.end()) continue;
            values_.push_back(step);
            begin_with(more - 1);
            values_.pop_back();
        }
    }

    /// The last adder makes the constant of some value c and one that is there, or of c twice; c is made of two that
    /// are there.
    void end_with_two() {
        --tries_;
        made_.clear();
        for (size_t u = 0; u < values_.size(); ++u) {
            for (size_t v = 0; v <= u; ++v) one_more(u, v, [&](const Step& step) { made_.add(step); });
        }
        for (size_t r = 0; r < values_.size(); ++r) {
            if (values_[r].depth + 1 > most_depth_) continue;
            for_each_sum(constant_, values_[r].value, bits_, [&](Value c, int, int, bool) { try_last(c, r); });
        }
        for (int s = 1; s < bits_; ++s) {
            for (const Value factor : {(Value{1} << s) - 1, (Value{1} << s) + 1}) {
                if (factor > 1 && factor <= constant_ && constant_ % factor == 0)
                    try_last(constant_ / factor, values_.size());
            }
        }
    }

    void try_last(Value c, size_t other) {
        const Step* made = made_.at(c);
        if (made == nullptr || made->depth + 1 > most_depth_) return;
        values_.push_back(*made);
        one_more(values_.size() - 1, other, [&](const Step& last) {
            if (last.value == constant_) finish(last);
        });
        values_.pop_back();
    }

    /// About the bits of an adder, less those of the input: from the higher lowest bit to the higher top.
    [[nodiscard]] int bits_of(const Step& step, const std::vector<Step>& all) const {
        const int top_u = width_of(all[step.u].value) + step.shift_u;
        const int top_v = width_of(all[step.v].value) + step.shift_v;
        return std::max(top_u, top_v) - std::max(step.shift_u, step.shift_v);
    }

    /// With the values that are there, `last` is a solution.
    void finish(const Step& last) {
        std::vector<Step> all = values_;
        all.push_back(last);
        int bits = 0;
        for (size_t n = 1; n < all.size(); ++n) bits += bits_of(all[n], all);
        if (!best_.empty() && bits >= least_bits_) return;
        least_bits_ = bits;
        best_ = std::move(all);
    }

    /// With whole numbers: a value that lost its trailing zeros stands for 2^e times itself.
    [[nodiscard]] AdderGraph graph() const {
        AdderGraph graph;
        graph.inputs = 1;
        std::vector<int> exponents{0};
        for (size_t n = 1; n < best_.size(); ++n) {
            const Step& step = best_[n];
            const Value u = best_[step.u].value << step.shift_u;
            const Value v = best_[step.v].value << step.shift_v;
            const bool swap = step.subtract && v > u;
            Adder adder;
            adder.a = swap ? step.v : step.u;
            adder.b = swap ? step.u : step.v;
            adder.shift_a = (swap ? step.shift_v : step.shift_u) - exponents[adder.a];
            adder.shift_b = (swap ? step.shift_u : step.shift_v) - exponents[adder.b];
            adder.subtract = step.subtract;
            const int least = std::min(adder.shift_a, adder.shift_b);
            adder.shift_a -= least;
            adder.shift_b -= least;
            graph.adders.push_back(adder);
            exponents.push_back(std::countr_zero(step.subtract ? (swap ? v - u : u - v) : u + v) - least);
        }
        graph.outputs.push_back({static_cast<uint32_t>(best_.size() - 1), -exponents.back(), false});
        return graph;
    }

    Value constant_;
    int bits_;  // of intermediate values
    int most_depth_;
    std::vector<Step> values_;  // 1, then those of adders
    StepTable made_;
    bool is_complete_ = true;  // all graphs are tried, for the fewest bits
    int64_t tries_ = 0;        // that are left
    std::vector<Step> best_;
    int least_bits_ = 0;
};

}  // namespace

std::optional<AdderGraph> constant_graph(uint64_t constant, int most_depth, int most_adders) {
    if (constant % 2 == 0 || width_of(constant) > most_constant_bits) return std::nullopt;
    if (constant == 1) return AdderGraph{1, {}, {{0, 0, false}}};
    if (width_of(constant) > most_bits_for_many) most_adders = std::min(most_adders, 3);
    ConstantSearch search(constant, std::min(most_depth, most_constant_adders));
    for (int adders = 1; adders <= std::min(most_adders, most_constant_adders); ++adders) {
        if (auto graph = search.run(adders)) return graph;
    }
    return std::nullopt;
}

}  // namespace dal::cmvm
