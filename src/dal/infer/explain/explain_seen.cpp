#include "dal/infer/explain/explain_seen.hpp"

#include <vector>

#include "dal/infer/explain/growth.hpp"

namespace dal {
namespace {

std::string weight_text(int64_t weight) { return "2^" + std::to_string(weight); }

/// "a", "a or b", "a, b or c".
std::string either(const std::vector<std::string>& ways) {
    std::string text;
    for (size_t j = 0; j < ways.size(); ++j) text += (j == 0 ? "" : j + 1 == ways.size() ? " or " : ", ") + ways[j];
    return text;
}

/// A smaller range helps only if the highest bit is looked at, a coarser step only if the lowest one is.
std::string one_bit_less(const Graph& graph, const Interval& range, const SeenBits& seen, const SourceMap& sources) {
    const Kif kif = range.kif();
    std::vector<std::string> ways;
    if (const Kif smaller(kif.k, kif.i - 1, kif.f); !smaller.is_zero() && seen.top == top_of(range)) {
        const Interval less = Interval::of(smaller);
        ways.push_back("values within [" + less.min().to_string() + ", " + less.max().to_string() + "]");
    }
    if (seen.fine == range.f()) ways.push_back("a step of " + weight_text(1 - seen.fine));
    const auto without = [&](const Asker& asker, const std::string& what) {
        if (!asker.is_output) ways.push_back(asker_text(graph, asker, sources) + " not looking at " + what);
    };
    const std::string highest = weight_text(seen.top - 1);
    const std::string lowest = weight_text(-seen.fine);
    if (seen.top_by == seen.fine_by) {
        without(seen.top_by, seen.count() > 1 ? highest + " or " + lowest : highest);
    } else {
        without(seen.top_by, highest);
        without(seen.fine_by, lowest);
    }
    return ways.empty() ? "" : "one bit less: " + either(ways) + "\n";
}

}  // namespace

std::string asker_text(const Graph& graph, const Asker& asker, const SourceMap& sources) {
    const Node& node = graph[asker.node];
    if (asker.is_output)
        for (const Output& output : graph.outputs())
            if (output.node == asker.node) return "output `" + output.name + "`";
    const std::string place = node.place().known() ? " (" + sources.describe(node.place()) + ")" : "";
    return "`" + std::string(operation_symbol(node.operation)) + "`" + place;
}

std::string explain_seen(const Graph& graph, const Demand& demand, NodeId node, int64_t element,
                         const SourceMap& sources) {
    if (graph[node].real || graph.outputs().empty()) return "";
    const Interval& range = graph[node].range[static_cast<size_t>(element)];
    if (range.is_constant()) return "";
    const SeenBits seen = demand.of(node, element);
    if (seen.is_empty()) return "seen: nothing, it is not computed\n";
    const bool all = seen.count() >= range.width();
    return "seen: " + (all ? "all" : std::to_string(seen.count()) + " of " + std::to_string(range.width())) +
           " bits\n  highest 2^" + std::to_string(seen.top - 1) + ": " + asker_text(graph, seen.top_by, sources) +
           "\n  lowest 2^" + std::to_string(-seen.fine) + ": " + asker_text(graph, seen.fine_by, sources) + "\n" +
           one_bit_less(graph, range, seen, sources);
}

}  // namespace dal
