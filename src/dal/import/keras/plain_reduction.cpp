// Operations of `keras.ops` along axes: sums and largest elements, stacks and parts.
#include <algorithm>
#include <array>

#include "dal/import/keras/families.hpp"
#include "dal/import/keras/merge.hpp"
#include "dal/import/keras/quotient.hpp"

namespace dal::importer::keras {
namespace {

enum class Reduction : uint8_t { sum, max, min, mean };

template <Reduction reduction>
Result<Outputs> write_reduction(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    if (layer["axis"].is_null()) return failure(layer.unsupported("works along the axis of the batch"));
    const auto axes = axes_of(layer, layer["axis"], input->shape.size());
    if (!axes) return failure(axes.error());
    const bool keeps = layer.flag("keepdims", false);
    int64_t count = 1;
    Shape shape;
    for (size_t axis = 0; axis < input->shape.size(); ++axis) {
        const bool goes = std::ranges::find(*axes, static_cast<int64_t>(axis)) != axes->end();
        if (goes) count *= input->shape[axis];
        if (!goes || keeps) shape.push_back(goes ? 1 : input->shape[axis]);
    }
    const auto exponent = power_of_two(static_cast<double>(count));
    if (reduction == Reduction::mean && !exponent)
        return failure(layer.inexact("takes the mean over " + std::to_string(count) + " elements",
                                     "`QGlobalAveragePooling` or `QMeanPow2` of HGQ 2"));
    constexpr const char* function = reduction == Reduction::max ? "max" : reduction == Reduction::min ? "min" : "sum";
    std::string text = std::string(function) + "(" + input->text +
                       ", axis: " + (axes->size() == 1 ? std::to_string(axes->front()) : to_string(*axes)) +
                       (keeps ? ", keep: true)" : ")");
    if (reduction == Reduction::mean && *exponent != 0) text += " >> " + std::to_string(*exponent);
    return layer.write(text, shape);
}

Result<Outputs> write_stack(LayerContext& layer) {
    const std::vector<Value>& inputs = layer.inputs();
    if (inputs.empty()) return failure(layer.bad("has no inputs"));
    const Json zero = Json::of(int64_t{0});
    const auto axes = axes_of(layer, layer["axis"].is_null() ? zero : layer["axis"], inputs.front().shape.size() + 1);
    if (!axes) return failure(axes.error());
    Value moved = inputs.front();
    std::string text = "stack(";
    for (const Value& input : inputs) {
        if (input.shape != inputs.front().shape) return failure(layer.bad("stacks values of different shapes"));
        if (input.quotient)
            if (auto known = layer.program().require_format(input, layer.where()); !known)
                return failure(std::move(known.error()));
        if (moved.real_input.empty()) moved.real_input = input.real_input;
        text += input.text + ", ";
    }
    Shape shape = inputs.front().shape;
    shape.insert(shape.begin() + axes->front(), static_cast<int64_t>(inputs.size()));
    return layer.write(text + "axis: " + std::to_string(axes->front()) + ")", shape, &moved);
}

/// Where the parts of an axis end: of a number of equal parts, or of a list of positions.
Result<std::vector<int64_t>> ends_of_parts(const LayerContext& layer, int64_t extent) {
    const Json& key = layer["indices_or_sections"];
    std::vector<int64_t> ends;
    if (const auto sections = key.integer()) {
        if (*sections < 1 || extent % *sections != 0) return failure(layer.bad("splits into parts that are not equal"));
        for (int64_t part = 1; part <= *sections; ++part) ends.push_back(part * (extent / *sections));
        return ends;
    }
    for (const Json& position : key.items()) ends.push_back(position.integer().value_or(0));
    ends.push_back(extent);
    int64_t last = 0;
    for (const int64_t end : ends) {
        if (end <= last || end > extent) return failure(layer.unsupported("splits at positions that do not ascend"));
        last = end;
    }
    return ends;
}

Result<Outputs> write_split(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const Json zero = Json::of(int64_t{0});
    const auto axes = axes_of(layer, layer["axis"].is_null() ? zero : layer["axis"], input->shape.size());
    if (!axes) return failure(axes.error());
    const auto axis = static_cast<size_t>(axes->front());
    const auto ends = ends_of_parts(layer, input->shape[axis]);
    if (!ends) return failure(ends.error());
    std::string before;
    for (size_t at = 0; at < axis; ++at) before += ":, ";
    std::vector<Value> parts;
    int64_t start = 0;
    for (const int64_t end : *ends) {
        Value part = *input;
        part.shape[axis] = end - start;
        part.format.clear();
        part.text = operand_text(input->text) + "[" + before + std::to_string(start) + ":" + std::to_string(end) + "]";
        parts.push_back(std::move(part));
        start = end;
    }
    return Outputs(std::move(parts));
}

}  // namespace

std::span<const LayerHandler> reduction_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::keras, "Sum", write_reduction<Reduction::sum>},
        LayerHandler{Library::keras, "Max", write_reduction<Reduction::max>},
        LayerHandler{Library::keras, "Min", write_reduction<Reduction::min>},
        LayerHandler{Library::keras, "Mean", write_reduction<Reduction::mean>},
        LayerHandler{Library::keras, "Stack", write_stack},
        LayerHandler{Library::keras, "Split", write_split},
    };
    return rows;
}

}  // namespace dal::importer::keras
