// Merging layers of Keras, and the operations of `keras.ops` between tensors, which may have a number as an operand.
#include <array>
#include <cmath>

#include "dal/import/keras/activation.hpp"
#include "dal/import/keras/einsum.hpp"
#include "dal/import/keras/families.hpp"
#include "dal/import/keras/merge.hpp"
#include "dal/import/keras/quotient.hpp"

namespace dal::importer::keras {
namespace {

/// All inputs, which must be quantized.
Result<std::vector<Value>> quantized_inputs(LayerContext& layer) {
    for (const Value& input : layer.inputs())
        if (auto known = layer.program().require_format(input, layer.where()); !known)
            return failure(std::move(known.error()));
    return layer.inputs();
}

/// Tensors and numbers, in the order of the call: operations of `keras.ops` take both.
Result<std::vector<Value>> operands(LayerContext& layer) {
    auto inputs = quantized_inputs(layer);
    if (!inputs || !layer.arguments().is_array() || layer.arguments()[0].is_array()) return inputs;
    std::vector<Value> result;
    size_t next = 0;
    for (const Json& argument : layer.arguments().items()) {
        if (const auto number = argument.number()) {
            if (!std::isfinite(static_cast<float>(*number)))
                return failure(layer.bad("has an operand that is not finite"));
            result.push_back({float_text(*number), {}});
        } else if (next < inputs->size()) {
            result.push_back((*inputs)[next++]);
        }
    }
    for (; next < inputs->size(); ++next) result.push_back((*inputs)[next]);
    return result;
}

template <Merge merge>
Result<Outputs> write_merge(LayerContext& layer) {
    const auto values = operands(layer);
    if (!values) return failure(values.error());
    const auto merged = merge_expression(layer, merge, *values);
    if (!merged) return failure(merged.error());
    return layer.write(merged->text, merged->shape);
}

Result<Outputs> write_average(LayerContext& layer) {
    const auto values = quantized_inputs(layer);
    if (!values) return failure(values.error());
    const auto sum = merge_expression(layer, Merge::add, *values);
    if (!sum) return failure(sum.error());
    const auto exponent = power_of_two(static_cast<double>(values->size()));
    if (!exponent)
        return failure(layer.inexact("takes the mean of " + std::to_string(values->size()) + " values",
                                     "add them, and scale by a power of two: `QAveragePow2` of HGQ 2"));
    return layer.write(operand_text(sum->text) + " >> " + std::to_string(*exponent), sum->shape);
}

Result<Outputs> write_dot(LayerContext& layer) {
    const auto values = quantized_inputs(layer);
    if (!values) return failure(values.error());
    if (layer["axes"].is_null())
        return failure(layer.unsupported("is an operation, and no layer", "`keras.layers.Dot`"));
    const auto product = dot_expression(layer, *values, layer["axes"]);
    if (!product) return failure(product.error());
    return layer.write(product->text, product->shape);
}

/// `keras.ops.matmul`: the batch is the first axis of both.
Result<Outputs> write_matmul(LayerContext& layer) {
    const auto values = quantized_inputs(layer);
    if (!values) return failure(values.error());
    if (values->size() != 2 || (*values)[0].shape.size() < 2 || (*values)[0].shape.size() != (*values)[1].shape.size())
        return failure(layer.unsupported("multiplies values that are no two matrices"));
    Shape shape = (*values)[0].shape;
    const Shape& right = (*values)[1].shape;
    if (shape.back() != right[right.size() - 2]) return failure(layer.bad("multiplies matrices that do not fit"));
    const auto leading = broadcast_shape({shape.begin(), shape.end() - 2}, {right.begin(), right.end() - 2});
    if (!leading) return failure(layer.bad("multiplies matrices that do not fit"));
    Shape result = *leading;
    result.push_back(shape[shape.size() - 2]);
    result.push_back(right.back());
    return layer.write(operand_text((*values)[0].text) + " @ " + operand_text((*values)[1].text), result);
}

Result<Outputs> write_einsum(LayerContext& layer) {
    const auto values = quantized_inputs(layer);
    if (!values) return failure(values.error());
    std::vector<size_t> ranks;
    std::vector<Shape> shapes;
    std::string text;
    for (const Value& value : *values) {
        ranks.push_back(value.shape.size());
        shapes.push_back(value.shape);
        text += ", " + value.text;
    }
    if (ranks.empty()) return failure(layer.bad("has no inputs"));
    const auto einsum = read_einsum(layer, layer["subscripts"].string(), ranks, true);
    if (!einsum) return failure(einsum.error());
    auto shape = einsum_shape(layer, *einsum, shapes);
    if (!shape) return failure(std::move(shape.error()));
    return layer.write("einsum(\"" + einsum->text() + "\"" + text + ")", *shape);
}

Result<Outputs> write_concatenate(LayerContext& layer) {
    const std::vector<Value>& inputs = layer.inputs();
    if (inputs.empty()) return failure(layer.bad("has no inputs"));
    static const Json last = Json::of(int64_t{-1});
    Shape shape = inputs.front().shape;
    const auto axes = axes_of(layer, layer["axis"].is_null() ? last : layer["axis"], shape.size());
    if (!axes) return failure(axes.error());
    const auto axis = static_cast<size_t>(axes->front());
    std::string text = "concat(";
    Value moved = inputs.front();
    for (size_t at = 0; at < inputs.size(); ++at) {
        const Value& input = inputs[at];
        if (input.quotient)
            if (auto known = layer.program().require_format(input, layer.where()); !known)
                return failure(std::move(known.error()));
        if (at > 0) {
            Shape other = input.shape;
            if (other.size() != shape.size()) return failure(layer.bad("concatenates values of different ranks"));
            const int64_t extent = shape[axis];
            shape[axis] = other[axis];
            if (shape != other) return failure(layer.bad("concatenates values whose other extents differ"));
            shape[axis] += extent;
        }
        if (moved.real_input.empty()) moved.real_input = input.real_input;
        text += input.text + ", ";
    }
    return layer.write(text + "axis: " + std::to_string(axis) + ")", shape, &moved);
}

}  // namespace

std::span<const LayerHandler> merge_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::keras, "Add", write_merge<Merge::add>},
        LayerHandler{Library::keras, "Subtract", write_merge<Merge::subtract>},
        LayerHandler{Library::keras, "Multiply", write_merge<Merge::multiply>},
        LayerHandler{Library::keras, "Maximum", write_merge<Merge::maximum>},
        LayerHandler{Library::keras, "Minimum", write_merge<Merge::minimum>},
        LayerHandler{Library::keras, "Average", write_average},
        LayerHandler{Library::keras, "Dot", write_dot},
        LayerHandler{Library::keras, "Matmul", write_matmul},
        LayerHandler{Library::keras, "Einsum", write_einsum},
        LayerHandler{Library::keras, "Concatenate", write_concatenate},
    };
    return rows;
}

}  // namespace dal::importer::keras
