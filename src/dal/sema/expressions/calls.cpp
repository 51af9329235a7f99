// Calls: matching arguments with parameters, and the instantiation of function bodies.
#include <algorithm>

#include "dal/sema/expressions/evaluator.hpp"
#include "dal/sema/tables/table_functions.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"

namespace dal::sema {
namespace {

constexpr size_t max_frames = 100;

}  // namespace

Value Evaluator::call(const Placed& callee, const std::vector<Placed>& positional, const ast::Call* call,
                      const Scope& scope, const Span& span) {
    const auto* function = std::get_if<Function>(&callee.value);
    const auto* builtin = std::get_if<const Builtin*>(&callee.value);
    const auto* table = std::get_if<TableRef>(&callee.value);
    if (const auto* dependent = std::get_if<Dependent>(&callee.value))
        return on_dependent(*dependent, positional, call, scope, span);
    if (!function && !builtin && !table) {
        if (is_tensor(callee.value) && call && call->arguments.size() == 1 && !call->arguments.front().name) {
            const std::string text = source_text(callee.span);
            const std::string argument = source_text((*scope.module->ast)[call->arguments.front().value].span);
            const std::string element = ", an element `" + text + "[" + argument + "]`";
            return report(
                error(code::wrong_kind, callee.span, "`" + text + "` is " + std::string(kind_of(callee.value)))
                    .with_rule("this place needs a function")
                    .with_help("a product is `" + text + " * (" + argument + ")`" +
                               (shape_of(callee.value).empty() ? "" : element)));
        }
        if (!is_poison(callee.value)) return wrong_kind(callee, "a function");
        if (call)  // errors in the arguments are worth reporting
            for (const ast::Argument& argument : call->arguments) eval(argument.value, scope);
        return Poison{};
    }
    if (!charge_call(span)) return Poison{};
    using Parameter = Builtin::Parameter;
    if (builtin) {
        const Builtin& b = **builtin;
        const auto arguments = bind_arguments({b.name, b.signature(), b.parameters, {}}, positional, call, scope, span);
        if (!arguments) return Poison{};
        return b.call(*this, {arguments->bound, arguments->rest, span, scope});
    }
    std::vector<Parameter> parameters;
    if (table) {
        for (const auto& parameter : (*table)->parameters)
            parameters.emplace_back(parameter.name, Parameter::Kind::required);
        auto arguments =
            bind_arguments({(*table)->name, "", parameters, (*table)->span}, positional, call, scope, span);
        if (!arguments) return Poison{};
        std::vector<Placed> values;
        for (auto& argument : arguments->bound) values.push_back(std::move(*argument));
        return call_table(*this, *table, values, span);
    }
    parameters.reserve(function->fn->parameters.size());
    for (const ast::Parameter& parameter : function->fn->parameters)
        parameters.emplace_back(parameter.name.text, parameter.default_value == ast::ExprId::none
                                                         ? Parameter::Kind::required
                                                         : Parameter::Kind::optional);
    auto arguments = bind_arguments({function->fn->name.text, "", parameters, function->fn->name.span}, positional,
                                    call, scope, span);
    if (!arguments) return Poison{};
    return instantiate(*function, std::move(arguments->bound), span);
}

Value Evaluator::instantiate(const Function& function, std::vector<std::optional<Placed>> arguments, const Span& span) {
    const ast::Fn& fn = *function.fn;
    if (reports().frames().size() >= max_frames)
        return report(
            error(code::calls_too_deep, span, "function calls are nested " + std::to_string(max_frames + 1) + " deep")
                .with_rule("calls are nested at most " + std::to_string(max_frames) + " deep"));
    Scope scope{function.module, function.index, nullptr, {}};
    for (size_t j = 0; j < arguments.size(); ++j)
        if (arguments[j]) scope.names.emplace(fn.parameters[j].name.text, *arguments[j]);
    for (size_t j = 0; j < arguments.size(); ++j) {
        const ast::Parameter& parameter = fn.parameters[j];
        if (arguments[j]) continue;
        arguments[j] = {eval(parameter.default_value, scope), (*function.module->ast)[parameter.default_value].span};
        if (is_poison(arguments[j]->value)) return Poison{};
        scope.names.emplace(parameter.name.text, *arguments[j]);
    }
    bool ok = true;
    for (size_t j = 0; j < arguments.size(); ++j)
        if (fn.parameters[j].type)
            ok = matches(*arguments[j], *fn.parameters[j].type, scope, fn.parameters[j].name.text) && ok;
    if (!ok) return Poison{};
    Graph& graph = this->graph();
    const Span call = graph.call();
    const Span entry = graph.entry();
    const bool is_inside = reports().is_library((*function.module->ast)[fn.body].span.file);
    const Span own_entry = reports().is_library(span.file) ? entry : span;
    graph.set_calls(reports().frames().empty() ? span : call, is_inside ? own_entry : Span{});
    reports().enter({span, fn.name.text});
    Value value = eval(fn.body, scope);
    if (fn.result && !is_poison(value)) {
        const auto type = this->type(*fn.result, scope);
        if (!type || !conforms({value, (*function.module->ast)[fn.body].span}, *type, fn.name.text)) value = Poison{};
    }
    reports().leave();
    graph.set_calls(call, entry);
    return value;
}

}  // namespace dal::sema
