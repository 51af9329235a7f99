// Random problems with inputs of two values among others and constants at the outputs; an evaluator of packed
// solutions, and ways to break their tables. Only for tests.
#pragma once

#include <functional>

#include "dal/cmvm/tables/tables.hpp"
#include "unit/cmvm/random_problem.hpp"

namespace dal::cmvm::testing {

struct PackedProblem {
    Matrix matrix;
    std::vector<InputInfo> inputs;
    std::vector<Dyadic> offsets;
};

inline PackedProblem random_packed_problem(Random& random, int max_size, int max_bits) {
    RandomProblem base = random_problem(random, max_size, max_bits);
    PackedProblem problem{std::move(base.matrix), std::move(base.inputs), {}};
    for (InputInfo& input : problem.inputs) {
        if (random.chance(20)) continue;
        const auto f = static_cast<int>(random.chance(70) ? 0 : random.between(-3, 3));
        const Int lo = random.chance(60) ? Int(0) : random.chance(50) ? Int(-1) : random.integer(5);
        input.range = Interval(lo, lo + 1, f);
        input.depth = random.chance(80) ? 0 : static_cast<int>(random.between(0, 3));
    }
    const bool small = random.chance(40);
    for (Int& weight : problem.matrix.weights)
        if (small) weight = random.between(-1, 1);
    for (size_t o = 0; o < problem.matrix.outputs; ++o)
        problem.offsets.push_back(random.chance(60) ? Dyadic() : Dyadic(random.integer(6), random.between(-3, 3)));
    return problem;
}

/// Nothing, or what is wrong for random inputs: an output, or a value outside its range.
inline std::string check_values(Random& random, const PackedProblem& problem, const PackedSolution& packed) {
    std::vector<Dyadic> x;
    std::vector<bool> odd;
    for (const InputInfo& input : problem.inputs) {
        const Int code = random.inside(input.range.lo(), input.range.hi());
        x.emplace_back(code, -static_cast<int64_t>(input.range.f()));
        odd.push_back(code.is_odd());
    }
    std::vector<Dyadic> nodes = x;
    for (const BitTable& table : packed.tables) {
        size_t address = 0;
        for (size_t j = 0; j < table.inputs.size(); ++j) address |= size_t{odd[table.inputs[j]]} << j;
        nodes.emplace_back(table.entries[address], -static_cast<int64_t>(table.f));
        if (!table.range.contains(nodes.back())) return "a table leaves its range";
    }
    const Evaluation got = evaluate(packed.solution.graph, nodes);
    for (size_t n = 0; n < packed.solution.graph.adders.size(); ++n)
        if (!packed.solution.graph.adders[n].range.contains(got.nodes[nodes.size() + n]))
            return "adder " + std::to_string(n) + " leaves its range";
    for (size_t o = 0; o < problem.matrix.outputs; ++o) {
        Dyadic expected = problem.offsets[o];
        for (size_t i = 0; i < x.size(); ++i) expected = expected + x[i] * Dyadic(problem.matrix.at(i, o));
        const Dyadic value = got.outputs[o] + packed.rest[o];
        if (value != expected)
            return "output " + std::to_string(o) + " is " + value.to_string() + ", not " + expected.to_string();
    }
    return "";
}

/// Changes one thing so that the solution is wrong. At least one table.
inline void mutate_tables(PackedSolution& packed, Random& random) {
    const auto t = static_cast<size_t>(random.between(0, static_cast<int64_t>(packed.tables.size()) - 1));
    BitTable& table = packed.tables[t];
    InputInfo& enters = packed.inputs[packed.inputs.size() - packed.tables.size() + t];
    const auto entry = static_cast<size_t>(random.between(0, static_cast<int64_t>(table.entries.size()) - 1));
    switch (random.between(0, 7)) {
        case 0: table.entries[entry] = table.entries[entry] + (random.chance(50) ? 1 : -1); break;
        case 1: table.f += random.chance(50) ? 1 : -1; break;
        case 2: table.range = enters.range = Interval(table.range.lo(), table.range.hi() + 1, table.range.f()); break;
        case 3: table.range = enters.range = Interval(table.range.lo() - 1, table.range.hi(), table.range.f()); break;
        case 4: enters.depth = ++table.depth; break;
        case 5: table.inputs.front() = table.inputs.back() + 1; break;
        case 6: table.entries.pop_back(); break;
        case 7: packed.rest.front() = packed.rest.front() + Dyadic(1); break;
    }
}

}  // namespace dal::cmvm::testing
