#include "dal/import/keras/layer.hpp"

#include <algorithm>
#include <utility>

#include "dal/import/keras/handlers.hpp"
#include "dal/import/problem.hpp"

namespace dal::importer::keras {
namespace {

/// Keys that only layers of HGQ 2 have.
bool is_of_hgq(const Json& config) {
    for (const char* key : {"enable_ebops", "enable_iq", "enable_oq", "kq_conf", "iq_conf", "iq_confs"})
        if (config.has(key)) return true;
    return config["config"]["class_name"].string() == "QuantizerConfig";
}

/// Keys that only layers of QKeras have, and names that they share.
bool is_of_qkeras(const std::string& class_name, const Json& config) {
    for (const auto& [key, value] : config.members())
        if (key.ends_with("_quantizer")) return true;
    return class_name.size() > 1 && class_name[0] == 'Q' && class_name[1] >= 'A' && class_name[1] <= 'Z';
}

}  // namespace

LayerConfig layer_config(const Json& layer) {
    LayerConfig result;
    const std::string& registered = layer["registered_name"].string();
    // "hgq>QDense" of older files, and "QDense" of newer ones.
    std::string_view called = layer["class_name"].string();
    const bool is_registered_by_hgq = registered.starts_with("hgq>") || called.starts_with("hgq>");
    if (const size_t package = called.rfind('>'); package != std::string_view::npos) called.remove_prefix(package + 1);
    result.class_name = called;
    result.config = &layer["config"];
    result.name = (*result.config)["name"].string();
    if (result.name.empty()) result.name = layer["name"].string();
    if (is_registered_by_hgq || is_of_hgq(*result.config))
        result.library = Library::hgq;
    else if (is_of_qkeras(result.class_name, *result.config))
        result.library = Library::qkeras;
    return result;
}

LayerContext::LayerContext(Program& program, LayerConfig layer, Variables variables, std::vector<Value> inputs,
                           Memo& memo, std::string path)
    : program_(&program),
      layer_(std::move(layer)),
      variables_(std::move(variables)),
      inputs_(std::move(inputs)),
      memo_(&memo),
      path_(std::move(path)) {
    static const Json none;
    arguments_ = &none;
    keywords_ = &none;
}

std::string LayerContext::where() const { return "layer `" + layer_.name + "` (" + layer_.class_name + ")"; }

bool LayerContext::flag(std::string_view key, bool otherwise) const {
    return config()[key].boolean().value_or(otherwise);
}

Result<int64_t> LayerContext::count(std::string_view key) const {
    auto one = counts(key, 1);
    if (!one) return failure(std::move(one.error()));
    return one->front();
}

Result<std::vector<int64_t>> LayerContext::counts(std::string_view key, size_t n) const {
    constexpr int64_t most = int64_t{1} << 24;
    const Json& value = config()[key];
    const bool is_list = value.is_array();
    std::vector<int64_t> result;
    for (size_t at = 0; at < n; ++at) {
        const auto number = (is_list ? value[at] : value).integer();
        if (!number || *number < 1 || *number > most || (is_list && value.items().size() != n))
            return failure(bad("`" + std::string(key) + "` is no positive number" +
                               (n == 1 ? "" : ", nor " + std::to_string(n) + " of them")));
        result.push_back(*number);
    }
    return result;
}

Result<Value> LayerContext::any_input() const {
    if (inputs_.size() != 1) return failure(bad("has " + std::to_string(inputs_.size()) + " inputs, and not one"));
    return inputs_.front();
}

Result<Value> LayerContext::input() {
    auto value = any_input();
    if (!value) return value;
    if (auto format = program_->require_format(*value, where()); !format) return failure(std::move(format.error()));
    return value;
}

void LayerContext::set_call(const Json& arguments, const Json& keywords) {
    arguments_ = &arguments;
    keywords_ = &keywords;
}

Value LayerContext::write(const std::string& expression, const Shape& shape, const Value* moved) {
    Value value = program_->layer(layer_.name, expression, shape);
    if (moved != nullptr) {
        value.real_input = moved->real_input;
        value.quotient = moved->quotient;
    }
    return value;
}

void LayerContext::comment(std::string_view text) { program_->comment(layer_.name + ": " + std::string(text)); }

template <class Make>
std::string LayerContext::once(const std::string& key, const Make& make) {
    const auto found = memo_->find(path_ + "|" + key);
    if (found != memo_->end()) return found->second;
    return memo_->emplace(path_ + "|" + key, make()).first->second;
}

std::string LayerContext::parameter(std::string_view part, const Tensor& trained,
                                    const std::optional<Formats>& formats) {
    return once(std::string(part), [&] { return program_->parameter(layer_.name, part, trained, formats); });
}

std::string LayerContext::parameter(std::string_view part, const Tensor& trained, const std::optional<Formats>& formats,
                                    const Tensor& value) {
    return once(std::string(part), [&] { return program_->parameter(layer_.name, part, trained, formats, value); });
}

std::string LayerContext::array(std::string_view part, const Tensor& values) {
    return once("array " + std::string(part),
                [&] { return program_->array(layer_.name + "_" + std::string(part), values); });
}

std::string LayerContext::constant(std::string_view part, const Tensor& values) {
    return once("array " + std::string(part),
                [&] { return program_->constant(layer_.name + "_" + std::string(part), values); });
}

std::string LayerContext::format(std::string_view part, const Formats& formats) {
    return once("format " + std::string(part),
                [&] { return program_->format(layer_.name + "_" + std::string(part), formats); });
}

Value LayerContext::quantize(const Value& value, std::string_view part, const Formats& formats) {
    if (program_->options().exactness == Exactness::off && value.real_input.empty()) return value;
    const std::string text = format(part, formats);
    return {"quantize(" + value.text + ", " + text + ")", value.shape, {}, text};
}

std::string LayerContext::input_format(const Value& value, std::string_view part, const Formats& formats) {
    if (program_->options().exactness == Exactness::off && !value.format.empty()) return value.format;
    return format(part, formats);
}

LayerContext LayerContext::inner(LayerConfig layer, Variables variables, std::vector<Value> inputs) const {
    std::string path = path_ + "/" + layer.name;
    return {*program_, std::move(layer), std::move(variables), std::move(inputs), *memo_, std::move(path)};
}

Diagnostic LayerContext::bad(std::string_view fact) const { return bad_model_file(variables_.file(), where(), fact); }
Diagnostic LayerContext::unsupported(std::string_view fact, std::string_view help) const {
    return unsupported_layer(where(), fact, help);
}
Diagnostic LayerContext::inexact(std::string_view fact, std::string_view help) const {
    return inexact_layer(where(), fact, help);
}

Result<Outputs> write_layer(LayerContext& layer) {
    if (const LayerHandler* handler = find_handler(layer.library(), layer.class_name())) return handler->write(layer);
    std::map<std::string, Tensor> arrays;
    for (size_t position = 0; position < layer.variables().count(); ++position)
        if (auto array = layer.variables().at(position, {})) arrays.emplace("v" + std::to_string(position), *array);
    std::map<std::string, std::string> values;
    for (const auto& [key, value] : layer.config().members()) {
        if (const auto flag = value.boolean()) values.emplace(key, *flag ? "true" : "false");
        if (const auto integer = value.integer()) values.emplace(key, std::to_string(*integer));
    }
    const auto& definitions = layer.program().options().definitions;
    if (std::ranges::find(definitions, layer.class_name(), &Definition::layer_class) == definitions.end())
        return failure(
            unknown_layer("layer `" + layer.name() + "`", layer.class_name(), known_classes(layer.library())));
    for (const Value& input : layer.inputs())
        if (auto format = layer.program().require_format(input, layer.where()); !format)
            return failure(std::move(format.error()));
    auto call = layer.program().defined(layer.class_name(), layer.inputs(), arrays, values, layer.name());
    if (!call) return failure(std::move(call.error()));
    if (!*call)
        return failure(
            unknown_layer("layer `" + layer.name() + "`", layer.class_name(), known_classes(layer.library())));
    const Shape shape =
        layer.declared_shape().value_or(layer.inputs().empty() ? Shape{} : layer.inputs().front().shape);
    if (!layer.declared_shape())
        layer.decide("the model does not say the shape of its result: layers behind it take " + to_string(shape));
    return layer.write(**call, shape);
}

Result<Value> write_single(LayerContext& layer) {
    auto outputs = write_layer(layer);
    if (!outputs) return failure(std::move(outputs.error()));
    if (outputs->values.size() != 1) return failure(layer.unsupported("gives several values"));
    return std::move(outputs->values.front());
}

}  // namespace dal::importer::keras
