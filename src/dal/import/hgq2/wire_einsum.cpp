// Tables for each product of an einsum: QEinsumDenseT. The input is repeated along the axes that only the kernel has;
// each element of that goes through a table, and the tables' entries are summed.
#include <algorithm>
#include <cmath>
#include <map>

#include "dal/import/hgq2/wires.hpp"

namespace dal::importer::hgq2 {
namespace {

/// The axes of a layer, without the batch: letters, and their extents.
struct Axes {
    std::string input;
    std::string kernel;
    std::string output;
    std::string products;  ///< those of the input, then those that only the kernel has
    std::map<char, int64_t> extents;

    [[nodiscard]] Shape shape(const std::string& of) const {
        Shape result;
        for (const char letter : of) result.push_back(extents.at(letter));
        return result;
    }
};

bool are_distinct_letters(std::string text) {
    const bool are_letters =
        std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    std::ranges::sort(text);
    return are_letters && std::ranges::adjacent_find(text) == text.end();
}

Result<Axes> read_axes(const LayerContext& layer, const std::string& equation, const Shape& input,
                       const Shape& output) {
    const auto bad = [&](const std::string& fact) {
        return failure(layer.unsupported("its equation \"" + equation + "\" " + fact));
    };
    const size_t comma = equation.find(',');
    const size_t arrow = equation.find("->");
    if (comma == std::string::npos || arrow == std::string::npos || arrow < comma) return bad("is not of two operands");
    Axes axes{
        equation.substr(0, comma), equation.substr(comma + 1, arrow - comma - 1), equation.substr(arrow + 2), {}, {}};
    for (const std::string* each : {&axes.input, &axes.kernel, &axes.output})
        if (each->empty() || !are_distinct_letters(*each)) return bad("has axes without letters, or one twice");
    const char batch = axes.input[0];
    if (axes.output[0] != batch || axes.kernel.find(batch) != std::string::npos)
        return bad("does not begin with the axis of the batch");
    axes.input.erase(0, 1);
    axes.output.erase(0, 1);
    if (axes.input.size() != input.size() || axes.output.size() != output.size())
        return bad("does not fit its input and output");
    const auto set = [&](char letter, int64_t extent) {
        return extent > 0 && axes.extents.emplace(letter, extent).first->second == extent;
    };
    for (size_t at = 0; at < input.size(); ++at)
        if (!set(axes.input[at], input[at])) return bad("does not fit its input");
    for (size_t at = 0; at < output.size(); ++at)
        if (!set(axes.output[at], output[at])) return bad("does not fit its output");
    axes.products = axes.input;
    for (const char letter : axes.kernel) {
        if (!axes.extents.contains(letter)) return bad("has an axis that only the kernel has");
        if (axes.input.find(letter) == std::string::npos) axes.products += letter;
    }
    for (const char letter : axes.output)
        if (axes.products.find(letter) == std::string::npos) return bad("has an axis that no operand has");
    return axes;
}

/// For each element of the axes `of`, with extents that are 1 where they do not matter, the element of `letters`.
std::vector<int64_t> positions(const Axes& axes, const Shape& extents, const std::string& letters) {
    std::vector<int64_t> steps(extents.size(), 0);
    int64_t step = 1;
    for (size_t at = letters.size(); at-- > 0;) {
        if (const size_t axis = axes.products.find(letters[at]); extents[axis] != 1) steps[axis] = step;
        step *= axes.extents.at(letters[at]);
    }
    std::vector<int64_t> result(static_cast<size_t>(element_count(extents)));
    for (size_t element = 0; element < result.size(); ++element) {
        auto rest = static_cast<int64_t>(element);
        for (size_t axis = extents.size(); axis-- > 0; rest /= extents[axis])
            result[element] += rest % extents[axis] * steps[axis];
    }
    return result;
}

Result<Normalization> read_normalization(const LayerContext& layer, const Variables& variables, const Shape& shape,
                                         int64_t inputs) {
    std::map<std::string, std::vector<double>> arrays;
    size_t position = 0;
    for (const auto& [name, key] : {std::pair("bn_gamma", "bn_scale"), std::pair("bn_beta", "bn_center"),
                                    std::pair("moving_mean", ""), std::pair("moving_variance", "")}) {
        if (*key != 0 && !layer.flag(key, true)) continue;
        auto array = variables.at(position++, name, shape);
        if (!array) return failure(std::move(array.error()));
        arrays[name] = std::move(array->values);
    }
    const auto epsilon = static_cast<float>(layer["bn_epsilon"].number().value_or(1e-3));
    Normalization result{shape, {}, {}, static_cast<float>(std::sqrt(static_cast<double>(inputs)))};
    for (size_t at = 0; at < arrays["moving_mean"].size(); ++at) {
        const float variance = static_cast<float>(arrays["moving_variance"][at]) + epsilon;
        if (!(variance > 0))
            return failure(layer.bad("has a batch normalization with a variance that is not positive"));
        const float gamma = arrays.contains("bn_gamma") ? static_cast<float>(arrays["bn_gamma"][at]) : 1.0F;
        const float factor = gamma / std::sqrt(variance);
        float offset = -static_cast<float>(arrays["moving_mean"][at]) * factor;
        if (arrays.contains("bn_beta")) offset += static_cast<float>(arrays["bn_beta"][at]);
        result.factors.push_back(factor);
        result.offsets.push_back(offset);
    }
    return result;
}

class Writer {
  public:
    Writer(LayerContext& layer, const EinsumTables& tables, Axes axes)
        : layer_(layer), tables_(tables), axes_(std::move(axes)), products_(axes_.shape(axes_.products)) {}

    Result<Value> write(const Value& x) {
        auto quantizer = part_quantizer(layer_, tables_.variables, "iq", layer_[tables_.iq_conf], HgqPlace::data);
        if (!quantizer) return failure(std::move(quantizer.error()));
        auto from = table_formats(layer_, *quantizer, "input");
        if (!from) return failure(std::move(from.error()));
        auto rounding = part_quantizer(layer_, tables_.variables, "toq", layer_[tables_.toq_conf], HgqPlace::data);
        if (!rounding) return failure(std::move(rounding.error()));
        auto to = table_formats(layer_, *rounding, "entries");
        if (!to) return failure(std::move(to.error()));
        for (const Formats* each : {&*from, &*to})
            if (!is_broadcastable(each->shape, products_))
                return failure(layer_.bad("has formats of shape " + to_string(each->shape) + " for products of shape " +
                                          to_string(products_)));
        auto made = make(*from, *to);
        if (!made) return failure(std::move(made.error()));
        const Value named =
            x.text.find_first_of(" (") == std::string::npos
                ? x
                : Value{layer_.program().let(tables_.name + "_in", x.text, x.shape).text, x.shape, x.real_input};
        return sum(named, layer_.format(tables_.part + "in", *from), *made);
    }

  private:
    Result<Tables> make(const Formats& from, const Formats& to) {
        const bool has_normalization = layer_.flag("batch_norm", false);
        auto networks = WireNetworks::read(layer_, tables_.variables, axes_.shape(axes_.kernel),
                                           tables_.has_biases && !has_normalization);
        if (!networks) return failure(std::move(networks.error()));
        std::optional<Normalization> normalization;
        std::string normalized = tables_.normalized_axes;
        if (has_normalization) {
            if (normalized.empty())
                for (const char letter : axes_.kernel)
                    if (axes_.output.find(letter) != std::string::npos) normalized += letter;
            for (const char letter : normalized)
                if (axes_.products.find(letter) == std::string::npos)
                    return failure(layer_.bad("normalizes an axis that it has not"));
            int64_t inputs = 1;
            for (const char letter : axes_.input)
                if (axes_.output.find(letter) == std::string::npos) inputs *= axes_.extents.at(letter);
            auto read = read_normalization(layer_, tables_.variables, axes_.shape(normalized), inputs);
            if (!read) return failure(std::move(read.error()));
            normalization = std::move(*read);
        }
        // A table for each product, but one for all along axes that make no difference.
        Shape elements = products_;
        const size_t first = products_.size() - to.shape.size();
        for (size_t axis = 0; axis < elements.size(); ++axis) {
            const char letter = axes_.products[axis];
            const bool matters = axes_.kernel.find(letter) != std::string::npos ||
                                 (normalization && normalized.find(letter) != std::string::npos) ||
                                 (axis >= first && to.shape[axis - first] != 1);
            if (!matters) elements[axis] = 1;
        }
        if (networks->are_too_many(element_count(elements) << std::min(union_of(from).width(), most_table_bits)))
            return failure(
                layer_.unsupported("has networks that are too large to be tables", "let its inputs have fewer bits"));
        const auto wire_of = positions(axes_, elements, axes_.kernel);
        const auto place_of = positions(axes_, elements, normalized);
        const TableSet set{tables_.part + "table", elements, &from, &to};
        return write_tables(layer_, set, [&](int64_t element, float x) {
            const Float32 y = networks->at(wire_of[static_cast<size_t>(element)], x);
            if (!normalization) return y;
            return normalization->at(static_cast<size_t>(place_of[static_cast<size_t>(element)]), y);
        });
    }

    Result<Value> sum(const Value& x, const std::string& format, const Tables& made) {
        const Shape output = axes_.shape(axes_.output);
        const size_t added = axes_.products.size() - axes_.input.size();
        // The usual case: the last axis goes, one comes.
        if (added == 1 && !axes_.input.empty() &&
            axes_.output == axes_.input.substr(0, axes_.input.size() - 1) + axes_.products.back()) {
            layer_.program().use("lut");
            return Value{"lut.dense(" + x.text + ", " + format + ", " + made.from + ", " + made.entries + ")", output};
        }
        std::string text = x.text;
        if (added > 0) {
            text += "[..";
            for (size_t at = 0; at < added; ++at) text += ", _";
            text += "]";
        }
        text = "lookup(quantize(broadcast_to(" + text + ", " + to_string(products_) + "), " + format + "), " +
               made.entries + ", " + made.from + ")";
        std::string summed;
        std::string left;
        for (size_t axis = 0; axis < axes_.products.size(); ++axis) {
            if (axes_.output.find(axes_.products[axis]) != std::string::npos)
                left += axes_.products[axis];
            else
                summed += (summed.empty() ? "" : ", ") + std::to_string(axis);
        }
        if (!summed.empty()) text = "sum(" + text + ", axis: [" + summed + "])";
        if (left != axes_.output) {
            Shape order;
            for (const char letter : axes_.output) order.push_back(static_cast<int64_t>(left.find(letter)));
            text = "transpose(" + text + ", " + to_string(order) + ")";
        }
        return Value{text, output};
    }

    LayerContext& layer_;
    const EinsumTables& tables_;
    Axes axes_;
    Shape products_;
};

}  // namespace

Result<Value> write_einsum_tables(LayerContext& layer, const Value& x, const EinsumTables& tables) {
    auto axes = read_axes(layer, tables.equation, x.shape, tables.output);
    if (!axes) return failure(std::move(axes.error()));
    int64_t products = 1;
    for (const int64_t extent : axes->shape(axes->products)) {
        if (products > most_entries / extent) return failure(layer.unsupported("has more than 2^22 products"));
        products *= extent;
    }
    return Writer(layer, tables, std::move(*axes)).write(x);
}

}  // namespace dal::importer::hgq2
