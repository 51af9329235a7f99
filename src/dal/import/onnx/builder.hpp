// Builds the program of an ONNX model, node by node: values by their names in the model, and what all operators need.
// An operator (operators.hpp) reads its operands from here and gives its results back.
#pragma once

#include <map>
#include <set>

#include "dal/import/onnx/flow.hpp"
#include "dal/import/onnx/model.hpp"

namespace dal::importer::onnx {

class Builder {
  public:
    Builder(const ModelFile& file, const Model& model, Program& program)
        : file_(&file), model_(&model), program_(&program) {}

    /// All nodes, then the outputs.
    Result<void> build();

    [[nodiscard]] const Model& model() const noexcept { return *model_; }
    [[nodiscard]] Program& program() const noexcept { return *program_; }

    // --- values of the model

    [[nodiscard]] const Constant* constant(const std::string& name) const;
    /// An operand by its position; null if it is left out or not a constant.
    [[nodiscard]] const Constant* constant(const Node& node, size_t input) const;
    /// Reads a tensor of an attribute.
    Result<Constant> read(const RawTensor& tensor);
    /// Of one sample of a variable operand.
    [[nodiscard]] std::optional<Shape> shape_of(const Node& node, size_t input) const;
    [[nodiscard]] bool has_input(const Node& node, size_t input) const;
    [[nodiscard]] bool is_variable(const Node& node, size_t input) const;
    /// A variable operand. Error: unsupported_layer if there is none.
    Result<Flow> flow(const Node& node, size_t input);
    void set(const Node& node, size_t output, Flow flow);
    void set(const Node& node, size_t output, Constant constant);
    /// The only node that reads the first output of this one, if it is of the type; else null.
    [[nodiscard]] const Node* only_reader(const Node& node, std::string_view type) const;
    /// `second`, which was computed together with `first`, needs no computation of its own.
    void absorb(const Node& second) { done_.insert(&second); }
    /// The extent of the batch, where the model fixes it; else 1.
    [[nodiscard]] int64_t batch() const noexcept { return batch_; }
    /// The axis of one sample, of an axis that counts the batch too. Error: the batch itself, or none.
    Result<int64_t> axis(const Node& node, int64_t axis, size_t rank) const;
    /// Counts elements that a constant makes out of nothing. Error: too many.
    Result<void> spend(const Node& node, int64_t elements);

    /// Whether so many more levels may be computed: a few for small files, two for each byte of large ones.
    bool take_levels(int64_t count);

    // --- texts

    /// The layer that a node is: a readable form of its name.
    [[nodiscard]] std::string layer_name(const Node& node) const;
    /// `rounding` becomes text.
    void round(Flow& flow, const std::string& owner);
    /// The steps become text; those that have no exact form become float32 numbers with a warning, or an error.
    Result<void> settle(Flow& flow, const Node& node);
    /// Expression, rounding and steps: whether all steps are straight lines of dyadic numbers.
    [[nodiscard]] static bool is_exact(const Flow& flow);
    /// A name for the expression, by a `let` if it has none. Steps are left.
    void bind(Flow& flow, const std::string& wanted);
    /// The expression as an operand of a call.
    std::string operand(Flow& flow, const std::string& wanted);
    /// The layout: channels at the end, or as the model has them.
    void to_channels_last(Flow& flow);
    void to_model_layout(Flow& flow);
    /// Error: unknown_input_format, if these are real numbers of an input.
    Result<void> require_format(const Flow& flow, const Node& node);
    /// All of it: format, rounding, steps.
    Result<void> require_plain(Flow& flow, const Node& node);
    /// A call of a function on the expression: `x |> f(a)`.
    static void call(Flow& flow, const std::string& function, const std::string& arguments = {});
    /// `x * c`, `x + c`.
    static void infix(Flow& flow, char sign, const std::string& operand);
    /// Constants as text, in the layout of the flow.
    std::string constant_text(const Flow& flow, const std::string& wanted, Tensor values);

    /// The program is told at the end: rounding and steps that stay inexact.
    void say_inexact(const std::string& layer, const std::string& fact);

  private:
    Result<void> read_constants();
    Result<void> read_inputs();
    Result<void> order_nodes();
    Result<void> count_readers();
    /// What a node computed has a shape that programs can have.
    Result<void> check_shapes(const Node& node);
    /// Large constants that nobody reads any more.
    void release(const Node& node);
    Result<void> build_node(const Node& node);
    Result<void> build_output(const ValueInfo& output);
    Result<void> call_defined(const Node& node, std::optional<std::string> text);
    Result<bool> drop_softmax(const Node& node);
    Result<bool> drop_last_line(Flow& flow, const std::string& layer);
    void settle_affine(Flow& flow, const Step& step, const std::string& owner);
    void settle_clip(Flow& flow, const Step& step);
    void settle_leaky(Flow& flow, const Step& step, const std::string& owner);

    const ModelFile* file_;
    const Model* model_;
    Program* program_;
    std::map<std::string, Constant> constants_;
    std::map<std::string, Flow> flows_;
    std::map<std::string, std::vector<const Node*>> readers_;
    std::map<std::string, int> uses_;
    std::map<std::string, int> unread_;  ///< how many nodes are still to read a value
    std::vector<const Node*> order_;
    std::set<const Node*> done_;
    ExternalFiles external_;
    int64_t batch_ = 1;
    int64_t budget_ = 0;
    int64_t levels_ = 0;
};

}  // namespace dal::importer::onnx
