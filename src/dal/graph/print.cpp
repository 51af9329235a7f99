#include <algorithm>

#include "dal/graph/graph.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

std::string id_text(NodeId id) { return "%" + std::to_string(static_cast<uint32_t>(id)); }

/// "{a, b, c, … 64 in all}": long lists are cut.
template <class ToText>
std::string list_text(size_t count, ToText&& item) {
    constexpr size_t most_items = 16;
    std::string text = "{";
    for (size_t j = 0; j < std::min(count, most_items); ++j) text += (j > 0 ? ", " : "") + item(j);
    if (count > most_items) text += ", … " + std::to_string(count) + " in all";
    return text + "}";
}

std::string formats_text(const FormatMap& formats) {
    if (formats.is_uniform()) return formats.at(0).to_string();
    return list_text(formats.size(), [&](size_t j) { return formats.at(static_cast<int64_t>(j)).to_string(); });
}

/// "{0:0..15, 1:3}": operand:element, runs of neighbours as first..last.
std::string sources_text(const op::Move& move) {
    std::vector<std::string> runs;
    for (size_t first = 0; first < move.sources.size();) {
        const Source& source = move.sources[first];
        size_t next = first + 1;
        while (next < move.sources.size() && move.sources[next].operand == source.operand &&
               move.sources[next].element == source.element + static_cast<int64_t>(next - first))
            ++next;
        std::string text = std::to_string(source.operand) + ":" + std::to_string(source.element);
        if (next - first > 1) text += ".." + std::to_string(move.sources[next - 1].element);
        runs.push_back(std::move(text));
        first = next;
    }
    return list_text(runs.size(), [&](size_t j) { return runs[j]; });
}

/// "from -4 step 2^-1 {0, 0.5}": the code and the grid of the first entry, then the entries.
std::string table_text(const op::Table& table) {
    return "from " + table.first.to_string() + " step 2^" + std::to_string(-table.f) + " size " +
           std::to_string(table.size) + " " +
           list_text(table.entries->size(), [&](size_t j) { return (*table.entries)[j].to_string(); });
}

/// What the operation has beside its operands; empty if nothing.
std::string payload_text(const Operation& operation) {
    const auto nothing = [] { return std::string(); };
    return std::visit(
        Overloaded{
            [](const op::Input& port) { return port.real ? std::string("real") : formats_text(port.formats); },
            [](const op::Constant& constant) {
                return list_text(constant.values.size(), [&](size_t j) { return constant.values[j].to_string(); });
            },
            [](const op::Quantize& quantize) { return formats_text(quantize.formats); },
            [](const op::Einsum& einsum) { return "\"" + einsum.spec.to_string() + "\""; },
            [&](const op::Add&) { return nothing(); },
            [&](const op::Sub&) { return nothing(); },
            [&](const op::Mul&) { return nothing(); },
            [](const op::Shift& shift) { return std::to_string(shift.amount); },
            [&](const op::Neg&) { return nothing(); },
            [&](const op::Relu&) { return nothing(); },
            [&](const op::Abs&) { return nothing(); },
            [&](const op::Min&) { return nothing(); },
            [&](const op::Max&) { return nothing(); },
            [&](const op::Compare&) { return nothing(); },
            [&](const op::Select&) { return nothing(); },
            [&](const op::Bitwise&) { return nothing(); },
            [](const op::Move& move) { return sources_text(move); },
            [](const op::Table& table) { return table_text(table); },
        },
        operation);
}

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

std::string print(const Graph& graph) {
    std::string text;
    for (size_t index = 0; index < graph.size(); ++index) {
        const Node& node = graph.nodes()[index];
        text += id_text(static_cast<NodeId>(index));
        if (!node.name.empty()) text += " " + node.name;
        text += " = " + std::string(operation_name(node.operation));
        for (const NodeId operand : node.operands) text += " " + id_text(operand);
        if (const std::string payload = payload_text(node.operation); !payload.empty()) text += " " + payload;
        text += " : " + to_string(node.shape) + range_text(node) + "\n";
    }
    for (const Output& output : graph.outputs()) text += "output " + output.name + " = " + id_text(output.node) + "\n";
    return text;
}

}  // namespace dal
