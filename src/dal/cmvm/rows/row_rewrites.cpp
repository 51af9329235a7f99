// The changes of a row that write the same sum in another way, with as many terms.
#include <algorithm>
#include <bit>

#include "dal/cmvm/rows/row_graph.hpp"
#include "dal/support/hash.hpp"

namespace dal::cmvm {
namespace {

/// How many values a substitution looks at.
constexpr size_t values_to_try = 40;
/// Shifts of indexed values: weights of more bits are found where they agree so far.
constexpr int most_shifts = 16;
/// Beyond this, different coefficients may be the same modulo 2^61 - 1.
constexpr int widest_for_hashes = 40;

size_t slot_of(uint64_t key, int shift) { return spread(key) >> shift; }

}  // namespace

/// Puts c and d in place of the terms p and q of a row, and cleans up behind them.
void RowGraph::replace(uint32_t row, size_t p, size_t q, RowTerm c, RowTerm d) {
    const RowTerm a = rows_[row].terms[p];
    const RowTerm b = rows_[row].terms[q];
    take(row, std::max(p, q));
    take(row, std::min(p, q));
    put(row, c);
    put(row, d);
    for (const uint32_t operand : {a.value(), b.value()}) {
        if (is_node(operand) && uses_[operand].size() < 2) unsettled_.push_back(operand);
    }
    if (is_node_row(row) && rows_[row].terms.size() == 1) unsettled_.push_back(value_of(row));
    refresh_level(row);
    settle();
}

/// Whether the adder bits of a row with this term can be counted in 64 bits.
bool RowGraph::is_countable(RowTerm term) const { return !row_bits_ || row_bits_->fits(term.value(), term.shift()); }

bool RowGraph::recode(uint32_t row, size_t p, size_t q) {
    const RowTerm a = rows_[row].terms[p];
    const RowTerm b = rows_[row].terms[q];
    if (a.value() != b.value()) return false;
    const RowTerm low = a.shift() < b.shift() ? a : b;
    const RowTerm high = a.shift() < b.shift() ? b : a;
    const int gap = high.shift() - low.shift();
    const uint32_t v = low.value();
    if (high.shift() >= RowTerm::max_shift || !is_countable(RowTerm(v, high.shift() + 1, false))) return false;
    if (gap == 2 && low.negative() != high.negative()) {  // 4 - 1 = 2 + 1
        replace(row, p, q, RowTerm(v, low.shift(), high.negative()), RowTerm(v, low.shift() + 1, high.negative()));
    } else if (gap == 1 && low.negative() == high.negative()) {
        replace(row, p, q, RowTerm(v, low.shift(), !low.negative()), RowTerm(v, low.shift() + 2, low.negative()));
    } else {
        return false;
    }
    return true;
}

bool RowGraph::borrow(uint32_t value, size_t n) {
    const uint32_t own = row_of(value);
    if (rows_[own].terms.size() != 2) return false;
    const RowTerm a = rows_[own].terms[n % 2];
    const RowTerm b = rows_[own].terms[1 - n % 2];
    const auto& users = uses_[a.value()];
    const uint32_t row = users[n / 2 % users.size()];
    if (row == own) return false;
    const Row& r = rows_[row];
    if (bounded_ && r.load - weight(a.value()) + weight(value) > room_of(row)) return false;
    for (size_t p = 0; p < r.terms.size(); ++p) {
        const RowTerm x = r.terms[p];
        if (x.value() != a.value() || x.shift() < a.shift()) continue;
        const int up = x.shift() - a.shift();
        const bool flip = x.negative() != a.negative();
        const int shift = b.shift() + up;
        const bool negative = b.negative() != flip;
        for (size_t q = 0; q < r.terms.size(); ++q) {
            const RowTerm y = r.terms[q];
            if (q == p || y.value() != b.value()) continue;
            RowTerm rest;
            if (y.shift() == shift && y.negative() != negative) {  // -b - b = -2b
                rest = RowTerm(b.value(), shift + 1, y.negative());
            } else if (y.shift() == shift + 1 && y.negative() == negative) {  // 2b - b = b
                rest = RowTerm(b.value(), shift, negative);
            } else if (y.shift() == shift - 1 && y.negative() == negative) {  // b/2 - b = -b/2
                rest = RowTerm(b.value(), y.shift(), !negative);
            } else {
                continue;
            }
            if (rest.shift() >= RowTerm::max_shift || !is_countable(rest)) return false;
            replace(row, p, q, RowTerm(value, up, flip), rest);
            return true;
        }
    }
    return false;
}

void RowGraph::index_values() {
    shifts_ = widest_ > widest_for_hashes ? 0 : std::min(widest_ + 2, most_shifts);
    const size_t entries = (inputs_ + live_.size()) * static_cast<size_t>(shifts_);
    const size_t size = std::bit_ceil(2 * entries + 2);
    index_.assign(size, {});
    index_shift_ = 64 - std::bit_width(size - 1);
    work_ += static_cast<int64_t>(entries);
    const auto add = [&](uint32_t value) {
        for (int s = 0; s < shifts_; ++s) {
            const RowTerm term(value, s, false);
            const uint64_t key = hash_of(term).magnitude();
            size_t at = slot_of(key, index_shift_);
            while (index_[at].key != 0 && index_[at].key != key) at = (at + 1) & (size - 1);
            index_[at] = {key, term};
        }
    };
    for (uint32_t i = 0; i < inputs_; ++i) add(i);
    for (const uint32_t value : live_) add(value);
}

/// The term with this hash, as far as values are indexed and still the same.
std::optional<RowTerm> RowGraph::find_term(ValueHash hash) const {
    const uint64_t key = hash.magnitude();
    size_t at = slot_of(key, index_shift_);
    while (index_[at].key != key) {
        if (index_[at].key == 0) return std::nullopt;
        at = (at + 1) & (index_.size() - 1);
    }
    const RowTerm found = index_[at].term;
    if (is_node(found.value()) && !is_live(found.value())) return std::nullopt;
    const RowTerm term(found.value(), found.shift(), hash_of(found) != hash);
    if (hash_of(term) != hash) return std::nullopt;
    return term;
}

bool RowGraph::depends_on(uint32_t value, uint32_t other) {
    stack_.assign(1, value);
    users_.clear();  // those seen
    while (!stack_.empty()) {
        const uint32_t next = stack_.back();
        stack_.pop_back();
        if (next == other) return true;
        if (!is_node(next) || std::ranges::find(users_, next) != users_.end()) continue;
        users_.push_back(next);
        for (const RowTerm term : rows_[row_of(next)].terms) stack_.push_back(term.value());
    }
    return false;
}

/// Whether a row that is left with `others` may have two more values: within its depth, and not made of itself.
bool RowGraph::may_use(uint32_t row, uint64_t others, uint32_t u, uint32_t v) {
    // What uses a node is deeper than what the node is made of.
    if (bounded_) return others + weight(u) + weight(v) <= room_of(row);
    return !is_node_row(row) || (!depends_on(u, value_of(row)) && !depends_on(v, value_of(row)));
}

bool RowGraph::substitute(uint32_t row, size_t p, size_t q, size_t n) {
    const Row& r = rows_[row];
    const RowTerm a = r.terms[p];
    const RowTerm b = r.terms[q];
    const ValueHash target = hash_of(a) + hash_of(b);
    const uint64_t others = r.load - weight(a.value()) - weight(b.value());
    const size_t count = std::min(live_.size(), values_to_try);
    work_ += static_cast<int64_t>(count) * shifts_ / 4;
    for (size_t i = 0; i < count; ++i) {
        const uint32_t u = live_[(n + i) % live_.size()];
        if (bounded_ && others + weight(u) >= room_of(row)) continue;
        for (int s = 0; s < shifts_; ++s) {
            for (const bool negative : {false, true}) {
                const RowTerm c(u, s, negative);
                const std::optional<RowTerm> d = find_term(target + hash_of(c).negated(true));
                if (!d || d->value() == u || c == a || c == b || *d == a || *d == b) continue;
                if (!may_use(row, others, u, d->value()) || !is_countable(c) || !is_countable(*d)) continue;
                replace(row, p, q, c, *d);
                return true;
            }
        }
    }
    return false;
}

}  // namespace dal::cmvm
