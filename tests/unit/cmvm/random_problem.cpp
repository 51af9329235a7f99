#include "unit/cmvm/random_problem.hpp"

#include <algorithm>

namespace dal::cmvm::testing {
namespace {

InputInfo random_input(Random& random, bool mixed) {
    InputInfo input;
    if (mixed) input.depth = static_cast<int>(random.between(0, random.chance(10) ? 70 : 4));
    const int f = mixed ? static_cast<int>(random.between(-3, 6)) : 0;
    if (random.chance(5)) return input;  // the constant 0
    if (random.chance(5)) {
        const Int value = random.integer(5);
        input.range = Interval(value, value, f);
        return input;
    }
    const auto width = static_cast<int>(random.chance(5) ? random.between(60, 90) : random.between(1, 12));
    if (random.chance(70)) {
        const bool k = random.chance(60);
        input.range = Interval::of(Kif(k, width - f - static_cast<int>(k), f));
    } else {
        const Int a = random.integer(width);
        const Int b = random.integer(width);
        input.range = Interval(min(a, b), max(a, b), f);
    }
    return input;
}

}  // namespace

RandomProblem random_problem(Random& random, int max_size, int max_bits) {
    RandomProblem problem;
    Matrix& m = problem.matrix;
    m.inputs = static_cast<size_t>(random.between(0, max_size));
    m.outputs = static_cast<size_t>(random.between(0, max_size));
    m.weights.resize(m.inputs * m.outputs);
    const int64_t bits = random.between(1, max_bits);
    const int zeros = static_cast<int>(random.between(0, 3)) * 25;
    for (Int& w : m.weights) {
        if (!random.chance(zeros)) w = random.integer(bits);
    }
    const auto at = [&m](size_t i, size_t o) -> Int& { return m.weights[i * m.outputs + o]; };
    // Columns and rows that repeat another one, negated and shifted.
    if (m.outputs > 1 && random.chance(40)) {
        for (int64_t copies = random.between(1, 3); copies > 0; --copies) {
            const auto from = static_cast<size_t>(random.between(0, static_cast<int64_t>(m.outputs) - 1));
            const auto to = static_cast<size_t>(random.between(0, static_cast<int64_t>(m.outputs) - 1));
            const int64_t shift = random.chance(50) ? 0 : random.between(1, 5);
            const bool negative = random.chance(50);
            for (size_t i = 0; i < m.inputs; ++i) {
                at(i, to) = (negative ? -at(i, from) : at(i, from)) << shift;
            }
        }
    }
    // Columns that agree with another one up to the signs of single weights: what is split by symmetry.
    if (m.outputs > 1 && random.chance(30)) {
        for (int64_t copies = random.between(1, static_cast<int64_t>(m.outputs) - 1); copies > 0; --copies) {
            const auto to = static_cast<size_t>(random.between(1, static_cast<int64_t>(m.outputs) - 1));
            for (size_t i = 0; i < m.inputs; ++i) at(i, to) = random.chance(50) ? -at(i, to - 1) : at(i, to - 1);
        }
    }
    if (m.inputs > 1 && random.chance(30)) {
        const auto from = static_cast<size_t>(random.between(0, static_cast<int64_t>(m.inputs) - 1));
        const auto to = static_cast<size_t>(random.between(0, static_cast<int64_t>(m.inputs) - 1));
        for (size_t o = 0; o < m.outputs; ++o) at(to, o) = random.chance(50) ? at(from, o) : -at(from, o);
    }
    if (m.outputs > 0 && random.chance(20)) {
        const auto to = static_cast<size_t>(random.between(0, static_cast<int64_t>(m.outputs) - 1));
        for (size_t i = 0; i < m.inputs; ++i) at(i, to) = 0;
    }
    if (m.inputs > 0 && random.chance(20)) {
        const auto to = static_cast<size_t>(random.between(0, static_cast<int64_t>(m.inputs) - 1));
        for (size_t o = 0; o < m.outputs; ++o) at(to, o) = 0;
    }
    const bool mixed = random.chance(50);
    for (size_t i = 0; i < m.inputs; ++i) problem.inputs.push_back(random_input(random, mixed));
    return problem;
}

Evaluation evaluate(const AdderGraph& graph, const std::vector<Dyadic>& inputs) {
    Evaluation result;
    result.nodes = inputs;
    for (const Adder& adder : graph.adders) {
        const Dyadic u = result.nodes[adder.a] * Dyadic(Int(1), adder.shift_a);
        const Dyadic v = result.nodes[adder.b] * Dyadic(Int(1), adder.shift_b);
        result.nodes.push_back(adder.subtract ? u - v : u + v);
    }
    for (const OutputTap& tap : graph.outputs) {
        Dyadic value;
        if (tap.node) value = result.nodes[*tap.node] * Dyadic(Int(tap.negate ? -1 : 1), tap.shift);
        result.outputs.push_back(value);
    }
    return result;
}

bool is_valid(const AdderGraph& graph, const RandomProblem& problem) {
    const size_t inputs = problem.matrix.inputs;
    std::vector<int> depths;
    for (const InputInfo& input : problem.inputs) depths.push_back(input.depth);
    std::vector<bool> used(inputs + graph.adders.size(), false);
    std::vector<int> users(used.size(), 0);
    for (const Adder& adder : graph.adders) {
        if (adder.a >= depths.size() || adder.b >= depths.size()) return false;
        const auto merged = [&](uint32_t node) { return node >= inputs && graph.adders[node - inputs].merged; };
        if (merged(adder.a) + merged(adder.b) + adder.merged > 1) return false;
        const int depth_a = depths[adder.a] - merged(adder.a);
        const int depth_b = depths[adder.b] - merged(adder.b);
        if (adder.depth != 1 + std::max(depth_a, depth_b)) return false;
        depths.push_back(adder.depth);
        used[adder.a] = used[adder.b] = true;
        ++users[adder.a];
        ++users[adder.b];
    }
    for (const OutputTap& tap : graph.outputs) {
        if (tap.node && *tap.node >= depths.size()) return false;
        if (tap.node) used[*tap.node] = true;
        if (tap.node) users[*tap.node] += 2;
    }
    for (size_t n = 0; n < graph.adders.size(); ++n)
        if (graph.adders[n].merged && users[inputs + n] != 1) return false;
    if (std::find(used.begin() + static_cast<std::ptrdiff_t>(inputs), used.end(), false) != used.end()) return false;

    // Coefficients of every node and output, input by input.
    std::vector<std::vector<Dyadic>> coefficients(depths.size());
    for (size_t i = 0; i < inputs; ++i) {
        std::vector<Dyadic> unit(inputs);
        if (!problem.inputs[i].range.is_zero()) unit[i] = Dyadic(Int(1));
        const Evaluation at = evaluate(graph, unit);
        for (size_t n = 0; n < depths.size(); ++n) coefficients[n].push_back(at.nodes[n]);
        for (size_t o = 0; o < problem.matrix.outputs; ++o) {
            if (!problem.inputs[i].range.is_zero() && at.outputs[o] != Dyadic(problem.matrix.at(i, o))) return false;
        }
    }
    for (size_t n = inputs; n < depths.size(); ++n) {
        std::vector<Dyadic> lowest(inputs);
        std::vector<Dyadic> highest(inputs);
        Interval fixed;  // the sum of the constant inputs
        Interval grid;   // and of the others, to find the step of the node
        for (size_t i = 0; i < inputs; ++i) {
            const Dyadic& c = coefficients[n][i];
            const Interval& range = problem.inputs[i].range;
            lowest[i] = c.is_negative() ? range.max() : range.min();
            highest[i] = c.is_negative() ? range.min() : range.max();
            Interval& part = range.is_constant() ? fixed : grid;
            part = part + range.scaled(c);
        }
        const Interval& range = graph.adders[n - inputs].range;
        if (range.min() != evaluate(graph, lowest).nodes[n] || range.max() != evaluate(graph, highest).nodes[n]) {
            return false;
        }
        if (range.f() != (grid + fixed).f()) return false;
    }
    return true;
}

std::string print(const RandomProblem& problem) {
    std::string text = std::to_string(problem.matrix.inputs) + "x" + std::to_string(problem.matrix.outputs) + "\n";
    for (size_t i = 0; i < problem.matrix.inputs; ++i) {
        for (size_t o = 0; o < problem.matrix.outputs; ++o) text += problem.matrix.at(i, o).to_string() + " ";
        text +=
            " | " + problem.inputs[i].range.to_string() + " depth " + std::to_string(problem.inputs[i].depth) + "\n";
    }
    return text;
}

}  // namespace dal::cmvm::testing
