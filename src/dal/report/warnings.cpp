#include "dal/report/warnings.hpp"

#include <algorithm>
#include <sstream>

#include "dal/infer/advice/advice.hpp"
#include "dal/report/quantizers.hpp"

namespace dal::report {
namespace {

constexpr std::string_view without = "no-";

std::vector<Advice> chosen(const std::string& which) {
    std::vector<bool> wanted(all_advice().size());
    const auto set = [&](const std::string& name, bool value) {
        for (size_t j = 0; j < wanted.size(); ++j) {
            const AdviceKind& kind = all_advice()[j];
            if (name == "all" || (name == "usual" && kind.is_usual) || name == to_string(kind.advice))
                wanted[j] = value;
        }
    };
    if (which.starts_with(without)) set("usual", true);
    std::istringstream names(which);
    for (std::string name; std::getline(names, name, ',');) {
        const bool removes = name.starts_with(without);
        set(removes ? name.substr(without.size()) : name, !removes);
    }
    std::vector<Advice> kinds;
    for (size_t j = 0; j < wanted.size(); ++j)
        if (wanted[j]) kinds.push_back(all_advice()[j].advice);
    return kinds;
}

/// The quantizers with a format of `kbi`.
std::vector<NodeId> given_by_kbi(const WrittenFormats& written) {
    std::vector<NodeId> found;
    for (const QuantizerFormat& format : written.quantizers)
        if (std::any_of(format.elements.begin(), format.elements.end(), [&](const WrittenFormat& element) {
                return element.call >= 0 &&
                       written.calls[static_cast<size_t>(element.call)].function == FormatFunction::kbi;
            }))
            found.push_back(format.node);
    return found;
}

}  // namespace

std::vector<std::string> warning_names() {
    std::vector<std::string> names{"usual", "all"};
    for (const std::string_view prefix : {std::string_view(), without})
        for (const AdviceKind& kind : all_advice())
            names.push_back(std::string(prefix) + std::string(to_string(kind.advice)));
    return names;
}

Diagnostics warnings(const Program& program, const SourceMap& sources, const std::string& which) {
    std::vector<NamedNode> named;
    for (const NamedValue& value : program.values) named.push_back({value.name, value.span, value.node});
    // The author of a program cannot change the quantizers of a module.
    std::vector<NodeId> quantizers;
    for (const NodeId id : written_quantizers(program, sources))
        if (!named.empty() && program.graph[id].span.file == named.front().span.file) quantizers.push_back(id);
    Diagnostics found = advise(program.graph, quantizers, named, chosen(which), given_by_kbi(program.written));
    for (Diagnostic& diagnostic : found) diagnostic.span = quantize_call(sources, diagnostic.span);
    return found;
}

}  // namespace dal::report
