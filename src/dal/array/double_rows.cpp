#include "dal/array/double_rows.hpp"

#include <cmath>
#include <cstdint>

#include "dal/support/codes/result_codes.hpp"

namespace dal {
namespace {

/// Codes up to this magnitude are doubles …
constexpr int64_t plain_codes = int64_t{1} << 53;
/// … and stay such if they are scaled by up to 2^±this.
constexpr int farthest_plain_point = 900;

Diagnostic inexact(const Codes& codes, int64_t sample, int64_t element, int64_t first, const Dyadic& value) {
    const std::string index = index_text(codes.shape(), element);
    return error(code::inexact_output, {},
                 "sample " + std::to_string(first + sample) + (index.empty() ? "" : ", element " + index) + " is " +
                     value.to_string() + ", which no float64 holds")
        .with_rule("outputs are never rounded, and a float64 has 53 significant bits")
        .with_help("write integers and binary points instead: `--output-format codes`");
}

}  // namespace

Shape with_samples(int64_t samples, const Shape& shape) {
    Shape result{samples};
    result.insert(result.end(), shape.begin(), shape.end());
    return result;
}

Result<void> to_doubles(const Codes& codes, int64_t first, double* to) {
    const auto elements = static_cast<size_t>(codes.elements());
    const auto limbs = static_cast<size_t>(codes.limbs());
    std::vector<double> scales(elements);  // 0: not plain
    for (size_t e = 0; e < elements; ++e)
        if (std::abs(codes.f()[e]) <= farthest_plain_point) scales[e] = std::ldexp(1.0, -codes.f()[e]);
    const uint64_t* words = codes.words().data();
    for (int64_t sample = 0; sample < codes.samples(); ++sample)
        for (size_t e = 0; e < elements; ++e, words += limbs, ++to) {
            const auto low = static_cast<int64_t>(words[0]);
            bool plain = scales[e] != 0 && low <= plain_codes && low >= -plain_codes;
            for (size_t limb = 1; limb < limbs; ++limb) plain = plain && words[limb] == (low < 0 ? ~uint64_t{0} : 0);
            *to = static_cast<double>(low) * scales[e];
            if (plain) continue;
            const auto element = static_cast<int64_t>(e);
            const Dyadic exact = codes.value(sample, element);
            const auto converted = exact.to_double();
            if (!converted) return failure(inexact(codes, sample, element, first, exact));
            *to = *converted;
        }
    return {};
}

}  // namespace dal
