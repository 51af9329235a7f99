// Recurrent layers of HGQ 2, QGRU and QSimpleRNN, unrolled: their quantizers become functions of one number, which the
// library's recurrent layers call.
#include <algorithm>
#include <array>

#include "dal/import/hgq2/parts.hpp"
#include "dal/import/hgq2/rows.hpp"
#include "dal/import/hgq2/steps.hpp"

namespace dal::importer::hgq2 {
namespace {

constexpr int64_t most_steps = 4096;

struct Sequence {
    Value steps;        ///< rounded, in the order in which they are read
    Shape shape;        ///< [steps, inputs]
    std::string start;  ///< the state before the first step; empty: zeros
    int64_t units = 1;
    bool gives_all = false;
    bool gives_state = false;
};

class Writer {
  public:
    explicit Writer(LayerContext& layer) : layer_(layer), cell_(attribute_of(layer.variables(), "cell")) {}

    Result<Sequence> read() {
        if (layer_.inputs().empty() || layer_.inputs().size() > 2)
            return failure(layer_.bad("is called with " + std::to_string(layer_.inputs().size()) + " values"));
        const Value& x = layer_.inputs()[0];
        if (x.shape.size() != 2) return failure(layer_.bad("reads numbers of shape " + to_string(x.shape)));
        if (x.shape[0] > most_steps)
            return failure(layer_.unsupported("runs over " + std::to_string(x.shape[0]) + " steps, which are unrolled",
                                              "export it for shorter sequences"));
        auto units = layer_.count("units");
        if (!units) return failure(std::move(units.error()));
        if (layer_.flag("stateful", false))
            return failure(
                layer_.unsupported("keeps its state from one sample to the next", "export it with `stateful=False`"));
        if (auto checked = check_call(); !checked) return failure(std::move(checked.error()));
        Sequence sequence;
        sequence.shape = x.shape;
        sequence.units = *units;
        sequence.gives_all = layer_.flag("return_sequences", false);
        sequence.gives_state = layer_.flag("return_state", false);
        if (layer_.inputs().size() == 2) {
            const Value& start = layer_.inputs()[1];
            // What the state quantizer rounds may be anything.
            auto quantizer = read_quantizer("sq", false);
            if (!quantizer) return failure(std::move(quantizer.error()));
            if (quantizer->is_off || start.quotient)
                if (auto known = layer_.program().require_format(start, layer_.where()); !known)
                    return failure(std::move(known.error()));
            if (start.shape != Shape{*units}) return failure(layer_.bad("begins with a state of another size"));
            sequence.start = start.text;
        }
        layer_.comment(std::to_string(x.shape[0]) + " steps of " + std::to_string(x.shape[1]) + " inputs, " +
                       std::to_string(*units) + " units");
        auto quantizer = read_quantizer("iq", layer_.flag("enable_iq", true));
        if (!quantizer) return failure(std::move(quantizer.error()));
        auto rounded = keras::quantize_data(layer_, x, "in", *quantizer);
        if (!rounded) return failure(std::move(rounded.error()));
        sequence.steps = std::move(*rounded);
        if (layer_.flag("go_backwards", false)) sequence.steps.text = "flip(" + sequence.steps.text + ")";
        return sequence;
    }

    /// A parameter of the cell.
    Result<std::string> parameter(const std::string& name, size_t position, const std::string& quantizer,
                                  const Shape& shape) {
        return part_parameter(layer_, cell_, {name, position, name, quantizer, quantizer + "_conf"}, shape);
    }

    /// `fn <layer>_<name>(v) = …`: the activation, then the quantizer, or the quantizer first.
    Result<std::string> function(const std::string& name, const std::string& attribute, const Activation* before,
                                 const Activation* after, const Shape& shape) {
        // A simple layer may have no quantizer for its state.
        auto quantizer = read_quantizer(attribute, attribute != "sq" || layer_.class_name() == "QGRU");
        if (!quantizer) return failure(std::move(quantizer.error()));
        const std::string called = layer_.name() + "_" + name;
        std::string body = "v";
        if (before != nullptr) {
            const auto exact = exact_activation(body, *before);
            if (!exact) {
                auto steps = in_steps(name, *before, *quantizer, shape);
                if (!steps) return steps;
                return layer_.program().function(called, *steps);
            }
            body = *exact;
        }
        auto rounded = quantizer_body(layer_, body, name, *quantizer, shape);
        if (!rounded) return rounded;
        body = std::move(*rounded);
        if (after != nullptr) {
            const auto exact = exact_activation(body, *after);
            if (!exact)
                return failure(layer_.unsupported(
                    "has the activation `" + std::string(after->name) + "`, whose results it does not round",
                    "train it with `linear`, `relu` or a hard activation"));
            body = *exact;
        }
        return layer_.program().function(called, body);
    }

    [[nodiscard]] LayerContext& layer() const { return layer_; }
    [[nodiscard]] const Variables& cell() const { return cell_; }

    /// "let …": the last state or all of them, and the state if it is asked for.
    Result<keras::Outputs> write(const Sequence& sequence, std::string call) {
        if (!sequence.start.empty()) call += ", start: " + sequence.start;
        const bool needs_all = sequence.gives_all;
        if (needs_all) call += ", sequences: true";
        Shape shape{sequence.units};
        if (needs_all) shape.insert(shape.begin(), sequence.shape[0]);
        const Value result = layer_.write(call + ")", shape);
        if (!sequence.gives_state) return keras::Outputs(result);
        const Value state = needs_all ? Value{result.text + "[-1]", {sequence.units}} : result;
        return keras::Outputs(std::vector<Value>{result, state});
    }

  private:
    Result<HgqQuantizer> read_quantizer(const std::string& attribute, bool is_there) const {
        const Json& config = layer_[attribute + "_conf"];
        return is_there ? part_quantizer(layer_, cell_, attribute, config, HgqPlace::data)
                        : stored_quantizer(layer_, cell_, attribute, config, HgqPlace::data);
    }

    Result<void> check_call() const {
        for (const auto& [name, argument] : layer_.keywords().members())
            if (name == "mask" && !argument.is_null()) return failure(layer_.unsupported("is called with a mask"));
        return {};
    }

    /// An activation of sums, which have too many bits for a table: in steps.
    Result<std::string> in_steps(const std::string& name, const Activation& activation, const HgqQuantizer& quantizer,
                                 const Shape& shape) {
        if (!activation.never_falls)
            return failure(layer_.unsupported(
                "has the activation `" + std::string(activation.name) + "` of sums that are not rounded",
                "train it with `linear`, the default of HGQ 2, `relu`, `tanh` or `sigmoid`"));
        auto plain = quantizer;
        plain.affine.reset();
        auto to = table_formats(layer_, plain, name);
        if (!to) return failure(std::move(to.error()));
        if (!is_broadcastable(to->shape, shape))
            return failure(layer_.bad("has formats of shape " + to_string(to->shape) + " for numbers of shape " +
                                      to_string(shape)));
        auto text = write_steps(layer_, "v", {name, activation.at, &*to, sum_grid()});
        if (!text) return text;
        return *text + affine_text(quantizer);
    }

    /// What sums in the cell are multiples of: 2 to the power of minus this.
    [[nodiscard]] int sum_grid() const {
        const auto finest = [&](const std::string& attribute, HgqPlace place) {
            auto quantizer = stored_quantizer(layer_, cell_, attribute, layer_[attribute + "_conf"], place);
            if (!quantizer || quantizer->is_off) return 0;
            const int factor = quantizer->affine ? affine_bits : 0;
            return std::ranges::max(quantizer->formats.f) + factor;
        };
        const int inner = finest("rhq", HgqPlace::data);
        return std::max({finest("iq", HgqPlace::data) + finest("kq", HgqPlace::parameter),
                         finest("bq", HgqPlace::parameter),
                         finest("sq", HgqPlace::data) + finest("rkq", HgqPlace::parameter),
                         finest("praq", HgqPlace::data) + inner, finest("rkq", HgqPlace::parameter) + inner});
    }
    /// How many bits the affine function of a hard sigmoid adds.
    static constexpr int affine_bits = 2;

    LayerContext& layer_;
    Variables cell_;
};

Result<keras::Outputs> write_gru(LayerContext& layer) {
    Writer writer(layer);
    auto sequence = writer.read();
    if (!sequence) return failure(std::move(sequence.error()));
    const int64_t u = sequence->units;
    const bool after = layer.flag("reset_after", true);
    auto activation = activation_of(layer, "activation");
    if (!activation) return failure(std::move(activation.error()));
    auto gates = activation_of(layer, "recurrent_activation");
    if (!gates) return failure(std::move(gates.error()));
    auto kernel = writer.parameter("kernel", 0, "kq", {sequence->shape[1], 3 * u});
    if (!kernel) return failure(std::move(kernel.error()));
    auto recurrent = writer.parameter("recurrent_kernel", 1, "rkq", {u, 3 * u});
    if (!recurrent) return failure(std::move(recurrent.error()));
    std::string bias = "0";
    std::string recurrent_bias = "0";
    if (layer.flag("use_bias", true)) {
        auto both = writer.parameter("bias", 2, "bq", after ? Shape{2, 3 * u} : Shape{3 * u});
        if (!both) return failure(std::move(both.error()));
        bias = after ? *both + "[0]" : *both;
        if (after) recurrent_bias = *both + "[1]";
    }
    auto gate = writer.function("gate", "praq", *gates, nullptr, {2 * u});
    if (!gate) return failure(std::move(gate.error()));
    auto candidate = writer.function("candidate", "paq", *activation, nullptr, {u});
    if (!candidate) return failure(std::move(candidate.error()));
    auto state = writer.function("state", "sq", nullptr, nullptr, {u});
    if (!state) return failure(std::move(state.error()));
    auto inner = writer.function("inner", "rhq", nullptr, nullptr, {u});
    if (!inner) return failure(std::move(inner.error()));
    layer.program().use("nn");
    std::string call = "nn.gru_with(" + sequence->steps.text;
    for (const std::string& each : {*kernel, *recurrent, bias, recurrent_bias, *gate, *candidate, *state, *inner})
        call += ", " + each;
    if (!after) call += ", after: false";
    return writer.write(*sequence, call);
}

Result<keras::Outputs> write_simple_rnn(LayerContext& layer) {
    Writer writer(layer);
    auto sequence = writer.read();
    if (!sequence) return failure(std::move(sequence.error()));
    const int64_t u = sequence->units;
    auto activation = activation_of(layer, "activation");
    if (!activation) return failure(std::move(activation.error()));
    auto kernel = writer.parameter("kernel", 0, "kq", {sequence->shape[1], u});
    if (!kernel) return failure(std::move(kernel.error()));
    auto recurrent = writer.parameter("recurrent_kernel", 1, "rkq", {u, u});
    if (!recurrent) return failure(std::move(recurrent.error()));
    std::string bias = "0";
    if (layer.flag("use_bias", true)) {
        auto read = writer.parameter("bias", 2, "bq", {u});
        if (!read) return failure(std::move(read.error()));
        bias = std::move(*read);
    }
    auto sum = writer.function("sum", "paq", nullptr, *activation, {u});
    if (!sum) return failure(std::move(sum.error()));
    auto state = writer.function("state", "sq", nullptr, nullptr, {u});
    if (!state) return failure(std::move(state.error()));
    layer.program().use("nn");
    std::string call = "nn.rnn_with(" + sequence->steps.text;
    for (const std::string& each : {*kernel, *recurrent, bias, *sum, *state}) call += ", " + each;
    return writer.write(*sequence, call);
}

}  // namespace

std::span<const keras::LayerHandler> recurrent_rows() {
    static const std::array rows{keras::LayerHandler{keras::Library::hgq, "QGRU", write_gru},
                                 keras::LayerHandler{keras::Library::hgq, "QSimpleRNN", write_simple_rnn}};
    return rows;
}

}  // namespace dal::importer::hgq2
