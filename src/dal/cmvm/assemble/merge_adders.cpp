#include "dal/cmvm/assemble/area.hpp"
#include "dal/cmvm/assemble/linear_forms.hpp"
#include "dal/numeric/adder_bits.hpp"
#include "dal/support/forest_matching.hpp"

namespace dal::cmvm {
namespace {

/// The only adder that uses each; no_parent where there are several, or an output.
std::vector<size_t> only_users(const AdderGraph& graph) {
    std::vector<size_t> users(graph.adders.size(), no_parent);
    std::vector<int> count(graph.adders.size(), 0);
    for (size_t n = 0; n < graph.adders.size(); ++n)
        for (const uint32_t operand : {graph.adders[n].a, graph.adders[n].b}) {
            if (operand < graph.inputs) continue;
            users[operand - graph.inputs] = n;
            ++count[operand - graph.inputs];
        }
    for (const OutputTap& tap : graph.outputs)
        if (tap.node && *tap.node >= graph.inputs) count[*tap.node - graph.inputs] += 2;
    for (size_t n = 0; n < users.size(); ++n)
        if (count[n] != 1) users[n] = no_parent;
    return users;
}

}  // namespace

void merge_adders(AdderGraph& graph, const std::vector<InputInfo>& inputs, Objective objective, bool keep) {
    constexpr int64_t one_adder = int64_t{1} << 24;
    constexpr int64_t marked = int64_t{1} << 40;
    const auto range = [&](uint32_t node) -> const Interval& {
        return node < graph.inputs ? inputs[node].range : graph.adders[node - graph.inputs].range;
    };
    const auto bits = [&](const Adder& adder) {
        return adder_bits(range(adder.a).shifted(adder.shift_a), range(adder.b).shifted(adder.shift_b), adder.subtract);
    };
    const std::vector<size_t> users = only_users(graph);
    std::vector<int64_t> gains(users.size(), 0);
    for (size_t n = 0; n < users.size(); ++n) {
        if (users[n] == no_parent) continue;
        const Adder& inner = graph.adders[n];
        const Adder& outer = graph.adders[users[n]];
        const int64_t saved =
            bits(inner) + bits(outer) - three_operand_bits(graph, graph.inputs + n, graph.inputs + users[n], inputs);
        gains[n] = 2 * saved + (inner.merged ? 1 : 0);
        if (objective == Objective::adders) gains[n] += one_adder;
        if (inner.merged && keep) gains[n] += marked;
    }
    const std::vector<bool> merged = heaviest_matching(users, gains);
    for (size_t n = 0; n < merged.size(); ++n) graph.adders[n].merged = merged[n];
}

}  // namespace dal::cmvm
