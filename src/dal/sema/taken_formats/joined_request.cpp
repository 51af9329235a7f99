#include "dal/sema/taken_formats/joined_request.hpp"

#include <algorithm>

#include "dal/support/check.hpp"
#include "dal/support/hash.hpp"

namespace dal::sema {
namespace {

using MaybePart = std::optional<Asked::Part>;

void join_largest(MaybePart& into, const MaybePart& other) {
    if (!other) return;
    const bool wins = !into || other->value > into->value || (other->value == into->value && other->from < into->from);
    if (wins) into = other;
}

void join_smallest(MaybePart& into, const MaybePart& other) {
    if (!other) return;
    if (!into || *other < *into) into = other;
}

bool same_modes(const Asked::Modes& a, const Asked::Modes& b) { return a.round == b.round && a.overflow == b.overflow; }

}  // namespace

void Asked::Earliest::add(const Modes& modes) {
    if (!least) {
        least = modes;
        return;
    }
    if (same_modes(modes, *least)) {
        least = std::min(*least, modes);
        return;
    }
    const Modes later = std::max(*least, modes);
    if (modes < *least) {
        // What differed from the earliest ones need not differ from these.
        const auto known = std::exchange(other, std::nullopt);
        least = modes;
        other = later;
        if (known && !same_modes(*known, modes)) other = std::min(later, *known);
    } else {
        other = other ? std::min(*other, modes) : modes;
    }
}

Asked::Asked(const Format& format, By by, ConsumerId consumer) : asked_(true) {
    modes_[by == By::quantize ? 0 : 1].add({consumer, format.round, format.overflow});
    const Kif& kif = format.kif;
    if (!kif.is_zero()) {
        k_ = {kif.k ? 1 : 0, consumer};
        i_ = {kif.i, consumer};
        f_ = {kif.f, consumer};
    }
    if (by == By::quantize) return;
    most_k_ = {kif.k ? 1 : 0, consumer};
    most_i_ = {kif.is_zero() ? INT32_MIN : kif.i, consumer};
    most_f_ = {kif.is_zero() ? INT32_MIN : kif.f, consumer};
}

void Asked::join(const Asked& other) {
    asked_ = asked_ || other.asked_;
    join_largest(k_, other.k_);
    join_largest(i_, other.i_);
    join_largest(f_, other.f_);
    join_smallest(most_k_, other.most_k_);
    join_smallest(most_i_, other.most_i_);
    join_smallest(most_f_, other.most_f_);
    for (size_t by = 0; by < std::size(modes_); ++by)
        for (const auto& modes : {other.modes_[by].least, other.modes_[by].other})
            if (modes) modes_[by].add(*modes);
}

Format Asked::format() const {
    DAL_CHECK(asked_, "the format of a number that nobody asks for");
    const Modes& modes = modes_[0].least ? *modes_[0].least : *modes_[1].least;
    const Kif kif = k_ ? Kif(k_->value != 0, i_->value, f_->value) : Kif();
    return {kif, modes.round, modes.overflow};
}

std::optional<Asked::Conflict> Asked::conflict() const {
    const Earliest& modes = modes_[0].least ? modes_[0] : modes_[1];
    if (modes.other) return Conflict{modes.least->from, modes.other->from, std::pair(*modes.least, *modes.other)};
    if (!k_) return std::nullopt;
    for (const auto& [most, part] : {std::pair(&most_k_, &k_), std::pair(&most_i_, &i_), std::pair(&most_f_, &f_)})
        if (*most && (*part)->value > (*most)->value) return Conflict{(*most)->from, (*part)->from, {}};
    return std::nullopt;
}

Asked Asked::before_shift(int amount) const {
    Asked result = *this;
    const auto move = [](MaybePart& part, int by) {
        if (part && part->value != INT32_MIN) part->value += by;
    };
    for (MaybePart* part : {&result.i_, &result.most_i_}) move(*part, -amount);
    for (MaybePart* part : {&result.f_, &result.most_f_}) move(*part, amount);
    return result;
}

size_t Asked::hash() const noexcept {
    uint64_t hash = asked_ ? 1 : 0;
    const auto mix = [&](int64_t value) { hash = add_to_hash(hash, static_cast<uint64_t>(value)); };
    for (const MaybePart* part : {&k_, &i_, &f_, &most_k_, &most_i_, &most_f_}) {
        mix(*part ? (*part)->value : INT64_MAX);
        mix(*part ? (*part)->from : -1);
    }
    for (const Earliest& modes : modes_) {
        mix(modes.least ? modes.least->from : -1);
        mix(modes.other ? modes.other->from : -1);
    }
    return hash;
}

AskedPool::Id AskedPool::add(const Asked& asked) {
    if (asked.is_empty()) return empty;
    const auto [at, is_new] = ids_.try_emplace(asked, static_cast<Id>(list_.size()));
    if (is_new) list_.push_back(asked);
    return at->second;
}

AskedPool::Id AskedPool::joined(Id a, Id b) {
    if (a == b || b == empty) return a;
    if (a == empty) return b;
    const auto [low, high] = std::minmax(a, b);
    const uint64_t key = (uint64_t{low} << 32U) | high;
    if (const auto known = joins_.find(key); known != joins_.end()) return known->second;
    Asked joined = list_[a];
    joined.join(list_[b]);
    const Id id = add(joined);
    joins_.emplace(key, id);
    return id;
}

AskedPool::Id AskedPool::before_shift(Id id, int amount) {
    return id == empty ? empty : add(list_[id].before_shift(amount));
}

}  // namespace dal::sema
