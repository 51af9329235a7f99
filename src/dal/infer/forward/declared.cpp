#include "dal/infer/forward/declared.hpp"

#include <algorithm>

#include "dal/support/codes/format_codes.hpp"

namespace dal {
namespace {

bool fits(const Interval& range, const Kif& kif) { return Interval::of(kif).contains(range); }

/// What the format lacks, first the sign, then range, then precision.
std::string lack(const Interval& range, const Kif& kif) {
    const Kif needed = range.kif();
    if (needed.k && !kif.k) return "can be negative";
    const auto bits = [](int count, const char* kind) {
        return "has " + std::to_string(count) + " " + kind + (count == 1 ? " bit" : " bits");
    };
    if (needed.i > kif.i || kif.is_zero()) return bits(needed.i, "integer");
    return bits(needed.f, "fractional");
}

/// The smallest format that holds every element and the declared one.
Kif hull(const Node& node, const FormatMap& formats) {
    Kif result = formats.at(0).kif;
    for (int64_t element = 0; element < node.size(); ++element) {
        const Kif kif = node.range[static_cast<size_t>(element)].kif();
        if (kif.is_zero()) continue;
        if (result.is_zero())
            result = kif;
        else
            result = Kif(result.k || kif.k, std::max(result.i, kif.i), std::max(result.f, kif.f));
    }
    return result;
}

Diagnostic misfit(const Node& node, const DeclaredType& type, int64_t element) {
    const Interval& range = node.range[static_cast<size_t>(element)];
    Format format = type.formats.at(element);
    const std::string declared = format.kif.to_string();
    const std::string place = node.shape.empty() ? "" : " at " + index_text(node.shape, element);
    if (format.overflow == Overflow::wrap) format.overflow = Overflow::sat;
    Diagnostic result =
        error(code::does_not_fit, type.span,
              type.rule.empty() ? "`" + type.name + "` does not fit the declared format"
                                : "`" + type.name + "` is not always in " + format.kif.to_string())
            .with_label(type.formats.is_uniform() ? "" : declared + place)
            .with_place(type.value_span, lack(range, format.kif) + place + ": range [" + range.min().to_string() +
                                             ", " + range.max().to_string() + "]")
            .with_rule(type.rule.empty() ? "a declared format must hold every value exactly" : type.rule);
    result.help.push_back("quantize it, `quantize(" + type.value + ", " + format.to_string() + ")`" +
                          (type.formats.is_uniform() && type.rule.empty()
                               ? ", or declare `" + hull(node, type.formats).to_string() + "`"
                               : ""));
    return result;
}

}  // namespace

Result<void> check_declared(const Graph& graph, std::span<const DeclaredType> declared) {
    Diagnostics diagnostics;
    for (const DeclaredType& type : declared) {
        const Node& node = graph[type.node];
        if (node.real) {
            diagnostics.push_back(
                error(code::does_not_fit, type.span, "`" + type.name + "` does not fit the declared format")
                    .with_place(type.value_span, "is an unquantized real")
                    .with_rule("a declared format must hold every value exactly")
                    .with_help("quantize it: `quantize(" + type.value + ", " + type.formats.at(0).to_string() + ")`"));
            continue;
        }
        for (int64_t element = 0; element < node.size(); ++element) {
            if (fits(node.range[static_cast<size_t>(element)], type.formats.at(element).kif)) continue;
            diagnostics.push_back(misfit(node, type, element));
            break;
        }
    }
    if (diagnostics.empty()) return {};
    return failure(std::move(diagnostics));
}

}  // namespace dal
