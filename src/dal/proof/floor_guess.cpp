#include "dal/proof/floor_guess.hpp"

#include <algorithm>
#include <optional>

namespace dal::proof {
namespace {

/// A point and the value there.
struct Point {
    int64_t t = 0;
    int64_t value = 0;
};

/// The ends of the first runs, and of the last.
std::vector<Point> ends_of(const Pieces& function) {
    constexpr size_t most_runs = 64;
    std::vector<Point> points;
    const size_t runs = function.runs().size();
    for (size_t j = 0; j < runs; ++j) {
        if (j == most_runs && runs > 2 * most_runs) j = runs - most_runs;
        const Run& run = function.runs()[j];
        const int64_t last = function.last_of(j);
        points.push_back({run.start, run.value});
        if (last != run.start) points.push_back({last, run.value + run.slope * (last - run.start)});
    }
    return points;
}

/// An offset with which all points agree.
std::optional<int64_t> offset_of(const std::vector<Point>& points, int64_t factor, int64_t bits) {
    // value·2^bits ≤ factor·t + offset < (value + 1)·2^bits
    int64_t least = INT64_MIN;
    int64_t most = INT64_MAX;
    for (const Point& point : points) {
        int64_t low = 0;
        int64_t product = 0;
        if (__builtin_mul_overflow(point.value, pow2(bits), &low) ||
            __builtin_mul_overflow(point.t, factor, &product) || __builtin_sub_overflow(low, product, &low))
            return std::nullopt;
        int64_t high = 0;
        if (__builtin_add_overflow(low, pow2(bits) - 1, &high)) return std::nullopt;
        least = std::max(least, low);
        most = std::min(most, high);
        if (least > most) return std::nullopt;
    }
    return least;
}

}  // namespace

std::vector<FloorOf> floors_like(const Pieces& function, Budget& budget) {
    constexpr int64_t most_bits_guessed = 40;
    constexpr int64_t most_factors = 8;
    const std::vector<Point> points = ends_of(function);
    const Range& domain = function.domain();
    const int64_t size = sub(domain.hi, domain.lo);
    const int64_t rise = sub(function.at(domain.hi), function.at(domain.lo));
    std::vector<FloorOf> guesses;
    for (int64_t bits = 1; bits <= most_bits_guessed; ++bits) {
        budget.spend(static_cast<int64_t>(points.size()));
        int64_t low = 0;
        int64_t high = 0;
        if (__builtin_mul_overflow(rise - 1, pow2(bits), &low) || __builtin_mul_overflow(rise + 1, pow2(bits), &high))
            break;
        // The factor is between these.
        int64_t first = low / size;
        int64_t last = high / size;
        if (last - first > 2 * most_factors) first = -1, last = 1;
        for (int64_t factor = first - 1; factor <= last + 1; ++factor) {
            if (factor % 2 == 0) continue;
            if (const auto offset = offset_of(points, factor, bits)) guesses.push_back({factor, *offset, bits});
        }
    }
    return guesses;
}

}  // namespace dal::proof
