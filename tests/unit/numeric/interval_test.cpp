#include "dal/numeric/interval.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

TEST_CASE("the smallest format of an interval") {
    CHECK(Interval(-(Int::pow2(25) + 1), 0, 0).kif() == Kif(true, 26, 0));  // a 32-bit float would say 25
    CHECK(Interval(-Int::pow2(25), 0, 0).kif() == Kif(true, 25, 0));
    CHECK(Interval(0, Int::pow2(25), 0).kif() == Kif(false, 26, 0));
    CHECK(Interval(0, Int::pow2(25) - 1, 0).kif() == Kif(false, 25, 0));
    CHECK(Interval::constant(Dyadic(169, -5)).kif() == Kif(false, 3, 5));  // 5.28125
    CHECK(Interval::constant(Dyadic(11, -7)).kif() == Kif(false, -3, 7));  // 0.0859375
    CHECK(Interval::constant(Dyadic(-24)).kif() == Kif(true, 5, -3));
    CHECK(Interval().kif() == Kif());
    CHECK(Interval(-1, 0, 0).kif() == Kif(true, 0, 0));
    CHECK(Interval(-1, -1, 0).width() == 1);
    CHECK(Interval(-5, -2, 2).kif() == Kif(true, 1, 2));
    for (const int bits : {62, 63, 64, 65, 127, 128, 200, 300}) {
        CHECK(Interval(-Int::pow2(bits), Int::pow2(bits) - 1, 7).kif() == Kif(true, bits - 7, 7));
        CHECK(Interval(-Int::pow2(bits) - 1, 0, 7).kif() == Kif(true, bits + 1 - 7, 7));
        CHECK(Interval(0, Int::pow2(bits), -2).kif() == Kif(false, bits + 1 + 2, -2));
    }
    for (int k = 0; k <= 1; ++k)
        for (int i = -3; i <= 4; ++i)
            for (int f = -3; f <= 4; ++f)
                if (i + f > 0) CHECK(Interval::of(Kif(k == 1, i, f)).kif() == Kif(k == 1, i, f));
    CHECK_THROWS_AS(Interval(1, 0, 0), InternalError);
}

TEST_CASE("constants have one form, and zero is on every grid") {
    CHECK(Interval(8, 8, 3) == Interval::constant(1));
    CHECK(Interval(0, 0, 17) == Interval());
    CHECK(Interval(0, 12, 2) + Interval(0, 0, 50) == Interval(0, 12, 2));
    CHECK(Interval(0, 0, 50).hull(Interval(1, 3, -2)) == Interval(0, 3, -2));
    CHECK(Interval::constant(Dyadic(3, -1)).to_string() == "{1.5}");
    CHECK(Interval(-328, 49, 4).to_string() == "[-20.5, 3.0625] step 2^-4");
    CHECK(Interval(1, 3, -2).to_string() == "[4, 12] step 2^2");
}

/// The codes of an interval, at binary point f.
std::vector<int64_t> codes_at(const Interval& a, int f) {
    std::vector<int64_t> result;
    for (Int n = a.lo(); n <= a.hi(); n += 1) result.push_back((a.is_zero() ? Int(0) : n << (f - a.f())).to_int64());
    return result;
}

std::vector<Interval> small_intervals() {
    std::vector<Interval> result;
    for (const int f : {-1, 0, 2})
        for (int lo = -4; lo <= 4; ++lo)
            for (int hi = lo; hi <= 4; hi += 2) result.emplace_back(lo, hi, f);
    return result;
}

TEST_CASE("sums, differences, hulls, products and relu contain every result, and reach both ends") {
    constexpr int f = 6;
    const auto intervals = small_intervals();
    // `values` at binary point f; the result must span exactly their range, on a grid that holds them.
    const auto exact = [](const Interval& result, const std::vector<int64_t>& values) {
        const auto [least, most] = std::minmax_element(values.begin(), values.end());
        bool all = result.lo_at(f) == Int(*least) && result.hi_at(f) == Int(*most);
        for (const int64_t v : values) all = all && result.contains(Dyadic(v, -f));
        return all;
    };
    for (const Interval& a : intervals) {
        const auto as = codes_at(a, f);
        std::vector<int64_t> negated;
        std::vector<int64_t> clipped;
        for (const int64_t x : as) {
            negated.push_back(-x);
            clipped.push_back(std::max<int64_t>(x, 0));
        }
        CHECK(exact(-a, negated));
        CHECK(exact(a.relu(), clipped));
        CHECK(a.contains(a));
        CHECK(a.shifted(2).shifted(-2) == a);
        for (const Dyadic& factor : {Dyadic(0), Dyadic(3), Dyadic(-5, -1), Dyadic(1, 2), Dyadic(-1)}) {
            std::vector<int64_t> scaled;
            for (const int64_t x : as) scaled.push_back((Dyadic(x, -f) * factor).code(f)->to_int64());
            CHECK(exact(a.scaled(factor), scaled));
        }
        for (const Interval& b : intervals) {
            std::vector<int64_t> sums;
            std::vector<int64_t> differences;
            std::vector<int64_t> either = as;
            bool inside = true;
            for (const int64_t y : codes_at(b, f)) {
                for (const int64_t x : as) {
                    sums.push_back(x + y);
                    differences.push_back(x - y);
                }
                either.push_back(y);
                inside = inside && a.contains(Dyadic(y, -f));
            }
            if (!exact(a + b, sums) || !exact(a - b, differences) || !exact(a.hull(b), either) ||
                a.contains(b) != inside)
                FAIL(a.to_string() << " and " << b.to_string());
        }
    }
}

TEST_CASE("wide interval arithmetic is exact") {
    for (const int64_t bits : {62, 63, 64, 65, 128, 200, 300}) {
        const Interval a(-Int::pow2(bits), Int::pow2(bits) - 1, 3);
        CHECK(a + a == Interval(-Int::pow2(bits + 1), Int::pow2(bits + 1) - 2, 3));
        CHECK(a - a == Interval(-Int::pow2(bits + 1) + 1, Int::pow2(bits + 1) - 1, 3));
        CHECK(a.scaled(Dyadic(-3)) == Interval(3 - 3 * Int::pow2(bits), 3 * Int::pow2(bits), 3));
        CHECK(a.relu() == Interval(0, Int::pow2(bits) - 1, 3));
        CHECK((a + Interval(0, 1, 200)).f() == 200);
    }
}

/// Everything there is to know about the values of quantize over an interval, by trying all.
struct Reached {
    Int lo;
    Int hi;
    std::optional<int64_t> zeros;  // trailing zeros common to all codes; nothing if all are 0
};

Reached reach(const std::vector<Int>& codes) {
    Reached result{codes.front(), codes.front(), {}};
    for (const Int& n : codes) {
        result.lo = min(result.lo, n);
        result.hi = max(result.hi, n);
        if (!n.is_zero()) result.zeros = std::min(result.zeros.value_or(1000), n.trailing_zeros());
    }
    return result;
}

struct Tally {
    int64_t cases = 0;
    int64_t ends = 0;   // of 2 · cases: ends that are reached
    int64_t steps = 0;  // of cases: steps that could not be coarser
    int64_t unsound = 0;
    std::string example;
};

void compare(const Interval& input, const Format& format, const std::vector<Int>& codes, Tally& tally) {
    const Interval result = input.quantized(format);
    const int f = format.kif.f;
    const Reached reached = reach(codes);
    bool sound = true;
    for (const Int& n : codes) sound = sound && result.contains(Dyadic(n, -f));
    const bool lo = result.min() == Dyadic(reached.lo, -f);
    const bool hi = result.max() == Dyadic(reached.hi, -f);
    const bool step = !reached.zeros || result.f() == f - *reached.zeros;
    ++tally.cases;
    tally.ends += (lo ? 1 : 0) + (hi ? 1 : 0);
    tally.steps += step ? 1 : 0;
    tally.unsound += sound ? 0 : 1;
    if (tally.example.empty() && (!sound || !lo || !hi || !step))
        tally.example = "quantize(" + input.to_string() + ", " + format.to_string() + ") is said to be " +
                        result.to_string() + "; reached are " + reached.lo.to_string() + " to " +
                        reached.hi.to_string() + " in units of 2^-" + std::to_string(f);
}

/// Calls `test` with each small format.
template <class Test>
void each_kif(int i_from, int i_to, int f_from, int f_to, bool positive_bits, const Test& test) {
    for (int k = 0; k <= 1; ++k)
        for (int i = i_from; i <= i_to; ++i)
            for (int f = f_from; f <= f_to; ++f)
                if ((positive_bits ? i + f : k + i + f) > 0) test(Kif(k == 1, i, f));
}

/// All roundings and overflows from every small input format into every small format, whole inputs and
/// `samples` parts of each.
Tally sweep(int samples) {
    Tally tally;
    std::mt19937 random(11);
    each_kif(-3, 3, -1, 4, true, [&](const Kif& in) {
        const Interval whole = Interval::of(in);
        const auto lo = whole.lo().to_int64();
        const auto count = static_cast<size_t>(whole.hi().to_int64() - lo + 1);
        std::vector<Int> codes(count);
        each_kif(-2, 4, -2, 3, false, [&](const Kif& out) {
            for (int mode = 0; mode < round_count * overflow_count; ++mode) {
                const Format format{out, static_cast<Round>(mode % round_count),
                                    static_cast<Overflow>(mode / round_count)};
                for (size_t j = 0; j < count; ++j)
                    codes[j] = quantize_code(Int(lo + static_cast<int64_t>(j)), whole.f(), format);
                compare(whole, format, codes, tally);
                for (int sample = 0; sample < samples; ++sample) {
                    size_t a = random() % count;
                    size_t b = random() % count;
                    if (a > b) std::swap(a, b);
                    const Interval part(lo + static_cast<int64_t>(a), lo + static_cast<int64_t>(b), whole.f());
                    compare(part, format,
                            {codes.begin() + static_cast<ptrdiff_t>(a), codes.begin() + static_cast<ptrdiff_t>(b) + 1},
                            tally);
                }
            }
        });
    });
    return tally;
}

TEST_CASE("quantized intervals are sound and tight for every mode over small formats") {
    const Tally tally = sweep(12);
    MESSAGE(tally.cases << " cases: " << tally.ends << " of " << 2 * tally.cases << " ends reached, " << tally.steps
                        << " of " << tally.cases << " steps as coarse as possible");
    CHECK_MESSAGE(tally.unsound == 0, tally.example);
    CHECK_MESSAGE(tally.ends == 2 * tally.cases, tally.example);
    CHECK_MESSAGE(tally.steps == tally.cases, tally.example);
}

TEST_CASE("quantized intervals of wide values") {
    for (const int bits : {62, 63, 64, 65, 128, 200, 300}) {
        const Interval all(-Int::pow2(bits), Int::pow2(bits) - 1, 0);
        const Format narrow{Kif(true, 3, 0), Round::trn, Overflow::wrap};
        CHECK(all.quantized(narrow) == Interval(-8, 7, 0));
        const Format saturated{Kif(true, bits - 1, -1), Round::rnd, Overflow::sat};
        CHECK(all.quantized(saturated) == Interval(-Int::pow2(bits - 2), Int::pow2(bits - 2) - 1, -1));
        // Moved in one piece: no value crosses the seam.
        const Interval high(Int::pow2(bits) + 3, Int::pow2(bits) + 5, 0);
        CHECK(high.quantized(narrow) == Interval(3, 5, 0));
        CHECK(high.quantized({Kif(false, bits + 1, 0), Round::trn, Overflow::sat_zero}) == high);
        CHECK(high.quantized({Kif(false, bits, 0), Round::trn, Overflow::sat_zero}) == Interval());
    }
}

}  // namespace
}  // namespace dal
