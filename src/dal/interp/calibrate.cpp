#include "dal/interp/calibrate.hpp"

#include <algorithm>

#include "dal/interp/interpreter.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

/// The codes that the elements of a quantizer were seen to have.
struct Seen {
    std::vector<Int> least;
    std::vector<Int> greatest;
};

const FormatMap& formats_of(const Node& node) { return std::get<op::Quantize>(node.operation).formats; }

Kif needed(const Kif& written, const Int& least, const Int& greatest, int margin) {
    if (written.is_zero()) return written;
    const bool k = written.k || least.is_negative();
    // Codes of i + f bits, beside the sign, are below 2^(i + f), and negative ones not below -2^(i + f).
    const int64_t above = greatest.sign() > 0 ? greatest.bit_length() : 0;
    const int64_t below = least.is_negative() ? (least + Int(1)).bit_length() : 0;
    const bool is_zero = least.is_zero() && greatest.is_zero();
    const auto bits = static_cast<int>(std::max(above, below)) - (is_zero && k ? 1 : 0);
    return {k, bits - written.f + margin, written.f};
}

}  // namespace

Result<std::vector<QuantizerNeeds>> calibrate(const Graph& graph, std::span<const Samples> inputs,
                                              std::span<const NodeId> quantizers, int margin) {
    std::vector<bool> unbounded(graph.size());
    std::vector<QuantizerNeeds> needs;
    std::vector<Seen> seen;
    for (const NodeId id : quantizers) {
        const FormatMap& formats = formats_of(graph[id]);
        bool wraps = true;
        for (size_t j = 0; j < formats.size(); ++j)
            wraps = wraps && formats.at(static_cast<int64_t>(j)).overflow == Overflow::wrap;
        unbounded[static_cast<size_t>(id)] = wraps;
        const auto size = static_cast<size_t>(graph[id].size());
        needs.emplace_back().node = id;
        seen.push_back({std::vector<Int>(size), std::vector<Int>(size)});
    }
    const auto see = [&](int64_t sample, std::span<const std::vector<Dyadic>> values) {
        for (size_t j = 0; j < needs.size(); ++j) {
            const Node& node = graph[needs[j].node];
            const std::vector<Dyadic>& operands = values[static_cast<size_t>(node.operands.front())];
            for (int64_t element = 0; element < node.size(); ++element) {
                const Format& format = formats_of(node).at(element);
                if (format.kif.is_zero()) continue;
                const auto at = static_cast<size_t>(element);
                const Int code = round_code(Rational(operands[at]), format.kif.f, format.round);
                if (code < seen[j].least[at]) seen[j].least[at] = code;
                if (seen[j].greatest[at] < code) seen[j].greatest[at] = code;
                ++needs[j].values;
                if (overflow_code(code, format.kif, format.overflow) == code) continue;
                ++needs[j].overflows;
                if (!needs[j].first)
                    needs[j].first = {sample, element, Dyadic(code, -static_cast<int64_t>(format.kif.f))};
            }
        }
    };
    if (auto done = interpret_each(graph, inputs, see, unbounded); !done) return failure(std::move(done.error()));
    for (size_t j = 0; j < needs.size(); ++j)
        for (size_t at = 0; at < seen[j].least.size(); ++at)
            needs[j].formats.push_back(needed(formats_of(graph[needs[j].node]).at(static_cast<int64_t>(at)).kif,
                                              seen[j].least[at], seen[j].greatest[at], margin));
    return needs;
}

Kif hull(std::span<const Kif> formats) {
    Kif all;
    for (const Kif& kif : formats)
        if (!kif.is_zero())
            all = all.is_zero() ? kif : Kif(all.k || kif.k, std::max(all.i, kif.i), std::max(all.f, kif.f));
    return all;
}

}  // namespace dal
