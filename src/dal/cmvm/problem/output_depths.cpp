#include "dal/cmvm/problem/output_depths.hpp"

#include <algorithm>

namespace dal::cmvm {
namespace {

/// Adders with one user above each other that a constant may pass.
constexpr int most_levels = 64;

class WithConstants {
  public:
    WithConstants(const AdderGraph& graph, const std::vector<int>& input_depths)
        : graph_(graph), input_depths_(input_depths), uses_(graph.inputs + graph.adders.size()) {
        for (const Adder& adder : graph.adders) {
            ++uses_[adder.a];
            ++uses_[adder.b];
        }
        for (const OutputTap& tap : graph.outputs)
            if (tap.node) ++uses_[*tap.node];
    }

    [[nodiscard]] int depth(uint32_t node) const {
        return node < graph_.inputs ? input_depths_[node] : graph_.adders[node - graph_.inputs].depth;
    }

    /// Of node + constant.
    [[nodiscard]] int depth_with_constant(uint32_t node, int levels = most_levels) const {
        const int after = depth(node) + 1;
        if (node < graph_.inputs || uses_[node] != 1 || levels == 0) return after;
        const Adder& adder = graph_.adders[node - graph_.inputs];
        const int in_a = std::max(depth_with_constant(adder.a, levels - 1), depth(adder.b));
        const int in_b = std::max(depth(adder.a), depth_with_constant(adder.b, levels - 1));
        return std::min(after, std::min(in_a, in_b) + 1);
    }

  private:
    const AdderGraph& graph_;
    const std::vector<int>& input_depths_;
    std::vector<uint32_t> uses_;
};

}  // namespace

std::vector<int> depths_with_constants(const AdderGraph& graph, const std::vector<InputInfo>& inputs) {
    std::vector<int> input_depths;
    for (const InputInfo& input : inputs) input_depths.push_back(input.depth);
    const WithConstants depths(graph, input_depths);
    std::vector<int> result;
    for (const OutputTap& tap : graph.outputs) result.push_back(tap.node ? depths.depth_with_constant(*tap.node) : 0);
    return result;
}

int64_t levels_over(const AdderGraph& graph, const Problem& problem, bool with_negations) {
    if (!problem.bounded) return 0;
    const WithConstants depths(graph, problem.depths);
    int64_t over = 0;
    for (size_t o = 0; o < graph.outputs.size(); ++o) {
        const OutputTap& tap = graph.outputs[o];
        const auto& sum = problem.columns[o].sum;
        if (!tap.node || !sum) continue;
        const int depth = problem.spare[*sum]            ? depths.depth_with_constant(*tap.node)
                          : with_negations && tap.negate ? depths.depth(*tap.node) + 1
                                                         : depths.depth(*tap.node);
        over += std::max(0, depth - problem.bounds[*sum]);
    }
    return over;
}

}  // namespace dal::cmvm
