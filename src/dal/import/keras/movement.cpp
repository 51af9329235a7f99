// Layers and operations of Keras that move numbers, or repeat them: what they read need not be quantized.
#include <algorithm>
#include <array>
#include <numeric>

#include "dal/import/keras/families.hpp"
#include "dal/import/keras/merge.hpp"

namespace dal::importer::keras {
namespace {

constexpr int64_t most_elements = int64_t{1} << 24;

Value written(LayerContext& layer, const Value& input, const std::string& text, const Shape& shape) {
    return layer.write(text, shape, &input);
}

/// `transpose(x, axes)` with axes of the sample.
Result<Outputs> write_transposed(LayerContext& layer, const Value& input, const std::vector<int64_t>& axes) {
    std::vector<bool> seen(input.shape.size(), false);
    Shape shape;
    for (const int64_t axis : axes) {
        if (axis < 0 || axis >= static_cast<int64_t>(seen.size()) || seen[static_cast<size_t>(axis)])
            return failure(layer.bad("permutes axes that are not those of " + to_string(input.shape)));
        seen[static_cast<size_t>(axis)] = true;
        shape.push_back(input.shape[static_cast<size_t>(axis)]);
    }
    if (axes.size() != input.shape.size()) return failure(layer.bad("permutes another number of axes than there are"));
    return written(layer, input, "transpose(" + input.text + ", " + to_string(axes) + ")", shape);
}

Result<Outputs> write_flatten(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    std::string text = input->text;
    if (layer["data_format"].string() == "channels_first" && input->shape.size() > 1) {
        std::vector<int64_t> axes(input->shape.size());
        std::iota(axes.begin(), axes.end() - 1, 1);
        axes.back() = 0;
        text = "transpose(" + text + ", " + to_string(axes) + ")";
    }
    if (input->shape.size() == 1) return std::move(*input);
    return written(layer, *input, "flatten(" + text + ")", {element_count(input->shape)});
}

/// Extents of which one may be -1.
Result<Shape> reshaped(const LayerContext& layer, std::vector<int64_t> wanted, int64_t size) {
    int64_t known = 1;
    int64_t unknown = 0;
    for (const int64_t extent : wanted) {
        if (extent == -1) {
            ++unknown;
        } else if (extent < 1 || extent > most_elements / known) {
            return failure(layer.bad("reshapes to an extent of " + std::to_string(extent)));
        } else {
            known *= extent;
        }
    }
    if (unknown > 1 || size % known != 0 || (unknown == 0 && size != known))
        return failure(layer.bad("reshapes " + std::to_string(size) + " elements to " + to_string(wanted)));
    for (int64_t& extent : wanted)
        if (extent == -1) extent = size / known;
    return wanted;
}

Result<Outputs> write_reshape(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const bool is_layer = layer.config().has("target_shape");
    const Json& target = is_layer ? layer["target_shape"] : layer["newshape"];
    std::vector<int64_t> wanted;
    // The operation has the batch in front.
    if (!is_layer && !target[0].is_null() && target[0].integer() != -1)
        return failure(layer.unsupported("reshapes the axis of the batch"));
    for (size_t at = is_layer ? 0 : 1; at < target.items().size(); ++at) {
        const auto extent = target[at].is_null() ? std::optional<int64_t>(-1) : target[at].integer();
        if (!extent) return failure(layer.bad("reshapes to what are no extents"));
        wanted.push_back(*extent);
    }
    auto shape = reshaped(layer, std::move(wanted), element_count(input->shape));
    if (!shape) return failure(std::move(shape.error()));
    if (*shape == input->shape) return std::move(*input);
    return written(layer, *input, "reshape(" + input->text + ", " + to_string(*shape) + ")", *shape);
}

Result<Outputs> write_permute(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    std::vector<int64_t> axes;
    for (const Json& axis : layer["dims"].items()) axes.push_back(axis.integer().value_or(0) - 1);
    return write_transposed(layer, *input, axes);
}

/// `keras.ops.transpose`: the batch must stay in front.
Result<Outputs> write_transpose(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    if (layer["axes"][0].integer() != 0) return failure(layer.unsupported("moves the axis of the batch"));
    const auto rank = static_cast<int64_t>(input->shape.size()) + 1;
    std::vector<int64_t> axes;
    for (size_t at = 1; at < layer["axes"].items().size(); ++at) {
        const int64_t axis = layer["axes"][at].integer().value_or(0);
        axes.push_back((axis < 0 ? axis + rank : axis) - 1);
    }
    return write_transposed(layer, *input, axes);
}

/// `keras.ops.swapaxes`, `moveaxis` of one axis.
template <bool swaps>
Result<Outputs> write_moved_axis(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto from = axes_of(layer, layer[swaps ? "axis1" : "source"], input->shape.size());
    if (!from) return failure(from.error());
    const auto to = axes_of(layer, layer[swaps ? "axis2" : "destination"], input->shape.size());
    if (!to) return failure(to.error());
    if (from->size() != 1 || to->size() != 1) return failure(layer.unsupported("moves several axes"));
    std::vector<int64_t> axes(input->shape.size());
    std::iota(axes.begin(), axes.end(), 0);
    if (swaps) {
        std::swap(axes[static_cast<size_t>(from->front())], axes[static_cast<size_t>(to->front())]);
    } else {
        axes.erase(axes.begin() + from->front());
        axes.insert(axes.begin() + to->front(), from->front());
    }
    return write_transposed(layer, *input, axes);
}

Result<Outputs> write_repeat_vector(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto count = layer.count("n");
    if (!count) return failure(count.error());
    if (input->shape.size() != 1 || *count > most_elements / input->shape[0])
        return failure(layer.bad("repeats a value of shape " + to_string(input->shape)));
    const Shape shape{*count, input->shape[0]};
    return written(layer, *input, "broadcast_to(" + input->text + ", " + to_string(shape) + ")", shape);
}

/// What is added or cut off in front and behind, for each axis of positions: 2, [2, 3], [[1, 2], [0, 1]].
Result<std::vector<std::pair<int64_t, int64_t>>> sides(const LayerContext& layer, std::string_view key, size_t axes) {
    const Json& value = layer[key];
    std::vector<std::pair<int64_t, int64_t>> result;
    const bool is_pair_of_one_axis = axes == 1 && value.items().size() == 2;
    for (size_t axis = 0; axis < axes; ++axis) {
        const Json& own = is_pair_of_one_axis || value.is_number() ? value : value[axis];
        const auto before = (own.is_array() ? own[0] : own).integer();
        const auto after = (own.is_array() ? own[1] : own).integer();
        if (!before || !after || *before < 0 || *after < 0 || *before > most_elements || *after > most_elements)
            return failure(layer.bad("`" + std::string(key) + "` has no counts for " + std::to_string(axes) + " axes"));
        result.emplace_back(*before, *after);
    }
    return result;
}

/// The first axis of positions.
Result<size_t> first_axis(const LayerContext& layer, const Shape& shape, size_t axes) {
    if (shape.size() != axes + 1) return failure(layer.bad("reads a value of shape " + to_string(shape)));
    return layer["data_format"].string() == "channels_first" ? 1 : 0;
}

template <size_t axes>
Result<Outputs> write_padding(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto first = first_axis(layer, input->shape, axes);
    if (!first) return failure(first.error());
    const auto around = sides(layer, "padding", axes);
    if (!around) return failure(around.error());
    if (input->quotient)
        if (auto known = layer.input(); !known) return failure(std::move(known.error()));
    std::vector<int64_t> before(axes + 1, 0);
    std::vector<int64_t> after(axes + 1, 0);
    Shape shape = input->shape;
    for (size_t axis = 0; axis < axes; ++axis) {
        before[*first + axis] = (*around)[axis].first;
        after[*first + axis] = (*around)[axis].second;
        shape[*first + axis] += before[*first + axis] + after[*first + axis];
    }
    return written(layer, *input, "pad(" + input->text + ", " + to_string(before) + ", " + to_string(after) + ")",
                   shape);
}

template <size_t axes>
Result<Outputs> write_cropping(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto first = first_axis(layer, input->shape, axes);
    if (!first) return failure(first.error());
    const auto cut = sides(layer, "cropping", axes);
    if (!cut) return failure(cut.error());
    Shape shape = input->shape;
    std::string index;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
        const bool is_cut = axis >= *first && axis < *first + axes;
        const auto [before, after] = is_cut ? (*cut)[axis - *first] : std::pair<int64_t, int64_t>(0, 0);
        const int64_t end = shape[axis] - after;
        shape[axis] -= before + after;
        if (shape[axis] < 1) return failure(layer.bad("cuts everything off"));
        index += (axis == 0 ? "" : ", ") + (is_cut ? std::to_string(before) + ":" + std::to_string(end) : ":");
    }
    return written(layer, *input, operand_text(input->text) + "[" + index + "]", shape);
}

template <size_t axes>
Result<Outputs> write_upsampling(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto first = first_axis(layer, input->shape, axes);
    if (!first) return failure(first.error());
    const std::string& how = layer["interpolation"].string();
    if (!how.empty() && how != "nearest") return failure(layer.inexact("interpolates (`" + how + "`)", "`nearest`"));
    const auto factors = layer.counts("size", axes);
    if (!factors) return failure(factors.error());
    Shape shape = input->shape;
    std::string text = input->text;
    for (size_t axis = 0; axis < axes; ++axis) {
        if ((*factors)[axis] == 1) continue;
        shape[*first + axis] *= (*factors)[axis];
        text.insert(0, "repeat(");
        text += ", " + std::to_string((*factors)[axis]) + ", axis: " + std::to_string(*first + axis) + ")";
    }
    return written(layer, *input, text, shape);
}

/// One part of a key of `x[…]`: of Python's slices.
struct Slice {
    std::string text;
    int64_t extent = 0;
    bool keeps = true;
};

std::optional<Slice> slice_of(const Json& key, int64_t n) {
    if (const auto position = key.integer()) {
        if (*position < -n || *position >= n) return std::nullopt;
        return Slice{std::to_string(*position), 1, false};
    }
    if (key["class_name"].string() != "__slice__") return std::nullopt;
    const Json& parts = key["config"];
    const auto step = parts["step"].is_null() ? std::optional<int64_t>(1) : parts["step"].integer();
    if (!step || *step == 0 || *step < -n || *step > most_elements) return std::nullopt;
    const auto bound = [&](const Json& json, int64_t otherwise) -> int64_t {
        if (!json.integer()) return otherwise;
        const int64_t at = *json.integer() < 0 ? std::max<int64_t>(*json.integer(), -n) + n : *json.integer();
        return std::clamp<int64_t>(at, *step < 0 ? -1 : 0, *step < 0 ? n - 1 : n);
    };
    if (*step < 0) {
        if (*step != -1 || !parts["start"].is_null() || !parts["stop"].is_null()) return std::nullopt;
        return Slice{"::-1", n, true};
    }
    const int64_t start = bound(parts["start"], 0);
    const int64_t stop = bound(parts["stop"], n);
    if (stop <= start) return std::nullopt;
    std::string text = (start == 0 ? "" : std::to_string(start)) + ":" + (stop == n ? "" : std::to_string(stop));
    if (*step != 1) text += ":" + std::to_string(*step);
    return Slice{text, (stop - start + *step - 1) / *step, true};
}

/// `x[key]` of a tensor of Keras.
Result<Outputs> write_get_item(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const Json& named = layer.keywords()["key"];
    const Json& key = named.is_null() ? layer.arguments()[1] : named;
    std::vector<const Json*> parts;
    if (key.is_array())
        for (const Json& part : key.items()) parts.push_back(&part);
    else
        parts.push_back(&key);
    const auto is_whole = [](const Json& part) {
        return part["class_name"].string() == "__slice__" && part["config"]["start"].is_null() &&
               part["config"]["stop"].is_null() && part["config"]["step"].is_null();
    };
    const auto refuse = [&] { return failure(layer.unsupported("has an index that is no plain slice of the sample")); };
    const bool starts_with_dots = !parts.empty() && (*parts[0])["class_name"].string() == "__ellipsis__";
    if (parts.empty() || (!is_whole(*parts[0]) && !starts_with_dots)) return refuse();
    const auto count_axes = [](const Json* part) {
        return part->is_null() || (*part)["class_name"].string() == "__ellipsis__" ? 0 : 1;
    };
    size_t named_axes = 0;
    for (const Json* part : parts) named_axes += static_cast<size_t>(count_axes(part));
    const size_t rank = input->shape.size() + 1;
    if (named_axes > rank) return refuse();
    Shape shape;
    std::string text;
    size_t axis = 0;  // with the batch
    for (const Json* part : parts) {
        if (part->is_null()) {
            if (axis == 0) return refuse();
            text += (text.empty() ? "" : ", ") + std::string("_");
            shape.push_back(1);
            continue;
        }
        if ((*part)["class_name"].string() == "__ellipsis__") {
            for (size_t left = rank - named_axes; left > 0; --left, ++axis) {
                if (axis == 0) continue;
                text += (text.empty() ? "" : ", ") + std::string(":");
                shape.push_back(input->shape[axis - 1]);
            }
            continue;
        }
        if (axis++ == 0) {
            if (!is_whole(*part)) return refuse();
            continue;
        }
        const auto slice = slice_of(*part, input->shape[axis - 2]);
        if (!slice) return refuse();
        text += (text.empty() ? "" : ", ") + slice->text;
        if (slice->keeps) shape.push_back(slice->extent);
    }
    for (; axis > 0 && axis < rank; ++axis) shape.push_back(input->shape[axis - 1]);
    if (text.empty()) return std::move(*input);
    return written(layer, *input, operand_text(input->text) + "[" + text + "]", shape);
}

Result<Outputs> write_expand_dims(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto axes = axes_of(layer, layer["axis"], input->shape.size() + 1);
    if (!axes) return failure(axes.error());
    if (axes->size() != 1) return failure(layer.unsupported("makes several axes"));
    Shape shape = input->shape;
    shape.insert(shape.begin() + axes->front(), 1);
    return written(layer, *input, "reshape(" + input->text + ", " + to_string(shape) + ")", shape);
}

Result<Outputs> write_squeeze(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    Shape shape;
    std::vector<int64_t> gone;
    if (!layer["axis"].is_null()) {
        const auto axes = axes_of(layer, layer["axis"], input->shape.size());
        if (!axes) return failure(axes.error());
        gone = *axes;
    }
    for (size_t axis = 0; axis < input->shape.size(); ++axis) {
        const bool is_named = std::ranges::find(gone, static_cast<int64_t>(axis)) != gone.end();
        const bool goes = gone.empty() ? input->shape[axis] == 1 : is_named;
        if (goes && input->shape[axis] != 1) return failure(layer.bad("drops an axis that has several elements"));
        if (!goes) shape.push_back(input->shape[axis]);
    }
    return written(layer, *input, "reshape(" + input->text + ", " + to_string(shape) + ")", shape);
}

Result<Outputs> write_flip(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto axes = axes_of(layer, layer["axis"], input->shape.size());
    if (!axes) return failure(axes.error());
    std::string text = input->text;
    for (const int64_t axis : *axes) {
        text.insert(0, "flip(");
        text += ", axis: " + std::to_string(axis) + ")";
    }
    return written(layer, *input, text, input->shape);
}

}  // namespace

std::span<const LayerHandler> movement_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::keras, "Flatten", write_flatten},
        LayerHandler{Library::keras, "Reshape", write_reshape},
        LayerHandler{Library::keras, "Permute", write_permute},
        LayerHandler{Library::keras, "Transpose", write_transpose},
        LayerHandler{Library::keras, "Swapaxes", write_moved_axis<true>},
        LayerHandler{Library::keras, "Moveaxis", write_moved_axis<false>},
        LayerHandler{Library::keras, "RepeatVector", write_repeat_vector},
        LayerHandler{Library::keras, "ZeroPadding1D", write_padding<1>},
        LayerHandler{Library::keras, "ZeroPadding2D", write_padding<2>},
        LayerHandler{Library::keras, "ZeroPadding3D", write_padding<3>},
        LayerHandler{Library::keras, "Cropping1D", write_cropping<1>},
        LayerHandler{Library::keras, "Cropping2D", write_cropping<2>},
        LayerHandler{Library::keras, "Cropping3D", write_cropping<3>},
        LayerHandler{Library::keras, "UpSampling1D", write_upsampling<1>},
        LayerHandler{Library::keras, "UpSampling2D", write_upsampling<2>},
        LayerHandler{Library::keras, "UpSampling3D", write_upsampling<3>},
        LayerHandler{Library::keras, "GetItem", write_get_item},
        LayerHandler{Library::keras, "ExpandDims", write_expand_dims},
        LayerHandler{Library::keras, "Squeeze", write_squeeze},
        LayerHandler{Library::keras, "Flip", write_flip},
    };
    return rows;
}

}  // namespace dal::importer::keras
