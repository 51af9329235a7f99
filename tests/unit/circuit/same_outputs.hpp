// A pass may change how a circuit computes, not what.
#pragma once

#include <doctest/doctest.h>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/passes/simplify.hpp"
#include "unit/circuit/exact.hpp"
#include "unit/circuit/random_circuit.hpp"

namespace dal::circuit {

/// Circuits whose outputs are some bits of their wires, and that keep some wires: the same values of them after the
/// pass, no longer paths.
template <class Pass>
void check_random_circuits(uint64_t seed, int rounds, Pass&& pass) {
    constexpr int64_t samples = 40;
    std::mt19937_64 random(seed);
    for (int round = 0; round < rounds; ++round) {
        RandomCircuit options;
        options.slices = 4;
        options.kept = round % 2;
        options.widest = 40;
        options.widest_input = 14;
        const Circuit circuit = simplify(random_circuit(random, options));
        const Circuit after = pass(circuit);
        verify(after);
        for (const std::vector<Dyadic>& values : random_feed(random, circuit, samples).values)
            REQUIRE(outputs_of(after, values) == outputs_of(circuit, values));
        CHECK(report(after).delay <= report(circuit).delay);
        CHECK(report(after).adders <= report(circuit).adders);
    }
}

}  // namespace dal::circuit
