#include "dal/infer/advice/advice.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "dal/infer/demand/demand.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"
#include "dal/support/places.hpp"

namespace dal {
namespace {

constexpr std::array<AdviceKind, 10> kinds_of_advice{{{Advice::quantize_no_effect, true},
                                                      {Advice::saturation_never, true},
                                                      {Advice::rounding_never, true},
                                                      {Advice::unused_value, true},
                                                      {Advice::unseen_bits, true},
                                                      {Advice::wrap_overflows, false},
                                                      {Advice::kbi_wraps, true},
                                                      {Advice::constant_wraps, true, true},
                                                      {Advice::constant_saturates, true, true},
                                                      {Advice::wide_constant, true, true}}};

/// What happens to the possible operands of a quantizer, over all its elements.
struct Effect {
    bool is_known = true;  ///< none of the operands is `real`
    bool rounds = false;
    bool leaves = false;  ///< a rounded operand is outside the format
    bool wraps = false;   ///< the same where the format has bits and wraps
    Dyadic least;         ///< the ends of the operands, and of their rounded values
    Dyadic greatest;
    int finest = 0;    ///< binary point of the operands
    bool any = false;  ///< an element was looked at
    Kif holds;         ///< a format that holds every rounded value, with the step of the format
};

Effect effect_of(const Graph& graph, const Node& node) {
    Effect effect;
    const Node& x = graph[node.operands.front()];
    if (x.real) {
        effect.is_known = false;
        return effect;
    }
    const FormatMap& formats = std::get<op::Quantize>(node.operation).formats;
    for (int64_t element = 0; element < node.size(); ++element) {
        const Interval& range = x.range[static_cast<size_t>(element)];
        const Format& format = formats.at(element);
        // Rounding is monotone, so the ends of the range tell.
        const Int least = round_code(Rational(range.min()), format.kif.f, format.round);
        const Int greatest = round_code(Rational(range.max()), format.kif.f, format.round);
        effect.rounds = effect.rounds || (!range.is_zero() && range.f() > format.kif.f);
        effect.leaves = effect.leaves || quantize_code(least, format.kif.f, format) != least ||
                        quantize_code(greatest, format.kif.f, format) != greatest;
        effect.wraps = effect.wraps || (effect.leaves && format.overflow == Overflow::wrap && !format.kif.is_zero() &&
                                        !Interval::of(format.kif).contains(Interval(least, greatest, format.kif.f)));
        const Kif holds = Interval(least, greatest, format.kif.f).kif();
        const Kif own = format.kif;
        const Kif& before = effect.holds;
        effect.holds = effect.any ? Kif(before.k || holds.k || own.k, std::max({before.i, holds.i, own.i}),
                                        std::max(before.f, own.f))
                                  : Kif(holds.k || own.k, std::max(holds.i, own.i), own.f);
        effect.least = effect.any ? std::min(effect.least, range.min()) : range.min();
        effect.greatest = effect.any ? std::max(effect.greatest, range.max()) : range.max();
        effect.finest = effect.any ? std::max(effect.finest, range.f()) : range.f();
        effect.any = true;
    }
    return effect;
}

/// The quantizers of one expression.
struct Site {
    const Node* node = nullptr;  ///< the first one
    Effect effect;
    bool is_always_fit = true;  ///< holds for all nodes: the operand is known and stays inside the format
    bool is_always_exact = true;
    bool saturates = false;  ///< some element has an overflow mode other than `wrap`
    bool has_rounding = false;
    std::optional<Effect> wrapping;  ///< of the first node with `wrap` that its operand overflows
    std::optional<Effect> kbi;       ///< of the first node with a format of `kbi` that its operand may overflow
};

bool any_format(const Node& node, bool (*holds)(const Format&)) {
    const FormatMap& formats = std::get<op::Quantize>(node.operation).formats;
    for (size_t j = 0; j < formats.size(); ++j)
        if (holds(formats.at(static_cast<int64_t>(j)))) return true;
    return false;
}

std::string format_text(const Node& node) {
    const FormatMap& formats = std::get<op::Quantize>(node.operation).formats;
    bool is_same = true;
    for (size_t j = 1; j < formats.size(); ++j)
        is_same = is_same && formats.at(static_cast<int64_t>(j)) == formats.at(0);
    return is_same ? "`" + formats.at(0).to_string() + "`" : "its formats";
}

/// Help for an argument of the format without which nothing changes: the format without it, if there is one for all.
std::string without(const Node& node, Format (*change)(Format), const std::string& argument) {
    const FormatMap& formats = std::get<op::Quantize>(node.operation).formats;
    return formats.is_uniform() ? "without it, the values are the same: `" + change(formats.at(0)).to_string() + "`"
                                : "leave `" + argument + ": …` out; the values are the same";
}

std::string operand_text(const Effect& effect) {
    return "the operand is in [" + effect.least.to_string() + ", " + effect.greatest.to_string() + "] step 2^" +
           std::to_string(-effect.finest);
}

Diagnostic at_site(Advice advice, const Site& site, const Effect& effect, std::string message) {
    Diagnostic result = dal::advice(advice, site.node->span, std::move(message)).with_label(operand_text(effect));
    add_calls(result, site.node->entry, site.node->call);
    return result;
}

using Sites = std::map<std::tuple<FileId, uint32_t, uint32_t>, Site>;

Sites sites_of(const Graph& graph, std::span<const NodeId> quantizers, std::span<const NodeId> kbi) {
    Sites sites;
    for (const NodeId id : quantizers) {
        const Node& node = graph[id];
        DAL_CHECK(std::holds_alternative<op::Quantize>(node.operation), "not a quantizer");
        if (!node.span.known()) continue;
        Effect effect = effect_of(graph, node);
        Site& site = sites[{node.span.file, node.span.begin, node.span.end}];
        site.is_always_fit = site.is_always_fit && effect.is_known && !effect.leaves;
        site.is_always_exact = site.is_always_exact && effect.is_known && !effect.rounds;
        site.saturates =
            site.saturates || any_format(node, [](const Format& f) { return f.overflow != Overflow::wrap; });
        site.has_rounding =
            site.has_rounding || any_format(node, [](const Format& f) { return f.round != Round::trn; });
        if (effect.is_known && effect.wraps && !site.wrapping) site.wrapping = effect;
        const bool may_wrap = effect.is_known ? effect.wraps : any_format(node, [](const Format& f) {
            return f.overflow == Overflow::wrap && !f.kif.is_zero();
        });
        if (may_wrap && !site.kbi && std::find(kbi.begin(), kbi.end(), id) != kbi.end()) site.kbi = effect;
        if (site.node) continue;
        site.node = &node;
        site.effect = std::move(effect);
    }
    return sites;
}

void add_site(const Site& site, const std::vector<bool>& wanted, Diagnostics& into) {
    const auto wants = [&](Advice advice) { return wanted[static_cast<size_t>(advice)]; };
    const std::string format = format_text(*site.node);
    const bool has_no_effect = site.is_always_fit && site.is_always_exact;
    if (has_no_effect && wants(Advice::quantize_no_effect))
        into.push_back(
            at_site(Advice::quantize_no_effect, site, site.effect, "quantizing to " + format + " changes nothing")
                .with_rule("every value that the operand can have is a value of the format")
                .with_help("leave it out; its operand has the same values"));
    const bool is_said = has_no_effect && wants(Advice::quantize_no_effect);
    if (site.is_always_fit && site.saturates && !is_said && wants(Advice::saturation_never))
        into.push_back(
            at_site(Advice::saturation_never, site, site.effect, "the saturation of " + format + " never happens")
                .with_rule("rounded, every value that the operand can have is inside the format")
                .with_help(without(
                    *site.node,
                    [](Format f) {
                        f.overflow = Overflow::wrap;
                        return f;
                    },
                    "overflow")));
    if (site.is_always_exact && site.has_rounding && !is_said && wants(Advice::rounding_never))
        into.push_back(
            at_site(Advice::rounding_never, site, site.effect, "the rounding mode of " + format + " cannot matter")
                .with_rule("the operand has no digits below the last one of the format")
                .with_help(without(
                    *site.node,
                    [](Format f) {
                        f.round = Round::trn;
                        return f;
                    },
                    "round")));
    if (site.wrapping && wants(Advice::wrap_overflows))
        into.push_back(
            at_site(Advice::wrap_overflows, site, *site.wrapping, format + " can wrap")
                .with_rule("a value outside the format is taken modulo 2^width; inference cannot tell whether "
                           "the data get there")
                .with_help("`" + site.wrapping->holds.to_string() +
                           "` holds every value; `dal calibrate` says what data need"));
}

void add_kbi(const Site& site, Diagnostics& into) {
    const FormatMap& formats = std::get<op::Quantize>(site.node->operation).formats;
    Diagnostic d =
        advice(Advice::kbi_wraps, site.node->span,
               format_text(*site.node) + (formats.is_uniform() ? " is" : " are") + " given by `kbi` and can wrap")
            .with_label(site.kbi->is_known ? operand_text(*site.kbi) : "the operand is any number")
            .with_rule(
                "`kbi` counts all bits: an integer bit more, so that data do not wrap, is a fractional "
                "bit less, and the values get coarser");
    if (formats.is_uniform())
        d.help.push_back("with `fixed` the step stays, whatever the range: `" + formats.at(0).to_string() + "`");
    else
        d.help.emplace_back("with `fixed` the step stays, whatever the range: `fixed(k, i, b - i)` for `kbi(k, b, i)`");
    add_calls(d, site.node->entry, site.node->call);
    into.push_back(std::move(d));
}

/// Whether the format of a node's elements was written, so that somebody can write another one.
bool has_written_format(const Node& node) {
    return !node.real &&
           (std::holds_alternative<op::Input>(node.operation) || std::holds_alternative<op::Quantize>(node.operation) ||
            std::holds_alternative<op::Table>(node.operation));
}

void add_unseen(const Graph& graph, const Demand& demand, const NamedNode& value, Diagnostics& into) {
    const Node& node = graph[value.node];
    int64_t bits = 0;
    int64_t seen = 0;
    int64_t without = 0;           // elements of which nothing is seen
    std::optional<int64_t> above;  // the first element with bits above what is seen, and below
    std::optional<int64_t> below;
    for (int64_t e = 0; e < node.size(); ++e) {
        const Interval& range = node.range[static_cast<size_t>(e)];
        if (range.is_constant()) continue;
        const SeenBits window = demand.of(value.node, e);
        bits += range.width();
        seen += window.count();
        if (window.is_empty()) {
            ++without;
            continue;
        }
        if (window.top < top_of(range) && !above) above = e;
        if (window.fine < range.f() && !below) below = e;
    }
    if (seen == bits) return;
    Diagnostic d = advice(
        Advice::unseen_bits, value.span,
        std::to_string(bits - seen) + " of " + std::to_string(bits) + " bits of `" + value.name + "` are never seen");
    if (without > 0)
        d.label = "nothing is seen of " + std::to_string(without) + " of " + std::to_string(node.size()) + " elements";
    const auto looks = [&](const Asker& asker, int64_t e, const std::string& what) {
        const std::string where = node.shape.empty() ? "" : " at " + index_text(node.shape, e);
        if (const Span& place = graph[asker.node].place(); place.known())
            d.secondary.push_back({place, "nobody looks " + what + " of `" + value.name + "`" + where});
    };
    const auto text = [](int64_t weight) { return "2^" + std::to_string(weight); };
    if (above) {
        const SeenBits window = demand.of(value.node, *above);
        looks(window.top_by, *above, "above the bit " + text(window.top - 1));
    }
    if (below) {
        const SeenBits window = demand.of(value.node, *below);
        looks(window.fine_by, *below, "below the bit " + text(-window.fine));
    }
    into.push_back(std::move(d)
                       .with_rule("no output changes if these bits do, and they are not computed")
                       .with_help("a format without them gives the same outputs"));
}

/// Per node, whether an output depends on it.
std::vector<bool> used_nodes(const Graph& graph) {
    std::vector<bool> used(graph.size());
    for (const Output& output : graph.outputs()) used[static_cast<size_t>(output.node)] = true;
    for (size_t index = graph.size(); index-- > 0;)
        if (used[index])
            for (const NodeId operand : graph.nodes()[index].operands) used[static_cast<size_t>(operand)] = true;
    return used;
}

}  // namespace

std::string_view to_string(Advice advice) noexcept {
    switch (advice) {
        case Advice::quantize_no_effect: return "quantize-no-effect";
        case Advice::saturation_never: return "saturation-never";
        case Advice::rounding_never: return "rounding-never";
        case Advice::unused_value: return "unused-value";
        case Advice::unseen_bits: return "unseen-bits";
        case Advice::wrap_overflows: return "wrap-overflows";
        case Advice::kbi_wraps: return "kbi-wraps";
        case Advice::constant_wraps: return "constant-wraps";
        case Advice::constant_saturates: return "constant-saturates";
        case Advice::wide_constant: return "wide-constant";
    }
    return "";
}

std::optional<Advice> advice_from_string(std::string_view name) noexcept {
    for (const AdviceKind& kind : kinds_of_advice)
        if (to_string(kind.advice) == name) return kind.advice;
    return std::nullopt;
}

std::span<const AdviceKind> all_advice() noexcept { return kinds_of_advice; }

Diagnostic advice(Advice advice, const Span& span, std::string message) {
    Diagnostic result = error(Code{}, span, std::move(message));
    result.severity = Severity::warning;
    result.advice = to_string(advice);
    return result;
}

Diagnostics advise(const Graph& graph, std::span<const NodeId> quantizers, std::span<const NamedNode> named,
                   std::span<const Advice> kinds, std::span<const NodeId> kbi) {
    std::vector<bool> wanted(kinds_of_advice.size());
    for (const Advice kind : kinds) wanted[static_cast<size_t>(kind)] = true;
    Diagnostics found;
    for (const auto& [place, site] : sites_of(graph, quantizers, kbi)) {
        add_site(site, wanted, found);
        if (site.kbi && wanted[static_cast<size_t>(Advice::kbi_wraps)]) add_kbi(site, found);
    }
    const std::vector<bool> used = used_nodes(graph);
    if (wanted[static_cast<size_t>(Advice::unseen_bits)]) {
        const Demand demand(graph);
        for (const NamedNode& value : named)
            if (used[static_cast<size_t>(value.node)] && has_written_format(graph[value.node]))
                add_unseen(graph, demand, value, found);
    }
    if (wanted[static_cast<size_t>(Advice::unused_value)]) {
        for (const NamedNode& value : named) {
            if (used[static_cast<size_t>(value.node)]) continue;
            found.push_back(advice(Advice::unused_value, value.span, "no output depends on `" + value.name + "`")
                                .with_rule("what no output depends on is not computed")
                                .with_help("leave it out, or use it"));
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.span.file, a.span.begin) < std::pair(b.span.file, b.span.begin);
    });
    return found;
}

}  // namespace dal
