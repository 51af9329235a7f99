#include "dal/numeric/window.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace dal;

namespace {

constexpr int most = 4;  // weights from 2^-most to 2^most

/// The bits of x·2^most that a window shows; windows reach at most to `most`.
int64_t seen(int64_t x, const Window& window) {
    const int64_t bottom = std::max<int64_t>(0, most - std::min<int64_t>(window.fine, most));
    const int64_t top = std::min<int64_t>(window.top, 12) + most;
    if (top <= bottom) return 0;
    const int64_t cut = x >> bottom;
    return cut & ((int64_t{1} << (top - bottom)) - 1);
}

/// All values that a user who sees the window may be given in the place of x (of some multiples of 2^top).
std::vector<int64_t> standing_for(int64_t x, const Window& window) {
    const int64_t bottom = std::max<int64_t>(0, most - std::min<int64_t>(window.fine, most));
    const int64_t floored = (x >> bottom) << bottom;
    std::vector<int64_t> result;
    const bool is_whole = window.top >= Window::unbounded;
    for (int64_t m = is_whole ? 0 : -2; m <= (is_whole ? 0 : 2); ++m)
        for (const int64_t base : {x, floored}) result.push_back(base + m * (int64_t{1} << (window.top + most) % 63));
    return result;
}

/// Codes times 2^(most-f): the values of a range, times 2^most.
std::vector<int64_t> values(const Interval& range) {
    std::vector<int64_t> result;
    for (Int code = range.lo(); code <= range.hi(); code += 1)
        result.push_back(code.to_int64() * (int64_t{1} << (most - range.f())));
    return result;
}

const std::vector<Interval> ranges{{0, 7, 0}, {-4, 3, 1}, {0, 3, -1}, {-2, 1, 2}, {-3, 5, 0}, {5, 5, 0}, {}};

template <class Check>
void each_window(Check&& check) {
    for (int64_t top = -2; top <= most; ++top)
        for (int64_t fine = -2; fine <= 2; ++fine) check(Window{top, fine});
}

}  // namespace

TEST_CASE("windows join, move and count") {
    CHECK(Window().is_empty());
    CHECK(Window().count() == 0);
    CHECK(Window{3, 2}.count() == 5);
    CHECK(Window{-2, 2}.is_empty());
    Window window{3, -1};
    window.join({1, 2});
    CHECK(window == Window{3, 2});
    CHECK(before_shift({3, 2}, 2) == Window{1, 4});
    CHECK(before_shift(every_bit, 2) == every_bit);
    CHECK(before_shift({}, 2) == Window{});
    CHECK(top_of(Kif(true, 3, 4)) == 4);
    CHECK(top_of(Kif(false, 3, 4)) == 3);
    CHECK(top_of(Interval(-8, 7, 1)) == 3);
    CHECK(fine_of_sign({-8, 7, 1}, 3) == -2);
    CHECK(fine_of_sign({-8, 7, 1}, 2) == -Window::unbounded);
    CHECK(fine_of_sign({0, 7, 1}, Window::unbounded) == -Window::unbounded);
}

TEST_CASE("an addend may be anything that agrees in its window") {
    for (const Interval& a : ranges)
        for (const Interval& b : ranges)
            each_window([&](const Window& window) {
                const Window of_a{window.top, std::max(window.fine, fine_of_addend(b))};
                for (const int64_t x : values(a))
                    for (const int64_t y : values(b))
                        for (const int64_t stand_in : standing_for(x, of_a))
                            REQUIRE(seen(stand_in + y, window) == seen(x + y, window));
            });
}

TEST_CASE("an addend that is coarser than the other one's grid is not enough, nor a rounded subtrahend") {
    // 0.5 + 0.5 carries into the bit that is seen; 1 - 0.5 is 0.5, whose floor is 0.
    CHECK(fine_of_addend(Interval(0, 1, 1)) == 1);
    CHECK(seen(8 + 8, {1, 0}) != seen(0 + 8, {1, 0}));
    CHECK(fine_of_subtrahend == Window::unbounded);
    CHECK(seen(16 - 8, {1, 0}) != seen(16 - 0, {1, 0}));
}

TEST_CASE("a factor may be anything that agrees below its top") {
    for (const Interval& a : ranges)
        for (const Interval& b : ranges) {
            if (b.is_zero() || a.f() + b.f() > most) continue;
            for (int64_t top = -2; top <= most; ++top) {
                const Window window{top, Window::unbounded};
                const Window of_a{top_of_factor(top, b.f()), Window::unbounded};
                // Values are times 2^most: products times 2^(2·most).
                for (const int64_t x : values(a))
                    for (const int64_t y : values(b))
                        for (const int64_t stand_in : standing_for(x, of_a)) {
                            if ((stand_in * y) % 16 != 0) continue;  // below the grid of this test
                            REQUIRE(seen(stand_in * y / 16, window) == seen(x * y / 16, window));
                        }
            }
        }
}
