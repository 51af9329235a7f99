#include "dal/sema/tests.hpp"

#include "dal/sema/coverage.hpp"
#include "dal/sema/names/dependencies.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/name_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {

Tests::Tests(Evaluator& evaluator, Declarations& declarations) : e_(evaluator), declarations_(declarations) {
    declarations.on_test = [this](const ast::Test& test, size_t index, const Scope& scope) {
        this->test(test, index, scope);
    };
    evaluator.on_dependent = [this](const Dependent& what, const std::vector<Placed>& positional, const ast::Call* call,
                                    const Scope& scope,
                                    const Span& span) { return call_dependent(what, positional, call, scope, span); };
}

void Tests::test(const ast::Test& test, size_t index, const Scope& scope) {
    TestProgram program{test.name, test.name_span, test.is_property, {}, {}, {}, {}};
    Diagnostics before = e_.reports().take();
    const bool complete = e_.resolve(*scope.module, test, index);
    std::swap(program.graph, e_.graph());
    std::swap(program.declared, e_.program().declared);
    auto constants = std::exchange(e_.constant_nodes(), {});
    e_.set_in_test(true);
    Scope inner{scope.module, scope.visible, nullptr, {}};
    const auto bind = [&](const ast::Name& name, Value value) {
        const auto [at, is_new] = inner.names.try_emplace(name.text, Placed{std::move(value), name.span});
        if (!is_new)
            e_.report(error(code::duplicate_name, name.span, "`" + name.text + "` is declared twice in this test")
                          .with_place(at->second.span, "declared here first"));
    };
    for (const ast::Parameter& parameter : test.parameters) {
        if (!complete) break;
        Value value = declarations_.input({parameter.name, *parameter.type}, inner);
        const auto* variable = std::get_if<Variable>(&value);
        if (variable && e_.graph()[variable->node].real)
            value = e_.report(error(code::wrong_kind, parameter.type->span, "`real` does not say which values to try")
                                  .with_rule("a parameter of a property has a format"));
        bind(parameter.name, std::move(value));
    }
    for (const auto& statement : test.statements) {
        if (!complete || e_.exhausted()) break;
        if (const auto* declaration = std::get_if<ast::Let>(&statement)) {
            Value value = e_.let(*declaration, inner);
            declarations_.name_node(declaration->name, value);
            bind(declaration->name, std::move(value));
        } else {
            expect(std::get<ast::Expect>(statement), inner, program);
        }
    }
    e_.set_in_test(false);
    e_.constant_nodes() = std::move(constants);
    std::swap(program.graph, e_.graph());
    std::swap(program.declared, e_.program().declared);
    // A test with an error fails, and the others run; unless the program has errors, too.
    program.problems = e_.reports().take();
    if (!before.empty()) before.insert(before.end(), program.problems.begin(), program.problems.end());
    e_.reports().start(std::move(before));
    e_.program().tests.push_back(std::move(program));
    if (e_.coverage()) e_.coverage()->is_test();
}

void Tests::expect(const ast::Expect& expect, const Scope& scope, TestProgram& into) {
    const ast::Expr& condition = (*scope.module->ast)[expect.condition];
    Placed value{{}, condition.span};
    std::optional<Expectation::Sides> sides;
    const auto* comparison = std::get_if<ast::Binary>(&condition.kind);
    if (comparison && comparison->op >= ast::BinaryOp::eq && comparison->op <= ast::BinaryOp::ge) {
        const Placed left = e_.placed(comparison->left, scope);
        const Placed right = e_.placed(comparison->right, scope);
        value.value = e_.binary(comparison->op, left, right, condition.span);
        // Constants that no graph can hold are compared all the same.
        const auto shown = [&](const Placed& side) -> std::optional<NodeId> {
            const auto* constant = std::get_if<Constant>(&side.value);
            if (!is_tensor(side.value) || (constant && !is_dyadic(*constant))) return std::nullopt;
            return e_.node_of(side);
        };
        if (is_tensor(value.value)) {
            const auto a = shown(left);
            const auto b = shown(right);
            if (a && b) sides = {*a, *b};
        }
    } else {
        value = e_.placed(expect.condition, scope);
    }
    if (is_poison(value.value)) return;
    const auto node = e_.node_of(value);
    if (!node) return;
    const std::string name = "expect" + std::to_string(into.expects.size());
    e_.graph().output(name, *node, expect.span);
    into.expects.push_back({expect.span, std::string(e_.reports().sources().text(condition.span)), *node, sides});
}

Value Tests::call_dependent(const Dependent& what, const std::vector<Placed>& positional, const ast::Call* call,
                            const Scope& scope, const Span& span) {
    const Module& main = *e_.modules().main;
    const std::set<std::string> names = needed_names(main, what.name);
    std::vector<Builtin::Parameter> parameters;
    std::string signature;
    for (const ast::Name& input : declarations_.inputs()) {
        if (!names.contains(input.text)) continue;
        parameters.emplace_back(input.text, Builtin::Parameter::Kind::required);
        signature += (signature.empty() ? "" : ", ") + input.text + ": …";
    }
    const auto found = main.names.find(what.name);
    auto arguments = e_.bind_arguments({what.name, what.name + "(" + signature + ")", parameters, found->second.span},
                                       positional, call, scope, span);
    if (!arguments) return Poison{};
    std::map<std::string, Placed> inputs;
    for (size_t j = 0; j < parameters.size(); ++j) inputs.emplace(parameters[j].name, std::move(*arguments->bound[j]));
    auto& instance = *e_.modules().instances.emplace_back(std::make_unique<Module>());
    instance.name = main.name;
    instance.directory = main.directory;
    instance.reads_anywhere = main.reads_anywhere;
    instance.ast = main.ast;
    instance.declared = main.declared;
    e_.reports().enter({span, what.name});
    auto places = std::exchange(e_.places(), {});
    for (const ast::Declaration& declaration : main.ast->declarations)
        if (!e_.exhausted()) replay(instance, declaration, names, inputs);
    e_.places() = std::move(places);
    e_.reports().leave();
    const auto result = instance.names.find(what.name);
    return result == instance.names.end() ? Value(Poison{}) : result->second.value;
}

void Tests::replay(Module& instance, const ast::Declaration& declaration, const std::set<std::string>& names,
                   const std::map<std::string, Placed>& inputs) {
    const size_t index = instance.next_index++;
    const Scope scope{&instance, index, nullptr, {}};
    if (const auto* block = std::get_if<ast::With>(&declaration.kind))
        return declarations_.with(*block, scope,
                                  [&](const ast::Declaration& inner) { replay(instance, inner, names, inputs); });
    const ast::Name* name = declared_name(declaration);
    if (!name || !names.contains(name->text)) return;
    const Module& main = *e_.modules().main;
    const auto known = main.names.find(name->text);
    if (known == main.names.end() || known->second.index != index) return;  // a second declaration was reported
    Value value = known->second.value;
    if (std::holds_alternative<Function>(value)) {
        std::get<Function>(value).module = &instance;
    } else if (const auto* port = std::get_if<ast::Input>(&declaration.kind)) {
        value = Poison{};
        const Placed& given = inputs.at(name->text);
        const auto type = e_.type(port->type, scope);
        if (type && e_.conforms(given, *type, name->text)) value = given.value;
    } else if (std::holds_alternative<Variable>(value)) {
        const auto again = [&](const auto& d) -> Value {
            if constexpr (requires { ast::Let{d.name, d.type, d.value}; })
                return e_.let({d.name, d.type, d.value}, scope);
            return Poison{};
        };
        value = std::visit(again, declaration.kind);
        declarations_.name_node(*name, value);
    }
    instance.names.try_emplace(name->text, Binding{std::move(value), name->span, index});
}

}  // namespace dal::sema
