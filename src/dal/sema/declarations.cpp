#include "dal/sema/declarations.hpp"

#include <algorithm>

#include "dal/sema/coverage.hpp"
#include "dal/sema/tables/table_functions.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/name_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

/// What is evaluated meanwhile belongs to this declaration.
class OpenRecord {
  public:
    OpenRecord(Coverage* coverage, const std::shared_ptr<const Ast>& file, size_t index) : coverage_(coverage) {
        if (coverage_) coverage_->open(file, index);
    }
    OpenRecord(const OpenRecord&) = delete;
    OpenRecord& operator=(const OpenRecord&) = delete;
    ~OpenRecord() {
        if (coverage_) coverage_->close();
    }

  private:
    Coverage* coverage_;
};

}  // namespace

void Declarations::announce(Module& module, const std::vector<ast::Declaration>& declarations) {
    for (const ast::Declaration& declaration : declarations) {
        if (const auto* with = std::get_if<ast::With>(&declaration.kind)) announce(module, with->declarations);
        const auto* output = std::get_if<ast::Output>(&declaration.kind);
        if (output && output->value == ast::ExprId::none) continue;
        if (const ast::Name* name = declared_name(declaration)) {
            module.declared.try_emplace(name->text, name->span);
            module.declarations.try_emplace(name->text, &declaration);
        }
    }
}

void Declarations::announce(Module& module) {
    for (const ast::Name& name : module.ast->broken) {
        module.declared.try_emplace(name.text, name.span);
        const auto [at, is_new] = module.names.try_emplace(name.text);
        if (is_new || !is_poison(at->second.value)) at->second = Binding{Poison{}, name.span, Binding::earlier};
    }
    announce(module, module.ast->declarations);
}

void Declarations::all(Module& module) {
    announce(module);
    for (const ast::Declaration& declaration : module.ast->declarations)
        if (!e_.exhausted()) declare(module, declaration);
}

void Declarations::declare(Module& module, const ast::Declaration& declaration) {
    declare(module, declaration, module.next_index++);
}

void Declarations::declare(Module& module, const ast::Declaration& declaration, size_t index) {
    const Scope scope{&module, index, nullptr, {}};
    const OpenRecord record(e_.coverage(), module.ast, index);
    const auto only_main = [&](const std::string& what) {
        if (module.is_main) return true;
        e_.report(error(code::misplaced_declaration, declaration.span, "`" + what + "` in a module")
                      .with_rule("the ports of a program are in its main file; a module has functions and constants"));
        return false;
    };
    std::visit(
        Overloaded{
            [&](const ast::Use& d) { bind(module, d.name, use(d.name, module), index); },
            [&](const ast::Param& d) { bind(module, d.name, param(d, scope), index); },
            [&](const ast::Input& d) {
                bind(module, d.name, only_main("input") ? input(d, scope) : Value(Poison{}), index);
                inputs_.push_back(d.name);
            },
            [&](const ast::Let& d) {
                Value value = e_.let(d, scope);
                if (module.is_main) name_node(d.name, value);
                bind(module, d.name, std::move(value), index);
            },
            [&](const ast::Output& d) {
                if (only_main("output")) output(module, d, index, scope);
            },
            [&](const ast::Fn& d) {
                const bool complete = e_.resolve(module, d.name.text, d.parameters, d.result, d.body, index);
                bind(module, d.name, complete ? Value(Function{&module, &d, index}) : Value(Poison{}), index);
            },
            [&](const ast::Table& d) {
                const bool complete = e_.resolve(module, d.name.text, d.parameters, d.result, d.body, index);
                Value table = complete ? declare_table(e_, d, e_.places().find(Place::table), scope) : Value(Poison{});
                const auto* known = std::get_if<TableRef>(&table);
                if (e_.coverage() && known) e_.coverage()->declared(*known);
                bind(module, d.name, std::move(table), index);
            },
            [&](const ast::Test& d) {
                if (!module.is_main) return;
                if (on_test)
                    on_test(d, index, scope);
                else
                    e_.resolve(module, d, index);
            },
            [&](const ast::With& d) { with(d, scope, [&](const ast::Declaration& inner) { declare(module, inner); }); },
        },
        declaration.kind);
}

void Declarations::with(const ast::With& with, const Scope& scope,
                        const std::function<void(const ast::Declaration&)>& each) {
    PlaceFormats::Named formats;
    for (const ast::With::Place& place : with.places) {
        const Placed value = e_.placed(place.format, scope);
        std::optional<Place> which;
        for (int j = 0; j < place_count; ++j)
            if (place.name.text == place_name(static_cast<Place>(j))) which = static_cast<Place>(j);
        if (!which) {
            e_.report(error(code::unknown_name, place.name.span, "unknown place `" + place.name.text + "`")
                          .with_rule("the places of formats are `weight`, `bias`, `data` and `table`"));
            continue;
        }
        if (is_poison(value.value)) continue;
        auto found = e_.formats_of(value);
        if (!found) continue;
        const auto [at, is_new] = formats.try_emplace(*which, Placed{std::move(*found), value.span});
        if (!is_new)
            e_.report(error(code::duplicate_name, place.name.span, "`" + place.name.text + "` is given twice")
                          .with_place(at->second.span, "given here first"));
    }
    e_.places().open(std::move(formats));
    for (const ast::Declaration& declaration : with.declarations)
        if (!e_.exhausted()) each(declaration);
    e_.places().close();
}

Value Declarations::param(const ast::Param& param, const Scope& scope) {
    Value value = e_.let({param.name, param.type, param.value}, scope);
    if (std::holds_alternative<Constant>(value) || is_real(value)) return constant_parameter(param, value, scope);
    if (!std::holds_alternative<Variable>(value)) return value;
    return e_.report(error(code::not_constant, (*scope.module->ast)[param.value].span,
                           "`" + param.name.text + "` depends on an input")
                         .with_rule("a `param` is constant")
                         .with_help("declare it with `let`"));
}

/// With its format, if one is written; else it may take the one of the place `weight`, or what its consumers ask for.
Value Declarations::constant_parameter(const ast::Param& param, const Value& value, const Scope& scope) {
    const auto* numbers = std::get_if<Constant>(&value);
    NamedFormat named;
    named.name = param.name.text;
    named.span = param.name.span;
    named.shape = e_.shape_of(value);
    if (numbers && is_dyadic(*numbers)) named.numbers = *numbers;
    if (const auto type = param.type ? e_.type(*param.type, scope) : std::nullopt)
        if (const auto* formats = std::get_if<Formats>(&type->element)) {
            const auto map = e_.format_map(*formats, *type->shape, type->span);
            if (!map) return Poison{};
            named.state = FormatState::specified;
            named.formats = *map;
            named.written = type->span;
        }
    e_.open_formats().name(std::move(named), scope.module->is_main);
    return e_.open_formats().parameter(param.name.text, param.name.span, (*scope.module->ast)[param.value].span, value,
                                       e_.places().find(Place::weight));
}

void Declarations::bind(Module& module, const ast::Name& name, Value value, size_t index) {
    const auto [at, is_new] = module.names.try_emplace(name.text, Binding{value, name.span, index});
    const bool is_earlier = !is_new && at->second.index == Binding::earlier && !is_poison(at->second.value);
    if (is_earlier) at->second = Binding{value, name.span, index};
    if (!is_new && !is_earlier) {
        std::string other = name.text;
        for (int j = 2; module.declared.contains(other); ++j) other = name.text + std::to_string(j);
        e_.report(error(code::duplicate_name, name.span, "`" + name.text + "` is declared twice")
                      .with_place(at->second.span, "declared here first")
                      .with_rule("a name stands for one value, which does not change")
                      .with_help("choose another name, here and where this value is meant: `" + other + "`"));
        return;
    }
    if (!module.is_main) return;
    if (const auto* variable = std::get_if<Variable>(&value))
        e_.program().values.push_back({name.text, name.span, variable->node});
    else if (const auto* constant = std::get_if<Constant>(&value))
        e_.program().constants.push_back({name.text, name.span, *constant});
}

void Declarations::name_node(const ast::Name& name, const Value& value) {
    if (const auto* variable = std::get_if<Variable>(&value)) {
        std::string& known = e_.program().graph[variable->node].name;
        if (known.empty()) known = name.text;
    }
}

Value Declarations::input(const ast::Input& input, const Scope& scope) {
    const auto type = e_.type(input.type, scope);
    if (!type) return Poison{};
    if (std::holds_alternative<AnyType>(type->element))
        return e_.report(error(code::wrong_kind, input.type.span, "`_` does not say what the port carries")
                             .with_rule("an input has a format, or is `real`"));
    if (!e_.charge(element_count(*type->shape), input.type.span)) return Poison{};
    op::Input port;
    if (const auto* formats = std::get_if<Formats>(&type->element)) {
        auto map = e_.format_map(*formats, *type->shape, input.type.span);
        if (!map) return Poison{};
        port.formats = std::move(*map);
    } else {
        port.real = true;
    }
    return Variable{e_.program().graph.input(input.name.text, *type->shape, std::move(port), input.name.span)};
}

void Declarations::output(Module& module, const ast::Output& output, size_t index, const Scope& scope) {
    const auto [other, is_new] = output_names_.try_emplace(output.name.text, output.name.span);
    Value value;
    Span span = output.name.span;
    if (output.value != ast::ExprId::none) {
        span = (*module.ast)[output.value].span;
        value = e_.let({output.name, output.type, output.value}, scope);
        if (!is_poison(value) && !is_tensor(value) && !is_real(value)) value = e_.wrong_kind({value, span}, "a tensor");
        name_node(output.name, value);
        bind(module, output.name, value, index);
    } else {
        value = e_.name(output.name.text, output.name.span, scope);
        if (!is_new)
            e_.report(error(code::duplicate_name, output.name.span, "`" + output.name.text + "` is an output twice")
                          .with_place(other->second, "declared here first"));
    }
    if (is_poison(value)) return;
    if (const auto node = e_.node_of({value, span}))
        e_.program().graph.output(output.name.text, *node, output.name.span);
}

}  // namespace dal::sema
