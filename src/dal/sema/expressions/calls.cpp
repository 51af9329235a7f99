// Calls: matching arguments with parameters, and the instantiation of function bodies.
#include <algorithm>

#include "dal/sema/elaborator.hpp"
#include "dal/sema/tables/table_functions.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"

namespace dal::sema {
namespace {

constexpr size_t max_frames = 100;

std::string count_text(size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

Value Elaborator::call(const Placed& callee, const std::vector<Placed>& positional, const ast::Call* call,
                       const Scope& scope, const Span& span) {
    const auto* function = std::get_if<Function>(&callee.value);
    const auto* builtin = std::get_if<const Builtin*>(&callee.value);
    const auto* table = std::get_if<TableRef>(&callee.value);
    if (const auto* dependent = std::get_if<Dependent>(&callee.value))
        return call_dependent(*dependent, positional, call, scope, span);
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
    if (++calls_ > options_.max_calls && !exhausted_) {
        report(error(code::program_too_large, span,
                     "the program makes more than " + std::to_string(options_.max_calls) + " function calls"));
        exhausted_ = true;
    }
    if (exhausted_) return Poison{};
    using Parameter = Builtin::Parameter;
    if (builtin) {
        const Builtin& b = **builtin;
        const auto arguments = bind_arguments(b.name, b.signature(), b.parameters, positional, call, scope, span, {});
        if (!arguments) return Poison{};
        return b.call(*this, {arguments->bound, arguments->rest, span, scope});
    }
    std::vector<Parameter> parameters;
    if (table) {
        for (const auto& parameter : (*table)->parameters)
            parameters.emplace_back(parameter.name, Parameter::Kind::required);
        auto arguments = bind_arguments((*table)->name, "", parameters, positional, call, scope, span, (*table)->span);
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
    auto arguments =
        bind_arguments(function->fn->name.text, "", parameters, positional, call, scope, span, function->fn->name.span);
    if (!arguments) return Poison{};
    return instantiate(*function, std::move(arguments->bound), span);
}

std::optional<Elaborator::Arguments> Elaborator::bind_arguments(const std::string& function,
                                                                const std::string& signature,
                                                                std::span<const Builtin::Parameter> parameters,
                                                                const std::vector<Placed>& positional,
                                                                const ast::Call* call, const Scope& scope,
                                                                const Span& span, const Span& definition) {
    using Kind = Builtin::Parameter::Kind;
    Arguments result;
    auto& bound = result.bound;
    bound.resize(parameters.size());
    bool ok = true;
    const auto complain = [&](const Span& at, std::string message) {
        ok = false;
        Diagnostic d = error(code::bad_arguments, at, std::move(message));
        if (definition.known()) d.secondary.push_back({definition, "`" + function + "` is declared here"});
        if (!signature.empty()) d.rules.push_back("it is `" + signature + "`");
        return d;
    };
    // The parameters that are given by position: all before and with the one that takes any number.
    const auto rest =
        std::find_if(parameters.begin(), parameters.end(), [](const auto& p) { return p.kind == Kind::rest; });
    const bool variadic = rest != parameters.end();
    const auto places = static_cast<size_t>(rest - parameters.begin());
    size_t next = 0;
    const size_t given = positional.size() + (call ? call->arguments.size() : 0);
    const auto place = [&](Placed value) {
        ok = ok && !is_poison(value.value);
        if (next < places) {
            bound[next++] = std::move(value);
        } else if (variadic) {
            result.rest.push_back(std::move(value));
        } else if (next++ == places) {
            report(complain(value.span, "`" + function + "` takes " + count_text(parameters.size(), "argument") + ", " +
                                            std::to_string(given) + (given == 1 ? " is" : " are") + " given"));
        }
    };
    for (const Placed& value : positional) place(value);
    bool named = false;
    for (size_t j = 0; call && j < call->arguments.size(); ++j) {
        const ast::Argument& argument = call->arguments[j];
        Placed value = placed(argument.value, scope);
        if (!argument.name) {
            if (named)
                report(complain(value.span, "an argument without a name after one with a name")
                           .with_rule("arguments are given by position, then by name"));
            else
                place(std::move(value));
            continue;
        }
        named = true;
        ok = ok && !is_poison(value.value);
        const auto parameter = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) {
            return p.name == argument.name->text && p.kind != Kind::rest;
        });
        if (parameter == parameters.end()) {
            std::vector<std::string> names;
            for (const auto& p : parameters)
                if (p.kind != Kind::rest) names.push_back(p.name);
            Diagnostic d =
                complain(argument.name->span, "`" + function + "` has no parameter `" + argument.name->text + "`");
            std::string best(nearest(argument.name->text, names));
            constexpr size_t stem = 4;  // `rounding` is near to `round` all the same
            for (const std::string& known : names)
                if (best.empty() && known.size() >= stem && argument.name->text.starts_with(known)) best = known;
            if (!best.empty()) d.help.push_back("did you mean `" + best + "`?");
            report(std::move(d));
            continue;
        }
        auto& slot = bound[static_cast<size_t>(parameter - parameters.begin())];
        if (slot)
            report(complain(argument.name->span, "`" + argument.name->text + "` is given twice")
                       .with_place(slot->span, "given here first"));
        else
            slot = std::move(value);
    }
    std::string missing;
    for (size_t j = 0; j < parameters.size(); ++j)
        if (parameters[j].kind == Kind::required && !bound[j])
            missing += (missing.empty() ? "`" : ", `") + parameters[j].name + "`";
    if (!missing.empty() && ok) report(complain(span, "this call of `" + function + "` lacks " + missing));
    if (!ok) return std::nullopt;
    return result;
}

Value Elaborator::instantiate(const Function& function, std::vector<std::optional<Placed>> arguments,
                              const Span& span) {
    const ast::Fn& fn = *function.fn;
    if (frames_.size() >= max_frames)
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
    Graph& graph = program_.graph;
    const Span call = graph.call();
    const Span entry = graph.entry();
    const bool is_inside = library_.contains((*function.module->ast)[fn.body].span.file);
    const Span own_entry = library_.contains(span.file) ? entry : span;
    graph.set_calls(frames_.empty() ? span : call, is_inside ? own_entry : Span{});
    frames_.push_back({span, fn.name.text});
    Value value = eval(fn.body, scope);
    if (fn.result && !is_poison(value)) {
        const auto type = this->type(*fn.result, scope);
        if (!type || !conforms({value, (*function.module->ast)[fn.body].span}, *type, fn.name.text)) value = Poison{};
    }
    frames_.pop_back();
    graph.set_calls(call, entry);
    return value;
}

}  // namespace dal::sema
