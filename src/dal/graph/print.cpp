#include <algorithm>

#include "dal/graph/graph.hpp"
#include "dal/graph/op_info.hpp"

namespace dal {
namespace {

std::string id_text(NodeId id) { return "%" + std::to_string(static_cast<uint32_t>(id)); }

/// Writes the fields of an operation. Brief texts cut long lists: "{a, b, … 64 in all}".
class Writer {
  public:
    explicit Writer(Detail detail) : detail_(detail) {}

    void operator()(const char* label, const auto& field) { write(label, to_text(field)); }
    void point(const char* label, int f) { write(label, "2^" + std::to_string(-int64_t{f})); }
    void if_any(const char* label, const std::optional<FormatMap>& formats) {
        if (formats) write(label, to_text(*formats));
    }
    void if_any(const char* label, const std::vector<uint32_t>& which) {
        if (!which.empty()) write(label, list(which.size(), [&](size_t j) { return std::to_string(which[j]); }));
    }

    std::string text;  ///< each field with a space before it

  private:
    void write(const std::string& label, const std::string& field) {
        text += (label.empty() ? "" : " " + label) + " " + field;
    }

    template <class ToText>
    std::string list(size_t count, ToText&& item) const {
        constexpr size_t most_items = 16;
        const bool cut = detail_ == Detail::brief && count > most_items;
        std::string items = "{";
        for (size_t j = 0; j < (cut ? most_items : count); ++j) {
            if (j > 0) items += ", ";
            items += item(j);
        }
        if (cut) items += ", … " + std::to_string(count) + " in all";
        return items + "}";
    }

    static std::string to_text(int number) { return std::to_string(number); }
    static std::string to_text(int64_t number) { return std::to_string(number); }
    static std::string to_text(const Int& number) { return number.to_string(); }
    static std::string to_text(const EinsumSpec& spec) { return "\"" + spec.to_string() + "\""; }
    std::string to_text(const op::Input& port) const { return port.real ? "real" : to_text(port.formats); }
    std::string to_text(const std::vector<Dyadic>& values) const {
        return list(values.size(), [&](size_t j) { return values[j].to_string(); });
    }
    std::string to_text(const std::shared_ptr<const std::vector<Dyadic>>& values) const { return to_text(*values); }
    std::string to_text(const FormatMap& formats) const {
        if (formats.is_uniform()) return formats.at(0).to_string();
        return list(formats.size(), [&](size_t j) { return formats.at(static_cast<int64_t>(j)).to_string(); });
    }
    /// "{0:0..15, 1:3}": operand:element, runs of neighbours as first..last.
    std::string to_text(const std::vector<Source>& sources) const {
        std::vector<std::string> runs;
        for (size_t first = 0; first < sources.size();) {
            const Source& source = sources[first];
            size_t next = first + 1;
            while (next < sources.size() && sources[next].operand == source.operand &&
                   sources[next].element == source.element + static_cast<int64_t>(next - first))
                ++next;
            std::string text_of_run = std::to_string(source.operand) + ":" + std::to_string(source.element);
            if (next - first > 1) text_of_run += ".." + std::to_string(sources[next - 1].element);
            runs.push_back(std::move(text_of_run));
            first = next;
        }
        return list(runs.size(), [&](size_t j) { return runs[j]; });
    }

    Detail detail_;
};

std::string range_text(const Node& node) {
    if (node.range.empty()) return {};
    Interval hull = node.range.front();
    for (const Interval& range : node.range) hull = hull.hull(range);
    return " in " + hull.to_string();
}

}  // namespace

std::string type_text(const Node& node) {
    const std::string shape = node.shape.empty() ? "" : to_string(node.shape);
    if (node.real) return "real" + shape;
    if (node.range.empty()) return "_" + shape;
    const Kif first = node.range.front().kif();
    Interval hull = node.range.front();
    int least = first.width();
    int most = first.width();
    bool uniform = true;
    for (const Interval& range : node.range) {
        uniform = uniform && range.kif() == first;
        least = std::min(least, range.width());
        most = std::max(most, range.width());
        hull = hull.hull(range);
    }
    const std::string type = hull.kif().to_string() + shape;
    if (uniform) return type;
    const std::string widths = least == most ? "all " : std::to_string(least) + " to ";
    return type + ", " + widths + std::to_string(most) + " bits";
}

std::string print(const Graph& graph, Detail detail) {
    std::string text;
    for (size_t index = 0; index < graph.size(); ++index) {
        const Node& node = graph.nodes()[index];
        text += id_text(static_cast<NodeId>(index));
        if (!node.name.empty()) text += " " + node.name;
        text += " = " + std::string(operation_name(node.operation));
        for (const NodeId operand : node.operands) text += " " + id_text(operand);
        Writer fields(detail);
        std::visit([&](const auto& operation) { each_field(operation, fields); }, node.operation);
        text += fields.text;
        text += " : " + to_string(node.shape) + range_text(node) + "\n";
    }
    for (const Output& output : graph.outputs()) text += "output " + output.name + " = " + id_text(output.node) + "\n";
    return text;
}

}  // namespace dal
