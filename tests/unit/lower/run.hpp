// Lowers a graph, runs the circuit, and compares it with the interpreter.
#pragma once

#include <doctest/doctest.h>

#include <random>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/lower/lower.hpp"

namespace dal {

inline circuit::Circuit lowered(Graph& graph, const LowerOptions& options = {}) {
    REQUIRE(infer_forward(graph));
    auto circuit = lower(graph, options);
    REQUIRE(circuit);
    return std::move(*circuit);
}

inline std::vector<Codes> run_circuit(const circuit::Circuit& circuit, std::span<const Samples> inputs) {
    const auto codes = circuit::encode_inputs(circuit, inputs);
    REQUIRE(codes);
    return circuit::Evaluator(circuit).run(*codes);
}

/// Lowers and runs; every output must be what the interpreter gives, in the same form.
inline circuit::Circuit check_against_interpreter(Graph& graph, std::span<const Samples> inputs,
                                                  const LowerOptions& options = {}) {
    circuit::Circuit circuit = lowered(graph, options);
    const auto expected = interpret(graph, inputs);
    REQUIRE(expected);
    const std::vector<Codes> actual = run_circuit(circuit, inputs);
    REQUIRE(actual.size() == expected->size());
    for (size_t j = 0; j < actual.size(); ++j) {
        CHECK(actual[j].f() == (*expected)[j].f());
        CHECK(actual[j].limbs() == (*expected)[j].limbs());
        const auto difference = first_difference(actual[j], (*expected)[j]);
        if (!difference) continue;
        INFO(print(graph), circuit::print(circuit), "output ", j, " sample ", difference->sample, " element ",
             difference->element, ": ", actual[j].value(difference->sample, difference->element).to_string(),
             ", exact is ", (*expected)[j].value(difference->sample, difference->element).to_string());
        REQUIRE_FALSE(difference);
    }
    return circuit;
}

inline op::Input port(const Kif& kif) { return {false, FormatMap(Format{kif, Round::trn, Overflow::wrap})}; }

/// A batch of values of the declared formats of an input: ends, neighbours of 0, and others.
inline Codes random_codes(std::mt19937_64& random, const Node& input, int64_t samples) {
    const auto& formats = std::get<op::Input>(input.operation).formats;
    std::vector<int> points;
    int width = 1;
    for (int64_t e = 0; e < input.size(); ++e) {
        points.push_back(formats.at(e).kif.f);
        width = std::max(width, formats.at(e).kif.width() + 1);
    }
    Codes codes(input.shape, samples, points, (width + 63) / 64);
    for (int64_t s = 0; s < samples; ++s)
        for (int64_t e = 0; e < input.size(); ++e) {
            const Kif& kif = formats.at(e).kif;
            std::vector<uint64_t> bits(static_cast<size_t>(kif.width()) / 64 + 1);
            for (uint64_t& word : bits) word = random();
            const Int any = Int::floor_mod(Int::from_words(bits.data(), bits.size()), Int::pow2(kif.width()));
            const Int from = any + kif.min_code();
            const int choice = static_cast<int>(random() % 6);
            codes.set_code(s, e,
                           kif.is_zero() ? Int(0)
                           : choice == 0 ? kif.min_code()
                           : choice == 1 ? kif.max_code()
                           : choice == 2 ? min(Int(1), kif.max_code())
                                         : from);
        }
    return codes;
}

}  // namespace dal
