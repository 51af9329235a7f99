#include "dal/import/onnx/step.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dal/import/tensor.hpp"

namespace dal::importer::onnx {
namespace {

Real value_of(const std::optional<Rational>& number) { return {*number}; }

/// A float as an integer in the same order.
int64_t order_of(float value) {
    const auto bits = std::bit_cast<int32_t>(value);
    return bits < 0 ? int64_t{INT32_MIN} - bits : bits;
}
float float_of(int64_t order) {
    return std::bit_cast<float>(order < 0 ? static_cast<int32_t>(INT32_MIN - order) : static_cast<int32_t>(order));
}

bool reaches(float value, const Rational& target, bool is_strict) {
    if (std::isnan(value)) return false;
    if (std::isinf(value)) return value > 0;
    const Rational exact(*Dyadic::from_double(value));
    return is_strict ? exact > target : exact >= target;
}

/// The least float32 number for which an increasing function reaches the target.
std::optional<Bound> inverse_unary(const Step& step, const Real& target, bool is_strict) {
    if (!is_monotone(step.unary)) return std::nullopt;
    const auto goal = target.rational();
    if (!goal) return std::nullopt;
    const auto holds = [&](int64_t order) {
        return reaches(unary_value(step.unary, step.alpha, step.beta, float_of(order)), *goal, is_strict);
    };
    int64_t low = order_of(-3e38F);
    int64_t high = order_of(3e38F);
    if (holds(low)) return Bound{Bound::Kind::always};
    if (!holds(high)) return Bound{Bound::Kind::never};
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        (holds(middle) ? high : low) = middle;
    }
    return Bound{Bound::Kind::at, Real(Rational(*Dyadic::from_double(float_of(high)))), false, false};
}

std::optional<Bound> inverse_affine(const Step& step, size_t at, Bound bound) {
    const Real& factor = step.factor[at];
    const auto sign_of_factor = sign(factor);
    const auto rest = sub(bound.value, step.offset[at]);
    if (!sign_of_factor || !rest) return std::nullopt;
    if (*sign_of_factor == 0) {
        // 0 · x + offset: the same for all x.
        const auto order = sign(*rest);
        if (!order) return std::nullopt;
        const int side = bound.is_below ? -*order : *order;
        const bool holds = bound.is_strict ? side < 0 : side <= 0;
        return Bound{holds ? Bound::Kind::always : Bound::Kind::never};
    }
    const auto quotient = div(*rest, factor);
    if (!quotient) return std::nullopt;
    bound.value = *quotient;
    if (*sign_of_factor < 0) bound.is_below = !bound.is_below;
    return bound;
}

std::optional<Bound> inverse_clip(const Step& step, const Bound& bound) {
    // Of clip(x) >= t (or <= t): outside of the limits it always holds, or never.
    const auto beside = [&](const std::optional<Rational>& limit) -> std::optional<int> {
        if (!limit) return std::nullopt;
        const auto order = compare(bound.value, value_of(limit));
        if (!order) return std::nullopt;
        return *order;
    };
    const auto low = beside(step.low);
    const auto high = beside(step.high);
    if (!bound.is_below) {
        if (low && (*low < 0 || (*low == 0 && !bound.is_strict))) return Bound{Bound::Kind::always};
        if (high && (*high > 0 || (*high == 0 && bound.is_strict))) return Bound{Bound::Kind::never};
    } else {
        if (high && (*high > 0 || (*high == 0 && !bound.is_strict))) return Bound{Bound::Kind::always};
        if (low && (*low < 0 || (*low == 0 && bound.is_strict))) return Bound{Bound::Kind::never};
    }
    return bound;
}

std::optional<Bound> inverse_leaky(const Step& step, size_t at, Bound bound) {
    const auto slope = sign(step.factor[at]);
    const auto side = sign(bound.value);
    if (!slope || *slope <= 0 || !side) return std::nullopt;
    if (*side >= 0) return bound;
    const auto quotient = div(bound.value, step.factor[at]);
    if (!quotient) return std::nullopt;
    bound.value = *quotient;
    return bound;
}

}  // namespace

Step Step::affine(Shape shape, std::vector<Real> factor, std::vector<Real> offset) {
    Step step;
    step.shape = std::move(shape);
    step.factor = std::move(factor);
    step.offset = std::move(offset);
    return step;
}

Step Step::scale(Real factor) { return affine({}, {std::move(factor)}, {Real()}); }

Step Step::clip(std::optional<Rational> low, std::optional<Rational> high) {
    Step step;
    step.kind = Kind::clip;
    step.low = std::move(low);
    step.high = std::move(high);
    return step;
}

std::optional<Shape> common_shape(const Shape& a, const Shape& b) {
    const size_t rank = std::max(a.size(), b.size());
    Shape shape(rank);
    for (size_t axis = 0; axis < rank; ++axis) {
        const int64_t x = axis + a.size() < rank ? 1 : a[axis + a.size() - rank];
        const int64_t y = axis + b.size() < rank ? 1 : b[axis + b.size() - rank];
        if (x != y && x != 1 && y != 1) return std::nullopt;
        shape[axis] = x == 1 ? y : x;
    }
    return shape;
}

bool append(Steps& steps, Step step) {
    if (step.factor.size() == 1) step.shape.clear();  // whatever axes the value will have
    if (step.kind != Step::Kind::affine || steps.empty() || steps.back().kind != Step::Kind::affine) {
        steps.push_back(std::move(step));
        return true;
    }
    Step& last = steps.back();
    const auto shape = common_shape(last.shape, step.shape);
    if (!shape) {
        steps.push_back(std::move(step));
        return true;
    }
    const auto before = broadcast_sources(last.shape, *shape);
    const auto after = broadcast_sources(step.shape, *shape);
    std::vector<Real> factor;
    std::vector<Real> offset;
    for (size_t at = 0; at < before.size(); ++at) {
        const auto first = static_cast<size_t>(before[at]);
        const auto second = static_cast<size_t>(after[at]);
        auto product = mul(last.factor[first], step.factor[second]);
        auto moved = mul(last.offset[first], step.factor[second]);
        if (!product || !moved) return false;
        auto sum = add(*moved, step.offset[second]);
        if (!sum) return false;
        factor.push_back(*std::move(product));
        offset.push_back(*std::move(sum));
    }
    last = Step::affine(*shape, std::move(factor), std::move(offset));
    return true;
}

StepIndex index_steps(const Steps& steps, const Shape& shape) {
    StepIndex index;
    for (const Step& step : steps) index.of_step.push_back(broadcast_sources(step.shape, shape));
    return index;
}

std::optional<Bound> inverse(const Steps& steps, const StepIndex& index, int64_t element, const Real& target,
                             bool is_strict) {
    Bound bound{Bound::Kind::at, target, is_strict, false};
    for (size_t at = steps.size(); at-- > 0 && bound.kind == Bound::Kind::at;) {
        const Step& step = steps[at];
        const auto own = static_cast<size_t>(index.of_step[at][static_cast<size_t>(element)]);
        std::optional<Bound> before;
        switch (step.kind) {
            case Step::Kind::affine: before = inverse_affine(step, own, bound); break;
            case Step::Kind::clip: before = inverse_clip(step, bound); break;
            case Step::Kind::leaky: before = inverse_leaky(step, own, bound); break;
            case Step::Kind::unary:
                // Behind an increasing function: what is not reached lies below.
                before = inverse_unary(step, bound.value, bound.is_below ? !bound.is_strict : bound.is_strict);
                if (before && bound.is_below) {
                    if (before->kind == Bound::Kind::at) {
                        before->is_below = true;
                        before->is_strict = true;
                    } else {
                        before->kind = before->kind == Bound::Kind::always ? Bound::Kind::never : Bound::Kind::always;
                    }
                }
                break;
        }
        if (!before) return std::nullopt;
        bound = *before;
    }
    return bound;
}

bool is_monotone(Unary unary) {
    switch (unary) {
        case Unary::tanh:
        case Unary::sigmoid:
        case Unary::exp:
        case Unary::elu:
        case Unary::selu:
        case Unary::softplus:
        case Unary::softsign:
        case Unary::hard_sigmoid:
        case Unary::erf: return true;
        case Unary::gelu:
        case Unary::gelu_tanh:
        case Unary::hard_swish:
        case Unary::silu:
        case Unary::mish:
        case Unary::sqrt:
        case Unary::log:
        case Unary::reciprocal:
        case Unary::sin:
        case Unary::cos:
        case Unary::square: return false;
    }
    return false;
}

float unary_value(Unary unary, double alpha, double beta, float x) {
    const double v = x;
    double y = 0;
    switch (unary) {
        case Unary::tanh: y = std::tanh(v); break;
        case Unary::sigmoid: y = 1 / (1 + std::exp(-v)); break;
        case Unary::exp: y = std::exp(v); break;
        case Unary::elu: y = v > 0 ? v : alpha * std::expm1(v); break;
        case Unary::selu: y = beta * (v > 0 ? v : alpha * std::expm1(v)); break;
        case Unary::gelu: y = v * 0.5 * (1 + std::erf(v / std::sqrt(2.0))); break;
        case Unary::gelu_tanh: y = 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v))); break;
        case Unary::softplus: y = v > 0 ? v + std::log1p(std::exp(-v)) : std::log1p(std::exp(v)); break;
        case Unary::softsign: y = v / (1 + std::fabs(v)); break;
        case Unary::hard_sigmoid: {
            // Products and sums of float32 numbers, in this order.
            const float product = static_cast<float>(alpha) * x;
            return std::clamp(product + static_cast<float>(beta), 0.0F, 1.0F);
        }
        case Unary::hard_swish: y = v * std::clamp(v / 6 + 0.5, 0.0, 1.0); break;
        case Unary::silu: y = v / (1 + std::exp(-v)); break;
        case Unary::mish: y = v * std::tanh(std::log1p(std::exp(v))); break;
        case Unary::erf: y = std::erf(v); break;
        case Unary::sqrt: y = std::sqrt(v); break;
        case Unary::log: y = std::log(v); break;
        case Unary::reciprocal: y = 1 / v; break;
        case Unary::sin: y = std::sin(v); break;
        case Unary::cos: y = std::cos(v); break;
        case Unary::square: y = v * v; break;
    }
    return static_cast<float>(y);
}

std::optional<float> float_value(const Steps& steps, const StepIndex& index, int64_t element, const Rational& x) {
    // Straight lines exactly; a number is rounded to float32 (24 bits behind its leading one) where a function of
    // float32 numbers reads it.
    Real exact{x};
    const auto rounded = [](const Real& value) -> std::optional<float> {
        const auto code = round_code(value, 60, Round::rnd_conv);
        if (!code) return std::nullopt;
        return static_cast<float>(code->to_double() * 0x1p-60);
    };
    for (size_t at = 0; at < steps.size(); ++at) {
        const Step& step = steps[at];
        const auto own = static_cast<size_t>(index.of_step[at][static_cast<size_t>(element)]);
        RealResult<Real> next = exact;
        switch (step.kind) {
            case Step::Kind::affine:
                next = mul(exact, step.factor[own]).and_then([&](const Real& product) {
                    return add(product, step.offset[own]);
                });
                break;
            case Step::Kind::clip:
                if (step.low) next = max(exact, value_of(step.low));
                if (next && step.high) next = min(*next, value_of(step.high));
                break;
            case Step::Kind::leaky: {
                const auto side = sign(exact);
                if (!side) return std::nullopt;
                if (*side < 0) next = mul(exact, step.factor[own]);
                break;
            }
            case Step::Kind::unary: {
                const auto number = rounded(exact);
                if (!number) return std::nullopt;
                const float y = unary_value(step.unary, step.alpha, step.beta, *number);
                if (!std::isfinite(y)) return std::nullopt;
                next = Real(Rational(*Dyadic::from_double(y)));
                break;
            }
        }
        if (!next) return std::nullopt;
        exact = *next;
    }
    return rounded(exact);
}

}  // namespace dal::importer::onnx
