// Bits of numbers, and numbers of bits.
#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal::sema {
namespace {

constexpr int64_t max_bits = 4096;

/// floor(x / 2^low) mod 2^count.
Value bit_field(TensorOps& e, const Placed& x, int64_t low, int64_t count, const Span& span) {
    const Placed shifted{
        low == 0 ? x.value
                 : e.binary(ast::BinaryOp::shift_right, x, {Constant::scalar(Rational(Dyadic(Int(low)))), span}, span),
        x.span};
    const Format field{Kif(false, static_cast<int>(count), 0), Round::trn, Overflow::wrap};
    const Formats formats{{}, std::make_shared<const std::vector<Format>>(std::vector<Format>{field})};
    return e.quantize(shifted, {formats, span}, span);
}

Value call_bits(TensorOps& e, const BuiltinCall& call) {
    const auto low = e.integer(call[1], "the lowest bit", -max_bits, max_bits);
    const auto count = e.integer(call[2], "a number of bits", 1, max_bits);
    if (!low || !count) return Poison{};
    return bit_field(e, call[0], *low, *count, call.span);
}

Value call_bit(TensorOps& e, const BuiltinCall& call) {
    const auto at = e.integer(call[1], "a bit", -max_bits, max_bits);
    if (!at) return Poison{};
    return bit_field(e, call[0], *at, 1, call.span);
}

/// 2^first, 2^(first + step), …
Constant powers(int64_t count, int64_t step) {
    std::vector<Rational> values;
    for (int64_t j = 0; j < count; ++j) values.emplace_back(Dyadic(Int(1), j * step));
    return Constant::of({count}, std::move(values));
}

Value call_to_bits(TensorOps& e, const BuiltinCall& call) {
    const auto count = e.integer(call[1], "a number of bits", 1, max_bits);
    if (!count || !e.need_tensor(call[0])) return Poison{};
    Shape shape = e.shape_of(call[0].value);
    shape.push_back(1);
    const Placed x[] = {call[0]};
    const Placed column{e.move("reshape", reshape(e.shape_of(call[0].value), shape), x, call.span), call[0].span};
    const Placed scaled{e.binary(ast::BinaryOp::mul, column, {powers(*count, -1), call.span}, call.span), call.span};
    return is_poison(scaled.value) ? Poison{} : bit_field(e, scaled, 0, 1, call.span);
}

Value call_from_bits(TensorOps& e, const BuiltinCall& call) {
    if (!e.need_tensor(call[0])) return Poison{};
    const Shape& shape = e.shape_of(call[0].value);
    if (shape.empty())
        return e.report(error(code::bad_shape, call[0].span, "from_bits of a scalar")
                            .with_rule("the last axis holds the bits, the least significant first"));
    if (shape.back() > max_bits)
        return e.report(
            error(code::program_too_large, call[0].span, "a number of " + std::to_string(shape.back()) + " bits")
                .with_rule("numbers are made of at most " + std::to_string(max_bits) + " bits"));
    const std::string rule = "`from_bits` takes bits, each 0 or 1";
    if (const auto* constant = std::get_if<Constant>(&call[0].value))
        for (int64_t at = 0; at < constant->size(); ++at)
            if (constant->at(at) != Rational(0) && constant->at(at) != Rational(1))
                return e.report(error(code::bad_constant, call[0].span,
                                      "a bit is " + constant->at(at).shown() + " at " + index_text(shape, at))
                                    .with_rule(rule));
    if (const auto* variable = std::get_if<Variable>(&call[0].value)) {
        const std::string text = e.source_text(call[0].span);
        e.program().declared.push_back({variable->node, FormatMap(Format{{false, 1, 0}}), call[0].span, call[0].span,
                                        text.empty() ? "a bit" : text, text.empty() ? "…" : text, false, rule});
    }
    const Placed operands[] = {call[0], {powers(shape.back(), 1), call.span}};
    return e.einsum({Text{"...j,j->..."}, call.span}, operands, call.span);
}

}  // namespace

const std::vector<Builtin>& bit_builtins() {
    static const std::vector<Builtin> list{
        {"bits", {"x", "low", "count"}, "floor(x / 2^low) mod 2^count: bits low, low + 1, … as an integer", call_bits},
        {"bit", {"x", "j"}, "bit j of x, 0 or 1: bits(x, j, 1)", call_bit},
        {"to_bits", {"x", "n"}, "bits 0 to n - 1 along a new last axis, the least significant first", call_to_bits},
        {"from_bits", {"b"}, "the integer whose bits the last axis holds, the least significant first", call_from_bits},
    };
    return list;
}

}  // namespace dal::sema
