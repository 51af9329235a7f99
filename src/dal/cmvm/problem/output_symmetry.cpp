#include "dal/cmvm/problem/output_symmetry.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "dal/support/hash.hpp"

namespace dal::cmvm {
namespace {

/// A sum, either still to be solved or the combination of two others.
struct Part {
    Sum terms;  // by value and shift, as the problem has them
    int bound = 0;
    bool spare = false;
    struct Child {
        uint32_t part;
        bool negative;
    };
    std::vector<Child> children;  // none, or two
};

/// Of values and shifts without the signs.
uint64_t support_hash(const Sum& terms) {
    uint64_t hash = terms.size();
    for (const Term& term : terms)
        hash = add_to_hash(hash, uint64_t{term.value} << 32 | static_cast<uint32_t>(term.shift));
    return hash;
}

/// Cheap, because most matrices have no pairs.
bool has_candidates(const Problem& problem) {
    std::vector<uint64_t> hashes;
    hashes.reserve(problem.sums.size());
    for (const Sum& sum : problem.sums) {
        if (sum.size() > 2) hashes.push_back(support_hash(sum));
    }
    std::ranges::sort(hashes);
    return std::ranges::adjacent_find(hashes) != hashes.end();
}

/// Values and shifts without the signs.
using Support = std::vector<std::pair<uint32_t, int>>;
Support support_of(const Sum& terms) {
    Support support;
    support.reserve(terms.size());
    for (const Term& term : terms) support.emplace_back(term.value, term.shift);
    return support;
}

class Splitter {
  public:
    explicit Splitter(const Problem& problem) : problem_(problem) {
        for (size_t s = 0; s < problem.sums.size(); ++s) {
            Part& part = parts_.emplace_back();
            part.terms = problem.sums[s];
            part.bound = problem.bounds[s];
            part.spare = problem.spare[s];
        }
    }

    /// Whether anything was split.
    bool run() {
        bool any = false;
        for (size_t begin = 0; begin < parts_.size();) {
            const size_t end = parts_.size();
            any = split_among(begin, end) || any;
            begin = end;  // next, the parts that this round made
        }
        return any;
    }

    Problem result() && {
        Problem result = problem_;
        result.sums.clear();
        result.bounds.clear();
        result.spare.clear();
        std::vector<uint32_t> index(parts_.size());
        for (size_t p = 0; p < parts_.size(); ++p) {
            if (!parts_[p].children.empty()) continue;
            index[p] = static_cast<uint32_t>(result.sums.size());
            result.sums.push_back(std::move(parts_[p].terms));
            result.bounds.push_back(parts_[p].bound);
            result.spare.push_back(parts_[p].spare);
        }
        for (size_t p = parts_.size(); p-- > 0;) {  // children come after their parents
            if (parts_[p].children.empty()) continue;
            index[p] = static_cast<uint32_t>(result.sums.size() + result.combinations.size());
            Sum& sum = result.combinations.emplace_back();
            for (const Part::Child& child : parts_[p].children) sum.push_back({index[child.part], 0, child.negative});
        }
        for (ColumnTap& column : result.columns) {
            if (column.sum) column.sum = index[*column.sum];
        }
        return result;
    }

  private:
    bool split_among(size_t begin, size_t end) {
        made_.clear();  // only parts of one round are shared, so that parts come after those that consist of them
        std::map<Support, std::vector<uint32_t>> groups;
        for (size_t p = begin; p < end; ++p) {
            if (parts_[p].terms.size() > 2) groups[support_of(parts_[p].terms)].push_back(static_cast<uint32_t>(p));
        }
        bool any = false;
        for (auto& [support, group] : groups) {
            // Pairs that agree in the same places are split alike, so that their parts are pairs again.
            std::map<std::vector<bool>, std::vector<std::pair<uint32_t, uint32_t>>> relations;
            if (group.size() < 2 || group.size() > 256) continue;
            for (size_t i = 0; i < group.size(); ++i) {
                for (size_t j = i + 1; j < group.size(); ++j) {
                    relations[relation(group[i], group[j])].emplace_back(group[i], group[j]);
                }
            }
            std::vector<const std::vector<std::pair<uint32_t, uint32_t>>*> ordered;
            for (const auto& [key, pairs] : relations) ordered.push_back(&pairs);
            std::ranges::stable_sort(ordered, [](const auto* a, const auto* b) { return a->size() > b->size(); });
            for (const auto* pairs : ordered) {
                for (const auto& [a, b] : *pairs) {
                    if (parts_[a].children.empty() && parts_[b].children.empty()) any = split(a, b) || any;
                }
            }
        }
        return any;
    }

    /// For each term, whether the signs agree as they do in the first term.
    [[nodiscard]] std::vector<bool> relation(uint32_t a, uint32_t b) const {
        const Sum& x = parts_[a].terms;
        const Sum& y = parts_[b].terms;
        std::vector<bool> result;
        result.reserve(x.size());
        for (size_t t = 0; t < x.size(); ++t) {
            result.push_back((x[t].negative == y[t].negative) == (x[0].negative == y[0].negative));
        }
        return result;
    }

    bool split(uint32_t a, uint32_t b) {
        Sum shared;
        Sum opposite;
        for (size_t t = 0; t < parts_[a].terms.size(); ++t) {
            const Term& term = parts_[a].terms[t];
            (term.negative == parts_[b].terms[t].negative ? shared : opposite).push_back(term);
        }
        if (shared.empty() || opposite.empty()) return false;
        // Parts are shared: a constant can only be added after them.
        const auto bound_of = [&](uint32_t p) { return parts_[p].bound - (parts_[p].spare ? 1 : 0); };
        const int bound = std::min(bound_of(a), bound_of(b)) - 1;
        if (problem_.bounded && (depth_of(shared) > bound || depth_of(opposite) > bound)) return false;
        const Part::Child e = part_for(std::move(shared), bound);
        const Part::Child o = part_for(std::move(opposite), bound);
        parts_[a].children = {e, o};
        parts_[b].children = {e, {o.part, !o.negative}};
        return true;
    }

    [[nodiscard]] int depth_of(const Sum& terms) const {
        std::vector<int> depths;
        depths.reserve(terms.size());
        for (const Term& term : terms) depths.push_back(problem_.depths[term.value]);
        return least_depth(std::move(depths));
    }

    /// A new part, or one made before with these terms up to sign. Every part's first term is positive.
    Part::Child part_for(Sum terms, int bound) {
        const bool negative = terms.front().negative;
        std::vector<std::tuple<uint32_t, int, bool>> key;
        key.reserve(terms.size());
        for (Term& term : terms) {
            term.negative = term.negative != negative;
            key.emplace_back(term.value, term.shift, term.negative);
        }
        const auto next = static_cast<uint32_t>(parts_.size());
        const auto [it, fresh] = made_.emplace(std::move(key), next);
        if (fresh) parts_.push_back({std::move(terms), bound, false, {}});
        Part& part = parts_[it->second];
        part.bound = std::min(part.bound, bound);
        return {it->second, negative};
    }

    const Problem& problem_;
    std::vector<Part> parts_;
    std::map<std::vector<std::tuple<uint32_t, int, bool>>, uint32_t> made_;
};

}  // namespace

std::optional<Problem> split_symmetric_sums(const Problem& problem) {
    if (!has_candidates(problem)) return std::nullopt;
    Splitter splitter(problem);
    if (!splitter.run()) return std::nullopt;
    return std::move(splitter).result();
}

}  // namespace dal::cmvm
