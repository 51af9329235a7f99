#include "dal/cmvm/problem/equal_inputs.hpp"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "dal/cmvm/problem/problem.hpp"
#include "dal/numeric/csd.hpp"
#include "dal/support/hash.hpp"

namespace dal::cmvm {
namespace {

class InputAdder {
  public:
    InputAdder(const Matrix& matrix, const std::vector<InputInfo>& inputs, size_t least)
        : matrix_(matrix), inputs_(inputs), least_(least) {}

    std::optional<InputSums> run() && {
        find_groups();
        if (std::ranges::all_of(groups_, [&](const Group& group) { return group.members.size() < least_; }))
            return std::nullopt;
        result_.matrix.outputs = matrix_.outputs;
        infos_ = inputs_;
        for (Group& group : groups_) add_up(group);
        result_.matrix.inputs = result_.sums.size();
        return std::move(result_);
    }

  private:
    /// Inputs of the same depth with weights ±2^shift times the same ones.
    struct Group {
        std::vector<Term> members;
    };

    /// Trailing zeros of the whole row, and the sign of its first weight; the value is the input. Nothing if no sum of
    /// it with others is to be made first.
    [[nodiscard]] std::optional<Term> scale_of(uint32_t input) const {
        Term term{input, 0, false};
        int digits = 0;
        bool zero = true;
        for (size_t o = 0; o < matrix_.outputs; ++o) {
            const Int& w = matrix_.at(input, o);
            if (w.is_zero()) continue;
            const auto zeros = static_cast<int>(w.trailing_zeros());
            term.shift = zero ? zeros : std::min(term.shift, zeros);
            if (zero) term.negative = w.is_negative();
            zero = false;
            if (digits < 2) for_each_csd_digit(w, [&digits](int, bool) { ++digits; });
        }
        return digits < 2 || inputs_[input].range.is_constant() ? std::nullopt : std::optional(term);
    }

    [[nodiscard]] size_t hash_of(const Term& scale) const {
        auto hash = static_cast<size_t>(inputs_[scale.value].depth);
        for (size_t o = 0; o < matrix_.outputs; ++o) {
            const Int& w = matrix_.at(scale.value, o);
            const bool flipped = w.is_negative() != (scale.negative && !w.is_zero());
            hash = add_to_hash(hash, abs(w >> scale.shift).hash() * 2 + static_cast<size_t>(flipped));
        }
        return hash;
    }

    [[nodiscard]] bool alike(const Term& a, const Term& b) const {
        if (inputs_[a.value].depth != inputs_[b.value].depth) return false;
        for (size_t o = 0; o < matrix_.outputs; ++o) {
            const Int v = matrix_.at(a.value, o) >> a.shift;
            const Int w = matrix_.at(b.value, o) >> b.shift;
            if (a.negative == b.negative ? v != w : v != -w) return false;
        }
        return true;
    }

    void find_groups() {
        std::unordered_multimap<size_t, size_t> by_hash;
        for (uint32_t i = 0; i < matrix_.inputs; ++i) {
            const std::optional<Term> scale = scale_of(i);
            if (!scale) {
                groups_.push_back({{Term{i, 0, false}}});
                continue;
            }
            const size_t hash = hash_of(*scale);
            const auto [first, last] = by_hash.equal_range(hash);
            const auto same =
                std::find_if(first, last, [&](const auto& it) { return alike(groups_[it.second].members[0], *scale); });
            if (same != last) {
                groups_[same->second].members.push_back(*scale);
                continue;
            }
            by_hash.emplace(hash, groups_.size());
            groups_.push_back({{*scale}});
        }
    }

    [[nodiscard]] Interval range_of(const Term& term) const {
        const Interval range = infos_[term.value].range.shifted(term.shift);
        return term.negative ? -range : range;
    }

    /// Complete trees over as many members as are left, those of like widths beside each other.
    void add_up(Group& group) {
        std::vector<Term>& members = group.members;
        if (members.size() < least_) {
            for (const Term& member : members) keep(Term{member.value, 0, false}, member.value, 0, false);
            return;
        }
        const Term scale = members[0];
        const auto bits = [&](const Term& term) {
            const Interval range = range_of(term);
            const int64_t width = std::max(range.lo().bit_length(), range.hi().bit_length());
            return width - range.f();
        };
        std::ranges::stable_sort(members, {}, bits);
        size_t begin = 0;
        while (begin < members.size()) {
            const size_t count = std::bit_floor(members.size() - begin);
            keep(tree({members.begin() + static_cast<std::ptrdiff_t>(begin),
                       members.begin() + static_cast<std::ptrdiff_t>(begin + count)}),
                 scale.value, scale.shift, scale.negative);
            begin += count;
        }
    }

    Term tree(std::vector<Term> terms) {
        for (; terms.size() > 1; terms.resize(terms.size() / 2)) {
            for (size_t j = 0; j < terms.size() / 2; ++j) terms[j] = join(terms[2 * j], terms[2 * j + 1]);
        }
        return terms.front();
    }

    Term join(Term a, Term b) {
        if (a.negative && !b.negative) std::swap(a, b);
        const int shift = std::min(a.shift, b.shift);
        Adder adder;
        adder.a = a.value;
        adder.b = b.value;
        adder.shift_a = a.shift - shift;
        adder.shift_b = b.shift - shift;
        adder.subtract = a.negative != b.negative;
        const Interval u = infos_[a.value].range.shifted(adder.shift_a);
        const Interval v = infos_[b.value].range.shifted(adder.shift_b);
        infos_.push_back({adder.subtract ? u - v : u + v, infos_[a.value].depth + 1});
        result_.adders.push_back(adder);
        return {static_cast<uint32_t>(infos_.size() - 1), shift, a.negative};
    }

    /// A new input, `sum` without its shift and sign, whose weights are those of `like` (which is scaled by 2^shift
    /// and a sign) with the shift and sign of the sum.
    void keep(const Term& sum, uint32_t like, int shift, bool negative) {
        for (size_t o = 0; o < matrix_.outputs; ++o) {
            const Int weight = matrix_.at(like, o) >> shift << sum.shift;
            result_.matrix.weights.push_back(negative == sum.negative ? weight : -weight);
        }
        result_.sums.push_back(infos_[sum.value]);
        result_.nodes.push_back(sum.value);
    }

    const Matrix& matrix_;
    const std::vector<InputInfo>& inputs_;
    const size_t least_;
    std::vector<Group> groups_;
    std::vector<InputInfo> infos_;  // of the inputs, then of the adders
    InputSums result_;
};

}  // namespace

std::optional<InputSums> add_equal_inputs(const Matrix& matrix, const std::vector<InputInfo>& inputs, size_t least) {
    return InputAdder(matrix, inputs, least).run();
}

AdderGraph with_input_sums(const InputSums& sums, AdderGraph graph, size_t inputs) {
    const auto moved = [&](uint32_t node) {
        return node < graph.inputs ? sums.nodes[node]
                                   : static_cast<uint32_t>(node - graph.inputs + inputs + sums.adders.size());
    };
    AdderGraph whole{inputs, sums.adders, {}};
    for (Adder adder : graph.adders) {
        adder.a = moved(adder.a);
        adder.b = moved(adder.b);
        whole.adders.push_back(std::move(adder));
    }
    for (OutputTap tap : graph.outputs) {
        if (tap.node) tap.node = moved(*tap.node);
        whole.outputs.push_back(tap);
    }
    return whole;
}

}  // namespace dal::cmvm
