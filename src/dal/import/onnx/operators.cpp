#include "dal/import/onnx/operators.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace dal::importer::onnx {
namespace {

constexpr std::array<std::string_view, 4> quantizer_domains{"onnx.brevitas", "finn.custom_op.general",
                                                            "qonnx.custom_op.general", "brevitas.onnx"};
constexpr std::string_view channels_last_domain = "qonnx.custom_op.channels_last";

const std::map<std::string_view, Operator>& all_operators() {
    static const std::map<std::string_view, Operator> all = [] {
        std::map<std::string_view, Operator> map;
        for (const auto& part : {linear_operators(), convolution_operators(), pooling_operators(), element_operators(),
                                 movement_operators(), reduction_operators(), quantizer_operators()})
            for (const OperatorEntry& entry : part) map.emplace(entry.type, entry.build);
        return map;
    }();
    return all;
}

bool is_of_quantizer_domain(const std::string& type) {
    for (const std::string_view name : {"Quant", "IntQuant", "BipolarQuant", "Trunc", "MultiThreshold"})
        if (type == name) return true;
    return false;
}

}  // namespace

bool is_channels_last(const Node& node) { return node.domain == channels_last_domain; }

bool may_move_codes(const Node& node) {
    for (const std::string_view name :
         {"Reshape", "Flatten", "Transpose", "MaxPool", "Identity", "Squeeze", "Unsqueeze"})
        if (node.type == name) return true;
    return false;
}

bool is_quantizer_domain(const Node& node) {
    return std::ranges::find(quantizer_domains, node.domain) != quantizer_domains.end();
}

Operator find_operator(const Node& node) {
    const bool is_standard = node.domain.empty() || node.domain == "ai.onnx" || node.domain == "com.microsoft";
    const bool is_image = is_channels_last(node) && (node.type == "Conv" || node.type == "MaxPool" ||
                                                     node.type == "AveragePool" || node.type == "BatchNormalization");
    const bool is_quantizer = is_quantizer_domain(node) && is_of_quantizer_domain(node.type);
    const bool is_linear_pair = node.type == "QuantizeLinear" || node.type == "DequantizeLinear";
    if (node.domain == "com.microsoft" && !is_linear_pair) return nullptr;
    if (!(is_standard && !is_of_quantizer_domain(node.type)) && !is_image && !is_quantizer) return nullptr;
    const auto found = all_operators().find(node.type);
    return found == all_operators().end() ? nullptr : found->second;
}

const std::vector<std::string>& operator_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const auto& [name, unused] : all_operators()) list.emplace_back(name);
        return list;
    }();
    return names;
}

}  // namespace dal::importer::onnx
