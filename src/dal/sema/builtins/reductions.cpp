// What combines elements along axes: sum, max, argmax, sort, …; min and max of several tensors are here too.
#include <algorithm>

#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/values/value_builder.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal::sema {
namespace {

/// The arguments `axis` and `keep`.
std::optional<Reduced> reduced(TensorOps& e, const std::optional<Placed>& axis, const std::optional<Placed>& keep) {
    Reduced result;
    if (axis) {
        auto axes = e.integers(*axis, "an axis");
        if (!axes) return std::nullopt;
        if (axes->empty()) {
            e.report(error(code::bad_arguments, axis->span, "no axis").with_rule("without `axis`, all are reduced"));
            return std::nullopt;
        }
        result.axes = std::move(*axes);
    }
    if (keep) {
        const auto kept = e.truth(*keep, "`keep`");
        if (!kept) return std::nullopt;
        result.keep = *kept;
    }
    return result;
}

/// A function of x, axis and keep.
template <class Compose>
Value reduction(TensorOps& e, const Placed& x, const std::optional<Placed>& axis, const std::optional<Placed>& keep,
                const Span& span, Compose&& compose) {
    if (!e.need_tensor(x)) return Poison{};
    const auto which = reduced(e, axis, keep);
    if (!which) return Poison{};
    ValueBuilder builder(e, span);
    return builder.result(compose(builder, x, *which));
}

Value call_sum(TensorOps& e, const BuiltinCall& call) {
    return reduction(e, call[0], call.arguments[1], call.arguments[2], call.span,
                     [](auto& b, const Placed& x, const Reduced& r) { return sum(b, x, r); });
}

Value call_prod(TensorOps& e, const BuiltinCall& call) {
    return reduction(e, call[0], call.arguments[1], call.arguments[2], call.span,
                     [](auto& b, const Placed& x, const Reduced& r) {
                         return reduce(b, x, r, "prod", [&](const Placed& l, const Placed& m) { return b.mul(l, m); });
                     });
}

Value call_any(TensorOps& e, const BuiltinCall& call) {
    return reduction(e, call[0], call.arguments[1], call.arguments[2], call.span,
                     [](auto& b, const Placed& x, const Reduced& r) { return any(b, x, r); });
}

Value call_all(TensorOps& e, const BuiltinCall& call) {
    return reduction(e, call[0], call.arguments[1], call.arguments[2], call.span,
                     [](auto& b, const Placed& x, const Reduced& r) { return all(b, x, r); });
}

Value call_argmax(TensorOps& e, const BuiltinCall& call) {
    return reduction(e, call[0], call.arguments[1], call.arguments[2], call.span,
                     [](auto& b, const Placed& x, const Reduced& r) { return argmax(b, x, r); });
}

Value call_argmin(TensorOps& e, const BuiltinCall& call) {
    return reduction(e, call[0], call.arguments[1], call.arguments[2], call.span,
                     [](auto& b, const Placed& x, const Reduced& r) { return argmin(b, x, r); });
}

Value call_mean(TensorOps& e, const BuiltinCall& call) {
    const Placed total{call_sum(e, call), call.span};
    if (is_poison(total.value)) return Poison{};
    const int64_t count = element_count(e.shape_of(call[0].value)) / element_count(e.shape_of(total.value));
    const Placed divisor{Constant::scalar(Rational(Dyadic(Int(count)))), call.span};
    if (!std::holds_alternative<Variable>(total.value)) return e.binary(ast::BinaryOp::div, total, divisor, call.span);
    if ((count & (count - 1)) != 0) {
        std::string text = e.source_text(call.span);
        if (text.starts_with("mean")) text.replace(0, 4, "sum");
        const Kif precision = suggested_format(Constant::scalar(Rational(Dyadic(1), Int(count))));
        return e.report(error(code::not_dyadic, call.span, "the mean of " + std::to_string(count) + " elements")
                            .with_rule("the mean of variables is exact: their number is a power of two")
                            .with_help("choose the precision: `" + text + " * quantize(1 / " + std::to_string(count) +
                                       ", " + precision.to_string() + ")`"));
    }
    int64_t bits = 0;
    while ((int64_t{1} << bits) < count) ++bits;
    return bits == 0 ? total.value : e.shift(total, -bits, call.span);
}

/// max and min: of several tensors element by element, of one along its axes.
Value extreme(TensorOps& e, const BuiltinCall& call, bool greatest) {
    const auto& axis = call.arguments[2];
    const auto& keep = call.arguments[3];
    if (call.rest.empty())
        return reduction(e, call[0], axis, keep, call.span, [&](auto& b, const Placed& x, const Reduced& r) {
            return greatest ? reduce_max(b, x, r) : reduce_min(b, x, r);
        });
    if (axis || keep) {
        const std::string name = greatest ? "max" : "min";
        return e.report(error(code::bad_arguments, axis ? axis->span : keep->span, "an axis for several tensors")
                            .with_rule("`" + name + "(x, axis: 0)` is along an axis of one tensor, `" + name +
                                       "(a, b)` element by element"));
    }
    Placed result = call[0];
    for (const Placed& other : call.rest)
        result = {e.elementwise(greatest ? ConstantOp::max : ConstantOp::min, result, other, call.span), call.span};
    return result.value;
}

Value call_max(TensorOps& e, const BuiltinCall& call) { return extreme(e, call, true); }
Value call_min(TensorOps& e, const BuiltinCall& call) { return extreme(e, call, false); }

/// An axis of x, not negative.
std::optional<int64_t> axis_of(TensorOps& e, const Placed& x, const std::optional<Placed>& axis, int64_t otherwise) {
    const auto rank = static_cast<int64_t>(e.shape_of(x.value).size());
    const auto given = axis ? e.integer(*axis, "an axis") : std::optional(otherwise);
    if (!given) return std::nullopt;
    if (*given >= -rank && *given < rank) return *given < 0 ? *given + rank : *given;
    e.report(error(code::bad_shape, axis ? axis->span : x.span,
                   "axis " + std::to_string(*given) + " of a tensor with " + std::to_string(rank) +
                       (rank == 1 ? " axis" : " axes")));
    return std::nullopt;
}

Value call_sort(TensorOps& e, const BuiltinCall& call) {
    const Placed& x = call[0];
    if (!e.need_tensor(x)) return Poison{};
    const auto axis = axis_of(e, x, call.arguments[1], -1);
    const auto descending = call.arguments[2] ? e.truth(*call.arguments[2], "`descending`") : std::optional(false);
    if (!axis || !descending) return Poison{};
    const Shape& shape = e.shape_of(x.value);
    if (const auto* constant = std::get_if<Constant>(&x.value)) {
        constexpr int64_t comparisons = 8;  // about log2 of the extent, of an element
        if (!e.charge(comparisons * element_count(shape), call.span)) return Poison{};
        return sorted(*constant, static_cast<size_t>(*axis), *descending);
    }
    // The network has log2(n)·(log2(n) + 1) / 2 steps of up to n / 2 comparators.
    int64_t levels = 0;
    while ((int64_t{1} << levels) < shape[static_cast<size_t>(*axis)]) ++levels;
    if (!e.charge(element_count(shape) * levels * (levels + 1) / 2, call.span)) return Poison{};
    ValueBuilder builder(e, call.span);
    return builder.result(sort(builder, x, *axis, *descending));
}

Value call_cumsum(TensorOps& e, const BuiltinCall& call) {
    const Placed& x = call[0];
    if (!e.need_tensor(x)) return Poison{};
    const auto axis = axis_of(e, x, call.arguments[1], -1);
    if (!axis) return Poison{};
    const int64_t count = e.shape_of(x.value)[static_cast<size_t>(*axis)];
    ValueBuilder builder(e, call.span);
    const auto slice = [&](const Placed& of, std::optional<int64_t> first, std::optional<int64_t> last) {
        std::vector<Subscript> parts(static_cast<size_t>(*axis));
        Subscript part;
        part.first = first;
        part.last = last;
        parts.push_back(part);
        return builder.move("slice", std::move(*subscript(builder.shape(of), parts)), {of});
    };
    // Sums of 1, 2, 4, … neighbours, each from two of half the length.
    Placed sums = x;
    for (int64_t reach = 1; reach < count; reach *= 2) {
        const Placed head = slice(sums, std::nullopt, reach);
        const Placed tail = builder.add(slice(sums, reach, std::nullopt), slice(sums, std::nullopt, count - reach));
        const Shape shapes[] = {builder.shape(head), builder.shape(tail)};
        sums = builder.move("concat", std::move(*concat(shapes, *axis)), {head, tail});
    }
    return builder.result(sums);
}

}  // namespace

const std::vector<Builtin>& reduction_builtins() {
    static const std::vector<Builtin> list{
        {"sum", {"x", {"axis", "all"}, {"keep", "false"}}, "the sum over axes", call_sum},
        {"mean", {"x", {"axis", "all"}, {"keep", "false"}}, "the mean; of variables, of 2^n elements", call_mean},
        {"prod", {"x", {"axis", "all"}, {"keep", "false"}}, "the product over axes", call_prod},
        {"max",
         {"x", rest("others"), {"axis", "all"}, {"keep", "false"}},
         "the largest: of several tensors element by element, of one over axes",
         call_max},
        {"min",
         {"x", rest("others"), {"axis", "all"}, {"keep", "false"}},
         "the smallest: of several tensors element by element, of one over axes",
         call_min},
        {"any", {"x", {"axis", "all"}, {"keep", "false"}}, "1 where an element is not 0", call_any},
        {"all", {"x", {"axis", "all"}, {"keep", "false"}}, "1 where no element is 0", call_all},
        {"argmax",
         {"x", {"axis", "all"}, {"keep", "false"}},
         "position of the largest; of equals the first",
         call_argmax},
        {"argmin",
         {"x", {"axis", "all"}, {"keep", "false"}},
         "position of the smallest; of equals the first",
         call_argmin},
        {"sort", {"x", {"axis", "-1"}, {"descending", "false"}}, "the elements along an axis in order", call_sort},
        {"cumsum", {"x", {"axis", "-1"}}, "sums of all elements up to each one", call_cumsum},
    };
    return list;
}

}  // namespace dal::sema
