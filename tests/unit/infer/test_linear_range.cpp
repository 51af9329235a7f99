// linear_ranges against the set of all sums.
#include <doctest/doctest.h>

#include <array>

#include "dal/infer/forward/linear_range.hpp"

using namespace dal;

namespace {

/// A small congruential sequence, so that the cases are the same everywhere.
class Sequence {
  public:
    explicit Sequence(uint64_t seed) : state_(seed * 2 + 1) {}
    int between(int lo, int hi) {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return lo + static_cast<int>((state_ >> 33) % static_cast<uint64_t>(hi - lo + 1));
    }

  private:
    uint64_t state_;
};

struct Equation {
    const char* x;
    Shape x_shape;
    const char* w;
    Shape w_shape;
    const char* result;
};

/// Ends and step of every result, from all combinations of values of x.
void check_case(const Equation& equation, uint64_t seed) {
    Sequence random(seed);
    std::vector<Interval> x;
    for (int64_t j = 0; j < element_count(equation.x_shape); ++j) {
        const int lo = random.between(-3, 2);
        x.emplace_back(lo, lo + random.between(0, 2), random.between(-1, 2));
    }
    std::vector<Dyadic> w;
    for (int64_t j = 0; j < element_count(equation.w_shape); ++j)
        w.emplace_back(Int(random.between(-3, 3)), random.between(-2, 1));
    const auto ranges =
        linear_ranges(equation.x, equation.x_shape, x, equation.w, equation.w_shape, w, equation.result);

    const EinsumTerms terms({{equation.x, equation.w}, equation.result},
                            std::array<Shape, 2>{equation.x_shape, equation.w_shape});
    REQUIRE(static_cast<int64_t>(ranges.size()) == terms.results());
    std::vector<std::optional<std::pair<Dyadic, Dyadic>>> seen(ranges.size());
    std::vector<Int> code;
    for (const Interval& range : x) code.push_back(range.lo());
    for (bool more = true; more;) {
        for (int64_t element = 0; element < terms.results(); ++element) {
            Dyadic sum;
            terms.for_each(element, [&](std::span<const int64_t> at) {
                const auto j = static_cast<size_t>(at[0]);
                sum = sum + Dyadic(code[j], -x[j].f()) * w[static_cast<size_t>(at[1])];
            });
            CHECK(ranges[static_cast<size_t>(element)].contains(sum));
            auto& ends = seen[static_cast<size_t>(element)];
            if (!ends) ends = {sum, sum};
            if (sum < ends->first) ends->first = sum;
            if (ends->second < sum) ends->second = sum;
        }
        more = false;
        for (size_t j = 0; j < code.size() && !more; ++j) {  // the next combination
            more = code[j] < x[j].hi();
            code[j] = more ? code[j] + 1 : x[j].lo();
        }
    }
    for (size_t element = 0; element < ranges.size(); ++element) {
        CHECK(ranges[element].min() == seen[element]->first);
        CHECK(ranges[element].max() == seen[element]->second);
    }
}

}  // namespace

TEST_CASE("ranges of sums hold every sum and end at sums") {
    const std::vector<Equation> equations{
        {"i", {4}, "io", {4, 2}, "o"}, {"ij", {2, 2}, "jk", {2, 3}, "ki"}, {"ii", {2, 2}, "i", {2}, ""},
        {"i", {3}, "ij", {3, 2}, "i"}, {"i", {2}, "jj", {2, 2}, "i"},      {"ij", {2, 3}, "", {}, "j"},
        {"", {}, "ij", {2, 2}, "j"},   {"ij", {2, 2}, "ij", {2, 2}, "ij"}, {"i", {3}, "ii", {3, 3}, ""},
    };
    for (const Equation& equation : equations) {
        CAPTURE(equation.x);
        CAPTURE(equation.w);
        for (uint64_t seed = 0; seed < 40; ++seed) check_case(equation, seed);
    }
}
