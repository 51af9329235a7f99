// Operators: computed at once on constants, added to the graph otherwise.
#include <algorithm>

#include "dal/sema/builtins/real_functions.hpp"
#include "dal/sema/expressions/constant_quantizers.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/sema/values/shape_errors.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/real_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

constexpr int max_shift = 4096;

/// Of an operator that works element by element.
ConstantOp constant_operation(ast::BinaryOp op) {
    using ast::BinaryOp;
    switch (op) {
        case BinaryOp::add: return ConstantOp::add;
        case BinaryOp::sub: return ConstantOp::sub;
        case BinaryOp::mul: return ConstantOp::mul;
        case BinaryOp::div: return ConstantOp::div;
        case BinaryOp::mod: return ConstantOp::mod;
        case BinaryOp::bit_and: return ConstantOp::bit_and;
        case BinaryOp::bit_or: return ConstantOp::bit_or;
        case BinaryOp::bit_xor: return ConstantOp::bit_xor;
        case BinaryOp::eq: return ConstantOp::eq;
        case BinaryOp::ne: return ConstantOp::ne;
        case BinaryOp::lt: return ConstantOp::lt;
        case BinaryOp::le: return ConstantOp::le;
        case BinaryOp::gt: return ConstantOp::gt;
        case BinaryOp::ge: return ConstantOp::ge;
        case BinaryOp::matmul:
        case BinaryOp::range:
        case BinaryOp::shift_left:
        case BinaryOp::shift_right: break;
    }
    internal_error("op", __FILE__, __LINE__, "this operator is not computed element by element");
}

Result<NodeId> add_operation(Graph& graph, ConstantOp op, NodeId a, NodeId b, const Span& span) {
    switch (op) {
        case ConstantOp::add: return graph.add(a, b, span);
        case ConstantOp::sub: return graph.sub(a, b, span);
        case ConstantOp::mul: return graph.mul(a, b, span);
        case ConstantOp::min: return graph.min(a, b, span);
        case ConstantOp::max: return graph.max(a, b, span);
        case ConstantOp::eq: return graph.compare(Relation::eq, a, b, span);
        case ConstantOp::ne: return graph.compare(Relation::ne, a, b, span);
        case ConstantOp::lt: return graph.compare(Relation::lt, a, b, span);
        case ConstantOp::le: return graph.compare(Relation::le, a, b, span);
        case ConstantOp::gt: return graph.compare(Relation::lt, b, a, span);
        case ConstantOp::ge: return graph.compare(Relation::le, b, a, span);
        case ConstantOp::bit_and: return graph.bitwise(BitFunction::bit_and, a, b, span);
        case ConstantOp::bit_or: return graph.bitwise(BitFunction::bit_or, a, b, span);
        case ConstantOp::bit_xor: return graph.bitwise(BitFunction::bit_xor, a, b, span);
        case ConstantOp::div:
        case ConstantOp::mod: break;
    }
    internal_error("op", __FILE__, __LINE__, "constants are divided only");
}

bool is_comparison(ast::BinaryOp op) {
    using ast::BinaryOp;
    return op == BinaryOp::eq || op == BinaryOp::ne || op == BinaryOp::lt || op == BinaryOp::le || op == BinaryOp::gt ||
           op == BinaryOp::ge;
}
bool is_bitwise(ConstantOp op) {
    return op == ConstantOp::bit_and || op == ConstantOp::bit_or || op == ConstantOp::bit_xor;
}
bool is_division(ConstantOp op) { return op == ConstantOp::div || op == ConstantOp::mod; }

/// Whether a value of another kind is known to differ: what depends on an input is a mistake there.
bool is_comparable(const Value& value) {
    return std::visit(Overloaded{
                          [](const Constant&) { return true; },
                          [](const RealTensor&) { return true; },
                          [](const Formats&) { return true; },
                          [](const Text&) { return true; },
                          [](const Function&) { return true; },
                          [](const Builtin*) { return true; },
                          [](const TableRef&) { return true; },
                          [](const List&) { return true; },
                          [](const Round&) { return true; },
                          [](const Overflow&) { return true; },
                          [](const Poison&) { return false; },
                          [](const Variable&) { return false; },
                          [](const RealType&) { return false; },
                          [](const AnyType&) { return false; },
                          [](const Module*) { return false; },
                          [](const Members&) { return false; },
                          [](const Place&) { return false; },
                          [](const Dependent&) { return false; },
                      },
                      value);
}

/// How operands broadcast after all, if the axes of one are the first axes of the other.
std::optional<std::string> alignment(const TensorOps& e, const Placed& left, const Placed& right) {
    const Shape& a = e.shape_of(left.value);
    const Shape& b = e.shape_of(right.value);
    if (broadcast(a, b) || a.size() == b.size() || a.empty() || b.empty()) return std::nullopt;
    const Shape& few = a.size() < b.size() ? a : b;
    const Shape& many = a.size() < b.size() ? b : a;
    if (!std::equal(few.begin(), few.end(), many.begin())) return std::nullopt;
    std::string text = e.source_text((a.size() < b.size() ? left : right).span);
    if (!text.starts_with("(") && text.find_first_of(" +-*/%@<>=&|^!~") != std::string::npos) text = "(" + text + ")";
    for (size_t axis = few.size(); axis < many.size(); ++axis) text += axis == few.size() ? "[.., _" : ", _";
    return "to align its axes with the first ones: `" + text + "]`";
}

/// A function of a variable that a table holds: its name, the format of its entries up to the modes, its body.
struct TableOfVariable {
    std::string name;
    std::string format;
    std::string body;
};

/// Help that declares such a table, and multiplies with what it gives for `x`.
void add_table_help(TensorOps& e, const Placed& x, const TableOfVariable& table, const std::string& before,
                    Diagnostic& d) {
    const auto format = written_format(e, std::get<Variable>(x.value));
    const std::string domain = format ? format->to_string() : "fixed(1, 3, 4)";
    const std::string text = e.source_text(x.span);
    d.help.push_back("above: `table " + table.name + "(v: " + domain + ") -> " + table.format +
                     ", round: rnd, overflow: sat) = " + table.body + "`");
    d.help.push_back("here: `" + before + table.name + "(" +
                     (format ? text : "quantize(" + text + ", fixed(1, 3, 4, overflow: sat))") + ")`");
}

/// Reports operands that broadcast once their axes are aligned.
bool check_alignment(TensorOps& e, const Placed& left, const Placed& right, const Span& span) {
    const auto help = alignment(e, left, right);
    if (help) e.report(does_not_broadcast(e.shape_of(left.value), e.shape_of(right.value), span).with_help(*help));
    return !help;
}

/// j where value = 2^j, if it is a power of two.
std::optional<int64_t> power_of_two(const Constant& value) {
    if (value.size() != 1 || !value.at(0).is_dyadic() || value.at(0).numerator().mantissa() != Int(1))
        return std::nullopt;
    return value.at(0).numerator().exponent();
}

/// Whether 1 / value is a multiple of a power of two for all elements.
bool has_dyadic_reciprocals(const Constant& value) {
    return std::all_of(value.values->begin(), value.values->end(), [](const Rational& number) {
        const Int& mantissa = number.numerator().mantissa();
        return number.is_dyadic() && (mantissa == Int(1) || mantissa == Int(-1));
    });
}

}  // namespace

Value TensorOps::binary(ast::BinaryOp op, const Placed& left, const Placed& right, const Span& span) {
    using ast::BinaryOp;
    if (is_poison(left.value) || is_poison(right.value)) return Poison{};
    if (op == BinaryOp::eq || op == BinaryOp::ne)
        if (auto result = compare_kinds(op, left, right)) return *result;
    if (op == BinaryOp::range) return range(left, right, span);
    if (!need_tensor(left)) return Poison{};
    if (op == BinaryOp::shift_left || op == BinaryOp::shift_right) {
        if (is_real(left.value)) return real_binary(*this, op, left, right, span);
        if (std::holds_alternative<Variable>(right.value)) {
            const bool left_shift = op == BinaryOp::shift_left;
            Diagnostic d =
                error(code::not_constant, right.span, "`" + source_text(right.span) + "` depends on an input")
                    .with_rule("a shift amount is a constant integer");
            add_table_help(*this, right, {"power", "fixed(0, 8, 8", left_shift ? "pow(2, v)" : "pow(2, -v)"},
                           source_text(left.span) + " * ", d);
            return report(std::move(d));
        }
        const auto amount = integer(right, "a shift amount");
        if (!amount) return Poison{};
        // Out of range for shift() in either direction, and not negated out of 64 bits.
        if (*amount > max_shift || *amount < -max_shift) return shift(left, *amount, span);
        return shift(left, op == BinaryOp::shift_left ? *amount : -*amount, span);
    }
    if (!need_tensor(right)) return Poison{};
    if (op == BinaryOp::matmul) return matmul(left, right, span);
    const bool meet = std::holds_alternative<Variable>(left.value) != std::holds_alternative<Variable>(right.value);
    if (meet && is_comparison(op)) return compared(constant_operation(op), left, right, span);
    const Placed a = meeting(left, right);
    const Placed b = meeting(right, left);
    if (is_real(a.value) || is_real(b.value)) return real_binary(*this, op, a, b, span);
    return elementwise(constant_operation(op), a, b, span);
}

Value TensorOps::compared(ConstantOp op, const Placed& left, const Placed& right, const Span& span) {
    if (!check_alignment(*this, left, right, span)) return Poison{};
    const auto shape = broadcast_shape(shape_of(left.value), shape_of(right.value), span);
    if (!shape || !charge(element_count(*shape), span)) return Poison{};
    const auto node = [&](const Placed& operand) -> std::optional<NodeId> {
        if (std::holds_alternative<Variable>(operand.value)) return node_of(operand);
        std::vector<Rational> numbers;
        if (const auto* constant = std::get_if<Constant>(&operand.value)) {
            if (is_dyadic(*constant)) return node_of(operand);
            numbers = *constant->values;
        } else if (auto between = stand_ins(std::get<RealTensor>(operand.value), op::Constant::finest_compared)) {
            numbers = std::move(*between);
        } else {
            report_real(*this, between.error(), shape_of(operand.value), operand.span);
            return std::nullopt;
        }
        if (!charge(element_count(shape_of(operand.value)), operand.span)) return std::nullopt;
        return program_.graph.compared_constant(shape_of(operand.value), std::move(numbers), operand.span);
    };
    const auto x = node(left);
    const auto y = node(right);
    if (!x || !y) return Poison{};
    return from_result(add_operation(program_.graph, op, *x, *y, span));
}

Value TensorOps::elementwise(ConstantOp op, const Placed& first, const Placed& second, const Span& span) {
    if (is_poison(first.value) || is_poison(second.value)) return Poison{};
    if (!need_tensor(first) || !need_tensor(second)) return Poison{};
    const Placed left = meeting(first, second);
    const Placed right = meeting(second, first);
    if (is_real(left.value) || is_real(right.value)) {
        DAL_CHECK(op == ConstantOp::min || op == ConstantOp::max, "real constants have other operators");
        return real_elementwise(*this, op == ConstantOp::min ? RealOp::min : RealOp::max, left, right, span);
    }
    if (!check_alignment(*this, left, right, span)) return Poison{};
    const auto shape = broadcast_shape(shape_of(left.value), shape_of(right.value), span);
    if (!shape || !charge(element_count(*shape), span)) return Poison{};
    const auto* a = std::get_if<Constant>(&left.value);
    const auto* b = std::get_if<Constant>(&right.value);
    if (is_division(op)) {
        if (!divisible(op, left, right)) return Poison{};
        if (!a) return by_reciprocal(left, right, span);
    }
    if (a && b) {
        if (is_bitwise(op))
            for (const Placed* operand : {&left, &right})
                if (!need_dyadic(*operand, "bits are those of a multiple of a power of two")) return Poison{};
        return checked(dal::elementwise(op, *a, *b, *shape), span);
    }
    const bool adds = op == ConstantOp::add || op == ConstantOp::sub;
    const bool computes = adds || op == ConstantOp::mul;
    const Place place = adds ? Place::bias : Place::weight;
    const auto x = node_of(computes ? in_place(*this, left, place) : left);
    const auto y = node_of(computes ? in_place(*this, right, place) : right);
    if (!x || !y) return Poison{};
    return from_result(add_operation(program_.graph, op, *x, *y, span));
}

bool TensorOps::divisible(ConstantOp op, const Placed& left, const Placed& right) {
    const std::string name = op == ConstantOp::div ? "`/`" : "`%`";
    const auto* b = std::get_if<Constant>(&right.value);
    if (!b) {
        Diagnostic d = error(code::not_constant, right.span, "the divisor depends on an input")
                           .with_rule(name + " divides constants");
        if (op == ConstantOp::div)
            add_table_help(*this, right, {"reciprocal", "fixed(1, 3, 8", "1 / (v + (v == 0))"},
                           source_text(left.span) + " * ", d);
        report(std::move(d));
        return false;
    }
    for (int64_t element = 0; element < b->size(); ++element) {
        if (!b->at(element).is_zero()) continue;
        report(error(code::division_by_zero, right.span,
                     "the divisor is 0" + (b->is_scalar() ? "" : " at " + index_text(b->shape, element))));
        return false;
    }
    if (std::holds_alternative<Constant>(left.value)) return true;
    if (op == ConstantOp::div && has_dyadic_reciprocals(*b)) return true;
    const std::string dividend = source_text(left.span);
    const auto exponent = power_of_two(*b);
    Diagnostic d = error(code::not_constant, left.span, "the dividend depends on an input");
    if (op == ConstantOp::mod) {
        d.rules.emplace_back("`%` divides constants");
        if (exponent && *exponent >= 0)
            d.help.push_back("for integers: `bits(" + dividend + ", 0, " + std::to_string(*exponent) + ")`");
    } else {
        d.rules.emplace_back("`/` divides constants, and variables by powers of two");
        d.help.push_back(
            "`" + dividend + " * quantize(1 / " + source_text(right.span) + ", " +
            suggested_format(dal::elementwise(ConstantOp::div, Constant::scalar(1), *b, b->shape)).to_string() + ")`");
    }
    report(std::move(d));
    return false;
}

Value TensorOps::by_reciprocal(const Placed& left, const Placed& right, const Span& span) {
    const auto& divisor = std::get<Constant>(right.value);
    if (const auto exponent = power_of_two(divisor); exponent && *exponent <= max_shift && *exponent >= -max_shift)
        return shift(left, -*exponent, span);
    Constant factor = dal::elementwise(ConstantOp::div, Constant::scalar(1), divisor, divisor.shape);
    return elementwise(ConstantOp::mul, left, {std::move(factor), right.span}, span);
}

/// Strings, modes and formats are equal or not.
std::optional<Value> TensorOps::compare_kinds(ast::BinaryOp op, const Placed& left, const Placed& right) {
    const auto answer = [&](bool equal) {
        return Value(Constant::scalar(Rational(static_cast<int>(equal == (op == ast::BinaryOp::eq)))));
    };
    if (left.value.index() != right.value.index()) {
        const bool are_numbers = is_tensor(left.value) || is_real(left.value);
        const bool meet_numbers = is_tensor(right.value) || is_real(right.value);
        if ((are_numbers && meet_numbers) || !is_comparable(left.value) || !is_comparable(right.value))
            return std::nullopt;
        return answer(false);
    }
    if (const auto* text = std::get_if<Text>(&left.value)) {
        const std::string& other = std::get<Text>(right.value).text;
        if (text->text != other) words_.compared(text->text, other);
        return answer(text->text == other);
    }
    if (const auto* round = std::get_if<Round>(&left.value)) return answer(*round == std::get<Round>(right.value));
    if (const auto* overflow = std::get_if<Overflow>(&left.value))
        return answer(*overflow == std::get<Overflow>(right.value));
    if (const auto* formats = std::get_if<Formats>(&left.value)) {
        const auto& others = std::get<Formats>(right.value);
        return answer(formats->shape == others.shape && *formats->formats == *others.formats);
    }
    return std::nullopt;
}

Value TensorOps::unary(ast::UnaryOp op, const Placed& operand, const Span& span) {
    if (is_poison(operand.value) || !need_tensor(operand)) return Poison{};
    switch (op) {
        case ast::UnaryOp::negate:
            if (is_real(operand.value)) return real_negate(*this, operand, span);
            if (!charge(element_count(shape_of(operand.value)), span)) return Poison{};
            if (const auto* constant = std::get_if<Constant>(&operand.value)) return negated(*constant);
            return Variable{program_.graph.neg(std::get<Variable>(operand.value).node, span)};
        case ast::UnaryOp::logic_not: return binary(ast::BinaryOp::eq, operand, {zero_, span}, span);
        case ast::UnaryOp::complement: return binary(ast::BinaryOp::sub, {minus_one_, span}, operand, span);
    }
    internal_error("op", __FILE__, __LINE__, "unary operator");
}

Value TensorOps::shift(const Placed& operand, int64_t amount, const Span& span) {
    if (amount > max_shift || amount < -max_shift)
        return report(error(code::bad_constant, span, "a shift by " + std::to_string(amount) + " bits")
                          .with_rule("shifts are by at most " + std::to_string(max_shift) + " bits"));
    if (!charge(element_count(shape_of(operand.value)), span)) return Poison{};
    const auto places = static_cast<int>(amount);
    if (const auto* constant = std::get_if<Constant>(&operand.value)) return checked(shifted(*constant, places), span);
    return Variable{program_.graph.shift(std::get<Variable>(operand.value).node, places, span)};
}

Value TensorOps::select(const Placed& condition, const Placed& if_true, const Placed& if_false, const Span& span) {
    for (const Placed* operand : {&condition, &if_true, &if_false})
        if (is_poison(operand->value) || !need_tensor(*operand)) return Poison{};
    if (is_real(condition.value)) return real_meets_variable(*this, condition);
    const auto inner = broadcast_shape(shape_of(if_true.value), shape_of(if_false.value), span);
    const auto shape = inner ? broadcast_shape(*inner, shape_of(condition.value), span) : std::nullopt;
    if (!shape || !charge(element_count(*shape), span)) return Poison{};
    const auto* c = std::get_if<Constant>(&condition.value);
    const auto* a = std::get_if<Constant>(&if_true.value);
    const auto* b = std::get_if<Constant>(&if_false.value);
    if (c && a && b) return dal::selected(*c, *a, *b, *shape);
    if (c && (is_real(if_true.value) || is_real(if_false.value))) {  // a movement: each element is one of two
        const BroadcastMap from_condition(c->shape, *shape);
        const BroadcastMap from_true(shape_of(if_true.value), *shape);
        const BroadcastMap from_false(shape_of(if_false.value), *shape);
        Movement movement{*shape, {}};
        movement.sources.reserve(static_cast<size_t>(element_count(*shape)));
        for (int64_t element = 0; element < element_count(*shape); ++element)
            movement.sources.push_back(c->at(from_condition(element)).is_zero() ? Source{1, from_false(element)}
                                                                                : Source{0, from_true(element)});
        const Placed operands[] = {if_true, if_false};
        return move("select", std::move(movement), operands, span);
    }
    const auto chosen = node_of(condition);
    const auto x = node_of(if_true);
    const auto y = node_of(if_false);
    if (!chosen || !x || !y) return Poison{};
    return from_result(program_.graph.select(*chosen, *x, *y, span));
}

}  // namespace dal::sema
