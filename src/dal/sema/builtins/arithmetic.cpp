// Arithmetic: element by element, and einsum.
#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/builtins/real_functions.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/constant_codes.hpp"

namespace dal::sema {
namespace {

Placed number(int value, const Span& span) { return {Constant::scalar(value), span}; }

Value call_einsum(TensorOps& e, const BuiltinCall& call) {
    if (call.rest.empty())
        return e.report(error(code::bad_arguments, call.span, "this call of `einsum` has no operands")
                            .with_rule("it is `einsum(\"i,io->o\", a, b)`, with any number of operands"));
    return e.einsum(call[0], call.rest, call.span);
}

Value call_relu(TensorOps& e, const BuiltinCall& call) { return e.relu(call[0], call.span); }

Value call_abs(TensorOps& e, const BuiltinCall& call) {
    const Placed& x = call[0];
    if (!e.need_tensor(x)) return Poison{};
    if (is_real(x.value)) return real_abs(e, x, call.span);
    if (!e.charge(element_count(e.shape_of(x.value)), call.span)) return Poison{};
    if (const auto* constant = std::get_if<Constant>(&x.value)) return absolute(*constant);
    return Variable{e.graph().abs(std::get<Variable>(x.value).node, call.span)};
}

Value call_clip(TensorOps& e, const BuiltinCall& call) {
    const Placed raised{e.elementwise(ConstantOp::max, call[0], call[1], call.span), call.span};
    return e.elementwise(ConstantOp::min, raised, call[2], call.span);
}

Value call_select(TensorOps& e, const BuiltinCall& call) { return e.select(call[0], call[1], call[2], call.span); }

Value call_sign(TensorOps& e, const BuiltinCall& call) {
    const Placed positive{e.binary(ast::BinaryOp::gt, call[0], number(0, call.span), call.span), call.span};
    const Placed negative{e.binary(ast::BinaryOp::lt, call[0], number(0, call.span), call.span), call.span};
    return e.binary(ast::BinaryOp::sub, positive, negative, call.span);
}

Value call_is_negative(TensorOps& e, const BuiltinCall& call) {
    return e.binary(ast::BinaryOp::lt, call[0], number(0, call.span), call.span);
}

/// The bits of a variable before the point, which are those of its floor.
Value floor_of(TensorOps& e, const Placed& x, const Span& span) {
    return e.binary(ast::BinaryOp::bit_and, x, number(-1, span), span);
}

/// To the nearest integer, ties to the even one: floor(x + 1/2), less 1 where that is odd and x is a tie.
Value nearest_of(TensorOps& e, const Placed& x, const Span& span) {
    const auto binary = [&](ast::BinaryOp op, const Value& a, const Value& b) {
        return e.binary(op, {a, span}, {b, span}, span);
    };
    const Value up = binary(ast::BinaryOp::add, x.value, Constant::scalar(Rational(Dyadic(1, -1))));
    const Value floor = floor_of(e, {up, span}, span);
    const Value is_tie = binary(ast::BinaryOp::eq, up, floor);
    return binary(ast::BinaryOp::sub, floor, binary(ast::BinaryOp::bit_and, is_tie, floor));
}

/// floor and round.
template <Round round>
Value call_rounded(TensorOps& e, const BuiltinCall& call) {
    const Placed& x = call[0];
    if (!e.need_tensor(x)) return Poison{};
    if (!e.charge(element_count(e.shape_of(x.value)), call.span)) return Poison{};
    if (const auto* constant = std::get_if<Constant>(&x.value)) return rounded(*constant, round);
    if (is_real(x.value)) {
        constexpr int enough_bits = 8192;
        return real_quantize(e, x, FormatMap(Format{Kif(true, enough_bits, 0), round, Overflow::sat}), call.span);
    }
    return round == Round::trn ? floor_of(e, x, call.span) : nearest_of(e, x, call.span);
}

Value call_ceil(TensorOps& e, const BuiltinCall& call) {
    const Placed negative{e.unary(ast::UnaryOp::negate, call[0], call.span), call[0].span};
    if (is_poison(negative.value)) return Poison{};
    const std::optional<Placed> arguments[] = {negative};
    const Value floor = call_rounded<Round::trn>(e, {arguments, {}, call.span, call.scope});
    return is_poison(floor) ? floor : e.unary(ast::UnaryOp::negate, {floor, call.span}, call.span);
}

}  // namespace

const std::vector<Builtin>& arithmetic_builtins() {
    static const std::vector<Builtin> list{
        {"einsum",
         {"equation", rest("operands")},
         "sum of products over named axes: \"i,io->o\"; `...` names leading axes that broadcast",
         call_einsum},
        {"relu", {"x"}, "max(x, 0)", call_relu},
        {"abs", {"x"}, "x without its sign", call_abs},
        {"sign", {"x"}, "-1, 0 or 1", call_sign},
        {"is_negative", {"x"}, "1 where x < 0, else 0: the sign bit", call_is_negative},
        {"clip", {"x", "lo", "hi"}, "min(max(x, lo), hi)", call_clip},
        {"select", {"condition", "a", "b"}, "a where the condition is not 0, else b; all three broadcast", call_select},
        {"floor", {"x"}, "the greatest integer that is not above x", call_rounded<Round::trn>},
        {"ceil", {"x"}, "the least integer that is not below x", call_ceil},
        {"round", {"x"}, "the nearest integer, ties to even", call_rounded<Round::rnd_conv>},
    };
    return list;
}

}  // namespace dal::sema
