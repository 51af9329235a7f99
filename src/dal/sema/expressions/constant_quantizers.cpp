#include "dal/sema/expressions/constant_quantizers.hpp"

#include <algorithm>

#include "dal/numeric/interval.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/sema/builtins/real_functions.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/format_codes.hpp"

namespace dal::sema {
namespace {

/// Fractional bits of stand-ins: more than any of the formats keeps, and enough to tell how far rounding goes.
int finer_than(const FormatMap& formats) {
    constexpr int more = 64;
    int f = 0;
    for (size_t j = 0; j < formats.size(); ++j) f = std::max(f, formats.at(static_cast<int64_t>(j)).kif.f);
    return f + more;
}

/// Keeps the call of `quantize` for those who ask how much is lost (ElaborateOptions::constant_quantizers).
void record(TensorOps& e, const Shape& shape, const std::vector<Rational>& meant, const Formats& formats,
            const FormatMap& map, const Span& format, const Span& span) {
    const int64_t f = finer_than(map);
    std::vector<Dyadic> values;
    values.reserve(meant.size());
    for (const Rational& number : meant) values.push_back(number.stand_in(f));
    Graph& graph = e.program().constant_quantizers;
    graph.set_calls(e.graph().call(), e.graph().entry());
    const NodeId constant = graph.constant(shape, std::move(values), span);
    const NodeId quantizer = graph.quantize(constant, map, span).value();
    if (e.written()) e.written()->constant_quantizer(quantizer, formats, shape, format);
}

}  // namespace

Value quantize_constant(TensorOps& e, const Placed& x, const Formats& formats, const FormatMap& map, const Span& format,
                        const Span& span) {
    const auto* constant = std::get_if<Constant>(&x.value);
    Value value = constant ? Value(quantized(*constant, map)) : real_quantize(e, x, map, span);
    auto* result = std::get_if<Constant>(&value);
    const ElaborateOptions& options = e.options();
    if (!result || !(options.meant_constants || options.constant_quantizers) || e.in_test()) return value;
    // What it rounds, and what it was before anything was rounded.
    std::vector<Rational> operand;
    if (constant) {
        operand = *constant->values;
        result->meant = constant->as_meant().values;
    } else if (auto numbers = stand_ins(std::get<RealTensor>(x.value), finer_than(map))) {
        operand = std::move(*numbers);
        result->meant = std::make_shared<const std::vector<Rational>>(operand);
    }
    if (options.constant_quantizers && !operand.empty()) record(e, result->shape, operand, formats, map, format, span);
    return value;
}

Placed in_place(TensorOps& e, const Placed& placed, Place place) {
    const auto* constant = std::get_if<Constant>(&placed.value);
    if (!constant || !constant->is_float) return placed;
    auto format = e.places().find(place);
    if (!format) format = e.places().find(Place::weight);
    if (!format) return placed;
    const auto map = e.format_map(std::get<Formats>(format->value), constant->shape, format->span);
    if (!map) return {Poison{}, placed.span};
    if (!first_misfit(*constant, *map)) return placed;
    for (int64_t element = 0; element < constant->size(); ++element) {
        const Format& wanted = map->at(element);
        if (wanted.overflow != Overflow::wrap) continue;
        const Int code = round_code(constant->at(element), wanted.kif.f, wanted.round);
        if (code >= wanted.kif.min_code() && code <= wanted.kif.max_code()) continue;
        const Format saturated{wanted.kif, wanted.round, Overflow::sat};
        const std::string text = e.source_text(placed.span);
        return {
            e.report(error(code::does_not_fit, placed.span,
                           (text.empty() ? "the constant" : "`" + text + "`") +
                               (constant->is_scalar() ? "" : " at " + index_text(constant->shape, element)) + " is " +
                               constant->at(element).shown() + ", which " + wanted.kif.to_string() + " does not hold")
                         .with_place(format->span, "the format of this `with`")
                         .with_rule("floating-point numbers of a file take the format of the place `weight`, or "
                                    "`bias` where they are added; there they are rounded, but do not wrap")
                         .with_help("`" + saturated.to_string() + "`, or more integer bits")),
            placed.span};
    }
    const auto& formats = std::get<Formats>(format->value);
    return {quantize_constant(e, placed, formats, *map, format->span, placed.span), placed.span};
}

}  // namespace dal::sema
