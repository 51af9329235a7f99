#include "dal/infer/forward/linear_range.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

namespace dal {
namespace {

/// Weights after summation over the letters that only they have.
struct Weights {
    std::string letters;
    Shape shape;
    std::vector<Dyadic> values;
};

Weights collapse(const std::string& x_letters, const std::string& w_letters, const Shape& w_shape,
                 std::span<const Dyadic> w, const std::string& result) {
    Weights kept;
    for (size_t axis = 0; axis < w_letters.size(); ++axis) {
        const char letter = w_letters[axis];
        const bool is_used = (x_letters + result).find(letter) != std::string::npos;
        if (!is_used || kept.letters.find(letter) != std::string::npos) continue;
        kept.letters += letter;
        kept.shape.push_back(w_shape[axis]);
    }
    if (kept.letters == w_letters) {
        kept.values.assign(w.begin(), w.end());
        return kept;
    }
    const EinsumTerms terms({{w_letters}, kept.letters}, std::array<Shape, 1>{w_shape});
    kept.values.resize(static_cast<size_t>(terms.results()));
    for (int64_t element = 0; element < terms.results(); ++element) {
        Dyadic& sum = kept.values[static_cast<size_t>(element)];
        terms.for_each(element, [&](std::span<const int64_t> at) { sum = sum + w[static_cast<size_t>(at.front())]; });
    }
    return kept;
}

/// All operands on common grids in 64-bit integers, when the largest possible sum fits.
struct SmallForm {
    struct Range {
        int64_t lo, hi;
        int f;
        bool zero;
    };
    struct Weight {
        int64_t code;
        int f;
    };
    std::vector<Range> x;   // ends at x_f; f: own binary point
    std::vector<Weight> w;  // code at w_f; f: own binary point
    int f = 0;              // of the products
};

std::optional<SmallForm> small_form(std::span<const Interval> x, std::span<const Dyadic> w, int64_t terms) {
    constexpr int64_t spread = 62;  // a larger distance between binary points cannot fit anyway
    constexpr int64_t far = int64_t{1} << 40;
    int64_t x_f = -far;
    int64_t w_f = -far;
    int64_t x_top = -far;  // bits above the binary point
    int64_t w_top = -far;
    for (const Interval& range : x) {
        if (range.is_zero()) continue;
        x_f = std::max<int64_t>(x_f, range.f());
        x_top = std::max(x_top, std::max(range.lo().bit_length(), range.hi().bit_length()) - range.f());
    }
    for (const Dyadic& value : w) {
        if (value.is_zero()) continue;
        w_f = std::max(w_f, -value.exponent());
        w_top = std::max(w_top, value.mantissa().bit_length() + value.exponent());
    }
    if (x_f == -far) x_f = x_top = 0;  // nothing but zeros
    if (w_f == -far) w_f = w_top = 0;
    const int64_t bits = x_top + x_f + w_top + w_f + std::bit_width(static_cast<uint64_t>(terms));
    if (bits > spread || x_top + x_f > spread || w_top + w_f > spread) return std::nullopt;
    SmallForm form;
    form.f = static_cast<int>(x_f + w_f);
    form.x.reserve(x.size());
    form.w.reserve(w.size());
    for (const Interval& range : x) {
        const int f = static_cast<int>(x_f);
        form.x.push_back(
            range.is_zero() ? SmallForm::Range{0, 0, 0, true}
                            : SmallForm::Range{range.lo_at(f).to_int64(), range.hi_at(f).to_int64(), range.f(), false});
    }
    for (const Dyadic& value : w) form.w.push_back({value.code(w_f)->to_int64(), static_cast<int>(-value.exponent())});
    return form;
}

}  // namespace

std::vector<Interval> linear_ranges(const std::string& x_letters, const Shape& x_shape, std::span<const Interval> x,
                                    const std::string& w_letters, const Shape& w_shape, std::span<const Dyadic> w,
                                    const std::string& result) {
    const Weights weights = collapse(x_letters, w_letters, w_shape, w, result);
    const EinsumTerms terms({{x_letters, weights.letters}, result}, std::array<Shape, 2>{x_shape, weights.shape});
    std::vector<Interval> ranges;
    ranges.reserve(static_cast<size_t>(terms.results()));
    const auto small = small_form(x, weights.values, terms.terms_per_result());
    for (int64_t element = 0; element < terms.results(); ++element) {
        if (!small) {
            Interval sum;
            terms.for_each(element, [&](std::span<const int64_t> at) {
                sum = sum + x[static_cast<size_t>(at[0])].scaled(weights.values[static_cast<size_t>(at[1])]);
            });
            ranges.push_back(std::move(sum));
            continue;
        }
        int64_t lo = 0;
        int64_t hi = 0;
        std::optional<int> f;  // the finest binary point of a term
        terms.for_each(element, [&](std::span<const int64_t> at) {
            const SmallForm::Range& range = small->x[static_cast<size_t>(at[0])];
            const SmallForm::Weight& weight = small->w[static_cast<size_t>(at[1])];
            if (weight.code == 0 || range.zero) return;
            lo += weight.code * (weight.code > 0 ? range.lo : range.hi);
            hi += weight.code * (weight.code > 0 ? range.hi : range.lo);
            f = std::max(f.value_or(range.f + weight.f), range.f + weight.f);
        });
        const int drop = small->f - f.value_or(small->f);
        ranges.emplace_back(lo >> drop, hi >> drop, small->f - drop);
    }
    return ranges;
}

}  // namespace dal
