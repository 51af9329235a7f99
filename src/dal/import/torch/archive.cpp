#include "dal/import/torch/archive.hpp"

#include <algorithm>

#include "dal/array/zip.hpp"
#include "dal/import/problem.hpp"

namespace dal::importer::torch {
namespace {

constexpr int64_t most_elements = int64_t{1} << 24;
constexpr uint64_t most_bytes = uint64_t{1} << 30;
constexpr uint64_t most_factor = 100;  // of a deflated member

tl::unexpected<Diagnostics> bad(const ModelFile& file, std::string_view where, std::string_view fact) {
    return failure(bad_model_file(file.name(), where, fact));
}

/// Members by their names below the folder that all are in.
using Members = std::map<std::string, const ZipMember*, std::less<>>;

Members by_name(const std::vector<ZipMember>& members) {
    Members result;
    for (const ZipMember& member : members) {
        const size_t slash = member.name.find('/');
        result[slash == std::string::npos ? member.name : member.name.substr(slash + 1)] = &member;
        result.emplace(member.name, &member);
    }
    return result;
}

Result<std::string> content_of(const ModelFile& file, const Members& members, const std::string& name) {
    const auto found = members.find(name);
    if (found == members.end()) return bad(file, name, "is not there");
    const ZipMember& member = *found->second;
    if (member.size > most_bytes || (member.deflated && member.size > most_factor * (member.bytes.size() + 1)))
        return bad(file, name, "would be more than 1 GiB, or 100 times as large, when unpacked");
    std::string content(member.size, '\0');
    ZipStream stream(member);
    auto read = stream.read(reinterpret_cast<std::byte*>(content.data()), content.size());
    if (read) read = stream.finish();
    if (!read) return bad(file, name, read.error().fact);
    return content;
}

/// By the numbers of PyTorch's export schema.
std::optional<DType> type_of(int64_t number) {
    switch (number) {
        case 1: return DType::uint8;
        case 2: return DType::int8;
        case 3: return DType::int16;
        case 4: return DType::int32;
        case 5: return DType::int64;
        case 6: return DType::float16;
        case 7: return DType::float32;
        case 8: return DType::float64;
        case 12: return DType::boolean;
        case 13: return DType::bfloat16;
        default: return std::nullopt;
    }
}

size_t bytes_of(DType type) {
    switch (type) {
        case DType::int64:
        case DType::float64: return 8;
        case DType::int32:
        case DType::float32: return 4;
        case DType::int16:
        case DType::float16:
        case DType::bfloat16: return 2;
        default: return 1;
    }
}

/// The elements of a tensor in its storage, which may hold more, in another order.
Result<Tensor> tensor_of(const ModelFile& file, const std::string& name, const Json& meta, const std::string& storage) {
    const auto type = type_of(meta["dtype"].integer().value_or(0));
    const auto shape = sizes_of(meta);
    if (!type || !shape) return bad(file, name, "its type or its sizes are not known");
    int64_t count = 1;
    for (const int64_t extent : *shape) {
        if (extent < 1 || extent > most_elements || count > most_elements / extent)
            return bad(file, name, "has no elements, or more than 2^24");
        count *= extent;
    }
    Shape strides;
    for (const Json& stride : meta["strides"].items()) strides.push_back(stride["as_int"].integer().value_or(-1));
    const int64_t first = meta["storage_offset"]["as_int"].integer().value_or(0);
    const size_t size = bytes_of(*type);
    const auto available = static_cast<int64_t>(storage.size() / size);
    if (strides.size() != shape->size() || first < 0 || first >= available)
        return bad(file, name, "its strides do not fit its sizes");
    int64_t last = first;
    for (size_t axis = 0; axis < strides.size(); ++axis) {
        if (strides[axis] < 0 || strides[axis] > most_elements) return bad(file, name, "its strides cannot be");
        last += strides[axis] * ((*shape)[axis] - 1);
        if (last >= available) return bad(file, name, "its storage is too short");
    }
    std::vector<std::byte> bytes(static_cast<size_t>(count) * size);
    std::vector<int64_t> index(shape->size(), 0);
    int64_t at = first;
    for (int64_t element = 0; element < count; ++element) {
        std::copy_n(reinterpret_cast<const std::byte*>(storage.data()) + static_cast<size_t>(at) * size, size,
                    bytes.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(element) * size));
        for (size_t axis = index.size(); axis-- > 0;) {
            at += strides[axis];
            if (++index[axis] < (*shape)[axis]) break;
            at -= strides[axis] * (*shape)[axis];
            index[axis] = 0;
        }
    }
    auto tensor = to_tensor(Array(*shape, *type, std::move(bytes)));
    if (!tensor) return bad(file, name, "holds a number that is not finite");
    return std::move(*tensor);
}

Result<void> add_arrays(const ModelFile& file, const Members& members, const std::string& folder,
                        const std::string& list, Archive& archive) {
    if (!members.contains(folder + list)) return {};
    const auto text = content_of(file, members, folder + list);
    if (!text) return failure(text.error());
    const auto json = parse_json(*text, file.name(), folder + list);
    if (!json) return failure(json.error());
    for (const auto& [name, entry] : (*json)["config"].members()) {
        if (entry["use_pickle"].boolean().value_or(false))
            return failure(
                unsupported_layer(folder + entry["path_name"].string(),
                                  "`" + name + "` is stored as a pickle, which is a program, and is not read",
                                  "store plain tensors: `module.to(\"cpu\")` before `torch.export.export`"));
        const auto storage = content_of(file, members, folder + entry["path_name"].string());
        if (!storage) return failure(storage.error());
        auto tensor = tensor_of(file, name, entry["tensor_meta"], *storage);
        if (!tensor) return failure(std::move(tensor.error()));
        archive.arrays[name] = std::move(*tensor);
    }
    return {};
}

}  // namespace

std::optional<Shape> sizes_of(const Json& description) {
    Shape shape;
    if (!description["sizes"].is_array()) return std::nullopt;
    for (const Json& size : description["sizes"].items()) {
        const auto extent = size["as_int"].integer();
        if (!extent && !(shape.empty() && size.has("as_expr"))) return std::nullopt;
        shape.push_back(extent.value_or(-1));
    }
    return shape;
}

bool is_exported(const ModelFile& file) {
    if (!is_zip(file.bytes())) return false;
    const auto members = zip_members(file.bytes());
    if (!members) return file.extension() == "pt2";
    return std::ranges::any_of(*members, [](const ZipMember& member) {
        return (member.name.find("models/") != std::string::npos && member.name.ends_with(".json")) ||
               member.name.ends_with("serialized_exported_program.json");
    });
}

Result<Archive> read_archive(const ModelFile& file) {
    const auto members = zip_members(file.bytes());
    if (!members) return bad(file, {}, members.error().fact);
    const Members named = by_name(*members);
    std::string model;
    for (const auto& [name, member] : named) {
        if (name.ends_with("serialized_exported_program.json"))
            return failure(unknown_model(file.name(),
                                         "was exported by PyTorch before 2.8, with its weights as a pickle",
                                         "export it with PyTorch 2.8 or later, or as ONNX"));
        if (!name.starts_with("models/") || !name.ends_with(".json")) continue;
        if (!model.empty()) return bad(file, name, "is a second model; archives of one are read");
        model = name;
    }
    Archive archive;
    if (named.contains("byteorder")) {
        const auto order = content_of(file, named, "byteorder");
        if (!order) return failure(order.error());
        if (!order->starts_with("little")) return bad(file, "byteorder", "only little endian numbers are read");
    }
    const auto text = content_of(file, named, model);
    if (!text) return failure(text.error());
    auto json = parse_json(*text, file.name(), model);
    if (!json) return failure(std::move(json.error()));
    archive.program = std::move(*json);
    const std::string stem = model.substr(7, model.size() - 12);  // models/STEM.json
    for (const auto& [folder, list] : {std::pair<std::string, std::string>{"data/weights/", "_weights_config.json"},
                                       {"data/constants/", "_constants_config.json"}})
        if (auto added = add_arrays(file, named, folder, stem + list, archive); !added)
            return failure(std::move(added.error()));
    return archive;
}

}  // namespace dal::importer::torch
