// A quantizer on a value: a plain format where that says the same, else integer thresholds, an exact multiplication
// (requantize.cpp), or a table (lookup.cpp).
#include <algorithm>
#include <cmath>

#include "dal/import/onnx/operators.hpp"
#include "dal/import/onnx/requantize.hpp"

namespace dal::importer::onnx {
namespace {

/// Whether all elements have the same numbers.
bool is_uniform(const Quantizer& q) {
    const auto same = [](const auto& values) {
        return std::ranges::all_of(values, [&](const auto& value) { return value == values.front(); });
    };
    return same(q.scale) && same(q.zero) && same(q.low) && same(q.high);
}

/// A format that rounds alike, and what is cut off behind it.
struct Rounding {
    Formats formats;
    std::optional<Step> limits{};
};

/// Nothing if no format does.
std::optional<Rounding> rounding_of(const Quantizer& q) {
    if (auto formats = q.formats()) return Rounding{*formats};
    const bool ties_move = q.round == CodeRound::half_even && q.zero.front() % 2 != 0;
    const bool sign_matters = q.round != CodeRound::half_even && q.round != CodeRound::floor && q.zero.front() != 0;
    if (!is_uniform(q) || q.is_bipolar || ties_move || sign_matters || !power_of_two(q.scale.front()))
        return std::nullopt;
    Quantizer wide = q;
    const int64_t low = q.low.front() - q.zero.front();
    const int64_t high = q.high.front() - q.zero.front();
    int bits = 0;
    while ((int64_t{1} << bits) - 1 < high || -(int64_t{1} << bits) > low) ++bits;
    wide.shape = {};
    wide.scale = {q.scale.front()};
    wide.zero = {0};
    wide.low = {low < 0 ? -(int64_t{1} << bits) : 0};
    wide.high = {(int64_t{1} << bits) - 1};
    auto formats = wide.formats();
    if (!formats) return std::nullopt;
    const Rational scale(*Dyadic::from_double(q.scale.front()));
    return Rounding{*formats, Step::clip(Rational(Dyadic(Int(low))) * scale, Rational(Dyadic(Int(high))) * scale)};
}

void set_rounding(Flow& flow, const Rounding& rounding) {
    const Formats& formats = rounding.formats;
    flow.rounding = formats;
    flow.real_input.clear();
    flow.f = *std::ranges::max_element(formats.f);
    flow.low = Dyadic();
    flow.high = Dyadic();
    for (int64_t at = 0; at < formats.size(); ++at) {
        const Kif kif = formats.at(at).kif;
        flow.low = std::min(flow.low, Dyadic(kif.min_code(), -int64_t{kif.f}));
        flow.high = std::max(flow.high, Dyadic(kif.max_code(), -int64_t{kif.f}));
    }
    if (rounding.limits) flow.steps.push_back(*rounding.limits);
}

/// Straight lines that cost little: what a person would write in front of a quantizer.
bool is_cheap(const Flow& flow) {
    constexpr int64_t most_factor_bits = 12;
    return Builder::is_exact(flow) && std::ranges::all_of(flow.steps, [](const Step& step) {
               return step.kind == Step::Kind::clip || std::ranges::all_of(step.factor, [](const Real& factor) {
                          return factor.rational()->numerator().mantissa().bit_length() <= most_factor_bits;
                      });
           });
}

/// Real numbers of an input, rounded down to a grid on which float32 numbers lie wherever a level is near.
Result<void> put_on_grid(Builder& builder, const Node& node, Flow& flow,
                         const std::vector<std::vector<Level>>& levels) {
    if (!flow.steps.empty()) return builder.require_format(flow, node);
    int64_t least = 64;
    int64_t most = 0;
    for (const auto& each : levels)
        for (const Level& level : each) {
            if (!level.value.is_dyadic()) return builder.require_format(flow, node);
            const Dyadic& value = level.value.numerator();
            if (value.is_zero() && level.is_strict) return builder.require_format(flow, node);
            const int64_t magnitude = value.is_zero() ? 24 : value.mantissa().bit_length() + value.exponent();
            least = std::min(least, magnitude);
            most = std::max(most, magnitude);
        }
    if (least < -200 || most > 200) return builder.require_format(flow, node);
    const auto f = static_cast<int>(24 - least);
    const auto i = static_cast<int>(std::max<int64_t>(most + 1, 1 - f));
    set_rounding(flow, {Formats::uniform(true, i, f, Round::trn, Overflow::sat)});
    builder.program().decide(flow.layer, "the input is rounded down to multiples of 2^-" + std::to_string(f) +
                                             ", which moves no float32 number across a level of its quantizer");
    builder.round(flow, flow.layer);
    return {};
}

std::vector<std::vector<Level>> all_levels(const Quantizer& q) {
    std::vector<std::vector<Level>> levels;
    levels.reserve(q.size());
    for (size_t at = 0; at < q.size(); ++at) levels.push_back(levels_of(q, at));
    return levels;
}

/// value = code · scale, behind what gives codes.
Step scale_step(const Quantizer& q) {
    std::vector<Real> factors;
    factors.reserve(q.scale.size());
    for (const double scale : q.scale) factors.emplace_back(Rational(*Dyadic::from_double(scale)));
    return Step::affine(q.shape, std::move(factors), std::vector<Real>(q.scale.size()));
}

/// By levels, where all elements have the same codes.
Result<void> apply_by_levels(Builder& builder, const Node& node, Flow& flow, const Quantizer& q) {
    const bool same_codes = std::ranges::all_of(q.low, [&](int64_t v) { return v == q.low.front(); }) &&
                            std::ranges::all_of(q.high, [&](int64_t v) { return v == q.high.front(); }) &&
                            std::ranges::all_of(q.zero, [&](int64_t v) { return v == q.zero.front(); });
    if (!same_codes) return refuse(node, "has zero points or numbers of bits that differ between channels");
    const bool has_plain_scale = is_uniform(q) && power_of_two(q.scale.front()).has_value();
    const Dyadic unit = has_plain_scale ? *Dyadic::from_double(q.scale.front()) : Dyadic(1);
    const int64_t count = q.is_bipolar ? 1 : q.high.front() - q.low.front();
    if (count < 1) return refuse(node, "has one code only: its result is a constant");
    if (count > 3 && !q.is_bipolar && count <= 65536) {
        auto requantized = requantize(builder, flow, q, unit);
        if (requantized) {
            if (!has_plain_scale && !append(flow.steps, scale_step(q)))
                return refuse(node, "its numbers get too large");
            return {};
        }
    }
    if (count > 4096)
        return refuse(node, "has " + std::to_string(count) + " levels on values that no format fits",
                      "fewer bits, or a scale that is a power of two");
    const Dyadic base = q.is_bipolar ? -unit : Dyadic(Int(q.low.front() - q.zero.front())) * unit;
    const Dyadic step = q.is_bipolar ? unit.shifted(1) : unit;
    if (auto done = apply_levels(builder, node, flow, q.shape, all_levels(q), base, step); !done) return done;
    if (!has_plain_scale && !append(flow.steps, scale_step(q))) return refuse(node, "its numbers get too large");
    return {};
}

}  // namespace

Result<void> apply_quantizer(Builder& builder, const Node& node, Flow& flow, const Quantizer& q) {
    if (!is_broadcastable(q.shape, flow.shape)) return refuse(node, "its scale does not fit the shape of its operand");
    if (builder.program().options().exactness == Exactness::off && flow.real_input.empty()) return {};
    if (flow.rounding) builder.round(flow, flow.layer);
    const auto rounding = rounding_of(q);
    if (rounding && flow.steps.empty()) {
        set_rounding(flow, *rounding);
        return {};
    }
    // What no format does is computed level by level.
    constexpr int64_t most_levels = int64_t{1} << 18;
    int64_t levels = 0;
    for (size_t at = 0; at < q.size() && !q.is_bipolar; ++at) levels += q.high[at] - q.low[at];
    const bool fits = levels <= most_levels;
    if (!fits && !(rounding && flow.real_input.empty() && is_cheap(flow)))
        return refuse(node, "has too many codes for values that no format fits: " + std::to_string(levels),
                      "fewer bits, or a scale that is a power of two");
    if (!flow.real_input.empty()) {
        if (auto done = put_on_grid(builder, node, flow, all_levels(q)); !done) return done;
    }
    if (rounding && is_cheap(flow)) {
        if (auto settled = builder.settle(flow, node); !settled) return settled;
        set_rounding(flow, *rounding);
        return {};
    }
    const bool has_function =
        std::ranges::any_of(flow.steps, [](const Step& s) { return s.kind == Step::Kind::unary; });
    if (has_function) {
        const bool has_plain_scale = is_uniform(q) && power_of_two(q.scale.front()).has_value();
        const Dyadic unit = has_plain_scale ? *Dyadic::from_double(q.scale.front()) : Dyadic(1);
        auto looked_up = look_up(builder, node, flow, q, unit);
        if (!looked_up) return failure(looked_up.error());
        if (*looked_up) {
            if (!has_plain_scale && !append(flow.steps, scale_step(q)))
                return refuse(node, "its numbers get too large");
            return {};
        }
    }
    return apply_by_levels(builder, node, flow, q);
}

}  // namespace dal::importer::onnx
