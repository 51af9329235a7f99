#include "dal/array/double_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "dal/support/codes/result_codes.hpp"

namespace dal {
namespace {

/// Codes up to this magnitude are doubles …
constexpr int64_t plain_codes = int64_t{1} << 53;
/// … and stay such if they are scaled by up to 2^±this.
constexpr int farthest_plain_point = 900;

/// Codes that are converted together: a loop of known length, which compilers turn into vectors.
constexpr size_t group = 8;
/// A code below 2^51 in magnitude, added to the bits of this, stands in the last bits of a number that is the sum.
constexpr double anchor = 0x1.8p52;

/// `group` codes as doubles; false, and nothing of use, if one is not below 2^51 in magnitude.
bool convert_group(const uint64_t* codes, const double* scales, double* to) {
    uint64_t beyond = 0;
    for (size_t j = 0; j < group; ++j) {
        beyond |= (codes[j] + (uint64_t{1} << 51)) >> 52;
        to[j] = (std::bit_cast<double>(codes[j] + std::bit_cast<uint64_t>(anchor)) - anchor) * scales[j];
    }
    return beyond == 0;
}

/// Any code; false if no double has its value.
bool convert_one(const Codes& codes, size_t sample, size_t e, double scale, double& to) {
    const uint64_t* words = codes.at(static_cast<int64_t>(sample), static_cast<int64_t>(e));
    const auto low = static_cast<int64_t>(words[0]);
    bool plain = scale != 0 && low <= plain_codes && low >= -plain_codes;
    for (int limb = 1; limb < codes.limbs(); ++limb) plain = plain && words[limb] == (low < 0 ? ~uint64_t{0} : 0);
    to = static_cast<double>(low) * scale;
    if (plain) return true;
    const auto converted = codes.value(static_cast<int64_t>(sample), static_cast<int64_t>(e)).to_double();
    to = converted.value_or(0);
    return converted.has_value();
}

Diagnostic inexact(const Codes& codes, size_t sample, size_t e, int64_t first) {
    const auto element = static_cast<int64_t>(e);
    const std::string index = index_text(codes.shape(), element);
    return error(code::inexact_output, {},
                 "sample " + std::to_string(first + static_cast<int64_t>(sample)) +
                     (index.empty() ? "" : ", element " + index) + " is " +
                     codes.value(static_cast<int64_t>(sample), element).to_string() + ", which no float64 holds")
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
    std::vector<double> scales(elements);  // 0: not plain
    for (size_t e = 0; e < elements; ++e)
        if (std::abs(codes.f()[e]) <= farthest_plain_point) scales[e] = std::ldexp(1.0, -codes.f()[e]);
    // `group` samples are as many groups as a sample has elements.
    std::vector<double> in_turn;
    const bool in_groups = codes.limbs() == 1 && std::ranges::find(scales, 0.0) == scales.end();
    for (size_t j = 0; j < group && in_groups; ++j) in_turn.insert(in_turn.end(), scales.begin(), scales.end());
    const auto samples = static_cast<size_t>(codes.samples());
    for (size_t sample = 0; sample < samples; sample += group) {
        const size_t end = std::min(samples, sample + group);
        if (in_groups && end == sample + group) {
            const size_t begin = sample * elements;
            bool plain = true;
            for (size_t at = 0; at < in_turn.size() && plain; at += group)
                plain = convert_group(codes.words().data() + begin + at, in_turn.data() + at, to + begin + at);
            if (plain) continue;
        }
        for (size_t s = sample; s < end; ++s)
            for (size_t e = 0; e < elements; ++e)
                if (!convert_one(codes, s, e, scales[e], to[s * elements + e]))
                    return failure(inexact(codes, s, e, first));
    }
    return {};
}

}  // namespace dal
