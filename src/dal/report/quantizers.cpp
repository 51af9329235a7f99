#include "dal/report/quantizers.hpp"

#include <map>
#include <optional>
#include <string_view>

namespace dal::report {
namespace {

/// Where the call of `quantize` starts that the expression is, perhaps at the end of `|>`.
std::optional<size_t> find_quantize_call(const std::string_view text) {
    size_t start = 0;
    int depth = 0;
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '(' || c == '[' || c == '{') ++depth;
        if (c == ')' || c == ']' || c == '}') --depth;
        if (depth == 0 && text.substr(at, 2) == "|>") start = at + 2;
    }
    start = std::min(text.find_first_not_of(" \t\r\n(", start), text.size());
    constexpr std::string_view word = "quantize";
    if (!text.substr(start).starts_with(word)) return std::nullopt;
    const size_t after = text.find_first_not_of(" \t\r\n", start + word.size());
    if (after == std::string_view::npos || text[after] != '(') return std::nullopt;
    return start;
}

}  // namespace

std::vector<NodeId> written_quantizers(const Program& program, const SourceMap& sources) {
    std::vector<NodeId> found;
    for (size_t index = 0; index < program.graph.size(); ++index) {
        const Node& node = program.graph.nodes()[index];
        if (std::holds_alternative<op::Quantize>(node.operation) && node.span.known() &&
            find_quantize_call(sources.text(node.span)))
            found.push_back(static_cast<NodeId>(index));
    }
    return found;
}

std::vector<NodeId> all_quantizers(const Graph& graph) {
    std::vector<NodeId> found;
    for (size_t index = 0; index < graph.size(); ++index)
        if (std::holds_alternative<op::Quantize>(graph.nodes()[index].operation))
            found.push_back(static_cast<NodeId>(index));
    return found;
}

std::vector<NodeId> join_constant_quantizers(Program& program) {
    const auto first = static_cast<uint32_t>(program.graph.size());
    const auto joined = [&](NodeId id) { return static_cast<NodeId>(first + static_cast<uint32_t>(id)); };
    std::vector<NodeId> quantizers;
    for (Node node : program.constant_quantizers.nodes()) {
        for (NodeId& operand : node.operands) operand = joined(operand);
        const bool is_quantizer = std::holds_alternative<op::Quantize>(node.operation);
        const NodeId id = program.graph.append(std::move(node));
        if (is_quantizer) quantizers.push_back(id);
    }
    for (QuantizerFormat format : program.written.constant_quantizers) {
        format.node = joined(format.node);
        program.written.quantizers.push_back(std::move(format));
    }
    return quantizers;
}

Span quantize_call(const SourceMap& sources, const Span& span) {
    const auto start = find_quantize_call(sources.text(span));
    return start ? Span{span.file, span.begin + static_cast<uint32_t>(*start), span.end} : span;
}

std::vector<std::string> names_of(const Program& program, const SourceMap& sources, const std::vector<NodeId>& nodes) {
    std::vector<std::string> names;
    std::map<std::string, int> seen;
    for (const NodeId id : nodes) {
        const Node& node = program.graph[id];
        std::string name = node.name;
        if (name.empty() && node.place().known())
            name = "line " + std::to_string(sources.file(node.place().file).position(node.place().begin).line);
        if (name.empty()) name = "node " + std::to_string(static_cast<uint32_t>(id));
        const int count = ++seen[name];
        names.push_back(count == 1 ? name : name + " (" + std::to_string(count) + ")");
    }
    return names;
}

}  // namespace dal::report
