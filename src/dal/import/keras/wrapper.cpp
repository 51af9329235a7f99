// Layers around layers: TimeDistributed applies one to each element of the first axis.
#include <algorithm>
#include <array>

#include "dal/import/keras/families.hpp"
#include "dal/import/keras/merge.hpp"

namespace dal::importer::keras {
namespace {

/// Classes that work along the last axis anyway, so that all elements can be one value.
bool keeps_other_axes(std::string_view class_name) {
    constexpr std::array classes{"Dense", "QDense", "Activation", "ReLU", "LeakyReLU", "Dropout"};
    return std::ranges::find(classes, class_name) != classes.end();
}

Result<Outputs> write_time_distributed(LayerContext& layer) {
    constexpr int64_t most_steps = 1024;
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    if (input->shape.empty() || input->shape.front() > most_steps)
        return failure(layer.bad("reads a value of shape " + to_string(input->shape)));
    const LayerConfig inside = layer_config(layer["layer"]);
    if (inside.class_name.empty() || inside.class_name == "TimeDistributed")
        return failure(layer.unsupported("has no layer inside that can be repeated"));
    // Older files have the variables of the layer inside as its own.
    const Variables& own = layer.variables();
    Variables variables = own.part("layer", inside.name);
    if (variables.group() == nullptr && own.naming() == Variables::Naming::by_name) variables = own;
    const auto write_inner = [&](Value value) -> Result<Value> {
        LayerContext inner = layer.inner(inside, variables, {std::move(value)});
        return write_single(inner);
    };
    if (keeps_other_axes(inside.class_name)) {
        auto whole = write_inner(*input);
        if (!whole) return failure(std::move(whole.error()));
        return std::move(*whole);
    }
    std::string text = "stack(";
    Shape shape;
    for (int64_t step = 0; step < input->shape.front(); ++step) {
        Value element = *input;
        element.text = operand_text(input->text) + "[" + std::to_string(step) + "]";
        element.shape.erase(element.shape.begin());
        element.format.clear();
        auto result = write_inner(std::move(element));
        if (!result) return failure(std::move(result.error()));
        if (!result->real_input.empty() || result->quotient)
            return failure(layer.unsupported("has a layer inside that computes nothing"));
        text += (step == 0 ? "" : ", ") + result->text;
        shape = result->shape;
    }
    shape.insert(shape.begin(), input->shape.front());
    return layer.write(text + ")", shape);
}

}  // namespace

std::span<const LayerHandler> wrapper_layers() {
    static constexpr std::array rows{LayerHandler{Library::keras, "TimeDistributed", write_time_distributed}};
    return rows;
}

}  // namespace dal::importer::keras
