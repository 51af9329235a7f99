#include "dal/cli/quantizers.hpp"

#include <map>
#include <string_view>

namespace dal::cli {
namespace {

/// Whether the expression is a call of `quantize`, perhaps at the end of `|>`.
bool is_quantize_call(std::string_view text) {
    size_t start = 0;
    int depth = 0;
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '(' || c == '[' || c == '{') ++depth;
        if (c == ')' || c == ']' || c == '}') --depth;
        if (depth == 0 && text.substr(at, 2) == "|>") start = at + 2;
    }
    text.remove_prefix(start);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n("), text.size()));
    constexpr std::string_view word = "quantize";
    if (!text.starts_with(word)) return false;
    const size_t after = text.find_first_not_of(" \t\r\n", word.size());
    return after != std::string_view::npos && text[after] == '(';
}

}  // namespace

std::vector<NodeId> written_quantizers(const Program& program, const SourceMap& sources) {
    std::vector<NodeId> found;
    for (size_t index = 0; index < program.graph.size(); ++index) {
        const Node& node = program.graph.nodes()[index];
        if (std::holds_alternative<op::Quantize>(node.operation) && node.span.known() &&
            is_quantize_call(sources.text(node.span)))
            found.push_back(static_cast<NodeId>(index));
    }
    return found;
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

}  // namespace dal::cli
