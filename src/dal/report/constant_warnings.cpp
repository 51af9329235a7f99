#include "dal/report/constant_warnings.hpp"

#include <algorithm>
#include <map>

#include "dal/numeric/csd.hpp"
#include "dal/numeric/interval.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/report/quantizers.hpp"
#include "dal/support/places.hpp"

namespace dal::report {
namespace {

/// What one expression loses, over all the constants that it quantizes.
struct Losses {
    const Node* node = nullptr;  ///< the first one that loses something
    int64_t element = 0;         ///< of it
    Dyadic before;
    Dyadic after;
    int64_t count = 0;
    int64_t numbers = 0;
    std::optional<Kif> holds;  ///< all rounded numbers, with the step of the formats
};

struct Site {
    Losses wraps;
    Losses saturates;
};

using SiteKey = std::tuple<FileId, uint32_t, uint32_t>;

void look_at(const Node& node, const std::vector<Dyadic>& values, Site& site) {
    const FormatMap& formats = std::get<op::Quantize>(node.operation).formats;
    for (size_t at = 0; at < values.size(); ++at) {
        const auto element = static_cast<int64_t>(at);
        const Format& format = formats.at(element);
        if (format.kif.is_zero()) continue;  // left out by intent
        Losses& losses = format.overflow == Overflow::wrap ? site.wraps : site.saturates;
        ++losses.numbers;
        const Int rounded = round_code(Rational(values[at]), format.kif.f, format.round);
        const Kif own = format.kif;
        const Kif needed = Interval(rounded, rounded, own.f).kif();
        const Kif before = losses.holds.value_or(own);
        losses.holds =
            Kif(before.k || own.k || needed.k, std::max({before.i, own.i, needed.i}), std::max(before.f, own.f));
        const Int code = overflow_code(rounded, own, format.overflow);
        if (code == rounded) continue;
        if (losses.count++ > 0) continue;
        losses.node = &node;
        losses.element = element;
        losses.before = values[at];
        losses.after = Dyadic(code, -int64_t{own.f});
    }
}

std::string numbers_text(int64_t count, int64_t of, const std::string& what) {
    if (of == 1) return "a constant " + what + "s";
    return std::to_string(count) + " of " + std::to_string(of) + " constants " + what + (count == 1 ? "s" : "");
}

Diagnostic losing(Advice kind, const Losses& losses, const SourceMap& sources) {
    const bool wraps = kind == Advice::constant_wraps;
    const Node& node = *losses.node;
    const Format& format = std::get<op::Quantize>(node.operation).formats.at(losses.element);
    const Interval all = Interval::of(format.kif);
    const std::string index = node.shape.empty() ? "" : " at " + index_text(node.shape, losses.element);
    Diagnostic d =
        advice(kind, quantize_call(sources, node.span),
               numbers_text(losses.count, losses.numbers, wraps ? "wrap" : "saturate") + ": " + losses.before.shown() +
                   index + " becomes " + losses.after.shown())
            .with_rule("`" + format.kif.to_string() + "` holds numbers from " + all.min().shown() + " to " +
                       all.max().shown() +
                       (wraps ? "; others are taken modulo 2^" + std::to_string(format.kif.i + format.kif.k) : ""));
    Format wider = format;
    wider.kif = *losses.holds;
    if (wraps && wider.kif.k == format.kif.k) wider.overflow = Overflow::wrap;
    d.help.push_back((losses.numbers == 1 ? "`" : "for all of them: `") + wider.to_string() + "`");
    if (wraps) {
        Format saturated = format;
        saturated.overflow = Overflow::sat;
        d.help.push_back("or the nearest number that the format has: `" + saturated.to_string() + "`");
    }
    add_calls(d, node.entry, node.call);
    return d;
}

/// The bits of a number from its first digit to its last.
int64_t significant_bits(const std::vector<Dyadic>& values) {
    int64_t most = 0;
    for (const Dyadic& value : values) most = std::max(most, value.mantissa().bit_length());
    return most;
}

/// Additions and subtractions that products with these numbers take, one by one.
int64_t additions(const std::vector<Dyadic>& values) {
    int64_t count = 0;
    for (const Dyadic& value : values) for_each_csd_digit(value.mantissa(), [&](int, bool) { ++count; });
    return count;
}

/// The least integer bits that hold all numbers, and 8 significant bits of the largest one.
Format suggested(const std::vector<Dyadic>& values) {
    constexpr int significant = 8;
    Format format{{}, Round::rnd, Overflow::sat};
    bool negative = false;
    int64_t top = INT64_MIN;
    for (const Dyadic& value : values) {
        if (value.is_zero()) continue;
        negative = negative || value.is_negative();
        top = std::max(top, value.mantissa().bit_length() + value.exponent());
    }
    format.kif = Kif(negative, static_cast<int>(top), static_cast<int>(significant - top));
    return format;
}

/// Constants of many bits that are factors or summands of variables, and were not quantized.
void add_wide(const Program& program, const SourceMap& sources, Diagnostics& into) {
    constexpr int64_t many_bits = 20;
    const Graph& graph = program.graph;
    std::vector<const Node*> users(graph.size());
    for (const Node& node : graph.nodes()) {
        const bool computes =
            std::holds_alternative<op::Einsum>(node.operation) || std::holds_alternative<op::Mul>(node.operation) ||
            std::holds_alternative<op::Add>(node.operation) || std::holds_alternative<op::Sub>(node.operation);
        if (!computes) continue;
        for (const NodeId operand : node.operands) users[static_cast<size_t>(operand)] = &node;
    }
    for (size_t index = 0; index < graph.size(); ++index) {
        const Node& node = graph.nodes()[index];
        const auto* constant = std::get_if<op::Constant>(&node.operation);
        if (!constant || constant->formats || !users[index]) continue;
        const int64_t bits = significant_bits(constant->values);
        if (bits < many_bits) continue;
        const Format format = suggested(constant->values);
        std::vector<Dyadic> rounded;
        rounded.reserve(constant->values.size());
        for (const Dyadic& value : constant->values)
            rounded.emplace_back(quantize_code(Rational(value), format), -int64_t{format.kif.f});
        const bool multiplies = !std::holds_alternative<op::Add>(users[index]->operation) &&
                                !std::holds_alternative<op::Sub>(users[index]->operation);
        const std::string text(node.span.known() ? sources.text(node.span) : "");
        const bool is_short = !text.empty() && text.size() <= 60 && text.find('\n') == std::string::npos;
        Diagnostic d = advice(Advice::wide_constant, node.span,
                              (is_short ? "`" + text + "`" : "this constant") + " has numbers of " +
                                  std::to_string(bits) + " bits, and nobody quantized it");
        d.rules.push_back(multiplies ? "its digits make " + std::to_string(additions(constant->values)) +
                                           " additions, with 8 bits " + std::to_string(additions(rounded))
                                     : "what it is added to gets as many fractional bits");
        d.help.push_back("`quantize(" + (is_short ? text : std::string("…")) + ", " + format.to_string() + ")`");
        add_calls(d, node.entry, node.call);
        into.push_back(std::move(d));
    }
}

}  // namespace

Diagnostics constant_warnings(const Program& program, const SourceMap& sources, std::span<const Advice> kinds) {
    const auto wants = [&](Advice kind) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); };
    Diagnostics found;
    std::map<SiteKey, Site> sites;
    const Graph& graph = program.constant_quantizers;
    for (const Node& node : graph.nodes()) {
        if (!std::holds_alternative<op::Quantize>(node.operation)) continue;
        const auto& constant = std::get<op::Constant>(graph[node.operands.front()].operation);
        look_at(node, constant.values, sites[{node.span.file, node.span.begin, node.span.end}]);
    }
    for (const auto& [key, site] : sites) {
        if (site.wraps.count > 0 && wants(Advice::constant_wraps))
            found.push_back(losing(Advice::constant_wraps, site.wraps, sources));
        if (site.saturates.count > 0 && wants(Advice::constant_saturates))
            found.push_back(losing(Advice::constant_saturates, site.saturates, sources));
    }
    if (wants(Advice::wide_constant)) add_wide(program, sources, found);
    std::stable_sort(found.begin(), found.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.span.file, a.span.begin) < std::pair(b.span.file, b.span.begin);
    });
    return found;
}

Graph quantizers_of_constants(const Graph& graph) {
    constexpr int64_t more_bits = 64;
    Graph result;
    for (const Node& node : graph.nodes()) {
        const auto* constant = std::get_if<op::Constant>(&node.operation);
        if (!constant || !constant->formats || !constant->meant) continue;
        std::vector<Dyadic> values;
        values.reserve(node.size());
        for (int64_t element = 0; element < node.size(); ++element)
            values.push_back((*constant->meant)[static_cast<size_t>(element)].stand_in(
                constant->formats->at(element).kif.f + more_bits));
        const NodeId operand = result.constant(node.shape, std::move(values), node.span);
        const NodeId quantizer = result.quantize(operand, *constant->formats, node.span).value();
        result[quantizer].call = node.call;
    }
    return result;
}

}  // namespace dal::report
