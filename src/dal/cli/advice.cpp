#include "dal/cli/advice.hpp"

#include <cstdio>

#include "dal/cli/quantizers.hpp"
#include "dal/infer/advice.hpp"

namespace dal::cli {

bool is_advice(const std::string& which) { return which == "all" || advice_from_string(which); }

size_t print_advice(const Program& program, const Console& console, const SourceMap& sources,
                    const std::string& which) {
    std::vector<Advice> kinds;
    for (const AdviceKind& kind : all_advice())
        if (which == "all" ? kind.is_usual : to_string(kind.advice) == which) kinds.push_back(kind.advice);
    std::vector<NamedNode> named;
    for (const NamedValue& value : program.values) named.push_back({value.name, value.span, value.node});
    // The author of a program cannot change the quantizers of a module.
    std::vector<NodeId> quantizers;
    for (const NodeId id : written_quantizers(program, sources))
        if (!named.empty() && program.graph[id].span.file == named.front().span.file) quantizers.push_back(id);
    std::string text;
    const Diagnostics found = advise(program.graph, quantizers, named, kinds);
    for (const Diagnostic& diagnostic : found) text += render(diagnostic, sources, console.color()) + "\n";
    if (!found.empty()) text += std::to_string(found.size()) + (found.size() == 1 ? " warning\n" : " warnings\n");
    std::fwrite(text.data(), 1, text.size(), stderr);
    return found.size();
}

}  // namespace dal::cli
