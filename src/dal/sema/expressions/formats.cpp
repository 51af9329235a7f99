// Formats of values, and whether values fit them.
#include "dal/sema/builtins/real_functions.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/sema/values/shape_errors.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal::sema {
namespace {

/// The smallest format that holds a format and dyadic numbers.
Kif holding(const Constant& constant, Kif kif) {
    for (const Rational& number : *constant.values) {
        const Int& code = number.numerator().mantissa();
        const Kif own = Interval(code, code, static_cast<int>(-number.numerator().exponent())).kif();
        if (own.is_zero()) continue;
        kif = kif.is_zero() ? own : Kif(kif.k || own.k, std::max(kif.i, own.i), std::max(kif.f, own.f));
    }
    return kif;
}

/// Help for a number where a format is needed: formats of so many bits.
std::string formats_of_width(const Value& value) {
    constexpr int64_t most = 64;
    const auto* constant = std::get_if<Constant>(&value);
    const auto width = constant && constant->is_scalar() ? constant->at(0).to_int64() : std::nullopt;
    if (!width || *width < 2 || *width > most) return "";
    const int64_t fractional = *width / 2;
    return "integers of " + std::to_string(*width) + " bits: `int(" + std::to_string(*width) +
           ")`; with fractional bits: `fixed(1, " + std::to_string(*width - 1 - fractional) + ", " +
           std::to_string(fractional) + ")`";
}

}  // namespace

Value TensorOps::element_type(const Placed& value) {
    if (std::holds_alternative<Place>(value.value)) {
        auto formats = formats_of(value);
        return formats ? Value(std::move(*formats)) : Poison{};
    }
    if (std::holds_alternative<Formats>(value.value) || std::holds_alternative<RealType>(value.value) ||
        std::holds_alternative<AnyType>(value.value))
        return value.value;
    return wrong_kind(value, "an element type: a format, `real` or `_`");
}

std::optional<Formats> TensorOps::formats_of(const Placed& value) {
    if (const auto* formats = std::get_if<Formats>(&value.value)) return *formats;
    const auto* place = std::get_if<Place>(&value.value);
    if (!place) {
        if (const std::string help = formats_of_width(value.value); !help.empty())
            report(error(code::wrong_kind, value.span,
                         "`" + source_text(value.span) + "` is " + std::string(kind_of(value.value)))
                       .with_rule("this place needs a format")
                       .with_help(help));
        else
            wrong_kind(value, "a format");
        return std::nullopt;
    }
    if (const auto found = places_.find(*place)) return std::get<Formats>(found->value);
    const std::string name(place_name(*place));
    report(
        error(code::no_format, value.span, "no `with` around says what `" + name + "` is")
            .with_rule("`weight`, `bias`, `data` and `table` are the formats of the innermost `with` that names them")
            .with_help("`with " + name + ": fixed(1, 3, 4) { … }`, or write the format here"));
    return std::nullopt;
}

std::optional<FormatMap> TensorOps::format_map(const Formats& formats, const Shape& shape, const Span& span) {
    if (formats.shape.empty()) return FormatMap(formats.formats->front());
    if (broadcast(formats.shape, shape) != shape) {
        report(error(code::bad_shape, span,
                     "formats of shape " + to_string(formats.shape) + " do not broadcast to " + to_string(shape))
                   .with_rule("there is one format for each element, or one for all along an axis"));
        return std::nullopt;
    }
    const BroadcastMap from(formats.shape, shape);
    std::vector<Format> list;
    const int64_t elements = element_count(shape);
    list.reserve(static_cast<size_t>(elements));
    for (int64_t element = 0; element < elements; ++element)
        list.push_back((*formats.formats)[static_cast<size_t>(from(element))]);
    return FormatMap(std::move(list));
}

bool TensorOps::conforms(const Placed& value, const Type& type, const std::string& name) {
    if (is_poison(value.value)) return true;
    if (!need_tensor(value)) return false;
    const Shape& shape = shape_of(value.value);
    if (shape != *type.shape) {
        report(error(code::bad_shape, value.span, "`" + name + "` is " + shape_text(shape))
                   .with_place(type.span, "declared " + shape_text(*type.shape)));
        return false;
    }
    const auto* formats = std::get_if<Formats>(&type.element);
    if (!formats) return true;
    const auto map = format_map(*formats, shape, type.span);
    if (!map) return false;
    if (const auto* variable = std::get_if<Variable>(&value.value)) {
        program_.declared.push_back(
            {variable->node, *map, type.span, value.span, name, source_text(value.span), type.asks});
        return true;
    }
    if (is_real(value.value)) {
        real_meets_variable(*this, value);
        return false;
    }
    const auto& constant = std::get<Constant>(value.value);
    const auto element = first_misfit(constant, *map);
    if (!element) return true;
    Format format = map->at(*element);
    if (format.overflow == Overflow::wrap) format.overflow = Overflow::sat;
    const std::string where = constant.is_scalar() ? "" : " at " + index_text(shape, *element);
    report(error(code::does_not_fit, type.span, "`" + name + "` does not fit the declared format")
               .with_place(value.span, "is " + constant.at(*element).to_string() + where)
               .with_rule("a declared format must hold every value exactly")
               .with_help("quantize it: `quantize(" + source_text(value.span) + ", " + format.to_string() + ")`" +
                          (map->is_uniform() && is_dyadic(constant)
                               ? ", or declare `" + holding(constant, map->at(0).kif).to_string() + "`"
                               : "")));
    return false;
}

}  // namespace dal::sema
