// The Graph: the program as the user wrote it. Static-shape tensors in topological order, one node per
// operation, each with a source span and, after inference, an exact interval per element. All engines
// start here: the interpreter and the JIT run it, `lower` turns it into a Circuit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/graph/einsum.hpp"
#include "dal/graph/shape.hpp"
#include "dal/numeric/interval.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

/// Index of a node in its Graph. Operands have smaller ids than their users.
enum class NodeId : uint32_t {};

/// A format for each element of a tensor: one for all, or one per element in row-major order.
class FormatMap {
  public:
    FormatMap() = default;
    FormatMap(Format all) : formats_{all} {}  // NOLINT(google-explicit-constructor)
    /// `formats`: one, or one per element.
    explicit FormatMap(std::vector<Format> formats) : formats_(std::move(formats)) {}
    [[nodiscard]] const Format& at(int64_t element) const {
        return formats_.size() == 1 ? formats_.front() : formats_[static_cast<size_t>(element)];
    }
    [[nodiscard]] bool is_uniform() const noexcept { return formats_.size() == 1; }
    [[nodiscard]] size_t size() const noexcept { return formats_.size(); }

  private:
    std::vector<Format> formats_{Format{}};
};

/// What op::Compare asks; `gt` and `ge` are these with the operands exchanged.
enum class Relation : uint8_t { eq, ne, lt, le };
enum class BitFunction : uint8_t { bit_and, bit_or, bit_xor };
/// "lt", "bit_and".
std::string_view to_string(Relation relation) noexcept;
std::string_view to_string(BitFunction function) noexcept;

/// Where an element of an op::Move comes from.
struct Source {
    uint32_t operand = 0;  ///< position in Node::operands
    int64_t element = 0;   ///< of that operand, row-major
    friend bool operator==(const Source&, const Source&) = default;
};

// The operations. A new one is added here and gets a row of facts in graph/op_info.hpp; what differs for each is a
// std::visit over Operation, which then fails to compile until it handles it. Operands are in Node::operands, in the
// order given.
namespace op {
/// A port. Without formats it is `real`: any number, to be quantized before any arithmetic.
struct Input {
    bool real = false;
    FormatMap formats;  ///< if not real; each fed value must be exactly one of these
};
/// Elements in row-major order.
struct Constant {
    std::vector<Dyadic> values;
    /// What they were quantized to, if they were: the author's statement (infer/advice/ebops.hpp); no engine looks at
    /// it.
    std::optional<FormatMap> formats{};
    /// The numbers that the program says, where the values are others: for the run without rounding. Null otherwise.
    std::shared_ptr<const std::vector<Rational>> meant{};
    /// Whether it is the operand of one comparison with a variable, and `meant` are no multiples of a power of two.
    /// Inference chooses values that compare in the same way with everything that the variable can be.
    bool compared = false;
    /// Fractional bits that a variable may have beside such a number; it differs from multiples of 2^-this.
    static constexpr int finest_compared = 8192;
};
/// operand[0] element-wise to a format; same shape.
struct Quantize {
    FormatMap formats;
};
/// Sum of products over named axes, of one operand or more, constant or variable.
struct Einsum {
    EinsumSpec spec;
};
/// operand[0] + operand[1], broadcasting.
struct Add {};
/// operand[0] - operand[1], broadcasting.
struct Sub {};
/// operand[0] · operand[1], broadcasting.
struct Mul {};
/// operand[0] · 2^amount; exact, the binary point moves.
struct Shift {
    int amount = 0;
};
/// -operand[0].
struct Neg {};
/// max(operand[0], 0).
struct Relu {};
/// |operand[0]|.
struct Abs {};
/// The smaller of operand[0] and operand[1], broadcasting.
struct Min {};
/// The larger of operand[0] and operand[1], broadcasting.
struct Max {};
/// 1 where operand[0] and operand[1] are in the relation, else 0; broadcasting.
struct Compare {
    Relation relation = Relation::eq;
};
/// operand[1] where operand[0] is not 0, else operand[2]; all three broadcast.
struct Select {};
/// Bit by bit on two's complement numbers of unlimited length, aligned at the binary point; broadcasting.
struct Bitwise {
    BitFunction function = BitFunction::bit_and;
};
/// Data movement: each element is an element of an operand. The operands may be `real`; then so is the result.
struct Move {
    std::string name;             ///< what the user called: "reshape", "concat", … (letters and `_`)
    std::vector<Source> sources;  ///< of each element, row-major
};
/// A value looked up: with n the code of operand[0] on binary point `f`, entry n - first of the element's table.
/// Every value that the operand can have must be in the table (inference checks that).
struct Table {
    Int first;
    int f = 0;
    int64_t size = 0;                                    ///< entries of one table
    std::shared_ptr<const std::vector<Dyadic>> entries;  ///< one table after the other
    std::vector<uint32_t> which;                         ///< the table of each element; empty: table 0 for all

    [[nodiscard]] const Dyadic& entry(int64_t element, int64_t position) const {
        const int64_t table = which.empty() ? 0 : which[static_cast<size_t>(element)];
        return (*entries)[static_cast<size_t>(table * size + position)];
    }
};
}  // namespace op

using Operation =
    std::variant<op::Input, op::Constant, op::Quantize, op::Einsum, op::Add, op::Sub, op::Mul, op::Shift, op::Neg,
                 op::Relu, op::Abs, op::Min, op::Max, op::Compare, op::Select, op::Bitwise, op::Move, op::Table>;

/// "quantize", "einsum", "eq", "concat", …: the name of the operation in the language and in printed graphs.
/// The view lives as long as the operation.
std::string_view operation_name(const Operation& operation) noexcept;
/// The operation as it is written: "+", "quantize", "==", "concat".
std::string_view operation_symbol(const Operation& operation) noexcept;

struct Node {
    Operation operation;
    std::vector<NodeId> operands;
    Shape shape;
    Span span;          ///< the expression that made it
    std::string name;   ///< the user's name for it (`let h1`), or empty
    bool real = false;  ///< an unquantized input, possibly moved around: no arithmetic is allowed on it
    /// Per element, row-major; filled by infer. Empty for real nodes.
    std::vector<Interval> range;
    Span call;   ///< the outermost function call that made it, if one did: the user's own line
    Span entry;  ///< the call that led into the library, if it was made in there

    /// Where a user looks first: the call, else the expression.
    [[nodiscard]] const Span& place() const noexcept { return call.known() ? call : span; }

    [[nodiscard]] int64_t size() const { return element_count(shape); }
};

/// A named result of the program.
struct Output {
    std::string name;
    NodeId node;
    Span span;
};

class Graph {
  public:
    [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[static_cast<size_t>(id)]; }
    [[nodiscard]] Node& operator[](NodeId id) { return nodes_[static_cast<size_t>(id)]; }
    [[nodiscard]] size_t size() const noexcept { return nodes_.size(); }
    [[nodiscard]] std::span<const Node> nodes() const noexcept { return nodes_; }
    [[nodiscard]] std::span<const NodeId> inputs() const noexcept { return inputs_; }
    [[nodiscard]] std::span<const Output> outputs() const noexcept { return outputs_; }

    // The builder. Each function checks operand count and shapes and returns the new node, or the
    // diagnostic that a user should see (bad_shape, bad_einsum, unsupported), pointing at `span`.

    /// Any operation. `shape`: of one whose operands do not say it (an input, a constant, a movement).
    Result<NodeId> make(Operation operation, std::vector<NodeId> operands, const Span& span, const Shape& shape = {});
    /// A node as it is, of another graph perhaps, with operands of this one; an input becomes the next input.
    NodeId append(Node node);

    NodeId input(std::string name, const Shape& shape, op::Input port, const Span& span);
    /// values.size() = element_count(shape) (checked); so are formats, if there are any.
    NodeId constant(const Shape& shape, std::vector<Dyadic> values, const Span& span,
                    std::optional<FormatMap> formats = std::nullopt);
    /// The operand of one comparison; numbers.size() = element_count(shape).
    NodeId compared_constant(const Shape& shape, std::vector<Rational> numbers, const Span& span);
    Result<NodeId> quantize(NodeId x, FormatMap formats, const Span& span);
    Result<NodeId> einsum(EinsumSpec spec, std::vector<NodeId> operands, const Span& span);
    Result<NodeId> einsum(EinsumSpec spec, NodeId a, NodeId b, const Span& span) {
        return einsum(std::move(spec), std::vector<NodeId>{a, b}, span);
    }
    Result<NodeId> add(NodeId a, NodeId b, const Span& span) { return make(op::Add{}, {a, b}, span); }
    Result<NodeId> sub(NodeId a, NodeId b, const Span& span) { return make(op::Sub{}, {a, b}, span); }
    Result<NodeId> mul(NodeId a, NodeId b, const Span& span) { return make(op::Mul{}, {a, b}, span); }
    NodeId shift(NodeId x, int amount, const Span& span) { return unary(op::Shift{amount}, x, span); }
    NodeId neg(NodeId x, const Span& span) { return unary(op::Neg{}, x, span); }
    NodeId relu(NodeId x, const Span& span) { return unary(op::Relu{}, x, span); }
    NodeId abs(NodeId x, const Span& span) { return unary(op::Abs{}, x, span); }
    Result<NodeId> min(NodeId a, NodeId b, const Span& span) { return make(op::Min{}, {a, b}, span); }
    Result<NodeId> max(NodeId a, NodeId b, const Span& span) { return make(op::Max{}, {a, b}, span); }
    Result<NodeId> compare(Relation relation, NodeId a, NodeId b, const Span& span) {
        return make(op::Compare{relation}, {a, b}, span);
    }
    Result<NodeId> select(NodeId condition, NodeId if_true, NodeId if_false, const Span& span) {
        return make(op::Select{}, {condition, if_true, if_false}, span);
    }
    Result<NodeId> bitwise(BitFunction function, NodeId a, NodeId b, const Span& span) {
        return make(op::Bitwise{function}, {a, b}, span);
    }
    /// A movement (graph/movement.hpp) of `operands`; its sources must be elements of them (checked).
    NodeId move(std::string name, const Shape& shape, std::vector<Source> sources, std::vector<NodeId> operands,
                const Span& span);
    /// table.entries: a multiple of table.size; table.which: empty or a valid table per element (checked).
    NodeId table(op::Table table, NodeId x, const Span& span) { return unary(std::move(table), x, span); }
    void output(std::string name, NodeId node, const Span& span);

    /// Nodes made from now on come from this outermost call of a function, and from this one that leads into the
    /// library; an unknown span ends that.
    void set_calls(const Span& call, const Span& entry) {
        call_ = call;
        entry_ = entry;
    }
    [[nodiscard]] const Span& call() const noexcept { return call_; }
    [[nodiscard]] const Span& entry() const noexcept { return entry_; }

    [[nodiscard]] bool is_constant(NodeId id) const {
        return std::holds_alternative<op::Constant>((*this)[id].operation);
    }

  private:
    /// The shape of operand[0], which always fits.
    NodeId unary(Operation operation, NodeId x, const Span& span);

    std::vector<Node> nodes_;
    std::vector<NodeId> inputs_;
    std::vector<Output> outputs_;
    Span call_;
    Span entry_;
};

/// An element of a node.
struct ElementOf {
    NodeId node;
    int64_t element;
};
/// Where an element comes from, with data movement undone: an element of a node that is no op::Move.
ElementOf trace(const Graph& graph, ElementOf at);

/// The type of an inferred node as a person writes it: "fixed(1, 3, 4)[64]"; where the elements differ, the format
/// that holds them all and their widths: "fixed(0, 6, 7)[64], 0 to 13 bits".
std::string type_text(const Node& node);

enum class Detail : uint8_t {
    full,  ///< everything: graph/parse.hpp reads it back
    brief  ///< for display: lists of more than 16 are cut
};
/// One line per node, with shapes and (if inferred) the hull of each node's ranges. Stable.
std::string print(const Graph& graph, Detail detail = Detail::full);

/// Checks every invariant that the builder promises (operand order and count, shapes, payload sizes,
/// range sizes). Throws InternalError naming the node. Cheap: linear.
void verify(const Graph& graph);

}  // namespace dal
