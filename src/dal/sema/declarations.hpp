// The declarations of a file, in their order: names and ports of the program. Internal to this layer.
#pragma once

#include "dal/sema/expressions/evaluator.hpp"

namespace dal::sema {

class Declarations {
  public:
    explicit Declarations(Evaluator& evaluator) : e_(evaluator) {}

    /// All of a module.
    void all(Module& module);
    // The same in steps, for a program of which declarations are elaborated again (recheck.hpp).
    /// Makes known which names will be declared.
    void announce(Module& module);
    /// Elaborates declaration number `index`, from 1.
    void declare(Module& module, const ast::Declaration& declaration, size_t index);
    /// An output of this name may be declared anew.
    void forget_output(const std::string& name) { output_names_.erase(name); }

    Value input(const ast::Input& input, const Scope& scope);
    /// Calls `each` with the declarations inside, while their formats are in force.
    void with(const ast::With& with, const Scope& scope, const std::function<void(const ast::Declaration&)>& each);
    /// The node of `value` has this name, if it has none yet.
    void name_node(const ast::Name& name, const Value& value);
    /// Of the program.
    [[nodiscard]] const std::vector<ast::Name>& inputs() const noexcept { return inputs_; }

    /// Elaborates a test; nothing if they are not wanted. `index`: of the declaration in its module.
    std::function<void(const ast::Test& test, size_t index, const Scope& scope)> on_test;

  private:
    void announce(Module& module, const std::vector<ast::Declaration>& declarations);
    void declare(Module& module, const ast::Declaration& declaration);
    void bind(Module& module, const ast::Name& name, Value value, size_t index);
    Value use(const ast::Name& name, const Module& from);  // names/modules.cpp
    Value param(const ast::Param& param, const Scope& scope);
    Value constant_parameter(const ast::Param& param, const Value& value, const Scope& scope);
    void output(Module& module, const ast::Output& output, size_t index, const Scope& scope);

    Evaluator& e_;
    std::map<std::string, Span> output_names_;
    std::vector<ast::Name> inputs_;
};

}  // namespace dal::sema
