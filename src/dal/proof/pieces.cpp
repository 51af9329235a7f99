#include "dal/proof/pieces.hpp"

#include <algorithm>
#include <numeric>

namespace dal::proof {
namespace {

/// Runs of both, cut where either begins a new one: visit(count, value and slope of a, value and slope of b).
template <class Visit>
void for_each_common(const Pieces& a, const Pieces& b, Visit&& visit) {
    if (a.domain().lo != b.domain().lo || a.domain().hi != b.domain().hi)
        give_up("functions of different domains meet");
    size_t i = 0;
    size_t j = 0;
    for (int64_t t = a.domain().lo;;) {
        const Run& x = a.runs()[i];
        const Run& y = b.runs()[j];
        const int64_t last = std::min(a.last_of(i), b.last_of(j));
        visit(last - t + 1, add(x.value, mul(x.slope, t - x.start)), x.slope, add(y.value, mul(y.slope, t - y.start)),
              y.slope);
        if (last == a.domain().hi) return;
        if (a.last_of(i) == last) ++i;
        if (b.last_of(j) == last) ++j;
        t = last + 1;
    }
}

/// visit(count, value, slope) for each run.
template <class Visit>
void for_each_run(const Pieces& a, Visit&& visit) {
    for (size_t i = 0; i < a.runs().size(); ++i)
        visit(a.last_of(i) - a.runs()[i].start + 1, a.runs()[i].value, a.runs()[i].slope);
}

int64_t floor_div(int64_t a, int64_t b) {
    const int64_t quotient = a / b;
    return quotient - ((a % b != 0) && ((a < 0) != (b < 0)) ? 1 : 0);
}

}  // namespace

Pieces Pieces::affine(const Range& domain, int64_t a, int64_t b) {
    Pieces result;
    result.domain_ = domain;
    add(mul(a, domain.hi), b);  // so that all values fit
    result.runs_ = {{domain.lo, add(mul(a, domain.lo), b), domain.lo == domain.hi ? 0 : a}};
    return result;
}

int64_t Pieces::at(int64_t t) const {
    if (t < domain_.lo || t > domain_.hi) give_up("a function is asked outside its domain");
    const auto after = std::upper_bound(runs_.begin(), runs_.end(), t,
                                        [](int64_t point, const Run& run) { return point < run.start; });
    const Run& run = *(after - 1);
    return add(run.value, mul(run.slope, t - run.start));
}

Range Pieces::values() const {
    Range range{runs_.front().value, runs_.front().value};
    for (size_t i = 0; i < runs_.size(); ++i) {
        const int64_t first = runs_[i].value;
        const int64_t last = add(first, mul(runs_[i].slope, last_of(i) - runs_[i].start));
        range.lo = std::min({range.lo, first, last});
        range.hi = std::max({range.hi, first, last});
    }
    return range;
}

size_t Pieces::hash() const noexcept {
    uint64_t hash = 0xcbf29ce484222325;
    const auto mix = [&](int64_t value) { hash = (hash ^ static_cast<uint64_t>(value)) * 0x9e3779b97f4a7c15; };
    for (const Run& run : runs_) {
        mix(run.start);
        mix(run.value);
        mix(run.slope);
        hash ^= hash >> 29;
    }
    return hash;
}

void PiecesBuilder::start(int64_t count, int64_t value, int64_t slope) {
    budget_.spend();
    budget_.keep(1);
    pieces_.runs_.push_back({next_, value, count == 1 ? 0 : slope});
    next_ += count;
    length_ = count;
}

void PiecesBuilder::append(int64_t count, int64_t value, int64_t slope) {
    if (count <= 0) return;
    add(value, mul(slope, count - 1));  // so that all values fit
    if (length_ == 0) return start(count, value, slope);
    Run& run = pieces_.runs_.back();
    if (length_ == 1) run.slope = sub(value, run.value);
    if (add(run.value, mul(run.slope, length_)) != value) return start(count, value, slope);
    if (count == 1 || slope == run.slope) {
        next_ += count;
        length_ += count;
        return;
    }
    ++next_;
    ++length_;
    start(count - 1, add(value, slope), slope);
}

Pieces PiecesBuilder::take() {
    if (next_ != pieces_.domain_.hi + 1) give_up("a function is not defined on its whole domain");
    budget_.keep(-static_cast<int64_t>(pieces_.runs_.size()));  // what is kept is counted where it is
    return std::move(pieces_);
}

Pieces combine(const Pieces& a, int64_t ca, const Pieces& b, int64_t cb, Budget& budget) {
    PiecesBuilder builder(a.domain(), budget);
    for_each_common(a, b, [&](int64_t count, int64_t x, int64_t dx, int64_t y, int64_t dy) {
        builder.append(count, add(mul(ca, x), mul(cb, y)), add(mul(ca, dx), mul(cb, dy)));
    });
    return builder.take();
}

Pieces scaled(const Pieces& a, int64_t c, int64_t offset, Budget& budget) {
    PiecesBuilder builder(a.domain(), budget);
    for_each_run(a, [&](int64_t count, int64_t value, int64_t slope) {
        builder.append(count, add(mul(c, value), offset), mul(c, slope));
    });
    return builder.take();
}

Pieces product(const Pieces& a, const Pieces& b, Budget& budget) {
    PiecesBuilder builder(a.domain(), budget);
    for_each_common(a, b, [&](int64_t count, int64_t x, int64_t dx, int64_t y, int64_t dy) {
        if (dx == 0) return builder.append(count, mul(x, y), mul(x, dy));
        if (dy == 0) return builder.append(count, mul(x, y), mul(dx, y));
        for (int64_t i = 0; i < count; ++i) {
            budget.spend();
            builder.append(1, mul(add(x, mul(dx, i)), add(y, mul(dy, i))), 0);
        }
    });
    return builder.take();
}

Pieces floor_shift(const Pieces& a, int64_t bits, Budget& budget) {
    const int64_t unit = pow2(bits);
    PiecesBuilder builder(a.domain(), budget);
    for_each_run(a, [&](int64_t count, int64_t value, int64_t slope) {
        if (slope % unit == 0) return builder.append(count, value >> bits, slope / unit);
        for (int64_t i = 0; i < count;) {
            budget.spend();
            const int64_t here = value + slope * i;  // within the values of a run
            const int64_t quotient = here >> bits;
            // Steps until the quotient changes.
            const int64_t room = slope > 0 ? (quotient * unit + (unit - 1)) - here : here - quotient * unit;
            const int64_t steps = std::min(count - i, room / std::abs(slope) + 1);
            builder.append(steps, quotient, 0);
            i += steps;
        }
    });
    return builder.take();
}

Pieces modulo(const Pieces& a, int64_t bits, Budget& budget) {
    return combine(a, 1, floor_shift(a, bits, budget), -pow2(bits), budget);
}

Pieces compose(const Pieces& outer, const Pieces& a, Budget& budget) {
    PiecesBuilder builder(a.domain(), budget);
    const auto run_at = [&](int64_t value) {
        if (value < outer.domain().lo || value > outer.domain().hi) give_up("a function is asked outside its domain");
        const auto after = std::upper_bound(outer.runs().begin(), outer.runs().end(), value,
                                            [](int64_t point, const Run& run) { return point < run.start; });
        return static_cast<size_t>(after - outer.runs().begin()) - 1;
    };
    for_each_run(a, [&](int64_t count, int64_t value, int64_t slope) {
        if (slope == 0) return builder.append(count, outer.at(value), 0);
        for (int64_t i = 0; i < count;) {
            budget.spend();
            const int64_t here = value + slope * i;
            const size_t j = run_at(here);
            const Run& run = outer.runs()[j];
            const int64_t room = slope > 0 ? outer.last_of(j) - here : here - run.start;
            const int64_t steps = std::min(count - i, room / std::abs(slope) + 1);
            builder.append(steps, add(run.value, mul(run.slope, here - run.start)), mul(run.slope, slope));
            i += steps;
        }
    });
    return builder.take();
}

Pieces pointwise(const Pieces& a, const Pieces& b, const std::function<int64_t(int64_t, int64_t)>& function,
                 Budget& budget) {
    PiecesBuilder builder(a.domain(), budget);
    for_each_common(a, b, [&](int64_t count, int64_t x, int64_t dx, int64_t y, int64_t dy) {
        if (dx == 0 && dy == 0) return builder.append(count, function(x, y), 0);
        for (int64_t i = 0; i < count; ++i) {
            budget.spend();
            builder.append(1, function(x + dx * i, y + dy * i), 0);
        }
    });
    return builder.take();
}

Pieces table(int64_t first, const std::vector<int64_t>& entries, Budget& budget) {
    PiecesBuilder builder({first, add(first, static_cast<int64_t>(entries.size()) - 1)}, budget);
    for (const int64_t entry : entries) builder.append(1, entry, 0);
    return builder.take();
}

int64_t common_factor(const Pieces& a) {
    int64_t divisor = 0;
    const int64_t first = a.runs().front().value;
    for (const Run& run : a.runs()) divisor = std::gcd(std::gcd(divisor, sub(run.value, first)), run.slope);
    return divisor;
}

AffineClass affine_class(const Pieces& a, Budget& budget) {
    AffineClass result;
    const int64_t lo = a.domain().lo;
    result.slope = a.runs().front().slope;
    if (a.last_of(0) == lo && a.domain().hi > lo) result.slope = sub(a.at(lo + 1), a.at(lo));
    result.offset = sub(a.runs().front().value, mul(result.slope, lo));
    Pieces rest = combine(a, 1, Pieces::affine(a.domain(), result.slope, result.offset), -1, budget);
    int64_t factor = common_factor(rest);
    if (factor == 0) factor = 1;
    for (const Run& run : rest.runs()) {
        const int64_t sign = run.value != 0 ? run.value : run.slope;
        if (sign == 0) continue;
        if (sign < 0) factor = -factor;
        break;
    }
    PiecesBuilder builder(a.domain(), budget);
    for_each_run(rest, [&](int64_t count, int64_t value, int64_t slope) {
        builder.append(count, floor_div(value, factor), floor_div(slope, factor));
    });
    result.normal = builder.take();
    result.factor = factor;
    return result;
}

}  // namespace dal::proof
