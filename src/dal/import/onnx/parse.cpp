#include <functional>
#include <set>

#include "dal/import/onnx/model.hpp"
#include "dal/import/onnx/wire.hpp"
#include "dal/import/problem.hpp"

namespace dal::importer::onnx {
namespace {

/// Takes the fields of one message; false if one is not what the schema says.
template <class Take>
bool walk(std::string_view message, const Take& take) {
    WireReader reader(message);
    while (const auto field = reader.next())
        if (!take(*field)) return false;
    return !reader.is_broken();
}

bool is_bytes(const WireField& field) { return field.type == WireType::bytes; }

bool take_text(const WireField& field, std::string& text) {
    text = std::string(field.bytes);
    return is_bytes(field);
}

bool take_integer(const WireField& field, int64_t& value) {
    value = static_cast<int64_t>(field.value);
    return field.type == WireType::varint;
}

/// StringStringEntryProto.
bool take_entry(const WireField& field, std::map<std::string, std::string>& entries) {
    std::string key;
    std::string value;
    const bool is_good = is_bytes(field) && walk(field.bytes, [&](const WireField& part) {
                             if (part.number == 1) return take_text(part, key);
                             if (part.number == 2) return take_text(part, value);
                             return true;
                         });
    return is_good && entries.emplace(key, value).second;
}

bool take_tensor(const WireField& field, RawTensor& tensor) {
    return is_bytes(field) && walk(field.bytes, [&](const WireField& part) {
               int64_t number = 0;
               switch (part.number) {
                   case 1: return append_varints(part, tensor.shape);
                   case 2:
                       if (!take_integer(part, number) || number < 0 || number > 255) return false;
                       tensor.type = static_cast<ElementType>(number);
                       return true;
                   case 3: return false;  // segments, which nobody writes
                   case 4: return append_reals(part, 4, tensor.reals);
                   case 5:
                   case 7:
                   case 11: return append_varints(part, tensor.integers);
                   case 8: return take_text(part, tensor.name);
                   case 9:
                       tensor.raw = part.bytes;
                       tensor.has_raw = true;
                       return is_bytes(part);
                   case 10: return append_reals(part, 8, tensor.reals);
                   case 13: return take_entry(part, tensor.external);
                   case 14:
                       if (!take_integer(part, number)) return false;
                       tensor.is_external = number == 1;
                       return true;
                   default: return true;
               }
           });
}

bool take_attribute(const WireField& field, Node& node) {
    std::string name;
    Attribute attribute;
    const bool is_good = is_bytes(field) && walk(field.bytes, [&](const WireField& part) {
                             int64_t number = 0;
                             switch (part.number) {
                                 case 1: return take_text(part, name);
                                 case 2: attribute.real = real_of(part.value, 4); return part.type == WireType::fixed32;
                                 case 3: return take_integer(part, attribute.integer);
                                 case 4: return take_text(part, attribute.text);
                                 case 5: return take_tensor(part, attribute.tensor.emplace_back());
                                 case 7: return append_reals(part, 4, attribute.reals);
                                 case 8: return append_varints(part, attribute.integers);
                                 case 9: return take_text(part, attribute.texts.emplace_back());
                                 case 6:
                                 case 11: attribute.has_graph = true; return true;
                                 case 20:
                                     if (!take_integer(part, number) || number < 0 || number > 255) return false;
                                     attribute.kind = static_cast<int>(number);
                                     return true;
                                 default: return true;
                             }
                         });
    return is_good && attribute.tensor.size() <= 1 && node.attributes.emplace(name, std::move(attribute)).second;
}

bool take_node(const WireField& field, Node& node) {
    return is_bytes(field) && walk(field.bytes, [&](const WireField& part) {
               switch (part.number) {
                   case 1: return take_text(part, node.inputs.emplace_back());
                   case 2: return take_text(part, node.outputs.emplace_back());
                   case 3: return take_text(part, node.name);
                   case 4: return take_text(part, node.type);
                   case 5: return take_attribute(part, node);
                   case 7: return take_text(part, node.domain);
                   default: return true;
               }
           });
}

bool take_extent(const WireField& field, Shape& shape) {
    int64_t extent = -1;
    const bool is_good = is_bytes(field) && walk(field.bytes, [&](const WireField& part) {
                             return part.number != 1 || take_integer(part, extent);
                         });
    shape.push_back(extent < 0 ? -1 : extent);
    return is_good;
}

/// TypeProto.Tensor.
bool take_tensor_type(const WireField& field, ValueInfo& info) {
    return is_bytes(field) && walk(field.bytes, [&](const WireField& part) {
               int64_t number = 0;
               if (part.number == 1) {
                   if (!take_integer(part, number) || number < 0 || number > 255) return false;
                   info.type = static_cast<ElementType>(number);
                   return true;
               }
               if (part.number != 2) return true;
               info.has_shape = true;
               return is_bytes(part) && walk(part.bytes, [&](const WireField& extent) {
                          return extent.number != 1 || take_extent(extent, info.shape);
                      });
           });
}

bool take_value_info(const WireField& field, ValueInfo& info) {
    return is_bytes(field) && walk(field.bytes, [&](const WireField& part) {
               if (part.number == 1) return take_text(part, info.name);
               if (part.number != 2) return true;
               return is_bytes(part) && walk(part.bytes, [&](const WireField& type) {
                          return type.number != 1 || take_tensor_type(type, info);
                      });
           });
}

/// What is read of a graph; the name of the message that is broken.
std::string_view take_graph(std::string_view graph, Model& model) {
    std::string_view broken = "GraphProto";
    const bool is_good = walk(graph, [&](const WireField& part) {
        switch (part.number) {
            case 1: broken = "NodeProto"; return take_node(part, model.nodes.emplace_back());
            case 5: broken = "TensorProto"; return take_tensor(part, model.initializers.emplace_back());
            case 11: broken = "ValueInfoProto"; return take_value_info(part, model.inputs.emplace_back());
            case 12: broken = "ValueInfoProto"; return take_value_info(part, model.outputs.emplace_back());
            case 15: broken = "a sparse initializer, which is not read"; return false;
            default: return true;
        }
    });
    return is_good ? std::string_view{} : broken;
}

bool take_opset(const WireField& field, Model& model) {
    std::string domain;
    int64_t version = 0;
    const bool is_good = is_bytes(field) && walk(field.bytes, [&](const WireField& part) {
                             if (part.number == 1) return take_text(part, domain);
                             return part.number != 2 || take_integer(part, version);
                         });
    model.opsets.emplace(domain == "ai.onnx" ? "" : domain, version);
    return is_good;
}

}  // namespace

bool is_model(std::string_view bytes) {
    WireReader reader(bytes);
    const auto first = reader.next();
    if (!first || first->number != 1 || first->type != WireType::varint || first->value == 0 || first->value > 64)
        return false;
    bool has_graph = false;
    while (const auto field = reader.next()) {
        if (field->number > 64) return false;
        has_graph = has_graph || (field->number == 7 && field->type == WireType::bytes);
    }
    return has_graph && !reader.is_broken();
}

Result<Model> parse_model(const ModelFile& file) {
    Model model;
    std::string_view broken = "ModelProto";
    int graphs = 0;
    const bool is_good = walk(file.bytes(), [&](const WireField& field) {
        switch (field.number) {
            case 2: return take_text(field, model.producer);
            case 7:
                if (!is_bytes(field) || ++graphs > 1) return false;
                broken = take_graph(field.bytes, model);
                return broken.empty();
            case 8: broken = "OperatorSetIdProto"; return take_opset(field, model);
            case 25: broken = "a function of the model's own, which is not read"; return false;
            default: return true;
        }
    });
    if (!is_good) return failure(bad_model_file(file.name(), broken, "the bytes are not what ONNX has there"));
    if (graphs == 0) return failure(bad_model_file(file.name(), {}, "an ONNX file without a graph"));
    return model;
}

int64_t Model::opset() const {
    const auto found = opsets.find("");
    return found == opsets.end() ? 1 : found->second;
}

const Attribute* Node::find(std::string_view wanted) const {
    const auto found = attributes.find(wanted);
    return found == attributes.end() ? nullptr : &found->second;
}

int64_t Node::integer(std::string_view wanted, int64_t otherwise) const {
    const Attribute* attribute = find(wanted);
    return attribute ? attribute->integer : otherwise;
}

double Node::real(std::string_view wanted, double otherwise) const {
    const Attribute* attribute = find(wanted);
    return attribute ? attribute->real : otherwise;
}

std::string Node::text(std::string_view wanted, std::string_view otherwise) const {
    const Attribute* attribute = find(wanted);
    return attribute ? attribute->text : std::string(otherwise);
}

std::vector<int64_t> Node::integers(std::string_view wanted, std::vector<int64_t> otherwise) const {
    const Attribute* attribute = find(wanted);
    return attribute ? attribute->integers : std::move(otherwise);
}

std::string Node::place() const {
    const std::string& called = !name.empty() ? name : outputs.empty() ? name : outputs.front();
    return "node `" + called + "` (" + type + ")";
}

}  // namespace dal::importer::onnx
