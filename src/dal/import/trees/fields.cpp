#include "dal/import/trees/fields.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace dal::importer::trees {
namespace {

template <class T, class Read>
std::optional<std::vector<T>> items_of(const Json& json, const Read& read) {
    if (!json.is_array()) return std::nullopt;
    std::vector<T> result;
    result.reserve(json.items().size());
    for (const Json& item : json.items()) {
        const std::optional<T> value = read(item);
        if (!value) return std::nullopt;
        result.push_back(*value);
    }
    return result;
}

std::optional<double> finite(std::optional<double> value) {
    return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<double> float_of(const Json& json) {
    if (!json.written().empty()) return to_float(json.written());
    const std::optional<double> value = finite(json.number());
    constexpr double most = std::numeric_limits<float>::max();
    if (!value || std::abs(*value) > most) return std::nullopt;
    return static_cast<double>(static_cast<float>(*value));
}

}  // namespace

std::optional<std::vector<int>> integers(const Json& json) {
    return items_of<int>(json, [](const Json& item) -> std::optional<int> {
        if (const auto truth = item.boolean()) return *truth ? 1 : 0;
        const std::optional<int64_t> value = item.integer();
        const bool fits =
            value && *value >= std::numeric_limits<int>::min() && *value <= std::numeric_limits<int>::max();
        return fits ? std::optional(static_cast<int>(*value)) : std::nullopt;
    });
}

std::optional<std::vector<double>> numbers(const Json& json) {
    return items_of<double>(json, [](const Json& item) { return finite(item.number()); });
}

std::optional<std::vector<double>> floats(const Json& json) { return items_of<double>(json, float_of); }

std::optional<double> to_float(std::string_view text) {
    float value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    // What is too small becomes 0, as strtof makes it.
    if (read.ec == std::errc::result_out_of_range && text.find("E-") + text.find("e-") != 2 * std::string_view::npos)
        return 0.0;
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return finite(static_cast<double>(value));
}

std::optional<int64_t> integer(const Json& json) {
    if (!json.is_string()) return json.integer();
    const std::string& text = json.string();
    int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace dal::importer::trees
