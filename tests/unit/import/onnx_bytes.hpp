// ONNX files for tests: as much of the wire format as it takes.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

namespace dal::test {

inline std::string wire_varint(uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
    return bytes + static_cast<char>(value);
}

inline std::string wire_number(uint64_t field, uint64_t value) { return wire_varint(field << 3) + wire_varint(value); }

inline std::string wire_bytes(uint64_t field, const std::string& bytes) {
    return wire_varint(field << 3 | 2) + wire_varint(bytes.size()) + bytes;
}

/// A TensorProto of float32 numbers.
inline std::string onnx_tensor(const std::string& name, const std::vector<uint64_t>& shape,
                               const std::vector<float>& values) {
    std::string message;
    for (const uint64_t extent : shape) message += wire_number(1, extent);
    std::string raw;
    for (const float value : values)
        for (int byte = 0; byte < 4; ++byte)
            raw += static_cast<char>(std::bit_cast<uint32_t>(value) >> (8 * byte) & 0xFF);
    return message + wire_number(2, 1) + wire_bytes(8, name) + wire_bytes(9, raw);
}

/// A NodeProto; attributes are integers.
inline std::string onnx_node(const std::string& type, const std::vector<std::string>& inputs, const std::string& output,
                             const std::string& domain = {},
                             const std::vector<std::pair<std::string, std::vector<uint64_t>>>& attributes = {}) {
    std::string message;
    for (const std::string& input : inputs) message += wire_bytes(1, input);
    message += wire_bytes(2, output) + wire_bytes(3, type + "_" + output) + wire_bytes(4, type);
    for (const auto& [name, values] : attributes) {
        std::string attribute = wire_bytes(1, name);
        if (values.size() == 1) {
            attribute += wire_number(3, values.front()) + wire_number(20, 2);
        } else {
            for (const uint64_t value : values) attribute += wire_number(8, value);
            attribute += wire_number(20, 7);
        }
        message += wire_bytes(5, attribute);
    }
    return domain.empty() ? message : message + wire_bytes(7, domain);
}

/// A ValueInfoProto of float32 numbers; 0 stands for the batch.
inline std::string onnx_value(const std::string& name, const std::vector<uint64_t>& shape) {
    std::string extents;
    for (const uint64_t extent : shape)
        extents += wire_bytes(1, extent == 0 ? wire_bytes(2, "N") : wire_number(1, extent));
    return wire_bytes(1, name) + wire_bytes(2, wire_bytes(1, wire_number(1, 1) + wire_bytes(2, extents)));
}

/// A convolution, batch normalization, pooling and a dense layer, with quantizers of this scale.
inline std::string small_onnx(float scale) {
    const std::string domain = "qonnx.custom_op.general";
    const auto quant = [&](const std::string& from, const std::string& to, uint64_t is_signed) {
        return onnx_node("Quant", {from, "scale", "zero", "bits"}, to, domain,
                         {{"signed", {is_signed}}, {"narrow", {0}}});
    };
    const std::vector<std::string> nodes{
        quant("x", "xq", 1),
        quant("kernel", "kq", 1),
        onnx_node("Conv", {"xq", "kq"}, "c", {}, {{"pads", {1, 0, 0, 1}}, {"strides", {1, 1}}}),
        onnx_node("BatchNormalization", {"c", "gamma", "beta", "mean", "variance"}, "n"),
        onnx_node("Relu", {"n"}, "r"),
        quant("r", "rq", 0),
        onnx_node("MaxPool", {"rq"}, "p", {}, {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}}),
        onnx_node("Flatten", {"p"}, "f"),
        onnx_node("MatMul", {"f", "dense"}, "m"),
        onnx_node("Tanh", {"m"}, "t"),
        quant("t", "tq", 1),
        onnx_node("Add", {"tq", "bias"}, "y"),
    };
    std::string graph;
    for (const std::string& node : nodes) graph += wire_bytes(1, node);
    const std::vector<std::string> tensors{
        onnx_tensor("kernel", {2, 1, 2, 2}, {0.5F, -0.25F, 0.75F, 1, -0.5F, 0.25F, 0, 0.3F}),
        onnx_tensor("dense", {8, 2}, {1, 0, -1, 0.5F, 0.25F, 1, 0, 0, 1, 0, -1, 0.5F, 0.25F, 1, 0, 0}),
        onnx_tensor("gamma", {2}, {1.5F, -0.7F}),
        onnx_tensor("beta", {2}, {0.1F, 0.2F}),
        onnx_tensor("mean", {2}, {0, 0.3F}),
        onnx_tensor("variance", {2}, {1, 0.9F}),
        onnx_tensor("bias", {2}, {0.5F, 1}),
        onnx_tensor("scale", {}, {scale}),
        onnx_tensor("zero", {}, {0}),
        onnx_tensor("bits", {}, {4}),
    };
    for (const std::string& tensor : tensors) graph += wire_bytes(5, tensor);
    graph += wire_bytes(11, onnx_value("x", {0, 1, 4, 4})) + wire_bytes(12, onnx_value("y", {0, 2}));
    return wire_number(1, 10) + wire_bytes(7, graph) + wire_bytes(8, wire_bytes(1, "") + wire_number(2, 20));
}

}  // namespace dal::test
