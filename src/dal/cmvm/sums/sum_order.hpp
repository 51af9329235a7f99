// In which order the terms of a sum are added, within its depth and with few adder bits. Shared by the search, which
// only counts bits, and by the assembly, which makes adders. Internal to cmvm.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace dal::cmvm {

/// Adds up `terms` and returns the result. A term has a `level`, its depth, and a `top`, where its highest bit is;
/// `join(a, b)` makes the sum of two (their levels are set here), and `slack` is 2^bound - Σ 2^level, without effect
/// if not `bounded`. The vector is used up.
///
/// An adder has as many bits as there are between the higher top and the higher lowest bit of its operands. Whatever
/// the order, every lowest bit but the least is the higher one of some adder once; so only the tops count, and low ones
/// are added first, as in Huffman's algorithm with max in place of + (Golumbic, 1976). Within a bound, terms of equal
/// level are added without loss; letting one wait for the next level costs 2^level of slack.
template <class Term, class Join>
Term add_up(std::vector<Term>& terms, bool bounded, int64_t slack, Join join) {
    const auto by_level_and_top = [](const Term& a, const Term& b) {
        return a.level != b.level ? a.level < b.level : a.top < b.top;
    };
    const auto by_top = [](const Term& a, const Term& b) { return a.top < b.top; };
    const auto sort = [](auto begin, auto end, auto less) {  // stable, and fast for the few terms that there are
        if (end - begin > 24) return std::stable_sort(begin, end, less);
        for (auto it = begin; it != end; ++it) {
            const Term term = *it;
            auto at = it;
            for (; at != begin && less(term, *(at - 1)); --at) *at = *(at - 1);
            *at = term;
        }
    };
    sort(terms.begin(), terms.end(), by_level_and_top);
    // In front the `count` terms that have reached `level`, then those that are deeper.
    size_t begin = 0;
    int level = terms.front().level;
    while (terms.size() - begin > 1) {
        size_t end = begin;
        while (end < terms.size() && terms[end].level <= level) ++end;
        if (end - begin == 1) {  // waits for the next one
            const int next = terms[end].level;
            if (bounded) slack -= (int64_t{1} << next) - (int64_t{1} << level);
            level = next;
            terms[begin].level = level;
            while (end < terms.size() && terms[end].level <= level) ++end;
        }
        const auto at = [&](size_t i) { return terms.begin() + static_cast<std::ptrdiff_t>(i); };
        sort(at(begin), at(end), by_top);
        int lowest_later = end < terms.size() ? terms[end].top : terms[end - 1].top + 1;
        for (size_t i = end; i < terms.size(); ++i) lowest_later = std::min<int>(lowest_later, terms[i].top);
        size_t next = begin;  // sums are written over what was added
        size_t i = begin;
        for (; i + 1 < end; i += 2) {
            const auto rest = static_cast<int64_t>(end - i);
            const bool may_wait = !bounded || rest <= slack >> level;
            if (may_wait && lowest_later < terms[i + 1].top) break;
            Term sum = join(terms[i], terms[i + 1]);
            sum.level = level + 1;
            lowest_later = std::min<int>(lowest_later, sum.top);
            terms[next++] = sum;
        }
        if (bounded) slack -= static_cast<int64_t>(end - i) << level;
        for (; i < end; ++i) {
            terms[next] = terms[i];
            terms[next++].level = level + 1;
        }
        // Close the gap from the front, where the rest is shorter.
        const size_t gap = end - next;
        for (size_t k = next; k-- > begin;) terms[k + gap] = terms[k];
        begin += gap;
        ++level;
    }
    return terms[begin];
}

}  // namespace dal::cmvm
