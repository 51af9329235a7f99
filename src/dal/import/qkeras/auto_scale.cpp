#include "dal/import/qkeras/auto_scale.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace dal::importer::qkeras {
namespace {

constexpr float epsilon = 1e-7F;  // of Keras

/// Which elements share a scale: those of one channel, the last axis; each its own if there is only one axis.
size_t group_count(const Tensor& x) {
    return x.shape.size() == 1 ? x.values.size() : static_cast<size_t>(x.shape.empty() ? 1 : x.shape.back());
}

/// The largest magnitude of each group; of all elements if there is one axis.
std::vector<float> largest(const Tensor& x) {
    const size_t groups = group_count(x);
    std::vector<float> most(groups, 0);
    for (size_t at = 0; at < x.values.size(); ++at)
        most[at % groups] = std::max(most[at % groups], static_cast<float>(std::abs(x.values[at])));
    if (x.shape.size() == 1 && !most.empty()) most.assign(groups, *std::ranges::max_element(most));
    return most;
}

/// 2^round(log2(x + epsilon)).
std::optional<double> nearest_power_of_two(double x) {
    const auto exponent = rounded_log2(static_cast<float>(x) + epsilon);
    if (!exponent) return std::nullopt;
    return std::ldexp(1.0, *exponent);
}

/// The least-squares scale of each group: sum(x·q) / sum(q·q), as a power of two.
std::optional<std::vector<double>> fitted(const Tensor& x, const std::vector<double>& codes) {
    const size_t groups = group_count(x);
    std::vector<double> products(groups, 0);
    std::vector<double> squares(groups, 0);
    for (size_t at = 0; at < codes.size(); ++at) {
        products[at % groups] += static_cast<float>(x.values[at] * codes[at]);
        squares[at % groups] += codes[at] * codes[at];
    }
    const double count = groups == 0 ? 1 : static_cast<double>(codes.size()) / static_cast<double>(groups);
    std::vector<double> scales(groups);
    for (size_t group = 0; group < groups; ++group) {
        const double ratio = products[group] / count / (squares[group] / count + static_cast<double>(epsilon));
        const auto scale = nearest_power_of_two(ratio);
        if (!scale) return std::nullopt;
        scales[group] = *scale;
    }
    return scales;
}

std::optional<std::vector<double>> powers(const std::vector<float>& scales) {
    std::vector<double> result;
    for (const float scale : scales) {
        const auto power = nearest_power_of_two(scale);
        if (!power) return std::nullopt;
        result.push_back(*power);
    }
    return result;
}

/// Codes for scales, then scales for codes, several times; the last scales belong to the last codes.
std::optional<Scaled> alternated(const Tensor& x, std::vector<double> scales, int rounds,
                                 const std::function<double(double, double)>& code) {
    Scaled result;
    result.codes.resize(x.values.size());
    for (int round = 0; round < rounds; ++round) {
        for (size_t at = 0; at < x.values.size(); ++at)
            result.codes[at] = code(x.values[at], scales[at % scales.size()]);
        auto next = fitted(x, result.codes);
        if (!next) return std::nullopt;
        scales = std::move(*next);
    }
    result.scales = std::move(scales);
    return result;
}

/// The nearest integer, half away from zero as float32 finds it, within ±most.
double nearest_code(double x, float scale, double most) {
    const float quotient = static_cast<float>(std::abs(x)) / scale;
    const float magnitude = std::floor(quotient + 0.5F);
    const double limited = std::min<double>(magnitude, most);
    return x > 0 ? limited : x < 0 ? -limited : 0;
}

double most_code(int bits) { return std::ldexp(1.0, bits - 1) - 1; }

}  // namespace

std::optional<int> rounded_log2(double x) {
    const double exact = std::log2(x);
    const double window = 3e-7 * (std::abs(exact) + 4);
    const double below = std::floor(exact);
    if (std::abs(exact - below - 0.5) < window) return std::nullopt;
    return static_cast<int>(std::nearbyint(exact));
}

std::optional<Scaled> scaled_bits(const Tensor& x, int bits) {
    const double most = most_code(bits);
    std::vector<float> scales = largest(x);
    for (float& scale : scales) scale = scale * 2 / static_cast<float>(most * 2);
    auto first = powers(scales);
    if (!first) return std::nullopt;
    constexpr int rounds = 5;
    return alternated(x, std::move(*first), rounds,
                      [&](double value, double scale) { return nearest_code(value, static_cast<float>(scale), most); });
}

Scaled float_scaled_bits(const Tensor& x, int bits) {
    const double most = most_code(bits);
    std::vector<float> scales = largest(x);
    for (float& scale : scales) scale = scale * 2 / static_cast<float>(most * 2);
    Scaled result;
    for (size_t at = 0; at < x.values.size(); ++at) {
        const float scale = scales[at % scales.size()];
        result.codes.push_back(scale == 0 ? 0 : nearest_code(x.values[at], scale, most));
    }
    result.scales.assign(scales.begin(), scales.end());
    return result;
}

std::optional<Scaled> scaled_ternary(const Tensor& x, int unrolls) {
    std::vector<float> scales = largest(x);
    for (float& scale : scales) scale = 2 * scale / 3.0F;
    auto first = powers(scales);
    if (!first) return std::nullopt;
    return alternated(x, std::move(*first), unrolls, [](double value, double scale) {
        // Half of the scale itself rounds to 0, as it is to even.
        return std::abs(value) <= scale / 2 ? 0.0 : value > 0 ? 1.0 : -1.0;
    });
}

std::optional<Scaled> scaled_binary(const Tensor& x, bool with_zero) {
    std::vector<double> none(group_count(x), 1);
    return alternated(x, std::move(none), 1, [&](double value, double) {
        return value >= 0 ? 1.0 : with_zero ? 0.0 : -1.0;
    });
}

}  // namespace dal::importer::qkeras
