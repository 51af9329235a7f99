// `test` and `property`: each becomes a graph of its own. What depends on the inputs of the program is not at hand
// there; it is computed again when it is called with them: an instance of the module replays the declarations it needs.
#include <algorithm>

#include "dal/sema/coverage.hpp"
#include "dal/sema/elaborator.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/name_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

/// The names in some expressions. Local names are among them: that only replays a declaration more.
class Mentioned {
  public:
    explicit Mentioned(const Ast& ast) : ast_(ast) {}

    void add(ast::ExprId id) {
        if (id != ast::ExprId::none) pending_.push_back(id);
    }
    void add(const std::optional<ast::Type>& type) {
        if (!type) return;
        add(type->element);
        for (const ast::ExprId extent : type->extents) add(extent);
    }
    void add(const std::vector<ast::Parameter>& parameters) {
        for (const ast::Parameter& parameter : parameters) {
            add(parameter.type);
            add(parameter.default_value);
        }
    }
    /// All of them, with their parts.
    std::set<std::string> names() {
        while (!pending_.empty()) {
            const ast::Expr& expr = ast_[pending_.back()];
            pending_.pop_back();
            if (const auto* identifier = std::get_if<ast::Identifier>(&expr.kind)) names_.insert(identifier->name);
            if (const auto* block = std::get_if<ast::Block>(&expr.kind))
                for (const ast::Let& let : block->lets) add(let.type);
            for (const ast::ExprId part : ast::parts(ast_, expr)) add(part);
        }
        return std::move(names_);
    }

  private:
    const Ast& ast_;
    std::vector<ast::ExprId> pending_;
    std::set<std::string> names_;
};

std::set<std::string> mentioned(const Ast& ast, const ast::Declaration& declaration) {
    Mentioned mentioned(ast);
    std::visit(Overloaded{
                   [](const ast::Use&) {},
                   [](const ast::Test&) {},
                   [](const ast::With&) {},
                   [&](const ast::Input& d) { mentioned.add(std::optional(d.type)); },
                   [&](const ast::Fn& d) {
                       mentioned.add(d.parameters);
                       mentioned.add(d.result);
                       mentioned.add(d.body);
                   },
                   [&](const ast::Table& d) {
                       mentioned.add(d.parameters);
                       mentioned.add(d.result);
                       mentioned.add(d.body);
                   },
                   [&](const auto& d) {
                       mentioned.add(d.type);
                       mentioned.add(d.value);
                   },
               },
               declaration.kind);
    return mentioned.names();
}

}  // namespace

std::set<std::string> Elaborator::needed(const Module& module, const std::string& name) {
    std::set<std::string> result;
    std::vector<std::string> pending{name};
    while (!pending.empty()) {
        const std::string at = std::move(pending.back());
        pending.pop_back();
        const auto declaration = module.declarations.find(at);
        if (declaration == module.declarations.end() || !result.insert(at).second) continue;
        for (const std::string& other : mentioned(*module.ast, *declaration->second)) pending.push_back(other);
    }
    return result;
}

void Elaborator::test(const ast::Test& test, const Scope& scope) {
    TestProgram program{test.name, test.name_span, test.is_property, {}, {}, {}};
    std::swap(program.graph, program_.graph);
    std::swap(program.declared, program_.declared);
    auto constants = std::exchange(constant_nodes_, {});
    in_test_ = true;
    Scope inner{scope.module, scope.visible, nullptr, {}};
    const auto bind = [&](const ast::Name& name, Value value) {
        const auto [at, is_new] = inner.names.try_emplace(name.text, Placed{std::move(value), name.span});
        if (!is_new)
            report(error(code::duplicate_name, name.span, "`" + name.text + "` is declared twice in this test")
                       .with_place(at->second.span, "declared here first"));
    };
    for (const ast::Parameter& parameter : test.parameters) {
        Value value = input({parameter.name, *parameter.type}, inner);
        const auto* variable = std::get_if<Variable>(&value);
        if (variable && program_.graph[variable->node].real)
            value = report(error(code::wrong_kind, parameter.type->span, "`real` does not say which values to try")
                               .with_rule("a parameter of a property has a format"));
        bind(parameter.name, std::move(value));
    }
    for (const auto& statement : test.statements) {
        if (exhausted_) break;
        if (const auto* declaration = std::get_if<ast::Let>(&statement)) {
            Value value = let(*declaration, inner);
            name_node(declaration->name, value);
            bind(declaration->name, std::move(value));
        } else {
            expect(std::get<ast::Expect>(statement), inner, program);
        }
    }
    in_test_ = false;
    constant_nodes_ = std::move(constants);
    std::swap(program.graph, program_.graph);
    std::swap(program.declared, program_.declared);
    program_.tests.push_back(std::move(program));
    if (coverage()) coverage()->is_test();
}

void Elaborator::expect(const ast::Expect& expect, const Scope& scope, TestProgram& into) {
    const ast::Expr& condition = (*scope.module->ast)[expect.condition];
    Placed value{{}, condition.span};
    std::optional<Expectation::Sides> sides;
    const auto* comparison = std::get_if<ast::Binary>(&condition.kind);
    if (comparison && comparison->op >= ast::BinaryOp::eq && comparison->op <= ast::BinaryOp::ge) {
        const Placed left = placed(comparison->left, scope);
        const Placed right = placed(comparison->right, scope);
        value.value = binary(comparison->op, left, right, condition.span);
        // Constants that no graph can hold are compared all the same.
        const auto shown = [&](const Placed& side) -> std::optional<NodeId> {
            const auto* constant = std::get_if<Constant>(&side.value);
            if (!is_tensor(side.value) || (constant && !is_dyadic(*constant))) return std::nullopt;
            return node_of(side);
        };
        if (is_tensor(value.value)) {
            const auto a = shown(left);
            const auto b = shown(right);
            if (a && b) sides = {*a, *b};
        }
    } else {
        value = placed(expect.condition, scope);
    }
    if (is_poison(value.value)) return;
    const auto node = node_of(value);
    if (!node) return;
    const std::string name = "expect" + std::to_string(into.expects.size());
    program_.graph.output(name, *node, expect.span);
    into.expects.push_back({expect.span, std::string(sources_.text(condition.span)), *node, sides});
}

Value Elaborator::call_dependent(const Dependent& what, const std::vector<Placed>& positional, const ast::Call* call,
                                 const Scope& scope, const Span& span) {
    const std::set<std::string> names = needed(*main_, what.name);
    std::vector<Builtin::Parameter> parameters;
    std::string signature;
    for (const ast::Name& input : inputs_) {
        if (!names.contains(input.text)) continue;
        parameters.emplace_back(input.text, Builtin::Parameter::Kind::required);
        signature += (signature.empty() ? "" : ", ") + input.text + ": …";
    }
    const auto found = main_->names.find(what.name);
    auto arguments = bind_arguments(what.name, what.name + "(" + signature + ")", parameters, positional, call, scope,
                                    span, found->second.span);
    if (!arguments) return Poison{};
    std::map<std::string, Placed> inputs;
    for (size_t j = 0; j < parameters.size(); ++j) inputs.emplace(parameters[j].name, std::move(*arguments->bound[j]));
    auto& instance = *instances_.emplace_back(std::make_unique<Module>());
    instance.name = main_->name;
    instance.directory = main_->directory;
    instance.ast = main_->ast;
    instance.declared = main_->declared;
    frames_.push_back({span, what.name});
    auto places = std::exchange(places_, {});
    for (const ast::Declaration& declaration : main_->ast->declarations)
        if (!exhausted_) replay(instance, declaration, names, inputs);
    places_ = std::move(places);
    frames_.pop_back();
    const auto result = instance.names.find(what.name);
    return result == instance.names.end() ? Value(Poison{}) : result->second.value;
}

void Elaborator::replay(Module& instance, const ast::Declaration& declaration, const std::set<std::string>& names,
                        const std::map<std::string, Placed>& inputs) {
    const size_t index = instance.next_index++;
    const Scope scope{&instance, index, nullptr, {}};
    if (const auto* block = std::get_if<ast::With>(&declaration.kind))
        return with(*block, scope, [&](const ast::Declaration& inner) { replay(instance, inner, names, inputs); });
    const ast::Name* name = declared_name(declaration);
    if (!name || !names.contains(name->text)) return;
    const auto known = main_->names.find(name->text);
    if (known == main_->names.end() || known->second.index != index) return;  // a second declaration was reported
    Value value = known->second.value;
    if (std::holds_alternative<Function>(value)) {
        std::get<Function>(value).module = &instance;
    } else if (const auto* port = std::get_if<ast::Input>(&declaration.kind)) {
        value = Poison{};
        const Placed& given = inputs.at(name->text);
        const auto type = this->type(port->type, scope);
        if (type && conforms(given, *type, name->text)) value = given.value;
    } else if (std::holds_alternative<Variable>(value)) {
        const auto again = [&](const auto& d) -> Value {
            if constexpr (requires { ast::Let{d.name, d.type, d.value}; }) return let({d.name, d.type, d.value}, scope);
            return Poison{};
        };
        value = std::visit(again, declaration.kind);
        name_node(*name, value);
    }
    instance.names.try_emplace(name->text, Binding{std::move(value), name->span, index});
}

}  // namespace dal::sema
