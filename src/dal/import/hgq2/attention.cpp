// Attention of HGQ 2: QMultiHeadAttention, QLinformerAttention, QSALTAttention, and forms with tables instead of
// kernels. Queries, keys and values are projections of their own, each with an input and an output quantizer; the
// scores are exact, and go through a softmax of tables; what is weighted with it is projected to the output.
#include "dal/import/hgq2/attention.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "dal/import/hgq2/rows.hpp"

namespace dal::importer::hgq2 {
namespace {

/// What every form has.
struct Heads {
    int64_t count = 1;
    int64_t key = 1;
    int64_t value = 1;
    size_t axes = 1;          ///< of the items of one sample, before the channels
    bool has_tables = false;  ///< instead of kernels
    bool has_biases = true;
};

Result<Heads> read_heads(const LayerContext& layer, size_t rank) {
    Heads heads;
    auto count = layer.count("num_heads");
    if (!count) return failure(std::move(count.error()));
    auto key = layer.count("key_dim");
    if (!key) return failure(std::move(key.error()));
    heads.count = *count;
    heads.key = heads.value = *key;
    if (!layer["value_dim"].is_null()) {
        auto value = layer.count("value_dim");
        if (!value) return failure(std::move(value.error()));
        heads.value = *value;
    }
    heads.axes = rank - 1;
    heads.has_tables = layer.class_name().ends_with('T');
    heads.has_biases = layer.flag("use_bias", true);
    const Json& axes = layer["attention_axes"];
    for (size_t axis = 0; !axes.is_null() && axis < std::max(axes.items().size(), heads.axes); ++axis)
        if (axes[axis].integer() != static_cast<int64_t>(axis) + 1)
            return failure(layer.unsupported("its attention runs over other axes than all of its items"));
    for (const auto& [what, is_there] : {std::pair("a gate", layer.flag("use_gate", false)),
                                         std::pair("a sliding window", !layer["sliding_window"].is_null()),
                                         std::pair("an output quantizer", layer.flag("enable_oq", false))})
        if (is_there) return failure(layer.unsupported("has " + std::string(what)));
    return heads;
}

/// The extents of the output: those of its last axes.
Result<Shape> output_extents(const LayerContext& layer, int64_t channels) {
    const Json& given = layer["output_shape"];
    if (given.is_null()) return Shape{channels};
    Shape shape;
    const std::vector<Json> one{given};
    for (const Json& extent : given.is_array() ? given.items() : one) {
        const auto value = extent.integer();
        if (!value || *value < 1 || *value > most_entries)
            return failure(layer.bad("has an `output_shape` without sense"));
        shape.push_back(*value);
    }
    if (shape.empty() || shape.size() > 4) return failure(layer.bad("has an `output_shape` without sense"));
    return shape;
}

class Writer {
  public:
    Writer(LayerContext& layer, Heads heads, Operands operands)
        : layer_(layer), heads_(heads), operands_(std::move(operands)) {}

    Result<keras::Outputs> write() {
        layer_.comment(std::to_string(heads_.count) + (heads_.count == 1 ? " head of " : " heads of ") +
                       std::to_string(heads_.key) + " features for queries and keys, " + std::to_string(heads_.value) +
                       " for values");
        if (!layer_["lin_kv_proj_dim"].is_null())
            if (auto done = shorten(); !done) return failure(std::move(done.error()));
        if (auto fits = check_items(); !fits) return failure(std::move(fits.error()));
        const bool biases = heads_.has_biases;
        auto query = project("query", operands_.query, heads_.key, biases);
        if (!query) return failure(std::move(query.error()));
        auto key = project("key", operands_.key, heads_.key, false);
        if (!key) return failure(std::move(key.error()));
        auto value = project("value", operands_.value, heads_.value, biases);
        if (!value) return failure(std::move(value.error()));
        auto weights = weigh(*query, *key);
        if (!weights) return failure(std::move(weights.error()));
        auto joined = join(*weights, *value);
        if (!joined) return failure(std::move(joined.error()));
        const Value result = layer_.write(joined->text, joined->shape);
        if (!operands_.gives_scores) return keras::Outputs(result);
        return keras::Outputs(std::vector<Value>{result, *weights});
    }

  private:
    /// Parts that are made with the defaults of their class, whatever the layer says.
    static bool is_inner(const std::string& part) { return part.starts_with("lin") || part == "conv"; }
    [[nodiscard]] bool is_simple() const { return heads_.axes == 1; }
    [[nodiscard]] std::string part_name(const std::string& part) const { return layer_.name() + "_" + part; }
    [[nodiscard]] Shape items(const Value& value) const { return {value.shape.begin(), value.shape.end() - 1}; }

    Result<void> check_items() const {
        if (items(operands_.key) == items(operands_.value)) return {};
        return failure(layer_.bad("has keys and values of different shapes"));
    }

    /// A value after the input quantizer of a part: a value to be rounded, and its format, or no format.
    Result<keras::RoundedInput> read(const Value& x, const std::string& part, const Variables& variables) {
        Variables holder = variables;
        // Fused projections have one input quantizer, which is stored once.
        for (const char* other : {"key_dense", "query_dense", "value_dense"}) {
            if (attribute_of(holder, "iq").group() != nullptr || layer_["fuse"].string() == "none" || part == "output")
                break;
            holder = attribute_of(layer_.variables(), other);
        }
        // What shortens keys and values has its own default, the other inputs that of the layer, but the last one.
        const bool is_optional = is_inner(part) || (part != "output" && !layer_.flag("enable_iq", true));
        auto quantizer = is_optional ? stored_quantizer(layer_, holder, "iq", layer_["qkvo_iq_conf"], HgqPlace::data)
                                     : part_quantizer(layer_, holder, "iq", layer_["qkvo_iq_conf"], HgqPlace::data);
        if (!quantizer) return failure(std::move(quantizer.error()));
        return keras::round_input(layer_, x, part + "_in", *quantizer);
    }

    /// An expression with the output quantizer of a part.
    Result<Value> rounded(const Value& value, const std::string& part, const Variables& variables) {
        auto quantizer = is_inner(part)
                             ? stored_quantizer(layer_, variables, "oq", layer_["qkvo_oq_conf"], HgqPlace::data)
                             : part_quantizer(layer_, variables, "oq", layer_["qkvo_oq_conf"], HgqPlace::data);
        if (!quantizer) return failure(std::move(quantizer.error()));
        if (quantizer->is_off) return value;
        grids_[part] = *std::ranges::max_element(quantizer->formats.f);
        return keras::quantize_data(layer_, value, part + "_out", *quantizer);
    }

    Result<std::string> kernel(const std::string& part, const Variables& variables, const Shape& shape) {
        return part_parameter(layer_, variables, {part + "_kernel", 0, "kernel", "kq", "qkvo_kq_conf"}, shape);
    }
    Result<std::string> bias(const std::string& part, const Variables& variables, const Shape& shape, bool is_there) {
        if (!is_there) return std::string("0");
        return part_parameter(layer_, variables, {part + "_bias", 1, "bias", "bq", "qkvo_bq_conf"}, shape);
    }

    /// Queries, keys or values: [items…, heads, features].
    Result<Value> project(const std::string& part, const Value& x, int64_t features, bool has_bias) {
        const Variables variables = attribute_of(layer_.variables(), part + "_dense");
        Shape shape = items(x);
        shape.push_back(heads_.count);
        shape.push_back(features);
        const std::string free = letters(1, heads_.axes);
        const std::string c = letters(1 + heads_.axes, 1);
        const std::string hd = letters(2 + heads_.axes, 2);
        Result<Value> result = Value{};
        if (heads_.has_tables) {
            EinsumTables tables{
                variables,      part_name(part), part + "_", "a" + free + c + "," + c + hd + "->a" + free + hd,
                shape,          has_bias,        hd,         "qkvo_iq_conf",
                "qkvo_toq_conf"};
            result = write_einsum_tables(layer_, x, tables);
        } else {
            result = linear(part, x, variables, {free + c, c + hd, free + hd}, {x.shape.back(), heads_.count, features},
                            has_bias ? Shape{heads_.count, features} : Shape{}, has_bias, shape);
        }
        if (!result) return result;
        result = rounded(*result, part, variables);
        if (!result) return result;
        return layer_.program().let(part_name(part), result->text, shape);
    }

    struct Equation {
        std::string input;
        std::string kernel;
        std::string output;
    };

    /// A projection with kernel and bias, as the call of `nn` that it is.
    Result<Value> linear(const std::string& part, const Value& x, const Variables& variables, const Equation& equation,
                         const Shape& kernel_shape, const Shape& bias_shape, bool has_bias, const Shape& shape) {
        auto input = read(x, part, variables);
        if (!input) return failure(std::move(input.error()));
        auto weights = kernel(part, variables, kernel_shape);
        if (!weights) return failure(std::move(weights.error()));
        auto offset = bias(part, variables, bias_shape, has_bias);
        if (!offset) return failure(std::move(offset.error()));
        layer_.program().use("nn");
        const bool is_head = is_simple() && kernel_shape.size() == 3 && !input->format.empty();
        std::string text;
        if (is_head && part != "output") {
            text = "nn.heads(" + input->value.text + ", " + input->format + ", " + *weights + ", " + *offset + ")";
        } else if (is_head) {
            text = input->value.text + " |> nn.join_heads(" + input->format + ", " + *weights + ", " + *offset + ")";
        } else {
            const std::string data = input->format.empty()
                                         ? input->value.text
                                         : "quantize(" + input->value.text + ", " + input->format + ")";
            text = "einsum(\"" + equation.input + "," + equation.kernel + "->" + equation.output + "\", " + data +
                   ", " + *weights + ")";
            if (has_bias) text += " + " + *offset;
        }
        return Value{text, shape};
    }

    /// Linformer: fewer keys and values, by a projection over the items.
    Result<void> shorten() {
        Shape extents;
        const Json& given = layer_["lin_kv_proj_dim"];
        const std::vector<Json> one{given};
        for (const Json& extent : given.is_array() ? given.items() : one) {
            const auto value = extent.integer();
            if (!value || *value < 1 || *value > most_entries)
                return failure(layer_.bad("has a `lin_kv_proj_dim` without sense"));
            extents.push_back(*value);
        }
        if (extents.size() != heads_.axes)
            return failure(layer_.bad("has a `lin_kv_proj_dim` of other axes than its input"));
        const bool is_shared = layer_.flag("share_kv_proj", false);
        const bool is_same = operands_.key.text == operands_.value.text;
        auto key = shorten_one("lin_key", "_lin_k_proj", operands_.key, extents);
        if (!key) return failure(std::move(key.error()));
        if (is_shared && is_same && !layer_.flag("cluster_v_proj", false)) {
            operands_.key = operands_.value = *key;
            return {};
        }
        auto value = shorten_one(is_shared ? "lin_key" : "lin_value", is_shared ? "_lin_k_proj" : "_lin_v_proj",
                                 operands_.value, extents);
        if (!value) return failure(std::move(value.error()));
        operands_.key = *key;
        operands_.value = *value;
        return {};
    }

    Result<Value> shorten_one(const std::string& part, const std::string& attribute, const Value& x, const Shape& to) {
        const Variables variables = attribute_of(layer_.variables(), attribute);
        const bool is_key = operands_.key.text == x.text && part == "lin_key";
        if (layer_.flag(is_key ? "cluster_k_proj" : "cluster_v_proj", false))
            return shorten_groups(part, variables, x, to[0], is_key);
        const std::string old = letters(1, heads_.axes);
        const std::string c = letters(1 + heads_.axes, 1);
        const std::string fresh = letters(2 + heads_.axes, heads_.axes);
        Shape kernel_shape = items(x);
        kernel_shape.insert(kernel_shape.end(), to.begin(), to.end());
        Shape shape = to;
        shape.push_back(x.shape.back());
        Result<Value> result = Value{};
        if (layer_["lin_kv_proj_mode"].string() == "dense_t") {
            EinsumTables tables{
                variables,      part_name(part), part + "_", "a" + old + c + "," + old + fresh + "->a" + fresh + c,
                shape,          false,           {},         "qkvo_iq_conf",
                "qkvo_toq_conf"};
            result = write_einsum_tables(layer_, x, tables);
        } else {
            auto input = read(x, part, variables);
            if (!input) return failure(std::move(input.error()));
            auto weights = kernel(part, variables, kernel_shape);
            if (!weights) return failure(std::move(weights.error()));
            layer_.program().use("nn");
            if (is_simple() && !input->format.empty()) {
                result = Value{"nn.shorten(" + input->value.text + ", " + input->format + ", " + *weights + ")", shape};
            } else {
                const std::string data = input->format.empty()
                                             ? input->value.text
                                             : "quantize(" + input->value.text + ", " + input->format + ")";
                result = Value{"einsum(\"" + old + c + "," + old + fresh + "->" + fresh + c + "\", " + data + ", " +
                                   *weights + ")",
                               shape};
            }
        }
        if (!result) return result;
        result = rounded(*result, part, variables);
        if (!result) return result;
        return layer_.program().let(part_name(part), result->text, shape);
    }

    /// SALT: each shortened item is a sum over a group of neighbours, with zeros behind the last one.
    Result<Value> shorten_groups(const std::string& part, const Variables& variables, const Value& x, int64_t groups,
                                 bool is_key) {
        const int64_t n = x.shape[0];
        const int64_t size = (n + groups - 1) / groups;
        if (groups > n) return failure(layer_.bad("has more groups than items"));
        if (!is_key && size * groups == n)
            return failure(layer_.unsupported("groups values without zeros behind them, which HGQ 2 does not do"));
        const Shape grouped{groups, size, x.shape[1]};
        std::string text = x.text;
        if (size * groups > n) text = "pad(" + text + ", [0, 0], [" + std::to_string(size * groups - n) + ", 0])";
        auto input =
            read({"reshape(" + text + ", " + to_string(grouped) + ")", grouped, x.real_input}, part, variables);
        if (!input) return failure(std::move(input.error()));
        auto weights = kernel(part, variables, {groups, size});
        if (!weights) return failure(std::move(weights.error()));
        const std::string data =
            input->format.empty() ? input->value.text : "quantize(" + input->value.text + ", " + input->format + ")";
        auto result =
            rounded({"einsum(\"mnc,mn->mc\", " + data + ", " + *weights + ")", {groups, x.shape[1]}}, part, variables);
        if (!result) return result;
        return layer_.program().let(part_name(part), result->text, result->shape);
    }

    /// SALT: a convolution over the scores, whose channels are the heads.
    Result<Value> convolved(const Value& scores) {
        const int64_t size = layer_["conv_size"].integer().value_or(0);
        if (size <= 0) return scores;
        const Variables variables = attribute_of(layer_.variables(), "conv");
        const int64_t groups = layer_.flag("separate_conv", false) ? heads_.count : 1;
        auto input = read(scores, "conv", variables);
        if (!input) return failure(std::move(input.error()));
        auto weights = kernel("conv", variables, {size, size, heads_.count / groups, heads_.count});
        if (!weights) return failure(std::move(weights.error()));
        auto offset = bias("conv", variables, {heads_.count}, true);
        if (!offset) return failure(std::move(offset.error()));
        const std::string data =
            input->format.empty() ? input->value.text : "quantize(" + input->value.text + ", " + input->format + ")";
        std::string text = "nn.correlate2d(transpose(" + data + ", [1, 2, 0]), " + *weights + ", padding: \"same\"";
        if (groups > 1) text += ", groups: " + std::to_string(groups);
        auto result =
            rounded({"transpose(" + text + ") + " + *offset + ", [2, 0, 1])", scores.shape}, "conv", variables);
        if (!result) return result;
        return layer_.program().let(part_name("filtered"), result->text, scores.shape);
    }

    /// The softmax of the scores: [heads, items of queries…, items of keys…].
    Result<Value> weigh(const Value& query, const Value& key) {
        const size_t n = heads_.axes;
        Shape shape{heads_.count};
        shape.insert(shape.end(), query.shape.begin(), query.shape.begin() + static_cast<std::ptrdiff_t>(n));
        shape.insert(shape.end(), key.shape.begin(), key.shape.begin() + static_cast<std::ptrdiff_t>(n));
        std::string text = "nn.scores(" + query.text + ", " + key.text + ")";
        if (!is_simple())
            text = "einsum(\"" + letters(2, n) + "ab," + letters(2 + n, n) + "ab->a" + letters(2, 2 * n) + "\", " +
                   query.text + ", " + key.text + ")";
        layer_.program().use("nn");
        Value scores = layer_.program().let(part_name("scores"), text, shape);
        if (layer_.class_name() == "QSALTAttention") {
            auto filtered = convolved(scores);
            if (!filtered) return filtered;
            scores = std::move(*filtered);
            grids_.clear();
        }
        Softmax softmax{attribute_of(layer_.variables(), "_softmax"),
                        "softmax_",
                        {},
                        layer_.flag("stable_softmax", true),
                        1 / std::sqrt(static_cast<double>(heads_.key))};
        for (size_t axis = 1 + n; axis < shape.size(); ++axis) softmax.axes.push_back(static_cast<int>(axis));
        if (grids_.contains("query") && grids_.contains("key")) softmax.grid = grids_["query"] + grids_["key"];
        if (operands_.is_causal) {
            if (!is_simple()) return failure(layer_.unsupported("has a causal mask over several axes"));
            softmax.mask = layer_.program()
                               .let(part_name("mask"),
                                    "[for n in 0.." + std::to_string(shape[1]) + ", m in 0.." +
                                        std::to_string(shape[2]) + " => m <= n]",
                                    {shape[1], shape[2]})
                               .text;
        }
        auto weights = write_softmax(layer_, scores, softmax);
        if (!weights) return weights;
        return layer_.program().let(part_name("weights"), weights->text, shape);
    }

    /// The values, weighted, and the projection of that.
    Result<Value> join(const Value& weights, const Value& value) {
        const size_t n = heads_.axes;
        auto extents = output_extents(layer_, operands_.query.shape.back());
        if (!extents) return failure(std::move(extents.error()));
        Shape shape = items(operands_.query);
        const Shape free_shape = shape;
        Shape inner = shape;
        inner.push_back(heads_.count);
        inner.push_back(heads_.value);
        shape.insert(shape.end(), extents->begin(), extents->end());
        std::string text = "nn.weighted(" + weights.text + ", " + value.text + ")";
        if (!is_simple())
            text = "einsum(\"a" + letters(2, 2 * n) + "," + letters(2 + n, n) + "ab->" + letters(2, n) + "ab\", " +
                   weights.text + ", " + value.text + ")";
        const Variables variables = attribute_of(layer_.variables(), "output_dense");
        const std::string free = letters(1, n);
        const std::string hd = letters(1 + n, 2);
        const std::string out = letters(3 + n, extents->size());
        if (heads_.has_tables) {
            const Value sums = layer_.program().let(part_name("weighted"), text, inner);
            EinsumTables tables{
                variables,      part_name("output"), "output_", "a" + free + hd + "," + hd + out + "->a" + free + out,
                shape,          heads_.has_biases,   out,       "qkvo_iq_conf",
                "qkvo_toq_conf"};
            return write_einsum_tables(layer_, sums, tables);
        }
        Shape kernel_shape{heads_.count, heads_.value};
        kernel_shape.insert(kernel_shape.end(), extents->begin(), extents->end());
        return linear("output", {text, inner}, variables, {free + hd, hd + out, free + out}, kernel_shape, *extents,
                      heads_.has_biases, shape);
    }

    LayerContext& layer_;
    Heads heads_;
    Operands operands_;
    std::map<std::string, int> grids_;  ///< by part: its values are multiples of 2^-grid
};

Result<keras::Outputs> write_attention(LayerContext& layer) {
    auto operands = read_operands(layer);
    if (!operands) return failure(std::move(operands.error()));
    const size_t rank = operands->query.shape.size();
    constexpr size_t most_axes = 5;
    const bool is_salt = layer.class_name() == "QSALTAttention";
    if (rank < 2 || rank > (is_salt ? 2 : most_axes) || operands->key.shape.size() != rank ||
        operands->value.shape.size() != rank)
        return failure(
            layer.bad("has queries, keys and values of " + std::to_string(rank) + " and other numbers of axes"));
    auto heads = read_heads(layer, rank);
    if (!heads) return failure(std::move(heads.error()));
    return Writer(layer, *heads, std::move(*operands)).write();
}

}  // namespace

std::span<const keras::LayerHandler> attention_rows() {
    using keras::Library;
    static const std::array rows{keras::LayerHandler{Library::hgq, "QMultiHeadAttention", write_attention},
                                 keras::LayerHandler{Library::hgq, "QLinformerAttention", write_attention},
                                 keras::LayerHandler{Library::hgq, "QSALTAttention", write_attention},
                                 keras::LayerHandler{Library::hgq, "QMultiHeadAttentionT", write_attention},
                                 keras::LayerHandler{Library::hgq, "QLinformerAttentionT", write_attention}};
    return rows;
}

}  // namespace dal::importer::hgq2
