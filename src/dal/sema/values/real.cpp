#include "dal/sema/values/real.hpp"

#include <algorithm>

#include "dal/graph/holds.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

RealResult<Real> compute(RealOp op, const Real& x, const Real& y) {
    switch (op) {
        case RealOp::add: return add(x, y);
        case RealOp::sub: return sub(x, y);
        case RealOp::mul: return mul(x, y);
        case RealOp::div: return div(x, y);
        case RealOp::pow: return pow(x, y);
        case RealOp::atan2: return atan2(x, y);
        case RealOp::min: return min(x, y);
        case RealOp::max: return max(x, y);
    }
    internal_error("op", __FILE__, __LINE__, std::to_string(static_cast<int>(op)));
}

/// Collects elements until one has no value.
template <class T, class Function>
tl::expected<std::vector<T>, RealElementProblem> collected(int64_t size, Function&& element_of) {
    std::vector<T> values;
    values.reserve(static_cast<size_t>(size));
    for (int64_t element = 0; element < size; ++element) {
        auto value = element_of(element);
        if (!value) return tl::unexpected(RealElementProblem{std::move(value.error()), element});
        values.emplace_back(std::move(*value));
    }
    return values;
}

template <class Function>
RealTensorResult<RealTensor> tensor(const Shape& shape, Function&& element_of) {
    return collected<Real>(element_count(shape), element_of).map([&](std::vector<Real> values) {
        return RealTensor::of(shape, std::move(values));
    });
}

template <class Function>
RealTensorResult<RealTensor> mapped(const RealTensor& a, Function&& function) {
    return tensor(a.shape, [&](int64_t element) { return function(a.at(element)); });
}

}  // namespace

RealTensor RealTensor::scalar(Real value) { return of({}, {std::move(value)}); }

RealTensor RealTensor::of(Shape shape, std::vector<Real> values) {
    DAL_CHECK(static_cast<int64_t>(values.size()) == element_count(shape), "real tensor of " + dal::to_string(shape));
    return {std::move(shape), std::make_shared<const std::vector<Real>>(std::move(values))};
}

RealTensor RealTensor::of(const Constant& constant) {
    return of(constant.shape, std::vector<Real>(constant.values->begin(), constant.values->end()));
}

RealOrConstant normalized(RealTensor tensor) {
    std::vector<Rational> values;
    for (const Real& real : *tensor.values) {
        auto value = real.rational();
        if (!value) return tensor;
        values.push_back(std::move(*value));
    }
    return Constant::of(std::move(tensor.shape), std::move(values));
}

RealTensorResult<RealTensor> elementwise(RealOp op, const RealTensor& a, const RealTensor& b, const Shape& shape) {
    const BroadcastMap from_a(a.shape, shape);
    const BroadcastMap from_b(b.shape, shape);
    return tensor(shape, [&](int64_t element) { return compute(op, a.at(from_a(element)), b.at(from_b(element))); });
}

RealTensorResult<RealTensor> apply(RealFunction function, const RealTensor& a) {
    return mapped(a, [&](const Real& x) { return apply(function, x); });
}

RealTensorResult<RealTensor> negated(const RealTensor& a) {
    return mapped(a, [](const Real& x) { return neg(x); });
}

RealTensorResult<RealTensor> absolute(const RealTensor& a) {
    return mapped(a, [](const Real& x) { return abs(x); });
}

RealTensorResult<Constant> compared(Relation relation, const RealTensor& a, const RealTensor& b, const Shape& shape) {
    const BroadcastMap from_a(a.shape, shape);
    const BroadcastMap from_b(b.shape, shape);
    return collected<Rational>(element_count(shape),
                               [&](int64_t element) {
                                   return compare(a.at(from_a(element)), b.at(from_b(element))).map([&](int order) {
                                       return Rational(holds(relation, order, 0) ? 1 : 0);
                                   });
                               })
        .map([&](std::vector<Rational> values) { return Constant::of(shape, std::move(values)); });
}

RealTensorResult<RealTensor> einsum(const EinsumSpec& spec, std::span<const RealTensor> operands, Shape shape) {
    std::vector<Shape> shapes;
    for (const RealTensor& operand : operands) shapes.push_back(operand.shape);
    const EinsumTerms terms(spec, shapes);
    return tensor(shape, [&](int64_t result) {
        RealResult<Real> sum = Real();
        terms.for_each(result, [&](std::span<const int64_t> at) {
            if (!sum) return;
            RealResult<Real> product = operands[0].at(at[0]);
            for (size_t j = 1; j < at.size() && product; ++j) product = mul(*product, operands[j].at(at[j]));
            sum = product ? add(*sum, *product) : std::move(product);
        });
        return sum;
    });
}

RealTensorResult<Constant> quantized(const RealTensor& a, const FormatMap& formats) {
    return collected<Rational>(a.size(),
                               [&](int64_t element) {
                                   const Format& format = formats.at(element);
                                   return quantize_code(a.at(element), format).map([&](Int code) {
                                       return Rational(Dyadic(std::move(code), -static_cast<int64_t>(format.kif.f)));
                                   });
                               })
        .map([&](std::vector<Rational> values) {
            Constant result = Constant::of(a.shape, std::move(values));
            result.formats = std::make_shared<const FormatMap>(formats);
            return result;
        });
}

RealTensorResult<std::vector<Rational>> stand_ins(const RealTensor& a, int f) {
    return collected<Rational>(a.size(), [&](int64_t element) -> RealResult<Rational> {
        const Real& number = a.at(element);
        if (const auto rational = number.rational()) return *rational;
        return round_code(number, f, Round::trn).map([&](const Int& floor) {
            return Rational(Dyadic((floor << 1) + Int(1), -int64_t{f} - 1));
        });
    });
}

RealTensor moved(Shape shape, std::span<const Source> sources, std::span<const RealTensor> operands) {
    std::vector<Real> values;
    values.reserve(sources.size());
    for (const Source& source : sources) values.push_back(operands[source.operand].at(source.element));
    return RealTensor::of(std::move(shape), std::move(values));
}

Kif suggested_format(const RealTensor& a) {
    // Rounded to so many bits, the numbers have the same size or are a little larger, which is fine for a suggestion.
    constexpr int f = 64;
    std::vector<Rational> values;
    for (const Real& real : *a.values) {
        constexpr int largest = 64;
        const auto code = quantize_code(real, {Kif(true, largest, f), Round::trn_zero, Overflow::sat});
        values.emplace_back(Dyadic(code ? *code : Int(0), -f));
    }
    return suggested_format(Constant::of(a.shape, std::move(values)));
}

}  // namespace dal
