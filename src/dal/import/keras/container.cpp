#include "dal/import/keras/container.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "dal/array/zip.hpp"
#include "dal/import/problem.hpp"

namespace dal::importer::keras {
namespace {

constexpr std::string_view config_member = "config.json";
constexpr std::string_view weights_member = "model.weights.h5";

const ZipMember* find_member(const std::vector<ZipMember>& members, std::string_view name) {
    const auto found = std::ranges::find(members, name, &ZipMember::name);
    return found == members.end() ? nullptr : &*found;
}

/// Unpacks a member. Data is compressed tenfold; what claims to be much more than that is not unpacked. `least`: bytes
/// that it may have in any case.
Result<std::string> unpack(const ModelFile& file, const ZipMember& member, uint64_t least) {
    constexpr uint64_t most_per_byte = 32;
    if (member.size > std::max<uint64_t>(least, most_per_byte * file.bytes().size()))
        return failure(bad_model_file(file.name(), member.name,
                                      "unpacks to " + std::to_string(member.size) + " bytes: too much for this file"));
    std::string bytes(member.size, '\0');
    ZipStream stream(member);
    auto read = stream.read(reinterpret_cast<std::byte*>(bytes.data()), bytes.size());
    if (read) read = stream.finish();
    if (!read) return failure(bad_model_file(file.name(), member.name, read.error().fact));
    return bytes;
}

/// Which group has those of the layers, and how it names variables.
Result<void> find_layers(Container& container) {
    const Hdf5Group& root = container.weights;
    if (const Hdf5Group* named = root.group("model_weights")) {
        container.layers = named;
        container.naming = Variables::Naming::by_name;
    } else if (root.attributes.contains("layer_names")) {
        container.layers = &root;
        container.naming = Variables::Naming::by_name;
    } else if (const Hdf5Group* numbered = root.group("layers")) {
        container.layers = numbered;
    } else if (const Hdf5Group* older = root.group("_layer_checkpoint_dependencies")) {
        container.layers = older;
    } else if (!root.groups.empty() || !root.datasets.empty()) {
        return failure(bad_model_file(container.weights_file, {}, "has no weights of layers as Keras writes them"));
    }
    return {};
}

Result<void> read_weights(Container& container, std::string_view bytes, std::string file, std::string_view where) {
    auto weights = read_hdf5(bytes, file, where);
    if (!weights) return failure(std::move(weights.error()));
    container.weights = std::move(*weights);
    container.weights_file = std::move(file);
    return find_layers(container);
}

Result<void> read_archive(const ModelFile& file, Container& container) {
    const auto members = zip_members(file.bytes());
    if (!members) return failure(bad_model_file(file.name(), {}, members.error().fact));
    const ZipMember* config = find_member(*members, config_member);
    const ZipMember* weights = find_member(*members, weights_member);
    if (config == nullptr) return failure(bad_model_file(file.name(), {}, "has no `config.json`"));
    if (weights == nullptr)
        return failure(unsupported_layer("`" + file.name() + "`", "has no `model.weights.h5`",
                                         "save the model with `model.save(\"model.keras\")`, in one file"));
    constexpr uint64_t text = uint64_t{1} << 22;
    constexpr uint64_t arrays = uint64_t{1} << 24;
    auto text_bytes = unpack(file, *config, text);
    if (!text_bytes) return failure(std::move(text_bytes.error()));
    auto model = parse_json(*text_bytes, file.name(), config_member);
    if (!model) return failure(std::move(model.error()));
    container.model = std::move(*model);
    if (const ZipMember* metadata = find_member(*members, "metadata.json"))
        if (auto bytes = unpack(file, *metadata, text))
            if (auto json = parse_json(*bytes, file.name(), "metadata.json"))
                container.keras_version = (*json)["keras_version"].string();
    auto weight_bytes = unpack(file, *weights, arrays);
    if (!weight_bytes) return failure(std::move(weight_bytes.error()));
    return read_weights(container, *weight_bytes, file.name(), weights_member);
}

std::string attribute(const Hdf5Group& group, const std::string& name) {
    const auto found = group.attributes.find(name);
    return found == group.attributes.end() ? std::string() : std::string(found->second.string().value_or(""));
}

Result<void> read_single(const ModelFile& file, Container& container) {
    if (auto weights = read_weights(container, file.bytes(), file.name(), {}); !weights) return weights;
    const std::string config = attribute(container.weights, "model_config");
    if (config.empty())
        return failure(unknown_model(file.name(), "has weights, and no model",
                                     "name the configuration, `dal import model.json`, with the weights beside it "
                                     "as `model.weights.h5`"));
    auto model = parse_json(config, file.name(), "model_config");
    if (!model) return failure(std::move(model.error()));
    container.model = std::move(*model);
    container.keras_version = attribute(container.weights, "keras_version");
    return {};
}

/// The weights lie beside the configuration, under one of the names that they usually have.
Result<void> read_pair(const ModelFile& file, Container& container) {
    auto model = parse_json(file.bytes(), file.name());
    if (!model) return failure(std::move(model.error()));
    container.model = std::move(*model);
    container.keras_version = container.model["keras_version"].string();
    const std::string stem = std::filesystem::path(file.name()).stem().string();
    const std::array names{stem + ".weights.h5", stem + "_weights.h5", stem + ".h5", std::string("weights.h5"),
                           std::string("model.weights.h5")};
    for (const std::string& name : names)
        if (auto bytes = file.beside(name)) return read_weights(container, *bytes, name, {});
    return failure(unknown_model(file.name(), "has no weights beside it", "their file is `" + names[0] + "`"));
}

bool is_configuration(const ModelFile& file) {
    constexpr size_t enough = 4096;
    const std::string_view start = file.bytes().substr(0, enough);
    const size_t first = start.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || start[first] != '{') return false;
    if (start.find("\"class_name\"") == std::string_view::npos) return false;
    return std::ranges::any_of(std::array{"\"Functional\"", "\"Sequential\"", "\"Model\"", "keras"},
                               [&](const char* word) { return start.find(word) != std::string_view::npos; });
}

}  // namespace

bool is_keras_file(const ModelFile& file) {
    if (is_hdf5(file.bytes())) return true;
    if (!is_zip(file.bytes())) return is_configuration(file);
    if (file.extension() == "keras") return true;
    const auto members = zip_members(file.bytes());
    return members && find_member(*members, config_member) != nullptr &&
           find_member(*members, weights_member) != nullptr;
}

Result<std::unique_ptr<Container>> read_container(const ModelFile& file) {
    auto container = std::make_unique<Container>();
    const auto read = is_hdf5(file.bytes())  ? read_single(file, *container)
                      : is_zip(file.bytes()) ? read_archive(file, *container)
                                             : read_pair(file, *container);
    if (!read) return failure(read.error());
    return container;
}

}  // namespace dal::importer::keras
