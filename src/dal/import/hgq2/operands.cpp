#include <array>

#include "dal/import/hgq2/attention.hpp"

namespace dal::importer::hgq2 {
namespace {

/// The parameters of the call, in the order of Keras.
constexpr std::array parameters{"query",
                                "value",
                                "key",
                                "query_mask",
                                "value_mask",
                                "key_mask",
                                "attention_mask",
                                "return_attention_scores",
                                "training",
                                "use_causal_mask"};

bool is_value(const Json& argument) { return argument["class_name"].string() == "__keras_tensor__"; }

}  // namespace

Result<Operands> read_operands(const LayerContext& layer) {
    std::map<std::string, const Value*> values;
    std::map<std::string, const Json*> constants;
    size_t next = 0;
    const auto add = [&](const std::string& name, const Json& argument) -> bool {
        if (!is_value(argument)) {
            constants[name] = &argument;
            return true;
        }
        if (next >= layer.inputs().size()) return false;
        values[name] = &layer.inputs()[next++];
        return true;
    };
    const std::vector<Json>& positional = layer.arguments().items();
    for (size_t at = 0; at < positional.size(); ++at)
        if (at >= parameters.size() || !add(parameters[at], positional[at]))
            return failure(layer.bad("is called with arguments that it does not take"));
    for (const auto& [name, argument] : layer.keywords().members())
        if (!add(name, argument)) return failure(layer.bad("is called with arguments that it does not take"));
    // Files that do not say how it was called have queries, values and keys in this order.
    for (const char* name : {"query", "value", "key"})
        if (!values.contains(name) && next < layer.inputs().size()) values[name] = &layer.inputs()[next++];
    if (next < layer.inputs().size() || !values.contains("query"))
        return failure(layer.bad("is called with " + std::to_string(layer.inputs().size()) + " values"));
    for (const char* mask : {"query_mask", "value_mask", "key_mask", "attention_mask"})
        if (values.contains(mask) || (constants.contains(mask) && !constants[mask]->is_null()))
            return failure(layer.unsupported("is called with `" + std::string(mask) + "`",
                                             "leave the mask out, or use a causal one"));
    Operands operands;
    operands.query = *values["query"];
    operands.value = values.contains("value") ? *values["value"] : operands.query;
    operands.key = values.contains("key") ? *values["key"] : operands.value;
    const auto is_set = [&](const char* name) {
        return constants.contains(name) && constants[name]->boolean().value_or(false);
    };
    operands.is_causal = is_set("use_causal_mask");
    operands.gives_scores = is_set("return_attention_scores");
    return operands;
}

}  // namespace dal::importer::hgq2
