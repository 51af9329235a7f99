// The built-in functions `lookup` and `thresholds`.
#include <algorithm>

#include "dal/sema/tables/table_entries.hpp"
#include "dal/sema/tables/table_functions.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal::sema {
namespace {

/// Don't-care entries take the value of the nearest entry below that matters, else above: deterministic, and runs of
/// equal entries make small logic. A table without any that matters is 0.
void fill(std::span<Rational> entries, const std::function<bool(size_t)>& matters) {
    std::optional<Rational> last;
    for (size_t j = 0; j < entries.size(); ++j) {
        if (!matters(j)) continue;
        if (!last) std::fill(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(j), entries[j]);
        last = entries[j];
        for (size_t next = j + 1; next < entries.size() && !matters(next); ++next) entries[next] = *last;
    }
    if (!last) std::fill(entries.begin(), entries.end(), Rational());
}

Value call_lookup(TensorOps& e, const BuiltinCall& call) {
    const Placed& x = call[0];
    const Placed& data = call[1];
    if (is_poison(x.value) || is_poison(data.value) || is_poison(call[2].value)) return Poison{};
    const auto formats = e.formats_of(call[2]);
    if (!formats) return Poison{};
    const auto kif = uniform_kif(e, *formats, call[2].span);
    if (!kif || !check_entries(e, kif->width(), call[2].span)) return Poison{};
    if (std::holds_alternative<Variable>(data.value))
        return e.not_constant(data, "the entries of a table are constants");
    if (!e.need_tensor(data)) return Poison{};
    const Constant* known = exact_entries(
        e, data, "say how they are rounded: `quantize(" + e.source_text(data.span) + ", fixed(1, 3, 8, round: rnd))`");
    if (!known) return Poison{};
    const int64_t size = int64_t{1} << kif->width();
    if (known->shape.empty() || known->shape.back() != size)
        return e.report(error(code::bad_shape, data.span, "entries are of shape " + to_string(known->shape))
                            .with_place(call[2].span, "this format has " + std::to_string(size) + " values")
                            .with_rule("the last axis holds one entry for each value of the format, ascending"));
    Constant entries = *known;
    if (call.arguments[3]) {
        const Placed& care = *call.arguments[3];
        if (is_poison(care.value)) return Poison{};
        if (std::holds_alternative<Variable>(care.value)) return e.not_constant(care, "`care` is constant");
        const auto* mask = std::get_if<Constant>(&care.value);
        if (!mask) return e.wrong_kind(care, "a constant: 0 for the entries that do not matter");
        if (broadcast(mask->shape, entries.shape) != entries.shape)
            return e.report(error(code::bad_shape, care.span,
                                  "`care` of shape " + to_string(mask->shape) + " does not broadcast to " +
                                      to_string(entries.shape))
                                .with_rule("there is one number for each entry"));
        std::vector<Rational> values = *entries.values;
        const BroadcastMap from(mask->shape, entries.shape);
        for (int64_t at = 0; at < entries.size(); at += size)
            fill(std::span(values).subspan(static_cast<size_t>(at), static_cast<size_t>(size)),
                 [&](size_t j) { return !mask->at(from(at + static_cast<int64_t>(j))).is_zero(); });
        entries = Constant::of(entries.shape, std::move(values));
    }
    if (!check_argument(e, x, *kif, "lookup", call[2].span)) return Poison{};
    const Shape tables(entries.shape.begin(), entries.shape.end() - 1);
    const Shape x_shape = e.shape_of(x.value);
    const auto shape = e.broadcast_shape(tables, x_shape, call.span);
    if (!shape || !e.charge(element_count(*shape) + entries.size(), call.span)) return Poison{};
    Placed argument = x;
    if (*shape != x_shape)
        argument.value = e.move("broadcast_to", broadcast_to(x_shape, *shape), std::span(&x, 1), call.span);
    if (is_poison(argument.value)) return Poison{};
    const BroadcastMap table_of(tables, *shape);
    const int64_t elements = element_count(*shape);
    if (const auto* constant = std::get_if<Constant>(&argument.value)) {
        std::vector<Rational> values;
        values.reserve(static_cast<size_t>(elements));
        for (int64_t element = 0; element < elements; ++element)
            values.push_back(entries.at(table_of(element) * size + position(constant->at(element), *kif)));
        return Constant::of(*shape, std::move(values));
    }
    op::Table operation;
    operation.first = kif->min_code();
    operation.f = kif->f;
    operation.size = size;
    operation.entries = std::make_shared<const std::vector<Dyadic>>(dyadic_values(entries));
    if (element_count(tables) > 1) {
        operation.which.reserve(static_cast<size_t>(elements));
        for (int64_t element = 0; element < elements; ++element)
            operation.which.push_back(static_cast<uint32_t>(table_of(element)));
    }
    return Variable{e.graph().table(std::move(operation), std::get<Variable>(argument.value).node, call.span)};
}

/// base + step · (how many levels are reached), a comparison for each level.
Value call_thresholds(TensorOps& e, const BuiltinCall& call) {
    const Placed& x = call[0];
    const Placed& levels = call[1];
    if (is_poison(x.value) || is_poison(levels.value) || !e.need_tensor(x) || !e.need_tensor(levels)) return Poison{};
    const auto below = call.arguments[4] ? e.truth(*call.arguments[4], "`below`") : std::optional(false);
    if (!below) return Poison{};
    if (e.shape_of(levels.value).empty())
        return e.report(error(code::bad_shape, levels.span, "`levels` is a scalar")
                            .with_rule("`levels` has an axis of levels, which is its last")
                            .with_help("`[" + e.source_text(levels.span) + "]`"));
    Shape column = e.shape_of(x.value);
    column.push_back(1);
    Placed value{e.move("reshape", reshape(e.shape_of(x.value), column), std::span(&x, 1), call.span), x.span};
    value.value = e.binary(*below ? ast::BinaryOp::le : ast::BinaryOp::ge, value, levels, call.span);
    value.span = call.span;
    if (is_poison(value.value)) return Poison{};
    value.value = e.einsum({Text{"...j->..."}, call.span}, std::span(&value, 1), call.span);
    if (call.arguments[3]) value.value = e.binary(ast::BinaryOp::mul, value, *call.arguments[3], call.span);
    if (call.arguments[2]) value.value = e.binary(ast::BinaryOp::add, value, *call.arguments[2], call.span);
    return value.value;
}

}  // namespace

const std::vector<Builtin>& table_builtins() {
    static const std::vector<Builtin> list{
        {"lookup",
         {{"x"}, {"entries"}, {"format"}, {"care", "1"}},
         "the entry for each value of a format, ascending along the last axis; where `care` is 0, any will do",
         call_lookup},
        {"thresholds",
         {{"x"}, {"levels"}, {"base", "0"}, {"step", "1"}, {"below", "false"}},
         "base + step * (how many levels x reaches), levels along the last axis; `below: true` counts those that "
         "x does not exceed",
         call_thresholds},
    };
    return list;
}

}  // namespace dal::sema
