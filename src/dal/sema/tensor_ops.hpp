// What can be done with values, whoever asks for it: expressions of the language, built-in functions, calls in C++. It
// computes constants and adds operations to a graph: operators (expressions/operators.cpp, einsum.cpp), tensors
// (tensors.cpp), data movement (movement.cpp), formats (formats.cpp), members (names/members.cpp,
// archive_members.cpp). It knows no names
// and no declarations. Internal to this layer and to edsl. A function that returns a Value has reported what went wrong
// when it returns Poison.
#pragma once

#include "dal/graph/movement.hpp"
#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/elaborate.hpp"
#include "dal/sema/expressions/constant_nodes.hpp"
#include "dal/sema/expressions/known_words.hpp"
#include "dal/sema/expressions/place_formats.hpp"
#include "dal/sema/names/files.hpp"
#include "dal/sema/reports.hpp"
#include "dal/sema/taken_formats/missing_formats.hpp"
#include "dal/sema/values/value.hpp"
#include "dal/sema/work_budget.hpp"
#include "dal/sema/written_formats/format_sources.hpp"

namespace dal::sema {

class TensorOps {
  public:
    TensorOps(SourceMap& sources, const ElaborateOptions& options);
    TensorOps(const TensorOps&) = delete;
    TensorOps& operator=(const TensorOps&) = delete;

    // The stores that this works on.
    [[nodiscard]] const ElaborateOptions& options() const noexcept { return options_; }
    Reports& reports() noexcept { return reports_; }
    [[nodiscard]] const Reports& reports() const noexcept { return reports_; }
    Program& program() noexcept { return program_; }
    Graph& graph() noexcept { return program_.graph; }
    ConstantNodes& constant_nodes() noexcept { return constant_nodes_; }
    PlaceFormats& places() noexcept { return places_; }
    Files& files() noexcept { return files_; }
    /// Formats that parameters and tables take from their consumers.
    OpenFormats& open_formats() noexcept { return open_; }
    /// Null unless somebody asked where formats are written.
    FormatSources* written() noexcept { return written_.get(); }
    /// What records the reach of tests, or null.
    [[nodiscard]] Coverage* coverage() const noexcept { return options_.coverage; }
    /// Whether the graph is that of a test.
    [[nodiscard]] bool in_test() const noexcept { return in_test_; }
    void set_in_test(bool in_test) noexcept { in_test_ = in_test; }

    // Reporting, and the budget (tensor_ops.cpp).
    Poison report(Diagnostic diagnostic) { return reports_.add(std::move(diagnostic)); }
    Poison report(Diagnostics diagnostics) { return reports_.add(std::move(diagnostics)); }
    [[nodiscard]] std::string source_text(const Span& span) const { return reports_.source_text(span); }
    /// Counts work; false, with a report the first time, when the program is too large.
    bool charge(int64_t elements, const Span& span);
    bool charge_call(const Span& span);
    [[nodiscard]] bool exhausted() const noexcept { return budget_.exhausted() || reports_.overflown(); }
    /// Reports that `value` is not what is needed ("a tensor").
    Poison wrong_kind(const Placed& value, std::string_view needed);
    /// Reports that `value` depends on an input; `rule`: "an extent is a constant integer".
    Poison not_constant(const Placed& value, std::string rule);

    // Operators.
    Value binary(ast::BinaryOp op, const Placed& left, const Placed& right, const Span& span);
    Value unary(ast::UnaryOp op, const Placed& operand, const Span& span);
    Value shift(const Placed& operand, int64_t amount, const Span& span);
    /// Exactly one value chosen from two, element by element.
    Value select(const Placed& condition, const Placed& if_true, const Placed& if_false, const Span& span);
    /// min, max of two operands, and others that constants know too.
    Value elementwise(ConstantOp op, const Placed& left, const Placed& right, const Span& span);
    Value einsum(const Placed& equation, std::span<const Placed> operands, const Span& span);
    Value matmul(const Placed& a, const Placed& b, const Span& span);
    Value relu(const Placed& x, const Span& span);
    Value quantize(const Placed& x, const Placed& format, const Span& span);

    // Tensors.
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
    /// The constant in an array; `what` names it in messages.
    Value array_value(const Array& array, const std::string& what, const Span& span);

    // Data movement.
    /// Moves operands of any kind that has a shape; reports what is wrong with the arguments, at `span`.
    Value move(const char* name, MovementResult movement, std::span<const Placed> operands, const Span& span);
    /// Element `position` of a list, or along the first axis of what has a shape.
    Value item(const Placed& value, int64_t position, const Span& span);
    /// How many there are; reports if `value` has none.
    std::optional<int64_t> item_count(const Placed& value);
    /// Values one behind the other: a tensor (or formats) if they have one shape, else a list. `extents` are those of
    /// the new leading axes.
    Value stacked(std::vector<Placed> items, const Shape& extents, const Span& span);
    /// What is written behind a point: of a module, an archive, a format.
    Value member(const Placed& object, const ast::Name& member);
    /// An array of an archive, or the arrays below a prefix (names/archive_members.cpp). `span`: where it is named.
    Value member(const Members& of, const std::string& name, const Span& span);

    // Formats and types.
    struct Type {
        Value element;  ///< Formats, RealType or AnyType
        std::optional<Shape> shape;
        Span span;
        bool asks = true;  ///< whether a table without a format takes it
    };
    /// The formats of a value that is a format, or a place (`weight`, …) that has one; reports otherwise.
    std::optional<Formats> formats_of(const Placed& value);
    /// `value` if it is an element type; the format of a place. Reports otherwise.
    Value element_type(const Placed& value);
    /// The formats of the elements of a tensor of this shape; reports if they do not broadcast to it.
    std::optional<FormatMap> format_map(const Formats& formats, const Shape& shape, const Span& span);
    /// Checks a value against its declared type, as far as that is possible before inference.
    bool conforms(const Placed& value, const Type& type, const std::string& name);

  private:
    /// A comparison of a variable with any constant, exact: between numbers that no format holds, too.
    Value compared(ConstantOp op, const Placed& left, const Placed& right, const Span& span);
    Value range(const Placed& first, const Placed& last, const Span& span);
    std::optional<std::string> expand_ellipsis(const Placed& equation, std::vector<Placed>& operands);
    /// Whether constants divide here, or a variable by powers of two; reports otherwise.
    bool divisible(ConstantOp op, const Placed& left, const Placed& right);
    /// A variable by powers of two.
    Value by_reciprocal(const Placed& left, const Placed& right, const Span& span);
    std::optional<Value> compare_kinds(ast::BinaryOp op, const Placed& left, const Placed& right);

    const ElaborateOptions& options_;
    Reports reports_;
    WorkBudget budget_;
    Program program_;
    ConstantNodes constant_nodes_;
    PlaceFormats places_;
    KnownWords words_;
    OpenFormats open_;
    Files files_;
    std::unique_ptr<FormatSources> written_;
    const Constant zero_ = Constant::scalar(0);
    const Constant minus_one_ = Constant::scalar(-1);
    bool in_test_ = false;
};

}  // namespace dal::sema
