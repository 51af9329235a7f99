#include "dal/import/precision.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "dal/import/problem.hpp"
#include "dal/support/file.hpp"

namespace dal::importer {
namespace {

std::optional<Round> round_named(std::string name) {
    if (name.starts_with("AP_") || name.starts_with("AC_")) name.erase(0, 3);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    return round_from_string(name);
}

std::optional<Overflow> overflow_named(std::string name) {
    if (name.starts_with("AP_") || name.starts_with("AC_")) name.erase(0, 3);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name == "wrap_sm") return std::nullopt;
    return overflow_from_string(name);
}

std::optional<int> integer(const std::string& text) {
    int value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    constexpr int most = 4096;
    if (value < -most || value > most) return std::nullopt;
    return value;
}

/// "fixed<16,6,RND,SAT>", "ap_ufixed<8,0>", "int<8>", "uint<4>": widths count the sign.
std::optional<Format> format_of(std::string text) {
    std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
    for (const std::string_view prefix : {"ap_", "ac_"})
        if (text.starts_with(prefix)) text.erase(0, prefix.size());
    const size_t open = text.find('<');
    if (open == std::string::npos || !text.ends_with('>')) return std::nullopt;
    const std::string kind = text.substr(0, open);
    std::vector<std::string> parts(1);
    for (const char c : std::string_view(text).substr(open + 1, text.size() - open - 2)) {
        if (c == ',')
            parts.emplace_back();
        else
            parts.back() += c;
    }
    const bool is_signed = kind == "fixed" || kind == "int";
    const bool is_integer = kind == "int" || kind == "uint";
    if (!is_signed && kind != "ufixed" && kind != "uint") return std::nullopt;
    const size_t numbers = is_integer ? 1 : 2;
    if (parts.size() < numbers || parts.size() > (is_integer ? 1U : 4U)) return std::nullopt;
    const auto width = integer(parts[0]);
    const auto whole = is_integer ? width : integer(parts[1]);
    if (!width || !whole || *width < 1) return std::nullopt;
    Format format{Kif(is_signed, *whole - (is_signed ? 1 : 0), *width - *whole)};
    if (parts.size() > 2) {
        const auto round = round_named(parts[2]);
        if (!round) return std::nullopt;
        format.round = *round;
    }
    if (parts.size() > 3) {
        const auto overflow = overflow_named(parts[3]);
        if (!overflow) return std::nullopt;
        format.overflow = *overflow;
    }
    return format;
}

std::string place_of(const YAML::Node& node) {
    const YAML::Mark mark = node.Mark();
    return mark.is_null() ? ""
                          : ", line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1);
}

using Parts = std::map<std::string, Format, std::less<>>;

/// `Precision`: one format, or one for each part.
Result<Parts> parts_of(const YAML::Node& precision, const std::string& file) {
    Parts parts;
    const auto add = [&](const std::string& part, const YAML::Node& node) -> Result<void> {
        if (!node.IsScalar())
            return failure(bad_import_option("--config", "`" + file + "`" + place_of(node) + ": no format"));
        const std::string text = node.Scalar();
        if (text == "auto") return {};
        const auto format = format_of(text);
        if (!format)
            return failure(bad_import_option("--config",
                                             "`" + file + "`" + place_of(node) + ": `" + text + "` is no format",
                                             "formats are `fixed<16,6>`, `ufixed<8,0,RND,SAT>`, `int<8>` or `auto`"));
        parts[part] = *format;
        return {};
    };
    if (precision.IsScalar()) {
        if (auto added = add("default", precision); !added) return failure(std::move(added.error()));
        return parts;
    }
    for (const auto& each : precision)
        if (auto added = add(each.first.as<std::string>(), each.second); !added)
            return failure(std::move(added.error()));
    return parts;
}

}  // namespace

Result<PrecisionConfig> PrecisionConfig::read(const std::filesystem::path& path) {
    auto text = read_file(path);
    if (!text) return failure(std::move(text.error()));
    const std::string file = path.string();
    PrecisionConfig config;
    try {
        YAML::Node root = YAML::Load(*text);
        if (root["HLSConfig"]) root.reset(root["HLSConfig"]);
        if (!root.IsMap() || !root["Model"] || !root["Model"]["Precision"])
            return failure(bad_import_option("--config", "`" + file + "` has no `Model: Precision`",
                                             "the form is that of hls4ml: `{\"Model\": {\"Precision\": "
                                             "\"fixed<16,6>\"}, \"LayerName\": {…}}`"));
        if (root["LayerType"])
            return failure(bad_import_option("--config", "`" + file + "`" + place_of(root["LayerType"]) +
                                                             ": `LayerType` is not read; name the layers"));
        auto model = parts_of(root["Model"]["Precision"], file);
        if (!model) return failure(std::move(model.error()));
        config.model_ = std::move(*model);
        if (const YAML::Node layers = root["LayerName"]; layers && layers.IsMap())
            for (const auto& layer : layers) {
                if (!layer.second.IsMap() || !layer.second["Precision"]) continue;
                auto parts = parts_of(layer.second["Precision"], file);
                if (!parts) return failure(std::move(parts.error()));
                config.layers_[layer.first.as<std::string>()] = std::move(*parts);
            }
    } catch (const YAML::Exception& problem) {
        return failure(bad_import_option("--config", "`" + file + "`: " + problem.what()));
    }
    return config;
}

std::optional<Format> PrecisionConfig::of(std::string_view layer, std::string_view part) {
    if (const auto found = layers_.find(layer); found != layers_.end()) {
        used_.emplace(layer);
        if (const auto format = found->second.find(part); format != found->second.end()) return format->second;
        if (const auto all = found->second.find("default"); all != found->second.end() && part != "accum")
            return all->second;
    }
    if (const auto format = model_.find(part); format != model_.end()) return format->second;
    if (part == "accum") return std::nullopt;
    const auto all = model_.find("default");
    return all == model_.end() ? std::nullopt : std::optional(all->second);
}

std::vector<std::string> PrecisionConfig::unused() const {
    std::vector<std::string> names;
    for (const auto& [layer, parts] : layers_)
        if (!used_.contains(layer)) names.push_back(layer);
    return names;
}

}  // namespace dal::importer
