// Operations on tensors: computed at once on constants, added to the graph otherwise.
#include <array>

#include "dal/sema/elaborator.hpp"
#include "dal/support/check.hpp"

namespace dal::sema {
namespace {

constexpr int64_t max_rank = 32;
constexpr int max_shift = 4096;
constexpr int64_t max_terms = int64_t{1} << 32;  // of one einsum: about a minute of constant arithmetic

ConstantOp constant_operation(ast::BinaryOp op) {
    switch (op) {
        case ast::BinaryOp::add: return ConstantOp::add;
        case ast::BinaryOp::sub: return ConstantOp::sub;
        case ast::BinaryOp::mul: return ConstantOp::mul;
        case ast::BinaryOp::div: return ConstantOp::div;
        case ast::BinaryOp::shift_left:
        case ast::BinaryOp::shift_right: break;
    }
    internal_error("op", __FILE__, __LINE__, "a shift is not computed element by element");
}

}  // namespace

Poison Elaborator::wrong_kind(const Placed& value, std::string_view needed) {
    if (is_poison(value.value)) return {};
    const std::string text = source_text(value.span);
    Diagnostic d = error(Code::wrong_kind, value.span,
                         (text.empty() ? "this" : "`" + text + "`") + " is " + std::string(kind_of(value.value)))
                       .with_rule("this place needs " + std::string(needed));
    if (const auto* function = std::get_if<Function>(&value.value); function && needed == "a tensor")
        d.help.push_back("call it: `" + function->fn->name.text + "(…)`");
    if (const auto* builtin = std::get_if<const Builtin*>(&value.value)) {
        std::string parameters;
        for (const Builtin::Parameter& p : (*builtin)->parameters)
            if (p.required) parameters += (parameters.empty() ? "" : ", ") + p.name;
        d.help.push_back("call it: `" + (*builtin)->name + "(" + parameters + ")`");
    }
    return report(std::move(d));
}

const Shape& Elaborator::shape_of(const Value& tensor) const {
    if (const auto* constant = std::get_if<Constant>(&tensor)) return constant->shape;
    return program_.graph[std::get<Variable>(tensor).node].shape;
}

bool Elaborator::check_size(const Shape& shape, const Span& span) {
    int64_t elements = 1;
    for (const int64_t extent : shape) {
        elements = extent > options_.max_elements ? options_.max_elements + 1 : elements * extent;
        if (elements > options_.max_elements) break;
    }
    if (static_cast<int64_t>(shape.size()) <= max_rank && elements <= options_.max_elements) return true;
    if (static_cast<int64_t>(shape.size()) > max_rank)
        report(error(Code::program_too_large, span, "a tensor with " + std::to_string(shape.size()) + " axes")
                   .with_rule("a tensor has at most " + std::to_string(max_rank) + " axes"));
    else
        report(error(Code::program_too_large, span, "a tensor of shape " + to_string(shape))
                   .with_rule("a tensor has at most " + std::to_string(options_.max_elements) + " elements"));
    return false;
}

std::optional<Shape> Elaborator::broadcast_shape(const Shape& a, const Shape& b, const Span& span) {
    auto shape = broadcast(a, b);
    if (!shape) {
        report(error(Code::bad_shape, span, "shapes " + to_string(a) + " and " + to_string(b) + " do not broadcast")
                   .with_rule(
                       "axes are aligned at the last one; two extents agree if they are equal or one of them is 1"));
        return std::nullopt;
    }
    if (!check_size(*shape, span)) return std::nullopt;
    return shape;
}

Value Elaborator::checked(Constant constant, const Span& span) {
    const auto element = first_unreasonable(constant);
    if (!element) {
        if (!charge(excess_work(constant), span)) return Poison{};
        return constant;
    }
    return report(error(Code::bad_constant, span,
                        "the constant" +
                            (constant.is_scalar() ? "" : " at " + index_text(constant.shape, *element)) +
                            " is out of range")
                      .with_rule("constants have at most " + std::to_string(max_constant_bits) +
                                 " bits, before and after the binary point"));
}

Value Elaborator::from_result(Result<NodeId> node) {
    if (!node) return report(std::move(node.error()));
    return Variable{*node};
}

std::optional<NodeId> Elaborator::node_of(const Placed& tensor) {
    if (const auto* variable = std::get_if<Variable>(&tensor.value)) return variable->node;
    const auto* constant = std::get_if<Constant>(&tensor.value);
    if (!constant) {
        wrong_kind(tensor, "a tensor");
        return std::nullopt;
    }
    if (const auto element = first_non_dyadic(*constant)) {
        constexpr size_t most = 60;
        const std::string text = source_text(tensor.span);
        const std::string value = constant->at(*element).to_string();
        std::string message = text.empty() || text.size() > most || text == value ? "the constant" : "`" + text + "`";
        if (!constant->is_scalar()) message += " at " + index_text(constant->shape, *element);
        Diagnostic d = error(Code::not_dyadic, tensor.span,
                             message + " is " + (value.size() > most ? "not a multiple of any power of two" : value))
                           .with_rule("a constant that meets a variable is a multiple of a power of two");
        if (!text.empty() && text.size() <= most)
            d.help.push_back("choose its precision: `quantize(" + text + ", " +
                             suggested_format(*constant).to_string() + ")`");
        report(std::move(d));
        return std::nullopt;
    }
    const auto key = std::pair(static_cast<const void*>(constant->values.get()), constant->shape);
    if (const auto known = constant_nodes_.find(key); known != constant_nodes_.end()) return known->second;
    if (!charge(constant->size(), tensor.span)) return std::nullopt;
    std::vector<Dyadic> values;
    values.reserve(constant->values->size());
    for (const Rational& value : *constant->values) values.push_back(value.numerator());
    const NodeId node = program_.graph.constant(constant->shape, std::move(values), tensor.span);
    constant_nodes_.emplace(key, node);
    kept_.push_back(constant->values);
    return node;
}

std::optional<int64_t> Elaborator::integer(const Placed& value, std::string_view what) {
    if (is_poison(value.value)) return std::nullopt;
    const std::string needed(what);
    if (std::holds_alternative<Variable>(value.value)) {
        report(error(Code::not_constant, value.span, "`" + source_text(value.span) + "` depends on an input")
                   .with_rule(needed + " is a constant integer"));
        return std::nullopt;
    }
    const auto* constant = std::get_if<Constant>(&value.value);
    if (!constant || constant->size() != 1) {
        wrong_kind(value, "a constant integer");
        return std::nullopt;
    }
    const auto result = constant->at(0).to_int64();
    if (!result)
        report(error(Code::wrong_kind, value.span, "`" + source_text(value.span) + "` is no integer of 64 bits")
                   .with_rule(needed + " is a constant integer"));
    return result;
}

Value Elaborator::negate(const Placed& operand, const Span& span) {
    if (!is_tensor(operand.value)) return wrong_kind(operand, "a tensor");
    if (!charge(element_count(shape_of(operand.value)), span)) return Poison{};
    if (const auto* constant = std::get_if<Constant>(&operand.value)) return negated(*constant);
    return Variable{program_.graph.neg(std::get<Variable>(operand.value).node, span)};
}

Value Elaborator::relu(const Placed& x, const Span& span) {
    if (!is_tensor(x.value)) return wrong_kind(x, "a tensor");
    if (!charge(element_count(shape_of(x.value)), span)) return Poison{};
    if (const auto* constant = std::get_if<Constant>(&x.value)) return dal::relu(*constant);
    return Variable{program_.graph.relu(std::get<Variable>(x.value).node, span)};
}

Value Elaborator::shift(const Placed& operand, int64_t amount, const Span& span) {
    if (!is_tensor(operand.value)) return wrong_kind(operand, "a tensor");
    if (amount > max_shift || amount < -max_shift)
        return report(error(Code::bad_constant, span, "a shift by " + std::to_string(amount) + " bits")
                          .with_rule("shifts are by at most " + std::to_string(max_shift) + " bits"));
    if (!charge(element_count(shape_of(operand.value)), span)) return Poison{};
    const auto places = static_cast<int>(amount);
    if (const auto* constant = std::get_if<Constant>(&operand.value)) return checked(shifted(*constant, places), span);
    return Variable{program_.graph.shift(std::get<Variable>(operand.value).node, places, span)};
}

Value Elaborator::binary(ast::BinaryOp op, const Placed& left, const Placed& right, const Span& span) {
    using ast::BinaryOp;
    if (is_poison(left.value) || is_poison(right.value)) return Poison{};
    if (!is_tensor(left.value)) return wrong_kind(left, "a tensor");
    if (op == BinaryOp::shift_left || op == BinaryOp::shift_right) {
        const auto amount = integer(right, "a shift amount");
        if (!amount) return Poison{};
        // Out of range for shift() in either direction, and not negated out of 64 bits.
        if (*amount > max_shift || *amount < -max_shift) return shift(left, *amount, span);
        return shift(left, op == BinaryOp::shift_left ? *amount : -*amount, span);
    }
    if (!is_tensor(right.value)) return wrong_kind(right, "a tensor");
    const auto shape = broadcast_shape(shape_of(left.value), shape_of(right.value), span);
    if (!shape || !charge(element_count(*shape), span)) return Poison{};
    const auto* a = std::get_if<Constant>(&left.value);
    const auto* b = std::get_if<Constant>(&right.value);
    if (op == BinaryOp::div) {
        if (!b)
            return report(error(Code::not_constant, right.span, "the divisor depends on an input")
                              .with_rule("`/` divides constants"));
        for (int64_t element = 0; element < b->size(); ++element)
            if (b->at(element).is_zero())
                return report(
                    error(Code::division_by_zero, right.span,
                          "the divisor is 0" + (b->is_scalar() ? "" : " at " + index_text(b->shape, element))));
        if (!a) {
            Diagnostic d = error(Code::not_constant, left.span, "the dividend depends on an input")
                               .with_rule("`/` divides constants; a variable is multiplied by a constant, or shifted");
            const Rational& value = b->at(0);
            if (b->size() == 1 && value.is_dyadic() && value.numerator().mantissa() == Int(1) &&
                value.numerator().exponent() >= 0)
                d.help.push_back("`(" + source_text(left.span) + " >> " + std::to_string(value.numerator().exponent()) +
                                 ")`");
            else
                d.help.push_back(
                    "`" + source_text(left.span) + " * quantize(1 / " + source_text(right.span) + ", " +
                    suggested_format(elementwise(ConstantOp::div, Constant::scalar(1), *b, b->shape)).to_string() +
                    ")`");
            return report(std::move(d));
        }
    }
    if (a && b) {
        const ConstantOp constant_op = constant_operation(op);
        return checked(elementwise(constant_op, *a, *b, *shape), span);
    }
    const auto x = node_of(left);
    const auto y = node_of(right);
    if (!x || !y) return Poison{};
    if (op == BinaryOp::add) return from_result(program_.graph.add(*x, *y, span));
    if (op == BinaryOp::sub) return from_result(program_.graph.sub(*x, *y, span));
    return from_result(program_.graph.mul(*x, *y, span));
}

Value Elaborator::quantize(const Placed& x, const Placed& format, const Span& span) {
    const auto* formats = std::get_if<Formats>(&format.value);
    if (!formats) return wrong_kind(format, "a format");
    if (!is_tensor(x.value)) return wrong_kind(x, "a tensor");
    const Shape& shape = shape_of(x.value);
    const auto map = format_map(*formats, shape, format.span);
    if (!map || !charge(element_count(shape), span)) return Poison{};
    if (const auto* constant = std::get_if<Constant>(&x.value)) return quantized(*constant, *map);
    return from_result(program_.graph.quantize(std::get<Variable>(x.value).node, *map, span));
}

Value Elaborator::einsum(const Placed& equation, const Placed& a, const Placed& b, const Span& span) {
    const auto* text = std::get_if<Text>(&equation.value);
    if (!text) return wrong_kind(equation, "an equation, such as \"i,io->o\"");
    if (!is_tensor(a.value)) return wrong_kind(a, "a tensor");
    if (!is_tensor(b.value)) return wrong_kind(b, "a tensor");
    auto spec = parse_einsum(text->text, equation.span);
    if (!spec) return report(std::move(spec.error()));
    const std::array<Shape, 2> shapes{shape_of(a.value), shape_of(b.value)};
    auto shape = einsum_shape(*spec, shapes, equation.span);
    if (!shape) {
        for (Diagnostic& d : shape.error()) {
            d.secondary.push_back({a.span, "operand 1 has shape " + to_string(shapes[0])});
            d.secondary.push_back({b.span, "operand 2 has shape " + to_string(shapes[1])});
        }
        return report(std::move(shape.error()));
    }
    if (!check_size(*shape, span)) return Poison{};
    const EinsumTerms terms(*spec, shapes);
    if (terms.terms_per_result() > max_terms / std::max<int64_t>(terms.results(), 1))
        return report(error(Code::program_too_large, span, "an einsum with more than 2^32 products")
                          .with_rule("split it into smaller ones"));
    if (!charge(terms.results(), span)) return Poison{};
    const auto* x = std::get_if<Constant>(&a.value);
    const auto* y = std::get_if<Constant>(&b.value);
    if (x && y) {
        if (!charge(terms.results() * terms.terms_per_result() / 8, span)) return Poison{};
        return checked(dal::einsum(*spec, *x, *y, std::move(*shape)), span);
    }
    const auto left = node_of(a);
    const auto right = node_of(b);
    if (!left || !right) return Poison{};
    return from_result(program_.graph.einsum(std::move(*spec), *left, *right, span));
}

}  // namespace dal::sema
