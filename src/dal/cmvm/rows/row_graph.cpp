#include "dal/cmvm/rows/row_graph.hpp"

#include <algorithm>
#include <bit>

#include "dal/cmvm/rows/row_signs.hpp"
#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

/// As in the greedy pass: levels are depths relative to a base, so that sums of 2^level fit.
constexpr int max_level = 56;

/// Pairs between two looks at the clock.
constexpr size_t many_pairs = size_t{1} << 22;
/// That a node may change by being replaced: about 0.2 s.
constexpr size_t most_pairs_changed = size_t{1} << 24;

int ceil_log2(uint64_t value) { return value <= 1 ? 0 : std::bit_width(value - 1); }

}  // namespace

bool RowGraph::fits(const Problem& problem, const Rows& rows) {
    // Nodes come and go, but there are never more than the terms of all outputs written in inputs alone.
    size_t digits = problem.depths.size() + 64;
    int shift = 0;
    for (const Sum& sum : problem.sums) {
        digits += 2 * sum.size();
        for (const Term& term : sum) shift = std::max(shift, term.shift);
    }
    for (const auto& terms : rows.outputs) digits += terms.size();
    for (const auto& node : rows.nodes) digits += node.terms.size();
    return digits < RowTerm::max_value && shift < RowTerm::max_shift / 2;
}

RowGraph::RowGraph(const Problem& problem, const Rows& rows, bool with_bits, const std::function<bool()>& goes_on)
    : inputs_(static_cast<uint32_t>(problem.depths.size())),
      outputs_(static_cast<uint32_t>(problem.sums.size())),
      bounded_(problem.bounded) {
    int deepest = 0;
    for (const int depth : problem.depths) deepest = std::max(deepest, depth);
    if (bounded_) {
        for (const int bound : problem.bounds) deepest = std::max(deepest, bound);
    }
    base_ = std::max(0, deepest - max_level);
    rows_.resize(outputs_ + rows.nodes.size());
    uses_.resize(inputs_ + rows.nodes.size());
    level_.resize(uses_.size());
    live_position_.resize(rows.nodes.size());
    if (bounded_) {
        for (uint32_t i = 0; i < inputs_; ++i) level_[i] = static_cast<uint8_t>(std::max(0, problem.depths[i] - base_));
        for (size_t n = 0; n < rows.nodes.size(); ++n) {
            level_[inputs_ + n] = static_cast<uint8_t>(std::clamp(rows.nodes[n].depth - base_, 0, max_level));
        }
        for (size_t o = 0; o < outputs_; ++o) {
            rows_[o].room = (uint64_t{1} << std::max(0, problem.bounds[o] - base_)) - (problem.spare[o] ? 1 : 0);
        }
    }
    for (size_t n = 0; n < rows.nodes.size(); ++n) list(static_cast<uint32_t>(inputs_ + n));
    adders_ = -static_cast<int64_t>(rows_.size());
    for (uint32_t o = 0; o < outputs_; ++o) {
        for (const RowTerm term : rows.outputs[o]) put(o, term);
    }
    for (uint32_t n = 0; n < rows.nodes.size(); ++n) {
        for (const RowTerm term : rows.nodes[n].terms) put(outputs_ + n, term);
        unsettled_.push_back(inputs_ + n);
    }
    if (bounded_) {
        for (uint32_t n = 0; n < rows.nodes.size(); ++n) refresh_level(outputs_ + n);
    }
    if (with_bits && RowBits::fits(problem)) {
        row_bits_.emplace(problem);
        for (const uint32_t n : operands_first(rows, inputs_)) define(inputs_ + n);
        for (uint32_t row = 0; row < rows_.size(); ++row) touch(row);
    }
    hash_.resize(uses_.size());
    for (uint32_t i = 0; i < inputs_; ++i) hash_[i] = ValueHash::of_input(i);
    for (const uint32_t n : operands_first(rows, inputs_)) hash_[inputs_ + n] = hash_of_row(outputs_ + n);
    for (const Sum& sum : problem.sums) {
        for (const Term& term : sum) widest_ = std::max(widest_, term.shift);
    }
    settle();
    complete_ = count_pairs(goes_on);
    if (!complete_) return;
    std::ranges::sort(fresh_);
    fresh_.erase(std::ranges::unique(fresh_).begin(), fresh_.end());
    commit();
}

/// Counts all pairs, with a table that suits their number; false if that was given up.
bool RowGraph::count_pairs(const std::function<bool()>& goes_on) {
    size_t pairs = 0;
    for (const Row& row : rows_) {
        pairs += row.terms.size() * (row.terms.size() + 1) / 2;
        longest_ = std::max(longest_, row.terms.size());
    }
    pairs_ = PairCounter(pairs);
    fresh_.clear();
    auto slots = pairs_.slots();
    size_t counted = 0;
    for (const Row& row : rows_) {
        for (size_t i = 1; i < row.terms.size(); ++i) {
            for (size_t j = 0; j < i; ++j) {
                const uint64_t pair = pair_of(row.terms[i], row.terms[j]);
                if (slots.add(pair)) fresh_.push_back(pair);
            }
            counted += i;
            if (counted < many_pairs) continue;
            counted = 0;
            if (goes_on && !goes_on()) return false;
        }
    }
    return true;
}

bool RowGraph::is_light(uint32_t value) const {
    const size_t terms = terms_of_node(value).size();
    if (terms * uses_[value].size() * (longest_ + terms) <= most_pairs_changed) return true;
    size_t pairs = 0;
    for (const uint32_t row : uses_[value]) pairs += terms * (rows_[row].terms.size() + terms);
    return pairs <= most_pairs_changed;
}

/// What the load of a row may become. A node keeps its level: its users rely on it.
uint64_t RowGraph::room_of(uint32_t row) const { return is_node_row(row) ? weight(value_of(row)) : rows_[row].room; }

void RowGraph::insert(uint32_t row, RowTerm term) {
    Row& r = rows_[row];
    work_ += static_cast<int64_t>(r.terms.size()) + 2;
    auto slots = pairs_.slots();
    size_t found = fresh_.size();
    fresh_.resize(found + r.terms.size());
    uint64_t* fresh = fresh_.data();
    for (const RowTerm other : r.terms) {
        const uint64_t pair = pair_of(term, other);
        fresh[found] = pair;
        found += slots.add(pair) ? 1 : 0;
    }
    fresh_.resize(found);
    r.terms.push_back(term);
    r.load += weight(term.value());
    uses_[term.value()].push_back(row);
    touch(row);
    ++adders_;
}

void RowGraph::erase(uint32_t row, size_t position) {
    Row& r = rows_[row];
    const RowTerm term = r.terms[position];
    work_ += static_cast<int64_t>(r.terms.size()) + 1;
    r.terms[position] = r.terms.back();
    r.terms.pop_back();
    auto slots = pairs_.slots();
    for (const RowTerm other : r.terms) slots.remove(pair_of(term, other));
    r.load -= weight(term.value());
    std::vector<uint32_t>& uses = uses_[term.value()];
    size_t at = uses.size() - 1;
    while (uses[at] != row) --at;
    uses[at] = uses.back();
    uses.pop_back();
    touch(row);
    --adders_;
}

/// Inserts a term; together with an equal one it becomes one of twice its value, with its opposite nothing.
void RowGraph::put(uint32_t row, RowTerm term) {
    for (;;) {
        const auto& terms = rows_[row].terms;
        size_t same = 0;
        while (same < terms.size() && terms[same].code >> 1 != term.code >> 1) ++same;
        if (same == terms.size()) break;
        const bool cancel = terms[same] != term;
        take(row, same);
        if (is_node(term.value())) unsettled_.push_back(term.value());
        if (is_node_row(row)) unsettled_.push_back(value_of(row));
        if (cancel) return;
        term = RowTerm(term.value(), term.shift() + 1, term.negative());
    }
    insert(row, term);
    journal_.push_back({Kind::insert, row, term});
}

void RowGraph::take(uint32_t row, size_t position) {
    journal_.push_back({Kind::erase, row, rows_[row].terms[position]});
    erase(row, position);
}

void RowGraph::list(uint32_t value) {
    live_position_[value - inputs_] = static_cast<uint32_t>(live_.size());
    live_.push_back(value);
}

void RowGraph::unlist(uint32_t value) {
    const uint32_t position = live_position_[value - inputs_];
    live_[position] = live_.back();
    live_position_[live_[position] - inputs_] = position;
    live_.pop_back();
}

uint32_t RowGraph::create() {
    if (free_.empty()) {
        free_.push_back(static_cast<uint32_t>(uses_.size()));
        uses_.emplace_back();
        level_.push_back(0);
        hash_.emplace_back();
        rows_.emplace_back();
        live_position_.push_back(0);
    }
    const uint32_t value = free_.back();
    free_.pop_back();
    list(value);
    --adders_;
    journal_.push_back({Kind::create, row_of(value), {}});
    return value;
}

void RowGraph::release(uint32_t value) {
    unlist(value);
    released_.push_back(value);
    ++adders_;
    journal_.push_back({Kind::release, row_of(value), RowTerm(level_[value], 0, false)});
}

void RowGraph::set_level(uint32_t value, int level) {
    const uint64_t change = (uint64_t{1} << level) - weight(value);
    level_[value] = static_cast<uint8_t>(level);
    for (const uint32_t user : uses_[value]) {
        rows_[user].load += change;
        touch(user);
    }
}

/// Gives the node of the row, and the nodes that use it, the depth of their terms.
void RowGraph::refresh_level(uint32_t row) {
    if (!bounded_ || !is_node_row(row)) return;
    stack_.assign(1, row);
    while (!stack_.empty()) {
        const uint32_t next = stack_.back();
        stack_.pop_back();
        const uint32_t value = value_of(next);
        const int level = ceil_log2(rows_[next].load);
        if (level == level_[value]) continue;
        journal_.push_back({Kind::level, next, RowTerm(level_[value], 0, false)});
        set_level(value, level);
        for (const uint32_t user : uses_[value]) {
            if (is_node_row(user)) stack_.push_back(user);
        }
    }
}

void RowGraph::dissolve(uint32_t value) {
    const uint32_t row = row_of(value);
    terms_ = rows_[row].terms;
    users_ = uses_[value];
    for (size_t t = rows_[row].terms.size(); t-- > 0;) take(row, t);
    for (const uint32_t user : users_) {
        const auto& terms = rows_[user].terms;
        size_t at = 0;
        while (at < terms.size() && terms[at].value() != value) ++at;
        if (at == terms.size()) continue;  // two of its terms became one
        const RowTerm use = terms[at];
        take(user, at);
        for (const RowTerm term : terms_) {
            put(user, RowTerm(term.value(), term.shift() + use.shift(), term.negative() != use.negative()));
        }
    }
    release(value);
    for (const uint32_t user : users_) refresh_level(user);
    for (const RowTerm term : terms_) {
        if (is_node(term.value()) && uses_[term.value()].size() < 2) unsettled_.push_back(term.value());
    }
}

void RowGraph::inline_use(uint32_t value, size_t n) {
    const uint32_t user = uses_[value][n];
    const auto& terms = rows_[user].terms;
    size_t at = 0;
    while (terms[at].value() != value) ++at;
    const RowTerm use = terms[at];
    terms_ = rows_[row_of(value)].terms;
    take(user, at);
    for (const RowTerm term : terms_) {
        put(user, RowTerm(term.value(), term.shift() + use.shift(), term.negative() != use.negative()));
    }
    if (uses_[value].size() < 2) unsettled_.push_back(value);
    refresh_level(user);
    settle();
}

/// Dissolves nodes that are used less than twice, or have one term only.
void RowGraph::settle() {
    while (!unsettled_.empty()) {
        const uint32_t value = unsettled_.back();
        unsettled_.pop_back();
        const size_t terms = rows_[row_of(value)].terms.size();
        if (terms == 0) continue;  // released
        if (uses_[value].size() < 2 || terms == 1) dissolve(value);
    }
}

size_t RowGraph::position_of(uint32_t row, RowTerm term) const {
    const auto& terms = rows_[row].terms;
    size_t at = 0;
    while (at < terms.size() && terms[at] != term) ++at;
    return at;
}

/// Collects in places_ where the pair can be replaced, without overlaps.
void RowGraph::find_places(uint64_t pair) {
    places_.clear();
    const uint32_t a = first_of(pair);
    const uint32_t b = second_of(pair);
    const int gap = gap_of(pair);
    const bool differ = (pair & 1) != 0;
    const bool by_first = uses_[a].size() <= uses_[b].size();
    const uint32_t rare = by_first ? a : b;
    const int step = by_first ? gap : -gap;
    const uint64_t before = weight(a) + weight(b);
    const uint64_t after = 2 * std::max(weight(a), weight(b));
    users_ = uses_[rare];
    std::ranges::sort(users_);
    users_.erase(std::ranges::unique(users_).begin(), users_.end());
    for (const uint32_t row : users_) {
        const Row& r = rows_[row];
        work_ += static_cast<int64_t>(r.terms.size() / 4) + 1;
        const size_t first_place = places_.size();
        uint64_t load = r.load;
        for (const RowTerm term : r.terms) {
            if (term.value() != rare) continue;
            const int shift = term.shift() + step;
            if (shift < 0 || shift > RowTerm::max_shift) continue;
            const RowTerm other(by_first ? b : a, shift, term.negative() != differ);
            if (position_of(row, other) == r.terms.size()) continue;
            if (a == b && std::any_of(places_.begin() + static_cast<std::ptrdiff_t>(first_place), places_.end(),
                                      [&](const Place& p) {
                                          return p.a == term || p.b == term || p.a == other || p.b == other;
                                      })) {
                continue;
            }
            if (bounded_ && after > before) {
                if (load - before + after > room_of(row)) continue;
                load += after - before;
            }
            places_.push_back(by_first ? Place{row, term, other} : Place{row, other, term});
        }
    }
}

bool RowGraph::extract(uint64_t pair) {
    find_places(pair);
    if (places_.size() < 2) return false;
    // A node that is just this pair, or a new one.
    size_t owner = places_.size();
    int least = RowTerm::max_shift;
    for (const Place& place : places_) least = std::min({least, place.a.shift(), place.b.shift()});
    for (size_t p = 0; p < places_.size() && owner == places_.size(); ++p) {
        const Place& place = places_[p];
        if (!is_node_row(place.row) || rows_[place.row].terms.size() != 2) continue;
        if (std::min(place.a.shift(), place.b.shift()) <= least) owner = p;
    }
    uint32_t value = 0;
    RowTerm origin;  // the first term of the pair in the node
    if (owner < places_.size()) {
        value = value_of(places_[owner].row);
        refresh_level(places_[owner].row);  // equal terms that became one may have left it too high
        origin = places_[owner].a;
    } else {
        value = create();
        const Place& place = places_.front();
        const int low = std::min(place.a.shift(), place.b.shift());
        origin = RowTerm(place.a.value(), place.a.shift() - low, false);
        const uint32_t row = row_of(value);
        level_[value] = 0;
        put(row, origin);
        put(row, RowTerm(place.b.value(), place.b.shift() - low, place.a.negative() != place.b.negative()));
        if (bounded_) level_[value] = static_cast<uint8_t>(ceil_log2(rows_[row].load));
        hash_[value] = hash_of_row(row);
        if (row_bits_) define(value);
    }
    for (size_t p = 0; p < places_.size(); ++p) {
        if (p == owner) continue;
        const Place place = places_[p];
        take(place.row, position_of(place.row, place.a));
        take(place.row, position_of(place.row, place.b));
        put(place.row, RowTerm(value, place.a.shift() - origin.shift(), place.a.negative() != origin.negative()));
        if (is_node_row(place.row) && rows_[place.row].terms.size() == 1) unsettled_.push_back(value_of(place.row));
    }
    for (const uint32_t operand : {first_of(pair), second_of(pair)}) {
        if (is_node(operand) && uses_[operand].size() < 2) unsettled_.push_back(operand);
    }
    settle();
    return true;
}

void RowGraph::rollback() {
    while (!journal_.empty()) {
        const Change change = journal_.back();
        journal_.pop_back();
        switch (change.kind) {
            case Kind::insert: erase(change.row, position_of(change.row, change.term)); break;
            case Kind::erase: insert(change.row, change.term); break;
            case Kind::create:
                unlist(value_of(change.row));
                free_.push_back(value_of(change.row));
                ++adders_;
                break;
            case Kind::release:
                list(value_of(change.row));
                level_[value_of(change.row)] = static_cast<uint8_t>(change.term.value());
                --adders_;
                break;
            case Kind::level: set_level(value_of(change.row), static_cast<int>(change.term.value())); break;
        }
    }
    released_.clear();
    fresh_.clear();
    for (const uint32_t row : stale_) rows_[row].stale = false;
    stale_.clear();
    while (!bits_journal_.empty()) {
        Row& row = rows_[bits_journal_.back().row];
        bits_ += bits_journal_.back().bits - row.bits;
        row.bits = bits_journal_.back().bits;
        bits_journal_.pop_back();
    }
}

ValueHash RowGraph::hash_of_row(uint32_t row) const {
    ValueHash sum;
    for (const RowTerm term : rows_[row].terms) sum = sum + hash_of(term);
    return sum;
}

/// Sets the form of a node from its terms.
void RowGraph::define(uint32_t value) {
    summands_.clear();
    for (const RowTerm term : rows_[row_of(value)].terms) {
        summands_.push_back({term.value(), term.shift(), term.negative(), 0});
    }
    row_bits_->define(value, summands_);
}

int32_t RowGraph::count_bits(uint32_t row) {
    const Row& r = rows_[row];
    if (r.terms.size() < 2) return 0;
    summands_.clear();
    for (const RowTerm term : r.terms) {
        summands_.push_back({term.value(), term.shift(), term.negative(), level_[term.value()]});
    }
    const uint64_t room = room_of(row);
    const auto slack = static_cast<int64_t>(room > r.load ? room - r.load : 0);
    return static_cast<int32_t>(row_bits_->bits_of(summands_, bounded_, slack));
}

int64_t RowGraph::bits() {
    for (const uint32_t row : stale_) {
        rows_[row].stale = false;
        const int32_t bits = count_bits(row);
        if (bits == rows_[row].bits) continue;
        bits_journal_.push_back({row, rows_[row].bits});
        bits_ += bits - rows_[row].bits;
        rows_[row].bits = bits;
    }
    stale_.clear();
    return bits_;
}

void RowGraph::commit() {
    bits();  // what is stale now would be taken for what rollback restores
    bits_journal_.clear();
    journal_.clear();
    free_.insert(free_.end(), released_.begin(), released_.end());
    released_.clear();
}

Rows RowGraph::rows() const {
    std::vector<uint32_t> index(uses_.size());
    for (uint32_t i = 0; i < inputs_; ++i) index[i] = i;
    for (uint32_t n = 0; n < live_.size(); ++n) index[live_[n]] = inputs_ + n;
    const auto renamed = [&](const Row& row) {
        std::vector<RowTerm> terms;
        terms.reserve(row.terms.size());
        for (const RowTerm term : row.terms) terms.emplace_back(index[term.value()], term.shift(), term.negative());
        return terms;
    };
    Rows result;
    for (uint32_t o = 0; o < outputs_; ++o) result.outputs.push_back(renamed(rows_[o]));
    for (const uint32_t value : live_) result.nodes.push_back({renamed(rows_[row_of(value)]), level_[value] + base_});
    return result;
}

}  // namespace dal::cmvm
