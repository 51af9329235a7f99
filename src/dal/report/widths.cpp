#include "dal/report/widths.hpp"

#include <algorithm>
#include <unordered_map>

namespace dal::report {
namespace {

/// Whether a value is worth a row though it has no name: where widths are chosen, or where they grow.
bool is_layer(const Node& node) {
    return std::holds_alternative<op::Quantize>(node.operation) || std::holds_alternative<op::Mul>(node.operation) ||
           std::holds_alternative<op::Table>(node.operation) ||
           (std::holds_alternative<op::Einsum>(node.operation) && node.operands.size() > 1);
}

std::vector<int64_t> count_widths(const Node& node) {
    std::vector<int64_t> elements;
    for (const Interval& range : node.range) {
        const auto width = static_cast<size_t>(range.width());
        if (width >= elements.size()) elements.resize(width + 1);
        ++elements[width];
    }
    return elements;
}

std::vector<int64_t> count_widths(const FormatMap& formats, int64_t size) {
    std::vector<int64_t> elements;
    for (int64_t element = 0; element < size; ++element) {
        const auto width = static_cast<size_t>(formats.at(element).kif.width());
        if (width >= elements.size()) elements.resize(width + 1);
        ++elements[width];
    }
    return elements;
}

/// The row of a constant that was quantized: its formats, and its text if that is a name.
Widths row_of(const Node& node, const FormatMap& formats, const SourceMap& sources) {
    const std::string text(node.span.known() ? sources.text(node.span) : "");
    const bool is_name = !text.empty() && text.find_first_not_of(
                                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789_.") == std::string::npos;
    Widths value;
    value.named = is_name;
    value.name = is_name ? text : "constant";
    value.type = (formats.is_uniform() ? formats.at(0).kif.to_string() : std::string("formats")) +
                 (node.shape.empty() ? "" : to_string(node.shape)) + ", constant";
    value.place = sources.describe(node.place());
    value.elements = count_widths(formats, node.size());
    return value;
}

std::string padded(const std::string& text, size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string histogram(const Widths& value, int64_t per_bar) {
    constexpr int64_t longest = 40;
    const std::vector<int64_t> heights = bars(value, per_bar);
    const int64_t highest = *std::max_element(heights.begin(), heights.end());
    size_t name_width = 0;
    size_t count_width = 0;
    for (size_t bar = 0; bar < heights.size(); ++bar) {
        if (heights[bar] == 0) continue;
        name_width = std::max(name_width, bar_name(static_cast<int64_t>(bar), per_bar).size());
        count_width = std::max(count_width, std::to_string(heights[bar]).size());
    }
    std::string text;
    for (size_t bar = 0; bar < heights.size(); ++bar) {
        if (heights[bar] == 0) continue;
        const auto length = std::max<int64_t>(1, heights[bar] * longest / highest);
        const std::string name = bar_name(static_cast<int64_t>(bar), per_bar);
        text += "  " + padded(name, name_width) + (name == "1" ? " bit   " : " bits  ") +
                padded(std::to_string(heights[bar]), count_width) + "  " +
                std::string(static_cast<size_t>(length), '#') + "\n";
    }
    return text;
}

}  // namespace

int64_t Widths::count() const {
    int64_t sum = 0;
    for (const int64_t count : elements) sum += count;
    return sum;
}

int64_t Widths::bits() const {
    int64_t sum = 0;
    for (size_t width = 0; width < elements.size(); ++width) sum += static_cast<int64_t>(width) * elements[width];
    return sum;
}

int64_t Widths::median() const {
    int64_t left = (count() - 1) / 2;
    int64_t width = 0;
    while (left >= elements[static_cast<size_t>(width)]) left -= elements[static_cast<size_t>(width++)];
    return width;
}

int64_t Widths::least() const {
    return std::find_if(elements.begin(), elements.end(), [](int64_t count) { return count != 0; }) - elements.begin();
}

std::vector<Widths> collect_widths(const Program& program, const SourceMap& sources) {
    std::unordered_map<uint32_t, const NamedValue*> names;
    for (const NamedValue& value : program.values) names.emplace(static_cast<uint32_t>(value.node), &value);
    std::vector<Widths> result;
    for (size_t j = 0; j < program.graph.size(); ++j) {
        const Node& node = program.graph.nodes()[j];
        if (node.range.empty()) continue;
        const auto named = names.find(static_cast<uint32_t>(j));
        const auto* constant = std::get_if<op::Constant>(&node.operation);
        if (constant && constant->formats) result.push_back(row_of(node, *constant->formats, sources));
        if (named == names.end() && !is_layer(node)) continue;
        Widths value;
        value.named = named != names.end();
        value.name = value.named ? named->second->name : std::string(operation_name(node.operation));
        value.type = type_text(node);
        value.place = sources.describe(value.named ? named->second->span : node.place());
        value.elements = count_widths(node);
        result.push_back(std::move(value));
    }
    return result;
}

int64_t bits_per_bar(const std::vector<Widths>& values) {
    constexpr int64_t most_bars = 64;
    int64_t most = 0;
    for (const Widths& value : values) most = std::max(most, value.most());
    return most / most_bars + 1;
}

std::vector<int64_t> bars(const Widths& value, int64_t bits_per_bar) {
    std::vector<int64_t> result(static_cast<size_t>(value.most() / bits_per_bar + 1));
    for (size_t width = 0; width < value.elements.size(); ++width)
        result[width / static_cast<size_t>(bits_per_bar)] += value.elements[width];
    return result;
}

std::string bar_name(int64_t bar, int64_t bits_per_bar) {
    const int64_t first = bar * bits_per_bar;
    return bits_per_bar == 1 ? std::to_string(first)
                             : std::to_string(first) + "-" + std::to_string(first + bits_per_bar - 1);
}

std::string widths_text(const std::vector<Widths>& values) {
    const int64_t per_bar = bits_per_bar(values);
    std::string text;
    int64_t total = 0;
    for (const Widths& value : values) {
        text += value.name + "  " + value.type + (value.place.empty() ? "" : "  " + value.place) + "\n  " +
                std::to_string(value.count()) + (value.count() == 1 ? " element, " : " elements, ") +
                std::to_string(value.bits()) + " bits, median " + std::to_string(value.median()) + "\n" +
                histogram(value, per_bar);
        total += value.bits();
    }
    return text + "total  " + std::to_string(total) + " bits in " + std::to_string(values.size()) + " values\n";
}

}  // namespace dal::report
