#include "dal/import/onnx/requantize.hpp"

#include <algorithm>

#include "dal/import/onnx/operators.hpp"
#include "dal/numeric/quantize.hpp"

namespace dal::importer::onnx {
namespace {

/// A factor and an offset, code = round(factor · n + offset), of an integer n.
struct Line {
    Dyadic factor;
    Dyadic offset;
};

/// Conditions on the offset, for a given factor: at least `low`, and less than `high`.
struct Window {
    std::optional<Dyadic> low{};
    std::optional<Dyadic> high{};
};

/// `codes` are those of the flow's range; level j (from 0) is the code first + j + 1.
Window window_of(const std::vector<CodeLevel>& levels, const Dyadic& factor, const Int& first, const Int& least,
                 const Int& most) {
    Window window;
    Int code = first;
    const auto at_least = [&](const Int& n) {
        const Dyadic bound = Dyadic(code) - Dyadic(Int(1), -1) - factor * Dyadic(n);
        if (!window.low || bound > *window.low) window.low = bound;
    };
    const auto less_than = [&](const Int& n) {
        const Dyadic bound = Dyadic(code) - Dyadic(Int(1), -1) - factor * Dyadic(n);
        if (!window.high || bound < *window.high) window.high = bound;
    };
    const bool falls = factor.is_negative();
    for (const CodeLevel& level : levels) {
        code = code + Int(1);
        using Kind = CodeLevel::Kind;
        const bool always = level.kind == Kind::always || (level.kind == Kind::from && level.code <= least) ||
                            (level.kind == Kind::up_to && level.code >= most);
        const bool never = level.kind == Kind::never || (level.kind == Kind::from && level.code > most) ||
                           (level.kind == Kind::up_to && level.code < least);
        if (always) {
            at_least(falls ? most : least);
        } else if (never) {
            less_than(falls ? least : most);
        } else {
            at_least(level.code);
            less_than(level.kind == Kind::from ? level.code - Int(1) : level.code + Int(1));
        }
    }
    return window;
}

/// The number of the fewest bits in a window.
std::optional<Dyadic> simplest(const Window& window) {
    if (!window.low && !window.high) return Dyadic();
    for (int f = -8; f <= 64; ++f) {
        Int code;
        if (window.low)
            code = -round_code(Rational(-*window.low), f, Round::trn);
        else
            code = -round_code(Rational(-*window.high), f, Round::trn) - Int(1);
        Dyadic number(code, -int64_t{f});
        if (!window.high || number < *window.high) return number;
    }
    return std::nullopt;
}

/// What x is multiplied with on the way; nothing if not all steps are straight lines.
std::optional<Real> slope_of(const Steps& steps, const StepIndex& index, int64_t element) {
    Real slope{Rational(1)};
    for (size_t at = 0; at < steps.size(); ++at) {
        if (steps[at].kind == Step::Kind::clip) continue;
        if (steps[at].kind != Step::Kind::affine) return std::nullopt;
        auto product =
            mul(slope, steps[at].factor[static_cast<size_t>(index.of_step[at][static_cast<size_t>(element)])]);
        if (!product) return std::nullopt;
        slope = *product;
    }
    return slope;
}

std::optional<Line> line_of(const std::vector<CodeLevel>& levels, const Real& slope, const Int& first, const Int& least,
                            const Int& most) {
    constexpr int fine = 400;
    constexpr int most_bits = 40;
    const auto exact = round_code(slope, fine, Round::rnd_conv);
    if (!exact) return std::nullopt;
    const auto length = static_cast<int>(exact->bit_length());
    for (int bits = 1; bits <= most_bits; ++bits) {
        const int f = fine - length + bits;
        const Dyadic factor = exact->is_zero()
                                  ? Dyadic()
                                  : Dyadic(round_code(Rational(Dyadic(*exact, -fine)), f, Round::rnd), -int64_t{f});
        const Window window = window_of(levels, factor, first, least, most);
        if (window.low && window.high && *window.low >= *window.high) continue;
        if (const auto offset = simplest(window)) return Line{factor, *offset};
    }
    return std::nullopt;
}

/// The result format: codes from low to high in units of `unit`.
Formats result_format(int64_t low, int64_t high, int64_t exponent, bool& is_cut) {
    int bits = 0;
    while ((int64_t{1} << bits) - 1 < high || -(int64_t{1} << bits) > low) ++bits;
    const int64_t top = (int64_t{1} << bits) - 1;
    const bool is_symmetric = low == -high;
    is_cut = high != top || (low < 0 && !is_symmetric && low != -top - 1) || low > 0;
    const auto e = static_cast<int>(exponent);
    return Formats::uniform(low < 0, bits + e, -e, Round::rnd,
                            is_symmetric && !is_cut ? Overflow::sat_sym : Overflow::sat);
}

}  // namespace

std::optional<std::vector<CodeLevel>> code_levels(const Flow& flow, const StepIndex& index, int64_t element,
                                                  const std::vector<Level>& levels) {
    std::vector<CodeLevel> codes;
    codes.reserve(levels.size());
    for (const Level& level : levels) {
        const auto bound = inverse(flow.steps, index, element, Real(level.value), level.is_strict);
        if (!bound) return std::nullopt;
        CodeLevel code;
        if (bound->kind != Bound::Kind::at) {
            code.kind = bound->kind == Bound::Kind::always ? CodeLevel::Kind::always : CodeLevel::Kind::never;
        } else {
            // From: the least integer that is at least the bound (above it, if strict). Up to: mirrored.
            const auto negative = neg(bound->value);
            if (!negative) return std::nullopt;
            const auto floor = round_code(bound->value, flow.f, Round::trn);
            if (!floor) return std::nullopt;
            if (!bound->is_below) {
                code.kind = CodeLevel::Kind::from;
                const auto ceil = round_code(*negative, flow.f, Round::trn);
                if (!ceil) return std::nullopt;
                code.code = bound->is_strict ? *floor + Int(1) : -*ceil;
            } else {
                code.kind = CodeLevel::Kind::up_to;
                const auto ceil = round_code(*negative, flow.f, Round::trn);
                if (!ceil) return std::nullopt;
                code.code = bound->is_strict ? -*ceil - Int(1) : *floor;
            }
        }
        codes.push_back(std::move(code));
    }
    return codes;
}

bool requantize(Builder& builder, Flow& flow, const Quantizer& q, const Dyadic& unit) {
    auto shape = std::optional<Shape>(q.shape);
    for (const Step& step : flow.steps)
        if (shape) shape = common_shape(*shape, step.shape);
    if (!shape || !is_broadcastable(*shape, flow.shape)) return false;
    const auto count = checked_count(*shape);
    const auto least = flow.low.code(flow.f);
    const auto most = flow.high.code(flow.f);
    const int64_t codes = q.high.front() - q.low.front();
    if (!count || *count > 65536 || !least || !most || !builder.take_levels(*count * codes)) return false;
    const int64_t zero = q.zero.front();
    const StepIndex index = index_steps(flow.steps, *shape);
    const auto own = broadcast_sources(q.shape, *shape);
    Tensor factors{*shape, {}};
    Tensor offsets{*shape, {}};
    for (int64_t at = 0; at < *count; ++at) {
        const auto element = static_cast<size_t>(own[static_cast<size_t>(at)]);
        const auto slope = slope_of(flow.steps, index, at);
        if (!slope) return false;
        const auto per_code = div(*slope, Real(Rational(*Dyadic::from_double(q.scale[element]))));
        const auto levels = code_levels(flow, index, at, levels_of(q, element));
        if (!per_code || !levels) return false;
        const auto scaled = mul(*per_code, Real(Rational(Dyadic(Int(1), -int64_t{flow.f}))));
        if (!scaled) return false;
        const auto line = line_of(*levels, *scaled, Int(q.low[element] - zero), *least, *most);
        if (!line) return false;
        const auto factor = (line->factor.shifted(flow.f) * unit).to_double();
        const auto offset = (line->offset * unit).to_double();
        if (!factor || !offset) return false;
        factors.values.push_back(*factor);
        offsets.values.push_back(*offset);
    }
    const std::string owner = flow.layer;
    const auto is_all = [](const Tensor& t, double v) {
        return std::ranges::all_of(t.values, [&](double x) { return x == v; });
    };
    if (!is_all(factors, 1)) Builder::infix(flow, '*', builder.constant_text(flow, owner + "_factor", factors));
    if (!is_all(offsets, 0)) Builder::infix(flow, '+', builder.constant_text(flow, owner + "_offset", offsets));
    flow.steps.clear();
    const int64_t low = q.low.front() - zero;
    const int64_t high = q.high.front() - zero;
    bool is_cut = false;
    const int64_t exponent = unit.exponent();
    flow.rounding = result_format(low, high, exponent, is_cut);
    flow.f = static_cast<int>(-exponent);
    flow.low = Dyadic(Int(low)) * unit;
    flow.high = Dyadic(Int(high)) * unit;
    if (is_cut) {
        const Kif kif = flow.rounding->at(0).kif;
        flow.steps.push_back(Step::clip(Rational(flow.low), Rational(flow.high)));
        flow.low = Dyadic(kif.min_code(), -int64_t{kif.f});
        flow.high = Dyadic(kif.max_code(), -int64_t{kif.f});
    }
    builder.program().decide(owner,
                             "scales, offsets and rounding are one multiplication by numbers of as few bits as give "
                             "the same result for every value");
    return true;
}

}  // namespace dal::importer::onnx
