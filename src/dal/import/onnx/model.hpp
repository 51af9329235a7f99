// ONNX models as their files have them: the part of onnx.proto that has to do with what a model computes. Texts and
// bytes are views of the file, which must outlive the model.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/import/model_file.hpp"

namespace dal::importer::onnx {

/// TensorProto.DataType.
enum class ElementType : uint8_t {
    undefined = 0,
    float32 = 1,
    uint8 = 2,
    int8 = 3,
    uint16 = 4,
    int16 = 5,
    int32 = 6,
    int64 = 7,
    string = 8,
    boolean = 9,
    float16 = 10,
    float64 = 11,
    uint32 = 12,
    uint64 = 13,
    complex64 = 14,
    complex128 = 15,
    bfloat16 = 16,
    float8_e4m3fn = 17,
    float8_e4m3fnuz = 18,
    float8_e5m2 = 19,
    float8_e5m2fnuz = 20,
    uint4 = 21,
    int4 = 22,
};

/// A TensorProto. Its numbers are in one of several fields; tensor_data.hpp reads them.
struct RawTensor {
    std::string name;
    Shape shape;
    ElementType type = ElementType::undefined;
    std::string_view raw{};
    bool has_raw = false;
    std::vector<int64_t> integers{};  ///< int32_data, int64_data or uint64_data
    std::vector<double> reals{};      ///< float_data or double_data
    bool is_external = false;
    std::map<std::string, std::string> external{};  ///< location, offset, length
};

struct Attribute {
    int kind = 0;  ///< AttributeProto.AttributeType; 0 in old files
    double real = 0;
    int64_t integer = 0;
    std::string text;
    std::vector<double> reals{};
    std::vector<int64_t> integers{};
    std::vector<std::string> texts{};
    std::vector<RawTensor> tensor{};  ///< none or one
    bool has_graph = false;           ///< a part of the graph inside: control flow
};

struct Node {
    std::string name;
    std::string type;
    std::string domain;
    std::vector<std::string> inputs{};  ///< "" for one that is left out
    std::vector<std::string> outputs{};
    std::map<std::string, Attribute, std::less<>> attributes{};

    [[nodiscard]] const Attribute* find(std::string_view name) const;
    [[nodiscard]] int64_t integer(std::string_view name, int64_t otherwise) const;
    [[nodiscard]] double real(std::string_view name, double otherwise) const;
    [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise) const;
    [[nodiscard]] std::vector<int64_t> integers(std::string_view name, std::vector<int64_t> otherwise = {}) const;
    /// "node `MatMul_3` (MatMul)".
    [[nodiscard]] std::string place() const;
};

/// A ValueInfoProto: -1 stands for an extent that is not a number.
struct ValueInfo {
    std::string name;
    ElementType type = ElementType::undefined;
    bool has_shape = false;
    Shape shape{};
};

struct Model {
    std::string producer;
    std::map<std::string, int64_t> opsets{};  ///< by domain
    std::vector<Node> nodes{};
    std::vector<RawTensor> initializers{};
    std::vector<ValueInfo> inputs{};
    std::vector<ValueInfo> outputs{};

    /// Of the standard domain.
    [[nodiscard]] int64_t opset() const;
};

/// Whether the bytes look like a ModelProto: a version of the format, then known fields.
bool is_model(std::string_view bytes);

/// Error: bad_model_file, with the message that is broken.
Result<Model> parse_model(const ModelFile& file);

}  // namespace dal::importer::onnx
