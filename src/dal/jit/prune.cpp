#include "dal/jit/prune.hpp"

#include <algorithm>
#include <tuple>

namespace dal::jit {
namespace {

std::vector<bool> live_values(const Plan& plan) {
    std::vector<bool> live(plan.values.size(), false);
    for (const OutputPlan& output : plan.outputs)
        for (const OutputElement& element : output.elements)
            if (element.value) live[*element.value] = true;
    for (size_t id = plan.values.size(); id-- > 0;)
        if (live[id]) for_each_operand(plan.values[id].definition, [&](ValueId operand) { live[operand] = true; });
    return live;
}

}  // namespace

void prune(Plan& plan) {
    const std::vector<bool> live = live_values(plan);
    std::vector<ValueId> renamed(plan.values.size());
    std::vector<Value> kept;
    for (size_t id = 0; id < plan.values.size(); ++id) {
        if (!live[id]) continue;
        renamed[id] = static_cast<ValueId>(kept.size());
        kept.push_back(std::move(plan.values[id]));
        for_each_operand(kept.back().definition, [&](ValueId& operand) { operand = renamed[operand]; });
    }
    plan.values = std::move(kept);
    for (Leaf& leaf : plan.leaves)
        if (live[*leaf.value])
            leaf.value = renamed[*leaf.value];
        else
            leaf.value.reset();
    std::erase_if(plan.leaves, [](const Leaf& leaf) { return !leaf.value && !leaf.declared; });
    for (OutputPlan& output : plan.outputs)
        for (OutputElement& element : output.elements)
            if (element.value) element.value = renamed[*element.value];

    std::stable_sort(plan.leaves.begin(), plan.leaves.end(), [](const Leaf& a, const Leaf& b) {
        return std::tie(a.input, a.element) < std::tie(b.input, b.element);
    });
    for (uint32_t leaf = 0; leaf < plan.leaves.size(); ++leaf)
        if (const auto value = plan.leaves[leaf].value) plan.values[*value].definition = Load{leaf};
}

}  // namespace dal::jit
