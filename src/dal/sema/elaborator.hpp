// The state of one compilation and its parts: declarations (elaborate.cpp), names (names.cpp), expressions
// (expressions.cpp), calls (calls.cpp), types (types.cpp), files (files.cpp). Internal to this layer. A function that
// returns a Value has reported what went wrong when it returns Poison.
#pragma once

#include <set>

#include "dal/sema/builtins.hpp"
#include "dal/sema/elaborate.hpp"
#include "dal/sema/value.hpp"

namespace dal::sema {

class Elaborator {
  public:
    Elaborator(SourceMap& sources, const ElaborateOptions& options) : sources_(sources), options_(options) {}
    Elaborator(const Elaborator&) = delete;
    Elaborator& operator=(const Elaborator&) = delete;

    Result<Program> run(FileId file, const std::filesystem::path& directory);

    // Reporting (elaborate.cpp).
    /// Adds the calls that led here; a second report of the same thing at the same place is dropped.
    Poison report(Diagnostic diagnostic);
    Poison report(Diagnostics diagnostics);
    [[nodiscard]] std::string source_text(const Span& span) const;
    /// Counts work; false, with a report the first time, when the program is too large.
    bool charge(int64_t elements, const Span& span);

    // Expressions (expressions.cpp).
    Value eval(ast::ExprId id, const Scope& scope);
    Value binary(ast::BinaryOp op, const Placed& left, const Placed& right, const Span& span);
    Value negate(const Placed& operand, const Span& span);

    // Tensors (tensors.cpp).
    /// The node of a tensor; constants must be dyadic.
    std::optional<NodeId> node_of(const Placed& tensor);
    /// A scalar constant integer. `what` names it in messages: "a shift amount".
    std::optional<int64_t> integer(const Placed& value, std::string_view what);
    /// Whether elements may be that many in a tensor; reports otherwise.
    bool check_size(const Shape& shape, const Span& span);
    /// The common shape of two operands; reports if there is none.
    std::optional<Shape> broadcast_shape(const Shape& a, const Shape& b, const Span& span);
    /// `constant` if its numbers are small enough to go on with; reports otherwise.
    Value checked(Constant constant, const Span& span);
    Value from_result(Result<NodeId> node);
    [[nodiscard]] const Shape& shape_of(const Value& tensor) const;
    Value shift(const Placed& operand, int64_t amount, const Span& span);
    Value quantize(const Placed& x, const Placed& format, const Span& span);
    Value einsum(const Placed& equation, const Placed& a, const Placed& b, const Span& span);
    Value relu(const Placed& x, const Span& span);
    /// Reports that `value` is not what is needed ("a tensor").
    Poison wrong_kind(const Placed& value, std::string_view needed);

    // Calls (calls.cpp).
    Value call(const Placed& callee, const std::vector<Placed>& positional, const ast::Call* call, const Scope& scope,
               const Span& span);

    // Types (types.cpp).
    struct Type {
        Value element;  ///< Formats, RealType or AnyType
        std::optional<Shape> shape;
        Span span;
    };
    std::optional<Type> type(const ast::Type& type, const Scope& scope);
    std::optional<int64_t> extent(ast::ExprId id, const Scope& scope);
    /// The formats of the elements of a tensor of this shape; reports if they do not broadcast to it.
    std::optional<FormatMap> format_map(const Formats& formats, const Shape& shape, const Span& span);
    /// Checks a value against its declared type, as far as that is possible before inference.
    bool conforms(const Placed& value, const Type& type, const std::string& name);
    /// The same for a parameter, whose extents may be variables: `shapes` holds and receives them.
    bool matches(const Placed& value, const ast::Type& type, Scope& shapes, const std::string& name);

    // Names (names.cpp).
    Value name(const std::string& name, const Span& span, const Scope& scope);
    Value member(const Placed& object, const ast::Name& member);
    /// The value of a name, or null; `declared` receives its place if it has one.
    static const Value* find(const std::string& name, const Scope& scope, Span* declared = nullptr);
    /// Reports the unknown names of a function's body once, where it is declared; whether there are none.
    bool resolve(const Module& module, const ast::Fn& fn, size_t index);
    bool reports_unknown(const std::string& name, const Span& span, const Scope& scope);

    // Files (files.cpp).
    Value load(const Placed& file, const Module& module, const Span& span);
    Value use(const ast::Name& name, const Module& from);
    /// The constant in an array; `what` names it in messages.
    Value array_value(const Array& array, const std::string& what, const Span& span);

  private:
    friend class Depth;
    struct Frame {
        Span call;
        std::string function;
        const ast::Fn* fn;
    };

    // Declarations (elaborate.cpp).
    void declarations(Module& module);
    void declare(Module& module, size_t index);
    void bind(Module& module, const ast::Name& name, Value value, size_t index);
    Value let(const ast::Let& let, const Scope& scope);
    Value input(const ast::Input& input, const Scope& scope);
    void output(Module& module, const ast::Output& output, size_t index, const Scope& scope);
    void name_node(const ast::Name& name, const Value& value);

    Value step(const ast::Expr& expr, const Placed& left, const Scope& scope);
    Value block(const ast::Block& block, const Scope& scope);
    Value instantiate(const Function& function, std::vector<std::optional<Placed>> arguments, const Span& span);
    std::optional<std::vector<std::optional<Placed>>> bind_arguments(const std::string& function,
                                                                     std::span<const Builtin::Parameter> parameters,
                                                                     const std::vector<Placed>& positional,
                                                                     const ast::Call* call, const Scope& scope,
                                                                     const Span& span, const Span& definition);

    SourceMap& sources_;
    const ElaborateOptions& options_;
    Program program_;
    Diagnostics diagnostics_;
    std::set<std::tuple<Code, FileId, uint32_t, uint32_t>> reported_;
    std::vector<Frame> frames_;  ///< function calls, outermost first
    int depth_ = 0;              ///< of eval
    int64_t work_ = 0;
    int64_t calls_ = 0;
    bool exhausted_ = false;
    std::map<std::pair<const void*, Shape>, NodeId> constant_nodes_;
    std::vector<std::shared_ptr<const void>> kept_;  ///< the keys of constant_nodes_ stay alive
    std::map<std::string, Span> output_names_;
    std::map<std::filesystem::path, std::unique_ptr<Archive>> archives_;
    std::map<std::filesystem::path, Value> arrays_;
    std::map<std::filesystem::path, std::unique_ptr<Module>> modules_;
    std::vector<std::pair<std::filesystem::path, Span>> loading_;  ///< modules in progress, and where they are used
    std::unique_ptr<Module> main_;
};

}  // namespace dal::sema
