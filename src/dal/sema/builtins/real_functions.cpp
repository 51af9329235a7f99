#include "dal/sema/builtins/real_functions.hpp"

#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/real_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

constexpr int64_t real_cost = 8;  // of an operation on real numbers, in those on rational ones
constexpr int64_t max_real_shift = 4096;

std::string quoted(TensorOps& e, const Span& span) {
    const std::string text = e.source_text(span);
    return text.empty() || text == "…" ? "this" : "`" + text + "`";
}

/// A Constant or a real constant, as real numbers.
RealTensor as_real(const Value& value) {
    if (const auto* constant = std::get_if<Constant>(&value)) return RealTensor::of(*constant);
    return std::get<RealTensor>(value);
}

/// What a computation gave, or the report of why it gave nothing.
Value finished(TensorOps& e, RealTensorResult<RealTensor> result, const Shape& shape, const Span& span) {
    if (!result) return report_real(e, result.error(), shape, span);
    return std::visit(Overloaded{
                          [&](Constant constant) -> Value { return e.checked(std::move(constant), span); },
                          [](RealTensor tensor) -> Value { return tensor; },
                      },
                      normalized(std::move(*result)));
}

/// Whether both are constants; a variable beside a real constant is reported.
bool are_constants(TensorOps& e, const Placed& left, const Placed& right) {
    for (const auto& [one, other] : {std::pair(&left, &right), std::pair(&right, &left)}) {
        if (is_poison(one->value)) return false;
        if (std::holds_alternative<Variable>(one->value)) {
            if (is_real_constant(other->value)) {
                real_meets_variable(e, *other);
            } else {
                e.not_constant(*one, "real numbers are computed of constants; of variables, tables hold them");
            }
            return false;
        }
        if (std::holds_alternative<Constant>(one->value) || is_real_constant(one->value)) continue;
        e.wrong_kind(*one, "a constant");
        return false;
    }
    return true;
}

/// The argument v of a function, kept where the function has a value.
std::string where_defined(const std::string& function, const Format& format) {
    if (function == "sqrt" && format.kif.k) return "max(v, 0)";
    if (function == "log" || function == "log2") return "max(v, " + Dyadic(1, -int64_t{format.kif.f}).to_string() + ")";
    if (function == "asin" || function == "acos") return "clip(v, -1, 1)";
    return "v";
}

/// A function of a variable: a table does that.
Poison needs_table(TensorOps& e, const std::string& function, const Placed& x) {
    const std::string text = quoted(e, x.span);
    Diagnostic d = error(code::not_constant, x.span, text + " depends on an input")
                       .with_rule("`" + function + "` computes constants; of a variable, a table holds its values");
    const auto format = written_format(e, std::get<Variable>(x.value));
    const std::string argument = e.source_text(x.span);
    const std::string domain = format ? format->to_string() : "fixed(1, 3, 4)";
    d.help.push_back("above: `table " + function + "_table(v: " + domain + ") -> fixed(1, 3, 8, round: rnd, " +
                     "overflow: sat) = " + function + "(" +
                     where_defined(function, format.value_or(Format{{1, 3, 4}})) + ")`");
    d.help.push_back("here: `" + function + "_table(" +
                     (format ? argument : "quantize(" + argument + ", fixed(1, 3, 4, overflow: sat))") + ")`");
    return e.report(std::move(d));
}

template <RealFunction function>
Value call_function(TensorOps& e, const BuiltinCall& call) {
    return real_apply(e, function, call[0], call.span);
}
/// `pow` of a variable: a product, if the power is small.
Poison needs_product(TensorOps& e, const Placed& x, const Placed& power) {
    const auto* constant = std::get_if<Constant>(&power.value);
    int64_t n = 0;
    if (constant && constant->size() == 1)
        if (const auto integer = constant->at(0).to_int64()) n = *integer;
    constexpr int64_t most = 4;
    const std::string text = quoted(e, x.span);
    Diagnostic d = error(code::not_constant, x.span, text + " depends on an input")
                       .with_rule("`pow` computes constants; of a variable, multiply or use a table");
    if (n >= 2 && n <= most) {
        std::string factor = e.source_text(x.span);
        if (factor.find(' ') != std::string::npos) factor = "(" + factor + ")";
        std::string product = factor;
        for (int64_t j = 1; j < n; ++j) product += " * " + factor;
        d.help.push_back("`" + product + "`");
    }
    return e.report(std::move(d));
}

Value call_power(TensorOps& e, const BuiltinCall& call) {
    if (std::holds_alternative<Variable>(call[0].value)) return needs_product(e, call[0], call[1]);
    return real_elementwise(e, RealOp::pow, call[0], call[1], call.span);
}

template <RealOp op>
Value call_operation(TensorOps& e, const BuiltinCall& call) {
    return real_elementwise(e, op, call[0], call[1], call.span);
}

std::optional<Relation> relation_of(ast::BinaryOp op) {
    using ast::BinaryOp;
    switch (op) {
        case BinaryOp::eq: return Relation::eq;
        case BinaryOp::ne: return Relation::ne;
        case BinaryOp::lt:
        case BinaryOp::gt: return Relation::lt;
        case BinaryOp::le:
        case BinaryOp::ge: return Relation::le;
        case BinaryOp::add:
        case BinaryOp::sub:
        case BinaryOp::mul:
        case BinaryOp::div:
        case BinaryOp::mod:
        case BinaryOp::matmul:
        case BinaryOp::shift_left:
        case BinaryOp::shift_right:
        case BinaryOp::bit_and:
        case BinaryOp::bit_or:
        case BinaryOp::bit_xor:
        case BinaryOp::range: return std::nullopt;
    }
    internal_error("op", __FILE__, __LINE__, "no such operator");
}

Value compare(TensorOps& e, Relation relation, const Placed& left, const Placed& right, const Span& span) {
    if (!are_constants(e, left, right)) return Poison{};
    const auto shape = e.broadcast_shape(e.shape_of(left.value), e.shape_of(right.value), span);
    if (!shape || !e.charge(real_cost * element_count(*shape), span)) return Poison{};
    auto result = compared(relation, as_real(left.value), as_real(right.value), *shape);
    if (!result) return report_real(e, result.error(), *shape, span);
    return std::move(*result);
}

Value shift(TensorOps& e, const Placed& left, const Placed& right, bool to_the_left, const Span& span) {
    const auto amount = e.integer(right, "a shift amount", -max_real_shift, max_real_shift);
    if (!amount) return Poison{};
    const Rational factor = Dyadic(Int(1), to_the_left ? *amount : -*amount);
    return real_elementwise(e, RealOp::mul, left, {Constant::scalar(factor), right.span}, span);
}

}  // namespace

const std::vector<Builtin>& real_builtins() {
    static const std::vector<Builtin> list{
        {"exp", {{"x"}}, "e^x, of constants and in tables", call_function<RealFunction::exp>},
        {"exp2", {{"x"}}, "2^x", call_function<RealFunction::exp2>},
        {"log", {{"x"}}, "natural logarithm", call_function<RealFunction::log>},
        {"log2", {{"x"}}, "logarithm to base 2", call_function<RealFunction::log2>},
        {"sqrt", {{"x"}}, "square root", call_function<RealFunction::sqrt>},
        {"pow", {{"a"}, {"b"}}, "a^b; a negative `a` needs an integer b", call_power},
        {"sin", {{"x"}}, "sine", call_function<RealFunction::sin>},
        {"cos", {{"x"}}, "cosine", call_function<RealFunction::cos>},
        {"tan", {{"x"}}, "tangent", call_function<RealFunction::tan>},
        {"asin", {{"x"}}, "inverse sine", call_function<RealFunction::asin>},
        {"acos", {{"x"}}, "inverse cosine", call_function<RealFunction::acos>},
        {"atan", {{"x"}}, "inverse tangent", call_function<RealFunction::atan>},
        {"atan2", {{"y"}, {"x"}}, "the angle of the point (x, y), in (-pi, pi]", call_operation<RealOp::atan2>},
        {"sinh", {{"x"}}, "hyperbolic sine", call_function<RealFunction::sinh>},
        {"cosh", {{"x"}}, "hyperbolic cosine", call_function<RealFunction::cosh>},
        {"tanh", {{"x"}}, "hyperbolic tangent", call_function<RealFunction::tanh>},
        {"sigmoid", {{"x"}}, "1 / (1 + exp(-x))", call_function<RealFunction::sigmoid>},
        {"erf", {{"x"}}, "the error function", call_function<RealFunction::erf>},
    };
    return list;
}

std::optional<Format> written_format(TensorOps& e, const Variable& variable) {
    const Node* node = &e.graph()[variable.node];
    while (std::holds_alternative<op::Move>(node->operation) && node->operands.size() == 1)
        node = &e.graph()[node->operands.front()];
    const FormatMap* formats = nullptr;
    if (const auto* quantize = std::get_if<op::Quantize>(&node->operation)) formats = &quantize->formats;
    if (const auto* input = std::get_if<op::Input>(&node->operation); input && !input->real) formats = &input->formats;
    if (!formats || !formats->is_uniform()) return std::nullopt;
    return Format{formats->at(0).kif};
}

Value real_pi() { return RealTensor::scalar(Real::pi()); }

Value real_e() { return RealTensor::scalar(apply(RealFunction::exp, Real(Rational(1))).value()); }

bool is_real_constant(const Value& value) { return std::holds_alternative<RealTensor>(value); }

Value real_binary(TensorOps& e, ast::BinaryOp op, const Placed& left, const Placed& right, const Span& span) {
    using ast::BinaryOp;
    switch (op) {
        case BinaryOp::add: return real_elementwise(e, RealOp::add, left, right, span);
        case BinaryOp::sub: return real_elementwise(e, RealOp::sub, left, right, span);
        case BinaryOp::mul: return real_elementwise(e, RealOp::mul, left, right, span);
        case BinaryOp::div: return real_elementwise(e, RealOp::div, left, right, span);
        case BinaryOp::shift_left: return shift(e, left, right, true, span);
        case BinaryOp::shift_right: return shift(e, left, right, false, span);
        case BinaryOp::eq:
        case BinaryOp::ne:
        case BinaryOp::lt:
        case BinaryOp::le: return compare(e, *relation_of(op), left, right, span);
        case BinaryOp::gt:
        case BinaryOp::ge: return compare(e, *relation_of(op), right, left, span);
        case BinaryOp::mod:
        case BinaryOp::matmul:
        case BinaryOp::bit_and:
        case BinaryOp::bit_or:
        case BinaryOp::bit_xor:
        case BinaryOp::range: break;
    }
    const Placed& real = is_real_constant(left.value) ? left : right;
    return e.report(error(code::wrong_kind, span, quoted(e, real.span) + " is a real constant")
                        .with_rule("`" + std::string(ast::to_string(op)) + "` is for rational numbers")
                        .with_help("quantize it: `quantize(" + e.source_text(real.span) + ", " +
                                   suggested_format(std::get<RealTensor>(real.value)).to_string() + ")`"));
}

Value real_elementwise(TensorOps& e, RealOp op, const Placed& left, const Placed& right, const Span& span) {
    if (!are_constants(e, left, right)) return Poison{};
    const auto shape = e.broadcast_shape(e.shape_of(left.value), e.shape_of(right.value), span);
    if (!shape || !e.charge(real_cost * element_count(*shape), span)) return Poison{};
    return finished(e, elementwise(op, as_real(left.value), as_real(right.value), *shape), *shape, span);
}

Value real_negate(TensorOps& e, const Placed& operand, const Span& span) {
    const RealTensor& x = std::get<RealTensor>(operand.value);
    if (!e.charge(real_cost * x.size(), span)) return Poison{};
    return finished(e, negated(x), x.shape, span);
}

Value real_abs(TensorOps& e, const Placed& operand, const Span& span) {
    const RealTensor& x = std::get<RealTensor>(operand.value);
    if (!e.charge(real_cost * x.size(), span)) return Poison{};
    return finished(e, absolute(x), x.shape, span);
}

Value real_apply(TensorOps& e, RealFunction function, const Placed& x, const Span& span) {
    if (is_poison(x.value)) return Poison{};
    if (std::holds_alternative<Variable>(x.value)) return needs_table(e, std::string(to_string(function)), x);
    if (!std::holds_alternative<Constant>(x.value) && !is_real_constant(x.value)) return e.wrong_kind(x, "a constant");
    const RealTensor argument = as_real(x.value);
    if (!e.charge(real_cost * argument.size(), span)) return Poison{};
    return finished(e, apply(function, argument), argument.shape, span);
}

Value real_quantize(TensorOps& e, const Placed& x, const FormatMap& formats, const Span& span) {
    const RealTensor& tensor = std::get<RealTensor>(x.value);
    if (!e.charge(real_cost * tensor.size(), span)) return Poison{};
    auto result = quantized(tensor, formats);
    if (!result) return report_real(e, result.error(), tensor.shape, x.span);
    return std::move(*result);
}

Poison real_meets_variable(TensorOps& e, const Placed& real) {
    const RealTensor& tensor = std::get<RealTensor>(real.value);
    const std::string what = quoted(e, real.span);
    Diagnostic d = error(code::unquantized_constant, real.span,
                         what + " is " + (tensor.is_scalar() ? tensor.at(0).to_string() : "a tensor of real numbers"))
                       .with_rule("a real constant is quantized before it meets a variable");
    if (what != "this")
        d.help.push_back("choose its precision: `quantize(" + e.source_text(real.span) + ", " +
                         suggested_format(tensor).to_string() + ")`");
    return e.report(std::move(d));
}

Poison report_real(TensorOps& e, const RealElementProblem& problem, const Shape& shape, const Span& span) {
    const std::string message =
        problem.problem.message + (shape.empty() ? "" : " at " + index_text(shape, problem.element));
    switch (problem.problem.kind) {
        case RealProblem::Kind::domain:
            return e.report(error(code::undefined_value, span, message).with_rule(problem.problem.rule));
        case RealProblem::Kind::division_by_zero: return e.report(error(code::division_by_zero, span, message));
        case RealProblem::Kind::undecided:
            return e.report(error(code::cannot_decide, span, message)
                                .with_rule("a result is rounded correctly, or not at all; numbers that are equal by an "
                                           "identity that dal does not know are never told apart")
                                .with_help("simplify the expression, or write the exact value"));
        case RealProblem::Kind::too_large:
            return e.report(
                error(code::bad_constant, span, message)
                    .with_rule("rational numbers have at most 16384 bits, real ones are at most 1000 operations deep"));
    }
    internal_error("kind", __FILE__, __LINE__, "no such problem");
}

}  // namespace dal::sema
