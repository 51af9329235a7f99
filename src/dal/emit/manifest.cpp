#include "dal/emit/manifest.hpp"

#include <nlohmann/json.hpp>

namespace dal::emit {
namespace {

constexpr const char* format_name = "dal verilog manifest";

std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string truth(bool value) { return value ? "true" : "false"; }

/// All digits, however many: a reader need not know about powers of two.
std::string exact_decimal(const Dyadic& value) {
    if (value.exponent() >= 0) return (value.mantissa() << value.exponent()).to_string();
    // n·2^-e = n·5^e·10^-e.
    Int digits = abs(value.mantissa());
    for (int64_t e = value.exponent(); e < 0; ++e) digits *= 5;
    std::string text = digits.to_string();
    const auto places = static_cast<size_t>(-value.exponent());
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    text.insert(text.size() - places, ".");
    return (value.is_negative() ? "-" : "") + text;
}

std::string shape_text(const Shape& shape) {
    std::string text;
    for (const int64_t extent : shape) text += (text.empty() ? "" : ", ") + std::to_string(extent);
    return "[" + text + "]";
}

std::string element_text(const PortElement& element, bool is_input) {
    std::string text =
        "{\"index\": " + std::to_string(element.element) + ", \"offset\": " + std::to_string(element.offset) +
        ", \"width\": " + std::to_string(element.width) + ", \"signed\": " + truth(element.is_signed) +
        ", \"f\": " + std::to_string(element.f) + ", \"min\": " + quoted(exact_decimal(element.range.min())) +
        ", \"max\": " + quoted(exact_decimal(element.range.max()));
    if (is_input) {
        const Format& format = element.format;
        text += ", \"format\": {\"k\": " + std::to_string(static_cast<int>(format.kif.k)) +
                ", \"i\": " + std::to_string(format.kif.i) + ", \"f\": " + std::to_string(format.kif.f) +
                ", \"round\": \"" + std::string(to_string(format.round)) + "\", \"overflow\": \"" +
                std::string(to_string(format.overflow)) + "\"}, \"declared\": " + truth(element.declared);
    }
    return text + "}";
}

std::string ports_text(const std::vector<Port>& ports, bool is_input) {
    std::string text;
    for (const Port& port : ports) {
        text += text.empty() ? "\n" : ",\n";
        text += "    {\n      \"tensor\": " + quoted(port.tensor) + ",\n      \"shape\": " + shape_text(port.shape) +
                ",\n      \"port\": " + (port.width == 0 ? "null" : quoted(port.name)) +
                ",\n      \"width\": " + std::to_string(port.width) + ",\n      \"elements\": [";
        const char* separator = "\n        ";
        for (const PortElement& element : port.elements) {
            text += separator + element_text(element, is_input);
            separator = ",\n        ";
        }
        text += port.elements.empty() ? "]\n    }" : "\n      ]\n    }";
    }
    return ports.empty() ? "[]" : "[" + text + "\n  ]";
}

std::string verified_text(const std::optional<Verification>& verified) {
    if (!verified) return "null";
    return "{\"simulator\": " + quoted(verified->simulator) + ", \"vectors\": " + std::to_string(verified->vectors) +
           "}";
}

}  // namespace

std::string manifest_text(const Design& design) {
    std::string files = quoted(std::string(manifest_name));
    for (const auto& [name, content] : design.files)
        if (name != manifest_name) files += ", " + quoted(name);
    return "{\n  \"format\": " + quoted(format_name) +
           ",\n  \"version\": 1,\n  \"generator\": \"dal " DAL_VERSION "\",\n  \"top\": " + quoted(design.top) +
           ",\n  \"files\": [" + files + "],\n  \"clock\": " + (design.clock.empty() ? "null" : quoted(design.clock)) +
           ",\n  \"latency\": " + std::to_string(design.latency) +
           ",\n  \"initiation_interval\": 1,\n  \"verified\": " + verified_text(design.verified) +
           ",\n  \"inputs\": " + ports_text(design.inputs, true) +
           ",\n  \"outputs\": " + ports_text(design.outputs, false) + "\n}\n";
}

std::optional<std::set<std::string>> files_in_manifest(std::string_view text) {
    const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
    if (!document.is_object() || document.value("format", nlohmann::json()) != format_name) return std::nullopt;
    const auto list = document.find("files");
    if (list == document.end() || !list->is_array()) return std::nullopt;
    std::set<std::string> files;
    for (const nlohmann::json& entry : *list) {
        if (!entry.is_string()) return std::nullopt;
        files.insert(entry.get<std::string>());
    }
    return files;
}

}  // namespace dal::emit
