// `test` and `property`: each becomes a graph of its own. What depends on the inputs of the program is not at hand
// there; it is computed again when it is called with them: an instance of the module replays the declarations it needs.
// Internal to this layer.
#pragma once

#include <map>
#include <set>

#include "dal/sema/declarations.hpp"

namespace dal::sema {

class Tests {
  public:
    /// Takes part in the elaboration of these declarations.
    Tests(Evaluator& evaluator, Declarations& declarations);
    Tests(const Tests&) = delete;
    Tests& operator=(const Tests&) = delete;

  private:
    void test(const ast::Test& test, size_t index, const Scope& scope);
    void expect(const ast::Expect& expect, const Scope& scope, TestProgram& into);
    Value call_dependent(const Dependent& what, const std::vector<Placed>& positional, const ast::Call* call,
                         const Scope& scope, const Span& span);
    /// Declares one of these names again, in an instance of the main module whose inputs have values.
    void replay(Module& instance, const ast::Declaration& declaration, const std::set<std::string>& names,
                const std::map<std::string, Placed>& inputs);

    Evaluator& e_;
    Declarations& declarations_;
};

}  // namespace dal::sema
