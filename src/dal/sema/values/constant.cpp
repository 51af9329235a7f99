#include "dal/sema/values/constant.hpp"

#include <algorithm>
#include <array>

#include "dal/numeric/interval.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

/// compute(operands), and the same of what they are meant to be, if that is something else.
template <class Compute>
Constant computed(std::span<const Constant> operands, Compute&& compute) {
    Constant result = compute(operands);
    const auto is_rounded = [](const Constant& a) { return a.meant != nullptr; };
    if (std::any_of(operands.begin(), operands.end(), is_rounded)) {
        std::vector<Constant> meant;
        meant.reserve(operands.size());
        for (const Constant& operand : operands) meant.push_back(operand.as_meant());
        result.meant = compute(std::span<const Constant>(meant)).values;
    }
    result.is_float = std::any_of(operands.begin(), operands.end(), [](const Constant& a) { return a.is_float; });
    return result;
}

template <class Function>
Constant mapped(const Constant& a, Function&& function) {
    return computed({&a, 1}, [&](std::span<const Constant> operands) {
        std::vector<Rational> values;
        values.reserve(operands[0].values->size());
        for (const Rational& value : *operands[0].values) values.push_back(function(value));
        return Constant::of(operands[0].shape, std::move(values));
    });
}

/// Whether an operation decides something rather than to compute a number; so is one that would divide by 0.
bool decides(ConstantOp op, const Constant& divisor) {
    switch (op) {
        case ConstantOp::add:
        case ConstantOp::sub:
        case ConstantOp::mul:
        case ConstantOp::min:
        case ConstantOp::max: return false;
        case ConstantOp::div:
        case ConstantOp::mod:
            return divisor.meant && std::any_of(divisor.meant->begin(), divisor.meant->end(),
                                                [](const Rational& value) { return value.is_zero(); });
        case ConstantOp::eq:
        case ConstantOp::ne:
        case ConstantOp::lt:
        case ConstantOp::le:
        case ConstantOp::gt:
        case ConstantOp::ge:
        case ConstantOp::bit_and:
        case ConstantOp::bit_or:
        case ConstantOp::bit_xor: return true;
    }
    internal_error("op", __FILE__, __LINE__, std::to_string(static_cast<int>(op)));
}

template <class Function>
std::optional<int64_t> first(const Constant& a, Function&& is_wanted) {
    for (int64_t element = 0; element < a.size(); ++element)
        if (is_wanted(a.at(element), element)) return element;
    return std::nullopt;
}

template <class Function>
Rational bitwise(const Rational& x, const Rational& y, Function&& function) {
    const int64_t exponent = std::min({x.numerator().exponent(), y.numerator().exponent(), int64_t{0}});
    const Int a = *x.numerator().code(-exponent);
    const Int b = *y.numerator().code(-exponent);
    // One bit more than either has, for the sign.
    const auto count = static_cast<size_t>(std::max(a.bit_length(), b.bit_length()) / 64 + 1);
    std::vector<uint64_t> words(count);
    std::vector<uint64_t> others(count);
    a.to_words(words.data(), count);
    b.to_words(others.data(), count);
    for (size_t j = 0; j < count; ++j) words[j] = function(words[j], others[j]);
    return Dyadic(Int::from_words(words.data(), count), exponent);
}

Rational compute(ConstantOp op, const Rational& x, const Rational& y) {
    switch (op) {
        case ConstantOp::add: return x + y;
        case ConstantOp::sub: return x - y;
        case ConstantOp::mul: return x * y;
        case ConstantOp::div: return x / y;
        case ConstantOp::mod: return x - y * Rational(Dyadic((x / y).floor_scaled(0)));
        case ConstantOp::min: return y < x ? y : x;
        case ConstantOp::max: return x < y ? y : x;
        case ConstantOp::eq: return static_cast<int>(x == y);
        case ConstantOp::ne: return static_cast<int>(x != y);
        case ConstantOp::lt: return static_cast<int>(x < y);
        case ConstantOp::le: return static_cast<int>(x <= y);
        case ConstantOp::gt: return static_cast<int>(x > y);
        case ConstantOp::ge: return static_cast<int>(x >= y);
        case ConstantOp::bit_and: return bitwise(x, y, [](uint64_t a, uint64_t b) { return a & b; });
        case ConstantOp::bit_or: return bitwise(x, y, [](uint64_t a, uint64_t b) { return a | b; });
        case ConstantOp::bit_xor: return bitwise(x, y, [](uint64_t a, uint64_t b) { return a ^ b; });
    }
    internal_error("op", __FILE__, __LINE__, std::to_string(static_cast<int>(op)));
}

Rational shifted(const Rational& value, int64_t amount) {
    return {value.numerator().shifted(amount), value.denominator()};
}

Rational quantized(const Rational& value, const Format& format) {
    return Dyadic(quantize_code(value, format), -static_cast<int64_t>(format.kif.f));
}

/// Those of the sources, if all operands have some.
std::shared_ptr<const FormatMap> moved_formats(const Movement& movement, std::span<const Constant> operands) {
    if (operands.empty() || movement.sources.empty() ||
        !std::all_of(operands.begin(), operands.end(), [](const Constant& a) { return a.formats != nullptr; }))
        return nullptr;
    if (operands.size() == 1 && operands[0].formats->is_uniform()) return operands[0].formats;
    std::vector<Format> formats;
    formats.reserve(movement.sources.size());
    for (const Source& source : movement.sources)
        formats.push_back(operands[source.operand].formats->at(source.element));
    return std::make_shared<const FormatMap>(std::move(formats));
}

}  // namespace

Constant Constant::scalar(Rational value) { return of({}, {std::move(value)}); }

Constant Constant::of(Shape shape, std::vector<Rational> values) {
    DAL_CHECK(static_cast<int64_t>(values.size()) == element_count(shape), "constant of shape " + to_string(shape));
    return {std::move(shape), std::make_shared<const std::vector<Rational>>(std::move(values))};
}

bool is_reasonable(const Rational& value) {
    const Dyadic& n = value.numerator();
    return n.mantissa().bit_length() <= max_constant_bits && value.denominator().bit_length() <= max_constant_bits &&
           n.exponent() <= max_constant_bits && n.exponent() >= -max_constant_bits;
}

Constant elementwise(ConstantOp op, const Constant& a, const Constant& b, const Shape& shape) {
    const BroadcastMap from_a(a.shape, shape);
    const BroadcastMap from_b(b.shape, shape);
    const auto compute_all = [&](std::span<const Constant> operands) {
        const int64_t size = element_count(shape);
        std::vector<Rational> values;
        values.reserve(static_cast<size_t>(size));
        for (int64_t element = 0; element < size; ++element)
            values.push_back(compute(op, operands[0].at(from_a(element)), operands[1].at(from_b(element))));
        return Constant::of(shape, std::move(values));
    };
    const Constant operands[] = {a, b};
    return decides(op, b) ? compute_all(operands) : computed(operands, compute_all);
}

Constant negated(const Constant& a) {
    return mapped(a, [](const Rational& value) { return -value; });
}

Constant shifted(const Constant& a, int amount) {
    return mapped(a, [&](const Rational& value) { return shifted(value, amount); });
}

Constant absolute(const Constant& a) {
    return mapped(a, [](const Rational& value) { return value.is_negative() ? -value : value; });
}

Constant relu(const Constant& a) {
    return mapped(a, [](const Rational& value) { return value.is_negative() ? Rational() : value; });
}

Constant rounded(const Constant& a, Round round) {
    return mapped(a, [&](const Rational& value) { return Rational(Dyadic(round_code(value, 0, round))); });
}

Constant selected(const Constant& condition, const Constant& if_true, const Constant& if_false, const Shape& shape) {
    const BroadcastMap from_condition(condition.shape, shape);
    const BroadcastMap from_true(if_true.shape, shape);
    const BroadcastMap from_false(if_false.shape, shape);
    const Constant operands[] = {if_true, if_false};
    return computed(operands, [&](std::span<const Constant> values_of) {
        const int64_t size = element_count(shape);
        std::vector<Rational> values;
        values.reserve(static_cast<size_t>(size));
        for (int64_t element = 0; element < size; ++element)
            values.push_back(condition.at(from_condition(element)).is_zero() ? values_of[1].at(from_false(element))
                                                                             : values_of[0].at(from_true(element)));
        return Constant::of(shape, std::move(values));
    });
}

namespace {

Constant sum_of_products(const EinsumTerms& terms, std::span<const Constant> operands, const Shape& shape) {
    std::vector<Rational> values(static_cast<size_t>(terms.results()));
    for (int64_t result = 0; result < terms.results(); ++result) {
        Rational& sum = values[static_cast<size_t>(result)];
        bool reasonable = true;  // beyond, the sum only has to stay unreasonable
        terms.for_each(result, [&](std::span<const int64_t> at) {
            if (!reasonable) return;
            Rational product = operands[0].at(at[0]);
            for (size_t j = 1; j < operands.size(); ++j) product = product * operands[j].at(at[j]);
            sum = sum + product;
            reasonable = is_reasonable(sum);
        });
    }
    return Constant::of(shape, std::move(values));
}

}  // namespace

Constant einsum(const EinsumSpec& spec, std::span<const Constant> operands, Shape shape) {
    std::vector<Shape> shapes;
    shapes.reserve(operands.size());
    for (const Constant& operand : operands) shapes.push_back(operand.shape);
    const EinsumTerms terms(spec, shapes);
    return computed(operands,
                    [&](std::span<const Constant> values_of) { return sum_of_products(terms, values_of, shape); });
}

Constant moved(Movement movement, std::span<const Constant> operands) {
    Constant result = computed(operands, [&](std::span<const Constant> values_of) {
        std::vector<Rational> values;
        values.reserve(movement.sources.size());
        for (const Source& source : movement.sources) values.push_back(values_of[source.operand].at(source.element));
        return Constant::of(movement.shape, std::move(values));
    });
    result.formats = moved_formats(movement, operands);
    return result;
}

Constant quantized(const Constant& a, const FormatMap& formats) {
    std::vector<Rational> values;
    values.reserve(a.values->size());
    for (int64_t element = 0; element < a.size(); ++element)
        values.push_back(quantized(a.at(element), formats.at(element)));
    Constant result = Constant::of(a.shape, std::move(values));
    result.formats = std::make_shared<const FormatMap>(formats);
    return result;
}

namespace {

Constant sorted_values(const Constant& a, size_t axis, bool descending) {
    const auto count = static_cast<size_t>(a.shape[axis]);
    size_t stride = 1;
    for (size_t j = axis + 1; j < a.shape.size(); ++j) stride *= static_cast<size_t>(a.shape[j]);
    std::vector<Rational> values(*a.values);
    std::vector<Rational> lane(count);
    for (size_t first = 0; first < values.size();
         first += first % stride + 1 == stride ? stride * (count - 1) + 1 : 1) {
        for (size_t j = 0; j < count; ++j) lane[j] = std::move(values[first + j * stride]);
        std::sort(lane.begin(), lane.end(),
                  [&](const Rational& x, const Rational& y) { return descending ? y < x : x < y; });
        for (size_t j = 0; j < count; ++j) values[first + j * stride] = std::move(lane[j]);
    }
    return Constant::of(a.shape, std::move(values));
}

}  // namespace

Constant sorted(const Constant& a, size_t axis, bool descending) {
    return computed({&a, 1},
                    [&](std::span<const Constant> operands) { return sorted_values(operands[0], axis, descending); });
}

std::optional<Constant> from_array(const Array& array) {
    std::vector<Rational> values;
    values.reserve(static_cast<size_t>(array.size()));
    for (int64_t element = 0; element < array.size(); ++element) {
        auto value = array.at(element);
        if (!value) return std::nullopt;
        values.emplace_back(std::move(*value));
    }
    Constant result = Constant::of(array.shape(), std::move(values));
    result.is_float = is_float(array.type());
    return result;
}

int64_t first_non_number(const Array& array) {
    int64_t element = 0;
    while (element < array.size() && array.at(element)) ++element;
    return element;
}

std::optional<int64_t> first_non_dyadic(const Constant& a) {
    return first(a, [](const Rational& value, int64_t) { return !value.is_dyadic(); });
}

bool is_dyadic(const Constant& a) { return !first_non_dyadic(a); }

int64_t most_bits(const Constant& a) {
    int64_t most = 0;
    for (const Rational& value : *a.values)
        most = std::max({most, value.numerator().mantissa().bit_length(), value.denominator().bit_length()});
    return most;
}

int64_t excess_work(const Constant& a) {
    constexpr int64_t small_bits = 128;
    int64_t work = 0;
    for (const Rational& value : *a.values) {
        const int64_t bits = std::max(value.numerator().mantissa().bit_length(), value.denominator().bit_length());
        if (bits > small_bits) work += (bits / small_bits) * (bits / small_bits);
    }
    return work;
}

std::optional<int64_t> first_unreasonable(const Constant& a) {
    return first(a, [](const Rational& value, int64_t) { return !is_reasonable(value); });
}

std::optional<int64_t> first_misfit(const Constant& a, const FormatMap& formats) {
    return first(a, [&](const Rational& value, int64_t element) {
        return !value.is_dyadic() || !Interval::of(formats.at(element).kif).contains(value.numerator());
    });
}

Kif suggested_format(const Constant& a) {
    constexpr int significant = 8;
    bool negative = false;
    int64_t integer_bits = -max_constant_bits;
    for (const Rational& value : *a.values) {
        if (value.is_zero()) continue;
        negative = negative || value.is_negative();
        const Rational magnitude = value.is_negative() ? -value : value;
        // The least i with |value| < 2^i.
        int64_t i = magnitude.numerator().mantissa().bit_length() + magnitude.numerator().exponent() -
                    magnitude.denominator().bit_length();
        while (!(magnitude < Rational(Dyadic(Int(1), i)))) ++i;
        integer_bits = std::max(integer_bits, i);
    }
    if (integer_bits == -max_constant_bits) integer_bits = 0;  // all zero
    const auto i = static_cast<int>(integer_bits);
    return {negative, std::max(i, 0), std::max(significant, significant - i)};
}

}  // namespace dal
