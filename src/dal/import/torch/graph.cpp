#include "dal/import/torch/graph.hpp"

#include <algorithm>

namespace dal::importer::torch {
namespace {

Value transposed(const Value& value, const std::vector<size_t>& axes) {
    Value result = value;
    std::string list;
    for (size_t j = 0; j < axes.size(); ++j) {
        result.shape[j] = value.shape[axes[j]];
        list += (j == 0 ? "" : ", ") + std::to_string(axes[j]);
    }
    result.text = "transpose(" + value.text + ", [" + list + "])";
    return result;
}

}  // namespace

Value to_last(const Value& value) {
    if (value.shape.size() < 2) return value;
    std::vector<size_t> axes;
    for (size_t axis = 1; axis < value.shape.size(); ++axis) axes.push_back(axis);
    axes.push_back(0);
    return transposed(value, axes);
}

Value to_first(const Value& value) {
    if (value.shape.size() < 2) return value;
    std::vector<size_t> axes{value.shape.size() - 1};
    for (size_t axis = 0; axis + 1 < value.shape.size(); ++axis) axes.push_back(axis);
    return transposed(value, axes);
}

std::string Node::name() const {
    const Json& output = (*json_)["outputs"][size_t{0}];
    if (const std::string& name = output["as_tensor"]["name"].string(); !name.empty()) return name;
    return output["as_tensors"][size_t{0}]["name"].string();
}

std::string Node::place() const { return "node `" + name() + "` (" + target_ + ")"; }

std::string Node::module() const {
    // "L__self__,,torch.nn.Sequential;L__self__0,0,torch.nn.Linear"
    const std::string& stack = (*json_)["metadata"]["nn_module_stack"].string();
    const size_t semicolon = stack.rfind(';');
    const std::string last = stack.substr(semicolon == std::string::npos ? 0 : semicolon + 1);
    const size_t from = last.find(',');
    if (from == std::string::npos) return {};
    return last.substr(from + 1, last.find(',', from + 1) - from - 1);
}

const Json& Node::operand(std::string_view name) const {
    static const Json none;
    for (const Json& input : (*json_)["inputs"].items())
        if (input["name"].string() == name) return input["arg"];
    return none;
}

const std::string& Node::tensor(std::string_view name) const { return operand(name)["as_tensor"]["name"].string(); }

int64_t Node::integer(std::string_view name, int64_t otherwise) const {
    return operand(name)["as_int"].integer().value_or(otherwise);
}

bool Node::truth(std::string_view name, bool otherwise) const {
    return operand(name)["as_bool"].boolean().value_or(otherwise);
}

std::optional<double> Node::number(std::string_view name) const {
    const Json& arg = operand(name);
    if (const auto real = arg["as_float"].number()) return real;
    return arg["as_int"].number();
}

Shape Node::integers(std::string_view name) const {
    const Json& arg = operand(name);
    Shape result;
    if (const auto one = arg["as_int"].integer()) result.push_back(*one);
    for (const Json& item : arg["as_ints"].items()) result.push_back(item.integer().value_or(0));
    for (const Json& item : arg["as_sym_ints"].items()) result.push_back(item["as_int"].integer().value_or(-1));
    return result;
}

const Tensor* Graph::constant(const std::string& name) const {
    const auto found = constants_.find(name);
    return found == constants_.end() ? nullptr : &found->second;
}

Result<Flow> Graph::named(const Node& node, const std::string& name) {
    if (const auto found = flows_.find(name); found != flows_.end()) return found->second;
    if (constant(name) != nullptr) return refuse(node, "its operand `" + name + "` is a constant");
    return failure(bad_model_file(file_->name(), node.place(), "its operand `" + name + "` is not there"));
}

Result<Flow> Graph::any(const Node& node, std::string_view operand) { return named(node, node.tensor(operand)); }

std::optional<std::pair<double, int64_t>> Graph::scale_of(const std::string& name) const {
    const auto found = scales_.find(name);
    return found == scales_.end() ? std::nullopt : std::optional(found->second);
}

Result<Flow> Graph::ready(const Node& node, std::string_view operand) {
    auto flow = any(node, operand);
    if (!flow) return flow;
    if (auto known = program_->require_format(flow->value, node.place()); !known)
        return failure(std::move(known.error()));
    return flow;
}

Result<Value> Graph::first(const Node& node, std::string_view operand) {
    auto flow = any(node, operand);
    if (!flow) return failure(std::move(flow.error()));
    return flow->channels_last ? to_first(flow->value) : flow->value;
}

Result<Value> Graph::last(const Node& node, std::string_view operand) {
    auto flow = any(node, operand);
    if (!flow) return failure(std::move(flow.error()));
    return flow->channels_last ? flow->value : to_last(flow->value);
}

Result<Tensor> Graph::parameter(const Node& node, std::string_view operand) {
    if (const Tensor* found = constant(node.tensor(operand))) return *found;
    return refuse(node, "its operand `" + std::string(operand) + "` is no constant");
}

void Graph::add(const Node& node, const std::string& expression, Shape shape, bool channels_last,
                const std::string& about) {
    const std::string module = node.module();
    if (!about.empty()) program_->comment(node.name() + (module.empty() ? "" : " (" + module + ")") + ": " + about);
    set(node.name(), {program_->layer(node.name(), expression, std::move(shape)), channels_last});
}

Result<Shape> Graph::result_shape(const Node& node) const {
    const auto sizes = sizes_of((*descriptions_)[node.name()]);
    if (!sizes || sizes->empty()) return refuse(node, "the shape of its result is not known");
    // A symbol stands where the batch is free.
    if ((*sizes)[0] != batch_) return refuse(node, "it moves the batch, or mixes its samples");
    Shape shape(sizes->begin() + 1, sizes->end());
    if (std::ranges::any_of(shape, [](int64_t extent) { return extent < 1; }))
        return refuse(node, "the shape of its result is not known");
    return shape;
}

tl::unexpected<Diagnostics> Graph::refuse(const Node& node, std::string_view fact, std::string_view help) {
    return failure(unsupported_layer(node.place(), fact, help));
}

Result<void> Graph::inexact(const Node& node, const std::string& fact) {
    Diagnostic problem = inexact_layer(node.place(), fact);
    if (program_->options().exactness == Exactness::on) return failure(std::move(problem));
    program_->decide(node.name(), fact);
    program_->warn(std::move(problem));
    return {};
}

}  // namespace dal::importer::torch
