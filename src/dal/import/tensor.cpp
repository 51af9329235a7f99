#include "dal/import/tensor.hpp"

#include <algorithm>
#include <cmath>

#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal::importer {

std::optional<Tensor> to_tensor(const Array& array) {
    Tensor tensor{array.shape(), {}};
    tensor.values.reserve(static_cast<size_t>(array.size()));
    for (int64_t at = 0; at < array.size(); ++at) {
        const std::optional<Dyadic> value = array.at(at);
        const std::optional<double> number = value ? value->to_double() : std::nullopt;
        if (!number) return std::nullopt;
        tensor.values.push_back(*number);
    }
    return tensor;
}

Formats Formats::uniform(bool k, int i, int f, Round round, Overflow overflow) {
    return {{}, {k ? 1 : 0}, {i}, {f}, round, overflow};
}

Format Formats::at(int64_t element) const {
    const auto at = static_cast<size_t>(size() == 1 ? 0 : element);
    return {Kif(k[at] != 0, i[at], f[at]), round, overflow};
}

bool is_broadcastable(const Shape& from, const Shape& shape) {
    if (from.size() > shape.size()) return false;
    const size_t first = shape.size() - from.size();
    for (size_t axis = 0; axis < from.size(); ++axis)
        if (from[axis] != 1 && from[axis] != shape[first + axis]) return false;
    return true;
}

std::vector<int64_t> broadcast_sources(const Shape& from, const Shape& shape) {
    DAL_CHECK(is_broadcastable(from, shape), to_string(from) + " to " + to_string(shape));
    const size_t first = shape.size() - from.size();
    std::vector<int64_t> steps(shape.size(), 0);
    int64_t step = 1;
    for (size_t axis = from.size(); axis-- > 0;) {
        steps[first + axis] = from[axis] == 1 ? 0 : step;
        step *= from[axis];
    }
    std::vector<int64_t> sources(static_cast<size_t>(element_count(shape)));
    std::vector<int64_t> index(shape.size(), 0);
    int64_t source = 0;
    for (int64_t& each : sources) {
        each = source;
        for (size_t axis = shape.size(); axis-- > 0;) {
            source += steps[axis];
            if (++index[axis] < shape[axis]) break;
            source -= steps[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    return sources;
}

Formats broadcast(const Formats& formats, const Shape& shape) {
    Formats result{shape, {}, {}, {}, formats.round, formats.overflow};
    for (const int64_t source : broadcast_sources(formats.shape, shape)) {
        const auto at = static_cast<size_t>(source);
        result.k.push_back(formats.k[at]);
        result.i.push_back(formats.i[at]);
        result.f.push_back(formats.f[at]);
    }
    return result;
}

Tensor quantized(const Tensor& values, const Formats& formats) {
    DAL_CHECK(formats.size() == 1 || formats.size() == values.size(), to_string(formats.shape));
    Tensor result{values.shape, {}};
    result.values.reserve(values.values.size());
    for (int64_t at = 0; at < values.size(); ++at) {
        const Format format = formats.at(at);
        const std::optional<Dyadic> value = Dyadic::from_double(values.values[static_cast<size_t>(at)]);
        DAL_CHECK(value.has_value(), "not finite");
        const std::optional<double> rounded =
            Dyadic(quantize_code(Rational(*value), format), -int64_t{format.kif.f}).to_double();
        DAL_CHECK(rounded.has_value(), "no double");
        result.values.push_back(*rounded);
    }
    return result;
}

std::optional<int> power_of_two(double value) {
    int exponent = 0;
    if (!(value > 0) || !std::isfinite(value) || std::frexp(value, &exponent) != 0.5) return std::nullopt;
    return exponent - 1;
}

Kif tightest(double value) {
    const std::optional<Dyadic> exact = Dyadic::from_double(value);
    DAL_CHECK(exact.has_value(), "not finite");
    if (exact->is_zero()) return {};
    const auto f = static_cast<int>(-exact->exponent());
    // A negative power of two needs no bit more than k: -1 is fixed(1, 0, 0).
    const Int magnitude = value < 0 ? -exact->mantissa() - Int(1) : exact->mantissa();
    return {value < 0, static_cast<int>(magnitude.bit_length()) - f, f};
}

}  // namespace dal::importer
