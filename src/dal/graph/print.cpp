#include <algorithm>

#include "dal/graph/graph.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

std::string id_text(NodeId id) { return "%" + std::to_string(static_cast<uint32_t>(id)); }

/// Writes what an operation has beside its operands. Brief texts cut long lists: "{a, b, … 64 in all}".
class Payload {
  public:
    explicit Payload(Detail detail) : detail_(detail) {}

    /// Empty if there is nothing.
    [[nodiscard]] std::string text(const Operation& operation) const {
        const auto nothing = [](const auto&) { return std::string(); };
        return std::visit(
            Overloaded{
                [&](const op::Input& port) { return port.real ? std::string("real") : formats(port.formats); },
                [&](const op::Constant& constant) {
                    return numbers(constant.values) + (constant.formats ? " as " + formats(*constant.formats) : "");
                },
                [&](const op::Quantize& quantize) { return formats(quantize.formats); },
                [&](const op::Einsum& einsum) { return "\"" + einsum.spec.to_string() + "\""; },
                [&](const op::Add& a) { return nothing(a); },
                [&](const op::Sub& a) { return nothing(a); },
                [&](const op::Mul& a) { return nothing(a); },
                [&](const op::Shift& shift) { return std::to_string(shift.amount); },
                [&](const op::Neg& a) { return nothing(a); },
                [&](const op::Relu& a) { return nothing(a); },
                [&](const op::Abs& a) { return nothing(a); },
                [&](const op::Min& a) { return nothing(a); },
                [&](const op::Max& a) { return nothing(a); },
                [&](const op::Compare& a) { return nothing(a); },
                [&](const op::Select& a) { return nothing(a); },
                [&](const op::Bitwise& a) { return nothing(a); },
                [&](const op::Move& move) { return sources(move); },
                [&](const op::Table& table) { return entries(table); },
            },
            operation);
    }

  private:
    template <class ToText>
    std::string list(size_t count, ToText&& item) const {
        constexpr size_t most_items = 16;
        const bool cut = detail_ == Detail::brief && count > most_items;
        std::string text = "{";
        for (size_t j = 0; j < (cut ? most_items : count); ++j) {
            if (j > 0) text += ", ";
            text += item(j);
        }
        if (cut) text += ", … " + std::to_string(count) + " in all";
        return text + "}";
    }

    std::string numbers(const std::vector<Dyadic>& values) const {
        return list(values.size(), [&](size_t j) { return values[j].to_string(); });
    }

    std::string formats(const FormatMap& formats) const {
        if (formats.is_uniform()) return formats.at(0).to_string();
        return list(formats.size(), [&](size_t j) { return formats.at(static_cast<int64_t>(j)).to_string(); });
    }

    /// "from {0:0..15, 1:3}": operand:element, runs of neighbours as first..last.
    std::string sources(const op::Move& move) const {
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
        return "from " + list(runs.size(), [&](size_t j) { return runs[j]; });
    }

    /// "first -4 step 2^-1 size 2 {0, 0.5}": the code and the grid of the first entry, then the entries, and which of
    /// several tables each element has.
    std::string entries(const op::Table& table) const {
        std::string text = "first " + table.first.to_string() + " step 2^" + std::to_string(-int64_t{table.f}) +
                           " size " + std::to_string(table.size) + " " + numbers(*table.entries);
        if (!table.which.empty())
            text += " which " + list(table.which.size(), [&](size_t j) { return std::to_string(table.which[j]); });
        return text;
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
    const Payload payload_of(detail);
    std::string text;
    for (size_t index = 0; index < graph.size(); ++index) {
        const Node& node = graph.nodes()[index];
        text += id_text(static_cast<NodeId>(index));
        if (!node.name.empty()) text += " " + node.name;
        text += " = " + std::string(operation_name(node.operation));
        for (const NodeId operand : node.operands) text += " " + id_text(operand);
        if (const std::string payload = payload_of.text(node.operation); !payload.empty()) text += " " + payload;
        text += " : " + to_string(node.shape) + range_text(node) + "\n";
    }
    for (const Output& output : graph.outputs()) text += "output " + output.name + " = " + id_text(output.node) + "\n";
    return text;
}

}  // namespace dal
