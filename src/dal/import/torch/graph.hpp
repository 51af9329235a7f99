// The graph of an exported program while it becomes one of dal: its values by name, without the batch.
#pragma once

#include <map>
#include <string>
#include <variant>

#include "dal/import/problem.hpp"
#include "dal/import/program.hpp"
#include "dal/import/torch/archive.hpp"

namespace dal::importer::torch {

/// A value that depends on inputs. PyTorch has channels first; convolutions of dal have them last, and a value stays so
/// until something asks for the other order.
struct Flow {
    Value value;                 ///< its shape is as the program has it
    bool channels_last = false;  ///< of 2 or more axes
};

/// A node, with its operands by name.
class Node {
  public:
    Node(const Json& json, std::string target) : json_(&json), target_(std::move(target)) {}

    /// "aten.linear.default"
    [[nodiscard]] const std::string& target() const noexcept { return target_; }
    /// "node `linear` (aten.linear.default)"
    [[nodiscard]] std::string place() const;
    /// Of its first output.
    [[nodiscard]] std::string name() const;
    /// The module that it is a part of: "features.0"; empty for the whole model.
    [[nodiscard]] std::string module() const;
    /// An operand, null where it is left out: {"as_tensor": {"name": …}}.
    [[nodiscard]] const Json& operand(std::string_view name) const;
    /// The name of a tensor operand; empty if it is none.
    [[nodiscard]] const std::string& tensor(std::string_view name) const;
    [[nodiscard]] int64_t integer(std::string_view name, int64_t otherwise) const;
    [[nodiscard]] bool truth(std::string_view name, bool otherwise) const;
    /// An integer or a floating-point number.
    [[nodiscard]] std::optional<double> number(std::string_view name) const;
    /// A list of integers, or one integer as a list of it; empty where it is left out.
    [[nodiscard]] Shape integers(std::string_view name) const;

  private:
    const Json* json_;
    std::string target_;
};

class Graph {
  public:
    Graph(Program& program, const ModelFile& file) : program_(&program), file_(&file) {}

    [[nodiscard]] Program& program() const noexcept { return *program_; }

    void set(const std::string& name, Flow flow) { flows_[name] = std::move(flow); }
    void set(const std::string& name, Tensor constant) { constants_[name] = std::move(constant); }
    [[nodiscard]] bool is_variable(const std::string& name) const { return flows_.contains(name); }
    [[nodiscard]] bool knows(const std::string& name) const {
        return flows_.contains(name) || constants_.contains(name);
    }
    [[nodiscard]] const Tensor* constant(const std::string& name) const;

    /// A variable operand in the order of PyTorch (channels first). Error: bad_model_file.
    Result<Value> first(const Node& node, std::string_view operand);
    /// The same with channels last.
    Result<Value> last(const Node& node, std::string_view operand);
    /// As it is.
    Result<Flow> any(const Node& node, std::string_view operand);
    /// The variable of that name. Error: bad_model_file.
    Result<Flow> named(const Node& node, const std::string& name);
    /// The same, which may meet arithmetic. Error: unknown_input_format.
    Result<Flow> ready(const Node& node, std::string_view operand);
    /// An operand that must be constant. Error: unsupported_layer.
    Result<Tensor> parameter(const Node& node, std::string_view operand);

    /// A line for a node; `about` is said above it, with the module that it is from.
    void add(const Node& node, const std::string& expression, Shape shape, bool channels_last = false,
             const std::string& about = {});
    /// A value of a node that needs no line of its own.
    void move(const Node& node, Flow flow) { set(node.name(), std::move(flow)); }

    /// What a quantizer of integers made of a value: scale and zero point. Nothing for other values.
    [[nodiscard]] std::optional<std::pair<double, int64_t>> scale_of(const std::string& name) const;
    void set_scale(const std::string& name, double scale, int64_t zero_point) { scales_[name] = {scale, zero_point}; }

    /// The shape of a node's result without the batch. Error: unsupported_layer where it depends on the batch.
    Result<Shape> result_shape(const Node& node) const;
    void describe(const Json& tensor_values) { descriptions_ = &tensor_values; }
    void set_batch(int64_t batch) noexcept { batch_ = batch; }

    /// "node `x` (…): fact" as a refusal.
    static tl::unexpected<Diagnostics> refuse(const Node& node, std::string_view fact, std::string_view help = {});
    /// What a node computes was rounded to float32: a warning, or under Exactness::on an error.
    Result<void> inexact(const Node& node, const std::string& fact);

  private:
    Program* program_;
    const ModelFile* file_;
    const Json* descriptions_ = nullptr;
    int64_t batch_ = -1;  // of the example; -1: any
    std::map<std::string, Flow> flows_;
    std::map<std::string, Tensor> constants_;
    std::map<std::string, std::pair<double, int64_t>> scales_;
};

/// [channels, …] of text as [.., channels], and back.
Value to_last(const Value& value);
Value to_first(const Value& value);

}  // namespace dal::importer::torch
