#include "dal/emit/manifest.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dal/support/sha256.hpp"

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

std::string block_text(const cmvm::SolvedBlock& block) {
    return "{\"count\": " + std::to_string(block.count) + ", \"inputs\": " + std::to_string(block.inputs) +
           ", \"outputs\": " + std::to_string(block.outputs) + ", \"adders\": " + std::to_string(block.adders) +
           ", \"bits\": " + std::to_string(block.bits) + ", \"depth\": " + std::to_string(block.depth) +
           ", \"table_luts\": " + std::to_string(block.table_luts) + ", \"effort\": " + std::to_string(block.effort) +
           ", \"seed\": " + std::to_string(block.seed) + ", \"moves\": " + std::to_string(block.moves) +
           ", \"from_best\": " + truth(block.from_best) + ", \"digest\": " + quoted(block.digest) + "}";
}

/// Lines of a JSON object.
std::string recipe_text(const Recipe& recipe) {
    std::string options;
    for (const auto& [name, value] : recipe.options)
        options += (options.empty() ? "" : ", ") + quoted(name) + ": " + value;
    std::string blocks;
    for (const cmvm::SolvedBlock& block : recipe.blocks)
        blocks += (blocks.empty() ? "\n    " : ",\n    ") + block_text(block);
    return "  \"program\": " + quoted(recipe.program) + ",\n  \"solver\": " + std::to_string(recipe.solver) +
           ",\n  \"options\": {" + options + "},\n  \"blocks\": [" + blocks + (blocks.empty() ? "]" : "\n  ]") + ",\n";
}

std::string text_of(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) return "nothing";
    return found->is_string() ? found->get<std::string>() : found->dump();
}

/// "4 × 3, 12 adders, ..." of a block in a manifest.
std::string describe(const nlohmann::json& block) {
    return text_of(block, "inputs") + " to " + text_of(block, "outputs") + ", " + text_of(block, "adders") +
           " adders, " + text_of(block, "bits") + " bits" +
           (text_of(block, "from_best") == "true" ? ", the best of the cache" : "");
}

void compare_options(const nlohmann::json& before, const nlohmann::json& now, std::vector<std::string>& lines) {
    for (const auto& [name, value] : now.items()) {
        const std::string recorded = text_of(before, name.c_str());
        const std::string given = text_of(now, name.c_str());
        if (recorded != given) lines.push_back("the option " + name + " was " + recorded + ", and is " + given);
    }
}

void compare_blocks(const nlohmann::json& before, const nlohmann::json& now, std::vector<std::string>& lines) {
    constexpr size_t most = 8;
    if (before.size() != now.size())
        lines.push_back("there were " + std::to_string(before.size()) + " different constant products, and are " +
                        std::to_string(now.size()));
    size_t count = 0;
    for (size_t n = 0; n < std::min(before.size(), now.size()); ++n) {
        const bool same = text_of(before[n], "digest") == text_of(now[n], "digest") &&
                          text_of(before[n], "count") == text_of(now[n], "count");
        if (same || ++count > most) continue;
        lines.push_back("constant product " + std::to_string(n) + " was " + describe(before[n]) + ", and is " +
                        describe(now[n]));
    }
}

}  // namespace

std::string digest_of(const Design& design) {
    std::string all;
    for (const auto& [name, content] : design.files)
        if (name != manifest_name) all += sha256(content) + "  " + name + "\n";  // as sha256sum lists them
    return sha256(all);
}

std::optional<std::vector<std::string>> differences(std::string_view manifest, const Design& design) {
    const nlohmann::json before = nlohmann::json::parse(manifest, nullptr, false);
    if (!before.is_object() || before.value("format", nlohmann::json()) != format_name) return std::nullopt;
    if (!before.contains("digest")) return std::nullopt;
    const nlohmann::json now = nlohmann::json::parse(manifest_text(design));
    std::vector<std::string> lines;
    if (text_of(before, "digest") == text_of(now, "digest")) return lines;
    for (const char* key : {"generator", "solver"}) {
        if (text_of(before, key) != text_of(now, key))
            lines.push_back(std::string("the ") + key + " was " + text_of(before, key) + ", and is " +
                            text_of(now, key));
    }
    if (text_of(before, "program") != text_of(now, "program"))
        lines.emplace_back("the program, or what it loads, computes something else");
    const nlohmann::json none = nlohmann::json::object();
    compare_options(before.value("options", none), now.value("options", none), lines);
    const nlohmann::json empty = nlohmann::json::array();
    compare_blocks(before.value("blocks", empty), now.value("blocks", empty), lines);
    if (lines.empty()) lines.emplace_back("the text of its files, such as names and lines of the program");
    return lines;
}

std::string manifest_text(const Design& design) {
    std::string files = quoted(std::string(manifest_name));
    for (const auto& [name, content] : design.files)
        if (name != manifest_name) files += ", " + quoted(name);
    return "{\n  \"format\": " + quoted(format_name) +
           ",\n  \"version\": 1,\n  \"generator\": \"dal " DAL_VERSION "\",\n  \"top\": " + quoted(design.top) +
           ",\n  \"files\": [" + files + "],\n  \"clock\": " + (design.clock.empty() ? "null" : quoted(design.clock)) +
           ",\n  \"latency\": " + std::to_string(design.latency) +
           ",\n  \"initiation_interval\": 1,\n  \"verified\": " + verified_text(design.verified) +
           ",\n  \"digest\": " + quoted(digest_of(design)) + ",\n" +
           (design.recipe ? recipe_text(*design.recipe) : "") + "  \"inputs\": " + ports_text(design.inputs, true) +
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
