// The state of one compilation and its parts: declarations (elaborate.cpp, declarations.cpp), tests (tests.cpp), names
// and files (names/), expressions, operators, calls and types (expressions/), what is built in (builtins/), tables
// (tables/), formats taken from consumers (taken_formats/) and where formats are written (written_formats/). Internal
// to this layer. A function that returns a Value has reported what went wrong when it returns Poison.
#pragma once

#include <functional>
#include <set>

#include "dal/graph/movement.hpp"
#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/elaborate.hpp"
#include "dal/sema/taken_formats/missing_formats.hpp"
#include "dal/sema/values/value.hpp"
#include "dal/sema/written_formats/format_sources.hpp"

namespace dal::sema {

class Elaborator {
  public:
    Elaborator(SourceMap& sources, const ElaborateOptions& options) : sources_(sources), options_(options) {
        if (options.written_formats) written_ = std::make_unique<FormatSources>();
    }
    Elaborator(const Elaborator&) = delete;
    Elaborator& operator=(const Elaborator&) = delete;

    struct MainText {
        FileId file;
        std::filesystem::path directory;
    };
    /// Texts that see the names of those before them.
    Result<Program> run(const std::vector<MainText>& texts);

    // Reporting (elaborate.cpp).
    /// Adds the calls that led here; a second report of the same thing at the same place is dropped.
    Poison report(Diagnostic diagnostic);
    Poison report(Diagnostics diagnostics);
    [[nodiscard]] std::string source_text(const Span& span) const;
    /// Counts work; false, with a report the first time, when the program is too large.
    bool charge(int64_t elements, const Span& span);
    /// Reports that `value` is not what is needed ("a tensor").
    Poison wrong_kind(const Placed& value, std::string_view needed);
    /// Reports that `value` depends on an input; `rule`: "an extent is a constant integer".
    Poison not_constant(const Placed& value, std::string rule);

    // For programs that are made of calls in C++ instead of text (edsl).
    /// What was reported since the last call.
    Diagnostics take_reported() {
        reported_.clear();
        return std::exchange(diagnostics_, {});
    }
    Program& program() { return program_; }
    /// Null unless somebody asked where formats are written.
    FormatSources* written() { return written_.get(); }
    /// What records the reach of tests, or null.
    [[nodiscard]] Coverage* coverage() const noexcept { return options_.coverage; }

    // Formats that parameters and tables take from their consumers (taken_formats/missing_formats.hpp).
    OpenFormats& open_formats() { return open_; }
    /// Finds these formats, when nothing is added any more; whether nothing was reported.
    bool settle_formats() { return open_.settle(*this); }
    [[nodiscard]] bool has_reported() const noexcept { return !diagnostics_.empty(); }
    /// The function call that nodes are made in, if one is.
    [[nodiscard]] Span outermost_call() const { return frames_.empty() ? Span{} : frames_.front().call; }

    // Expressions (expressions.cpp).
    Value eval(ast::ExprId id, const Scope& scope);
    Placed placed(ast::ExprId id, const Scope& scope);

    // Operators (operators.cpp).
    Value binary(ast::BinaryOp op, const Placed& left, const Placed& right, const Span& span);
    Value unary(ast::UnaryOp op, const Placed& operand, const Span& span);
    Value shift(const Placed& operand, int64_t amount, const Span& span);
    /// Exactly one value chosen from two, element by element.
    Value select(const Placed& condition, const Placed& if_true, const Placed& if_false, const Span& span);
    /// min, max of two operands, and others that constants know too.
    Value elementwise(ConstantOp op, const Placed& left, const Placed& right, const Span& span);

    // Tensors (tensors.cpp).
    Graph& graph() { return program_.graph; }
    /// The node of a tensor; constants must be dyadic.
    std::optional<NodeId> node_of(const Placed& tensor);
    /// The node of a parameter that needs a format, if that is what `constant` is.
    std::optional<NodeId> open_node(const Placed& constant);
    /// `operand`, as a node if it is a real parameter that meets a variable, `other`.
    Placed meeting(const Placed& operand, const Placed& other);
    /// A scalar constant integer. `what` names it in messages: "a shift amount".
    std::optional<int64_t> integer(const Placed& value, std::string_view what);
    /// The same within bounds.
    std::optional<int64_t> integer(const Placed& value, std::string_view what, int64_t low, int64_t high);
    /// A constant integer or a list of them. `what`: "an axis".
    std::optional<std::vector<int64_t>> integers(const Placed& value, std::string_view what);
    /// A shape: constant positive integers, with at most `free` extents of -1.
    std::optional<Shape> shape_argument(const Placed& value, int free = 0);
    /// Whether a constant scalar is not 0: for options such as `keep: true`.
    std::optional<bool> truth(const Placed& value, std::string_view what);
    /// Whether elements may be that many in a tensor; reports otherwise.
    bool check_size(const Shape& shape, const Span& span);
    /// The common shape of two operands; reports if there is none.
    std::optional<Shape> broadcast_shape(const Shape& a, const Shape& b, const Span& span);
    /// `constant` if its numbers are small enough to go on with; reports otherwise.
    Value checked(Constant constant, const Span& span);
    /// Whether all elements of a Constant are multiples of a power of two; reports otherwise, with this rule.
    bool need_dyadic(const Placed& constant, std::string rule);
    Value from_result(Result<NodeId> node);
    /// Whether it is a tensor, real constants included; reports otherwise.
    bool need_tensor(const Placed& value);
    /// Of a constant, a tensor, a real constant, or formats.
    [[nodiscard]] const Shape& shape_of(const Value& tensor) const;
    Value quantize(const Placed& x, const Placed& format, const Span& span);
    Value einsum(const Placed& equation, std::span<const Placed> operands, const Span& span);
    Value matmul(const Placed& a, const Placed& b, const Span& span);
    Value relu(const Placed& x, const Span& span);

    // Movement (indexing.cpp).
    /// Moves operands of any kind that has a shape; reports what is wrong with the arguments, at `span`.
    Value move(const char* name, MovementResult movement, std::span<const Placed> operands, const Span& span);
    Value index(const ast::Index& index, const Placed& object, const Scope& scope, const Span& span);
    /// Element `position` of a list, or along the first axis of what has a shape.
    Value item(const Placed& value, int64_t position, const Span& span);
    /// How many there are; reports if `value` has none.
    std::optional<int64_t> item_count(const Placed& value);
    /// Values one behind the other: a tensor (or formats) if they have one shape, else a list. `extents` are those of
    /// the new leading axes.
    Value stacked(std::vector<Placed> items, const Shape& extents, const Span& span);

    // Calls (calls.cpp).
    Value call(const Placed& callee, const std::vector<Placed>& positional, const ast::Call* call, const Scope& scope,
               const Span& span);

    // Types (types.cpp).
    struct Type {
        Value element;  ///< Formats, RealType or AnyType
        std::optional<Shape> shape;
        Span span;
        bool asks = true;  ///< whether a table without a format takes it
    };
    std::optional<Type> type(const ast::Type& type, const Scope& scope);
    std::optional<int64_t> extent(ast::ExprId id, const Scope& scope);
    /// The formats of a value that is a format, or a place (`weight`, …) that has one; reports otherwise.
    std::optional<Formats> formats_of(const Placed& value);
    /// `value` if it is an element type; the format of a place. Reports otherwise.
    Value element_type(const Placed& value);
    /// The format of the innermost `with` that names this place, if one does.
    [[nodiscard]] std::optional<Placed> place_format(Place place) const;
    /// The formats of the elements of a tensor of this shape; reports if they do not broadcast to it.
    std::optional<FormatMap> format_map(const Formats& formats, const Shape& shape, const Span& span);
    /// Checks a value against its declared type, as far as that is possible before inference.
    bool conforms(const Placed& value, const Type& type, const std::string& name);
    /// The same for a parameter, whose extents may be variables: `shapes` holds and receives them.
    bool matches(const Placed& value, const ast::Type& type, Scope& shapes, const std::string& name);

    // Names (names.cpp, resolve.cpp).
    /// `rule` is added if there is no such name.
    Value name(const std::string& name, const Span& span, const Scope& scope, std::string_view rule = {});
    Value member(const Placed& object, const ast::Name& member);
    /// The value of a name, or null.
    static const Value* find(const std::string& name, const Scope& scope);
    /// The same without the built-in ones; `declared` receives its place.
    static const Value* find_declared(const std::string& name, const Scope& scope, Span* declared = nullptr);
    /// Reports the unknown names of a body once, where it is declared; whether there are none.
    bool resolve(const Module& module, const std::string& name, const std::vector<ast::Parameter>& parameters,
                 const std::optional<ast::Type>& result, ast::ExprId body, size_t index);
    bool resolve(const Module& module, const ast::Test& test, size_t index);

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
    };

    void add_words(Diagnostic& diagnostic, const std::string& text) const;
    /// Makes `text` the main module; whether it parses.
    bool elaborate(const MainText& text);
    /// What the names of the main module stand for (summaries.cpp).
    [[nodiscard]] std::vector<NameSummary> summaries() const;
    /// What "m.k.f" stands for in the main module (summaries.cpp).
    [[nodiscard]] FoundName found(const std::string& path) const;

    // Declarations (declarations.cpp).
    void announce(Module& module, const std::vector<ast::Declaration>& declarations);
    void declarations(Module& module);
    void declare(Module& module, const ast::Declaration& declaration);
    void bind(Module& module, const ast::Name& name, Value value, size_t index);
    Value let(const ast::Let& let, const Scope& scope);
    Value param(const ast::Param& param, const Scope& scope);
    Value constant_parameter(const ast::Param& param, const Value& value, const Scope& scope);
    Value input(const ast::Input& input, const Scope& scope);
    void output(Module& module, const ast::Output& output, size_t index, const Scope& scope);
    /// Calls `each` with the declarations inside, while their formats are in force.
    void with(const ast::With& with, const Scope& scope, const std::function<void(const ast::Declaration&)>& each);
    void name_node(const ast::Name& name, const Value& value);

    // Tests (tests.cpp).
    void test(const ast::Test& test, const Scope& scope);
    void expect(const ast::Expect& expect, const Scope& scope, TestProgram& into);
    Value call_dependent(const Dependent& what, const std::vector<Placed>& positional, const ast::Call* call,
                         const Scope& scope, const Span& span);
    /// The declarations that a name of a module depends on, itself included.
    static std::set<std::string> needed(const Module& module, const std::string& name);
    /// Declares one of these names again, in an instance of the main module whose inputs have values.
    void replay(Module& instance, const ast::Declaration& declaration, const std::set<std::string>& names,
                const std::map<std::string, Placed>& inputs);

    Value step(const ast::Expr& expr, const Placed& left, const Scope& scope);
    Value block(const ast::Block& block, const Scope& scope);
    Value branch(const ast::If& choice, const Scope& scope, const Span& span);
    /// Records which arms a condition takes.
    void record_arms(const ast::If& choice, const Value& condition, const Ast& ast);
    /// Records that a name is used.
    void record_use(const std::string& name, const Scope& scope);
    // Loops (loops.cpp).
    Value list(const ast::List& list, const Scope& scope, const Span& span);
    Value comprehension(const ast::Comprehension& loop, const Scope& scope, const Span& span);
    Value fold(const ast::Fold& fold, const Scope& scope);
    Value range(const Placed& first, const Placed& last, const Span& span);
    std::optional<std::string> expand_ellipsis(const Placed& equation, std::vector<Placed>& operands);
    /// Whether constants divide here; reports otherwise.
    bool divisible(ConstantOp op, const Placed& left, const Placed& right);
    std::optional<Value> compare_kinds(ast::BinaryOp op, const Placed& left, const Placed& right);

    Value instantiate(const Function& function, std::vector<std::optional<Placed>> arguments, const Span& span);
    struct Arguments {
        std::vector<std::optional<Placed>> bound;
        std::vector<Placed> rest;
    };
    /// `definition`: where the function is declared, unknown for built-in ones.
    std::optional<Arguments> bind_arguments(const std::string& function, const std::string& signature,
                                            std::span<const Builtin::Parameter> parameters,
                                            const std::vector<Placed>& positional, const ast::Call* call,
                                            const Scope& scope, const Span& span, const Span& definition);

    SourceMap& sources_;
    const ElaborateOptions& options_;
    Program program_;
    Diagnostics diagnostics_;
    std::set<std::tuple<Code, FileId, uint32_t, uint32_t>> reported_;
    std::set<FileId> library_;                               ///< files of the standard library
    std::map<std::string, std::set<std::string>> compared_;  ///< strings that are different from each string
    std::vector<Frame> frames_;                              ///< function calls, outermost first
    std::vector<std::map<Place, Placed>> places_;            ///< formats, of the `with` around, innermost last
    int depth_ = 0;                                          ///< of eval
    const Constant zero_ = Constant::scalar(0);
    const Constant minus_one_ = Constant::scalar(-1);
    int64_t work_ = 0;
    int64_t calls_ = 0;
    bool exhausted_ = false;
    bool in_test_ = false;
    std::unique_ptr<FormatSources> written_;
    OpenFormats open_;
    std::map<std::pair<const void*, Shape>, NodeId> constant_nodes_;
    std::vector<std::shared_ptr<const void>> kept_;  ///< the keys of constant_nodes_ stay alive
    std::map<std::string, Span> output_names_;
    std::vector<ast::Name> inputs_;  ///< of the program
    std::map<std::filesystem::path, std::unique_ptr<Archive>> archives_;
    std::map<std::filesystem::path, Value> arrays_;
    std::map<std::filesystem::path, std::unique_ptr<Module>> modules_;
    std::vector<std::unique_ptr<Module>> instances_;               ///< of the main module, with inputs bound, for tests
    std::vector<std::pair<std::filesystem::path, Span>> loading_;  ///< modules in progress, and where they are used
    std::vector<std::unique_ptr<Module>> earlier_;                 ///< texts before the main module
    std::unique_ptr<Module> main_;
};

}  // namespace dal::sema
