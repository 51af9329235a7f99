// Expressions of the language to values: names (names/names.cpp, resolve.cpp), calls (calls.cpp, arguments.cpp), loops
// (loops.cpp), indices (indexing.cpp) and types (types.cpp), on top of what can be done with values (tensor_ops.hpp).
// Internal to this layer.
#pragma once

#include <functional>

#include "dal/sema/names/modules.hpp"
#include "dal/sema/tensor_ops.hpp"

namespace dal::sema {

class Evaluator : public TensorOps {
  public:
    using TensorOps::TensorOps;

    Modules& modules() noexcept { return modules_; }

    Value eval(ast::ExprId id, const Scope& scope);
    Placed placed(ast::ExprId id, const Scope& scope);
    Value let(const ast::Let& let, const Scope& scope);
    Value index(const ast::Index& index, const Placed& object, const Scope& scope, const Span& span);
    Value call(const Placed& callee, const std::vector<Placed>& positional, const ast::Call* call, const Scope& scope,
               const Span& span);

    // Types.
    std::optional<Type> type(const ast::Type& type, const Scope& scope);
    std::optional<int64_t> extent(ast::ExprId id, const Scope& scope);

    // Names.
    /// `rule` is added if there is no such name.
    Value name(const std::string& name, const Span& span, const Scope& scope, std::string_view rule = {});
    /// The value of a name, or null.
    static const Value* find(const std::string& name, const Scope& scope);
    /// The same without the built-in ones; `declared` receives its place.
    static const Value* find_declared(const std::string& name, const Scope& scope, Span* declared = nullptr);
    /// Reports the unknown names of a body once, where it is declared; whether there are none.
    bool resolve(const Module& module, const std::string& name, const std::vector<ast::Parameter>& parameters,
                 const std::optional<ast::Type>& result, ast::ExprId body, size_t index);
    bool resolve(const Module& module, const ast::Test& test, size_t index);

    struct Arguments {
        std::vector<std::optional<Placed>> bound;
        std::vector<Placed> rest;
    };
    /// What is called, as messages name it.
    struct Signature {
        std::string function;
        std::string text;  ///< "clip(x, lo, hi)", or empty
        std::span<const Builtin::Parameter> parameters;
        Span definition;  ///< where the function is declared; unknown for built-in ones
    };
    /// The arguments of a call, in the order of the parameters (arguments.cpp).
    std::optional<Arguments> bind_arguments(const Signature& signature, const std::vector<Placed>& positional,
                                            const ast::Call* call, const Scope& scope, const Span& span);

    /// Calls what depends on the inputs of the program; set by who can compute it again (tests.hpp).
    std::function<Value(const Dependent& what, const std::vector<Placed>& positional, const ast::Call* call,
                        const Scope& scope, const Span& span)>
        on_dependent;

  private:
    /// `w["fc1.weight"]`.
    Value member_at(const ast::Index& index, const Members& of, const Scope& scope);
    Value step(const ast::Expr& expr, const Placed& left, const Scope& scope);
    Value block(const ast::Block& block, const Scope& scope);
    Value branch(const ast::If& choice, const Scope& scope, const Span& span);
    /// Records which arms a condition takes.
    void record_arms(const ast::If& choice, const Value& condition, const Ast& ast);
    /// Records that a name is used.
    void record_use(const std::string& name, const Scope& scope);

    Value list(const ast::List& list, const Scope& scope, const Span& span);
    Value comprehension(const ast::Comprehension& loop, const Scope& scope, const Span& span);
    Value fold(const ast::Fold& fold, const Scope& scope);

    Value instantiate(const Function& function, std::vector<std::optional<Placed>> arguments, const Span& span);
    /// Checks an argument against the type of its parameter, whose extents may be variables: `shapes` holds and
    /// receives them.
    bool matches(const Placed& value, const ast::Type& type, Scope& shapes, const std::string& name);

    Modules modules_;
    int depth_ = 0;  ///< of eval
};

}  // namespace dal::sema
