// Tensors: their sizes and nodes, the constants that functions ask for, quantize.
#include <algorithm>

#include "dal/sema/builtins/real_functions.hpp"
#include "dal/sema/expressions/constant_quantizers.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/sema/values/shape_errors.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/size_codes.hpp"

namespace dal::sema {
namespace {

constexpr int64_t max_rank = 32;

}  // namespace

const Shape& TensorOps::shape_of(const Value& tensor) const {
    if (const auto* constant = std::get_if<Constant>(&tensor)) return constant->shape;
    if (const auto* real = std::get_if<RealTensor>(&tensor)) return real->shape;
    if (const auto* formats = std::get_if<Formats>(&tensor)) return formats->shape;
    return program_.graph[std::get<Variable>(tensor).node].shape;
}

bool TensorOps::check_size(const Shape& shape, const Span& span) {
    int64_t elements = 1;
    for (const int64_t extent : shape) {
        elements = extent > options_.max_elements ? options_.max_elements + 1 : elements * extent;
        if (elements > options_.max_elements) break;
    }
    if (static_cast<int64_t>(shape.size()) <= max_rank && elements <= options_.max_elements) return true;
    if (static_cast<int64_t>(shape.size()) > max_rank)
        report(error(code::program_too_large, span, "a tensor with " + std::to_string(shape.size()) + " axes")
                   .with_rule("a tensor has at most " + std::to_string(max_rank) + " axes"));
    else
        report(error(code::program_too_large, span, "a tensor of shape " + to_string(shape))
                   .with_rule("a tensor has at most " + std::to_string(options_.max_elements) + " elements"));
    return false;
}

std::optional<Shape> TensorOps::broadcast_shape(const Shape& a, const Shape& b, const Span& span) {
    auto shape = broadcast(a, b);
    if (!shape) {
        report(does_not_broadcast(a, b, span));
        return std::nullopt;
    }
    if (!check_size(*shape, span)) return std::nullopt;
    return shape;
}

Value TensorOps::checked(Constant constant, const Span& span) {
    const auto element = first_unreasonable(constant);
    if (!element) {
        if (!charge(excess_work(constant), span)) return Poison{};
        return constant;
    }
    return report(error(code::bad_constant, span,
                        "the constant" + (constant.is_scalar() ? "" : " at " + index_text(constant.shape, *element)) +
                            " is out of range")
                      .with_rule("constants have at most " + std::to_string(max_constant_bits) +
                                 " bits, before and after the binary point"));
}

Value TensorOps::from_result(Result<NodeId> node) {
    if (!node) return report(std::move(node.error()));
    return Variable{*node};
}

bool TensorOps::need_dyadic(const Placed& tensor, std::string rule) {
    const auto* constant = std::get_if<Constant>(&tensor.value);
    if (!constant) return true;
    const auto element = first_non_dyadic(*constant);
    if (!element) return true;
    constexpr size_t most = 60;
    const std::string text = source_text(tensor.span);
    const std::string value = constant->at(*element).to_string();
    std::string message = text.empty() || text.size() > most || text == value ? "the constant" : "`" + text + "`";
    if (!constant->is_scalar()) message += " at " + index_text(constant->shape, *element);
    Diagnostic d = error(code::not_dyadic, tensor.span,
                         message + " is " + (value.size() > most ? "not a multiple of any power of two" : value))
                       .with_rule(std::move(rule));
    if (!text.empty() && text.size() <= most)
        d.help.push_back("choose its precision: `quantize(" + text + ", " + suggested_format(*constant).to_string() +
                         ")`");
    report(std::move(d));
    return false;
}

std::optional<NodeId> TensorOps::node_of(const Placed& tensor) {
    if (is_poison(tensor.value)) return std::nullopt;
    if (const auto* variable = std::get_if<Variable>(&tensor.value)) return variable->node;
    if (const auto open = open_node(tensor)) return open;
    if (is_real(tensor.value)) {
        real_meets_variable(*this, tensor);
        return std::nullopt;
    }
    const auto* constant = std::get_if<Constant>(&tensor.value);
    if (!constant) {
        wrong_kind(tensor, "a tensor");
        return std::nullopt;
    }
    if (!need_dyadic(tensor, "a constant that meets a variable is a multiple of a power of two")) return std::nullopt;
    const auto key = std::pair(static_cast<const void*>(constant->values.get()), constant->shape);
    if (const auto known = constant_nodes_.find(key.first, key.second)) return known;
    if (!charge(constant->size(), tensor.span)) return std::nullopt;
    std::vector<Dyadic> values;
    values.reserve(constant->values->size());
    for (const Rational& value : *constant->values) values.push_back(value.numerator());
    std::optional<FormatMap> formats;
    if (constant->formats) formats = *constant->formats;
    const NodeId node = program_.graph.constant(constant->shape, std::move(values), tensor.span, std::move(formats));
    std::get<op::Constant>(program_.graph[node].operation).meant = constant->meant;
    constant_nodes_.add(constant->values, constant->shape, node);
    return node;
}

std::optional<NodeId> TensorOps::open_node(const Placed& constant) {
    const auto numbers = open_.numbers(constant.value);
    if (!numbers) return std::nullopt;
    const auto key = std::pair(numbers, shape_of(constant.value));
    if (const auto known = constant_nodes_.find(key.first, key.second)) return known;
    if (!charge(element_count(key.second), constant.span)) return std::nullopt;
    const auto node = open_.meet(constant, program_.graph, in_test_ ? program_.tests.size() + 1 : 0);
    if (node) constant_nodes_.add(key.first, key.second, *node);
    return node;
}

Placed TensorOps::meeting(const Placed& operand, const Placed& other) {
    if (!is_real(operand.value) || !std::holds_alternative<Variable>(other.value)) return operand;
    if (const auto node = open_node(operand)) return {Variable{*node}, operand.span};
    return operand;
}

std::optional<int64_t> TensorOps::integer(const Placed& value, std::string_view what) {
    if (is_poison(value.value)) return std::nullopt;
    const std::string needed(what);
    if (std::holds_alternative<Variable>(value.value)) {
        not_constant(value, needed + " is a constant integer");
        return std::nullopt;
    }
    const auto* constant = std::get_if<Constant>(&value.value);
    if (!constant || constant->size() != 1) {
        wrong_kind(value, "a constant integer");
        return std::nullopt;
    }
    const auto result = constant->at(0).to_int64();
    if (!result) {
        const std::string number = constant->at(0).to_string();
        const std::string text = source_text(value.span);
        report(error(code::wrong_kind, value.span,
                     "`" + text + "` is " +
                         (constant->at(0).is_dyadic() && constant->at(0).numerator().exponent() >= 0
                              ? "no integer of 64 bits"
                              : (text == number ? "no integer" : number + ", no integer")))
                   .with_rule(needed + " is a constant integer"));
    }
    return result;
}

std::optional<int64_t> TensorOps::integer(const Placed& value, std::string_view what, int64_t low, int64_t high) {
    const auto result = integer(value, what);
    if (!result || (*result >= low && *result <= high)) return result;
    report(error(code::bad_constant, value.span, std::string(what) + " of " + std::to_string(*result))
               .with_rule(std::string(what) + " is between " + std::to_string(low) + " and " + std::to_string(high) +
                          " here"));
    return std::nullopt;
}

std::optional<std::vector<int64_t>> TensorOps::integers(const Placed& value, std::string_view what) {
    if (is_poison(value.value)) return std::nullopt;
    if (const auto* list = std::get_if<List>(&value.value); list && list->items->items.empty())
        return std::vector<int64_t>{};
    if (std::holds_alternative<Variable>(value.value)) {
        not_constant(value, std::string(what) + " is a constant integer");
        return std::nullopt;
    }
    const auto* constant = std::get_if<Constant>(&value.value);
    if (!constant) {
        wrong_kind(value, "a constant integer, or a list of them");
        return std::nullopt;
    }
    std::vector<int64_t> result;
    result.reserve(constant->values->size());
    for (const Rational& number : *constant->values) {
        const auto integer = number.to_int64();
        if (!integer) {
            report(error(code::wrong_kind, value.span,
                         "`" + source_text(value.span) + "` has " + number.to_string() + ", no integer of 64 bits")
                       .with_rule(std::string(what) + " is a constant integer"));
            return std::nullopt;
        }
        result.push_back(*integer);
    }
    return result;
}

std::optional<Shape> TensorOps::shape_argument(const Placed& value, int free) {
    const auto extents = integers(value, "an extent");
    if (!extents) return std::nullopt;
    for (const int64_t extent : *extents) {
        if (extent > 0 && extent <= options_.max_elements) continue;
        if (extent == -1 && free-- > 0) continue;
        report(error(code::bad_extent, value.span, "an extent of " + std::to_string(extent))
                   .with_rule("extents are integers between 1 and " + std::to_string(options_.max_elements)));
        return std::nullopt;
    }
    if (!check_size(*extents, value.span)) return std::nullopt;
    return *extents;
}

std::optional<bool> TensorOps::truth(const Placed& value, std::string_view what) {
    const auto number = integer(value, what, 0, 1);
    if (!number) return std::nullopt;
    return *number != 0;
}

Value TensorOps::relu(const Placed& x, const Span& span) {
    if (is_poison(x.value) || !need_tensor(x)) return Poison{};
    if (is_real(x.value)) return elementwise(ConstantOp::max, x, {zero_, span}, span);
    if (!charge(element_count(shape_of(x.value)), span)) return Poison{};
    if (const auto* constant = std::get_if<Constant>(&x.value)) return dal::relu(*constant);
    return Variable{program_.graph.relu(std::get<Variable>(x.value).node, span)};
}

Value TensorOps::quantize(const Placed& x, const Placed& format, const Span& span) {
    if (is_poison(x.value) || is_poison(format.value)) return Poison{};
    const auto formats = formats_of(format);
    if (!formats || !need_tensor(x)) return Poison{};
    const Shape shape = shape_of(x.value);
    const auto map = format_map(*formats, shape, format.span);
    if (!map || !charge(element_count(shape), span)) return Poison{};
    if (!in_test_ && open_.knows(x.value)) open_.ask(x.value, *map, {span, reports_.outermost_call()});
    if (!std::holds_alternative<Variable>(x.value))
        return quantize_constant(*this, x, *formats, *map, format.span, span);
    Value value = from_result(program_.graph.quantize(std::get<Variable>(x.value).node, *map, span));
    if (const auto* made = std::get_if<Variable>(&value); written_ && made)
        written_->quantizer(made->node, *formats, shape, format.span);
    return value;
}

Value TensorOps::array_value(const Array& array, const std::string& what, const Span& span) {
    for (const int64_t extent : array.shape())
        if (extent == 0)
            return report(error(code::bad_extent, span, what + " has shape " + to_string(array.shape()))
                              .with_rule("extents are positive integers"));
    if (!check_size(array.shape(), span) || !charge(array.size(), span)) return Poison{};
    auto constant = from_array(array);
    if (constant) return std::move(*constant);
    const std::string position = index_text(array.shape(), first_non_number(array));
    return report(
        error(code::bad_constant, span, what + " is not a finite number" + (position.empty() ? "" : " at " + position))
            .with_rule("constants are finite numbers"));
}

}  // namespace dal::sema
