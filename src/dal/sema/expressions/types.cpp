// Types: element types, extents, and whether a value has the type that was written for it.
#include "dal/sema/builtins/real_functions.hpp"
#include "dal/sema/expressions/evaluator.hpp"
#include "dal/sema/values/shape_errors.hpp"
#include "dal/support/codes/shape_codes.hpp"
#include "dal/support/codes/size_codes.hpp"

namespace dal::sema {

std::optional<int64_t> Evaluator::extent(ast::ExprId id, const Scope& scope) {
    const Span& span = (*scope.module->ast)[id].span;
    const Placed value{eval(id, scope), span};
    if (const auto* constant = std::get_if<Constant>(&value.value); constant && constant->size() == 1) {
        const auto extent = constant->at(0).to_int64();
        if (extent && *extent > 0 && *extent <= options().max_elements) return extent;
        report(error(code::bad_extent, span, "an extent of " + constant->at(0).to_string())
                   .with_rule("extents are integers between 1 and " + std::to_string(options().max_elements)));
        return std::nullopt;
    }
    integer(value, "an extent");
    return std::nullopt;
}

std::optional<TensorOps::Type> Evaluator::type(const ast::Type& type, const Scope& scope) {
    const Span& element_span = (*scope.module->ast)[type.element].span;
    Type result{element_type({eval(type.element, scope), element_span}), Shape{}, type.span};
    bool ok = !is_poison(result.element);
    for (const ast::ExprId id : type.extents) {
        const auto extent = this->extent(id, scope);
        ok = ok && extent.has_value();
        result.shape->push_back(extent.value_or(1));
    }
    if (!ok || !check_size(*result.shape, type.span)) return std::nullopt;
    return result;
}

bool Evaluator::matches(const Placed& value, const ast::Type& type, Scope& shapes, const std::string& name) {
    if (is_poison(value.value) || !need_tensor(value)) return false;
    const Ast& ast = *shapes.module->ast;
    const Shape& shape = shape_of(value.value);
    if (type.extents.size() != shape.size()) {
        report(error(code::bad_shape, value.span, "this argument is " + shape_text(shape))
                   .with_place(type.span, "`" + name + "` has " + std::to_string(type.extents.size()) +
                                              (type.extents.size() == 1 ? " axis" : " axes")));
        return false;
    }
    for (size_t axis = 0; axis < shape.size(); ++axis) {
        const ast::Expr& extent = ast[type.extents[axis]];
        const auto* identifier = std::get_if<ast::Identifier>(&extent.kind);
        if (identifier && !find_declared(identifier->name, shapes)) {
            shapes.names.emplace(identifier->name,
                                 Placed{Constant::scalar(Rational(Dyadic(Int(shape[axis])))), value.span});
            continue;
        }
        const auto wanted = this->extent(type.extents[axis], shapes);
        if (!wanted) return false;
        if (*wanted == shape[axis]) continue;
        Diagnostic d = error(code::bad_shape, value.span,
                             "axis " + std::to_string(axis) + " of this argument is " + std::to_string(shape[axis]) +
                                 ", `" + source_text(extent.span) + "` is " + std::to_string(*wanted))
                           .with_place(extent.span, "parameter `" + name + "`");
        Span bound;
        if (identifier && find_declared(identifier->name, shapes, &bound) && bound != value.span)
            d.secondary.push_back(
                {bound, "`" + identifier->name + "` is " + std::to_string(*wanted) + " because of this"});
        report(std::move(d));
        return false;
    }
    const Type resolved{element_type({eval(type.element, shapes), ast[type.element].span}), shape, type.span};
    if (is_poison(resolved.element)) return false;
    return !std::holds_alternative<Formats>(resolved.element) || conforms(value, resolved, name);
}

}  // namespace dal::sema
