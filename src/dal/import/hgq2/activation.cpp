#include "dal/import/hgq2/activation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace dal::importer::hgq2 {
namespace {

/// `ulps` units in the last place of the value, which is 0 for certain where `is_exact`.
Float32 within(float value, float ulps, bool is_exact) {
    if (is_exact || !std::isfinite(value)) return {value, 0};
    const float size = std::max(std::abs(value), std::numeric_limits<float>::min());
    return {value, ulps * (std::nextafter(size, std::numeric_limits<float>::infinity()) - size)};
}

// Functions of the C library in float64, rounded once: as good as float32 gets.
float exp32(float x) { return static_cast<float>(std::exp(static_cast<double>(x))); }
float expm1_32(float x) { return static_cast<float>(std::expm1(static_cast<double>(x))); }
float log1p_32(float x) { return static_cast<float>(std::log1p(static_cast<double>(x))); }

float tanh32(float x) {
    // From here on the rational function that XLA has for tanh is 1.
    constexpr float saturated = 7.9988117F;
    if (std::abs(x) >= saturated) return x < 0 ? -1.0F : 1.0F;
    return static_cast<float>(std::tanh(static_cast<double>(x)));
}
float sigmoid32(float x) { return 1.0F / (1.0F + exp32(-x)); }
float softplus32(float x) { return std::max(x, 0.0F) + log1p_32(exp32(-std::abs(x))); }
/// Division by a constant is multiplication with its reciprocal, as compilers of tensor programs have it.
float hard_sigmoid32(float x) { return std::clamp(x + 3.0F, 0.0F, 6.0F) * (1.0F / 6.0F); }

Float32 linear(float x) { return {x}; }
Float32 relu(float x) { return {std::max(x, 0.0F)}; }
Float32 relu6(float x) { return {std::clamp(x, 0.0F, 6.0F)}; }
Float32 leaky_relu(float x) { return {x >= 0 ? x : 0.2F * x}; }
Float32 hard_tanh(float x) { return {std::clamp(x, -1.0F, 1.0F)}; }
Float32 hard_sigmoid(float x) {
    const float value = hard_sigmoid32(x);
    return within(value, 1, value == std::clamp(x + 3.0F, 0.0F, 6.0F) / 6.0F);
}
Float32 hard_silu(float x) {
    const float value = x * hard_sigmoid32(x);
    return within(value, 2, value == x * (std::clamp(x + 3.0F, 0.0F, 6.0F) / 6.0F));
}
Float32 softsign(float x) { return {x / (std::abs(x) + 1.0F)}; }
Float32 soft_shrink(float x) {
    constexpr float threshold = 0.5F;
    return {x > threshold ? x - threshold : (x < -threshold ? x + threshold : 0.0F)};
}
Float32 hard_shrink(float x) { return {std::abs(x) > 0.5F ? x : 0.0F}; }
Float32 sparse_plus(float x) {
    if (x <= -1.0F) return {0};
    return {x >= 1.0F ? x : (x + 1.0F) * (x + 1.0F) / 4.0F};
}
Float32 sparse_sigmoid(float x) { return {0.5F * std::clamp(x + 1.0F, 0.0F, 2.0F)}; }
Float32 squareplus(float x) {
    // The root cancels where x is negative: its last place is one of a number as large as x.
    const float root = std::sqrt(x * x + 4.0F);
    return {(x + root) / 2.0F, within(root, 1, x == 0).slack};
}

Float32 tanh(float x) { return within(tanh32(x), 4, x == 0); }
Float32 tanh_shrink(float x) { return {x - tanh32(x), within(tanh32(x), 4, x == 0).slack}; }
Float32 sigmoid(float x) {
    // Where 1 + exp(-x) is 1 in any float32, 1 is certain.
    constexpr float saturated = 17.5F;
    return within(sigmoid32(x), 2, x == 0 || x > saturated);
}
Float32 silu(float x) {
    constexpr float saturated = 17.5F;
    return within(x * sigmoid32(x), 3, x == 0 || x > saturated);
}
Float32 gelu(float x) {
    const float root_half = std::sqrt(0.5F);
    const auto upper = static_cast<float>(std::erfc(static_cast<double>(-x * root_half)));
    constexpr float saturated = 6;
    return within(0.5F * x * upper, 12, x == 0 || x > saturated);
}
Float32 softplus(float x) { return within(softplus32(x), 3, false); }
Float32 log_sigmoid(float x) { return within(-softplus32(-x), 3, false); }
Float32 mish(float x) { return within(x * tanh32(softplus32(x)), 6, x == 0); }
Float32 elu(float x) { return within(x > 0 ? x : expm1_32(x), 4, x >= 0); }
Float32 celu(float x) { return within(std::max(x, 0.0F) + expm1_32(std::min(x, 0.0F)), 4, x >= 0); }
Float32 selu(float x) {
    constexpr float alpha = 1.6732632423543772848170429916717F;
    constexpr float scale = 1.0507009873554804934193349852946F;
    return within(scale * (x > 0 ? x : alpha * expm1_32(x)), 4, x >= 0);
}

constexpr std::array activations{
    Activation{"linear", linear, true},
    Activation{"relu", relu, true},
    Activation{"relu6", relu6, true},
    Activation{"leaky_relu", leaky_relu, true},
    Activation{"tanh", tanh, true},
    Activation{"sigmoid", sigmoid, true},
    Activation{"exponential", exponential, true},
    Activation{"silu", silu, false},
    Activation{"swish", silu, false},
    Activation{"gelu", gelu, false},
    Activation{"elu", elu, true},
    Activation{"celu", celu, true},
    Activation{"selu", selu, true},
    Activation{"mish", mish, false},
    Activation{"softplus", softplus, true},
    Activation{"softsign", softsign, true},
    Activation{"squareplus", squareplus, true},
    Activation{"log_sigmoid", log_sigmoid, true},
    Activation{"hard_sigmoid", hard_sigmoid, true},
    Activation{"hard_silu", hard_silu, false},
    Activation{"hard_swish", hard_silu, false},
    Activation{"hard_tanh", hard_tanh, true},
    Activation{"soft_shrink", soft_shrink, true},
    Activation{"hard_shrink", hard_shrink, true},
    Activation{"tanh_shrink", tanh_shrink, true},
    Activation{"sparse_plus", sparse_plus, true},
    Activation{"sparse_sigmoid", sparse_sigmoid, true},
};

}  // namespace

const Activation* find_activation(std::string_view name) {
    const auto* found = std::ranges::find(activations, name, &Activation::name);
    return found == activations.end() ? nullptr : found;
}

std::vector<std::string> activation_names() {
    std::vector<std::string> names;
    names.reserve(activations.size());
    for (const Activation& each : activations) names.emplace_back(each.name);
    return names;
}

std::optional<std::string> activation_name(const Json& config) {
    if (config.is_null()) return "linear";
    if (config.is_string()) return config.string();
    if (config["class_name"].string() == "function" && config["config"].is_string()) return config["config"].string();
    return std::nullopt;
}

Float32 exponential(float x) { return within(exp32(x), 1.5F, x == 0); }

Float32 reciprocal(float x) {
    constexpr float epsilon = 1e-7F;
    return {1.0F / (x + epsilon)};
}

}  // namespace dal::importer::hgq2
