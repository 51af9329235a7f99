#include "dal/report/warnings.hpp"

#include <algorithm>
#include <sstream>

#include "dal/infer/advice/advice.hpp"
#include "dal/report/constant_warnings.hpp"
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
    if (which.empty())
        for (size_t j = 0; j < wanted.size(); ++j) wanted[j] = all_advice()[j].is_default;
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
    const std::vector<Advice> kinds = chosen(which);
    Diagnostics found = constant_warnings(program, sources, kinds);
    if (which.empty()) return found;
    std::vector<NamedNode> named;
    for (const NamedValue& value : program.values) named.push_back({value.name, value.span, value.node});
    // The author of a program cannot change the quantizers of a module.
    std::vector<NodeId> quantizers;
    for (const NodeId id : written_quantizers(program, sources))
        if (!named.empty() && program.graph[id].span.file == named.front().span.file) quantizers.push_back(id);
    Diagnostics others = advise(program.graph, quantizers, named, kinds, given_by_kbi(program.written));
    for (Diagnostic& diagnostic : others) diagnostic.span = quantize_call(sources, diagnostic.span);
    found.insert(found.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    std::stable_sort(found.begin(), found.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.span.file, a.span.begin) < std::pair(b.span.file, b.span.begin);
    });
    return found;
}

}  // namespace dal::report
