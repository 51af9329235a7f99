// Runs a graph through the JIT and the interpreter and compares, bit by bit.
#pragma once

#include <doctest/doctest.h>

#include <random>

#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/jit/jit.hpp"
#include "dal/support/source.hpp"

namespace dal::test {

using Random = std::mt19937_64;

/// A random integer in [lo, hi]: uniform, or near an end or 0, where mistakes are.
inline Int random_between(Random& random, const Int& lo, const Int& hi) {
    const Int span = hi - lo + 1;
    std::vector<uint64_t> words(static_cast<size_t>(span.bit_length() / 64 + 2));
    for (uint64_t& word : words) word = random();
    words.back() = 0;
    const Int any = Int::floor_mod(Int::from_words(words.data(), words.size()), span);
    switch (random() % 4) {
        case 0: return min(max(lo + static_cast<int64_t>(random() % 4), lo), hi);
        case 1: return max(min(hi - static_cast<int64_t>(random() % 4), hi), lo);
        case 2: return min(max(Int(static_cast<int64_t>(random() % 5) - 2), lo), hi);
        default: return lo + any;
    }
}

/// Codes of `bits` signed bits on each binary point.
inline Codes random_codes(Random& random, Shape shape, int64_t samples, std::vector<int> f, int bits) {
    Codes codes(std::move(shape), samples, std::move(f), bits / 64 + 1);
    for (int64_t sample = 0; sample < samples; ++sample)
        for (int64_t element = 0; element < codes.elements(); ++element)
            codes.set_code(sample, element, random_between(random, -Int::pow2(bits - 1), Int::pow2(bits - 1) - 1));
    return codes;
}

/// Codes that a declared input takes.
inline Codes random_values(Random& random, const Shape& shape, int64_t samples, const FormatMap& formats) {
    std::vector<int> f;
    int limbs = 1;
    for (int64_t e = 0; e < element_count(shape); ++e) {
        f.push_back(formats.at(e).kif.f);
        limbs = std::max(limbs, formats.at(e).kif.width() / 64 + 1);
    }
    Codes codes(shape, samples, f, limbs);
    for (int64_t sample = 0; sample < samples; ++sample)
        for (int64_t e = 0; e < codes.elements(); ++e)
            codes.set_code(sample, e,
                           random_between(random, formats.at(e).kif.min_code(), formats.at(e).kif.max_code()));
    return codes;
}

inline JitProgram compiled(const Graph& graph, JitOptions options = {}) {
    auto program = JitProgram::compile(graph, options);
    REQUIRE(program);
    return std::move(*program);
}

/// Infers, runs both engines and compares all outputs; the binary points and limbs have to agree, too.
inline void check_agreement(Graph& graph, const std::vector<Samples>& inputs, JitOptions options = {}) {
    if (const auto inferred = infer_forward(graph); !inferred) FAIL(inferred.error().front().message);
    const auto expected = interpret(graph, inputs);
    if (!expected) FAIL(expected.error().front().message);
    const auto program = compiled(graph, options);
    const auto actual = program.run(inputs);
    if (!actual) FAIL(actual.error().front().message);
    REQUIRE(actual->size() == expected->size());
    for (size_t output = 0; output < actual->size(); ++output) {
        const Codes& a = (*actual)[output];
        const Codes& b = (*expected)[output];
        REQUIRE(a.samples() == b.samples());
        CHECK(a.f() == b.f());
        CHECK(a.limbs() == b.limbs());
        const auto difference = first_difference(a, b);
        if (difference) {
            std::string fed;
            for (const Samples& input : inputs)
                for (int64_t e = 0; e < element_count(input.shape()) && e < 8; ++e)
                    fed += " " + input.at(difference->sample, e).value_or(Dyadic()).to_string();
            const Node& node = graph[graph.outputs()[output].node];
            std::string what(operation_name(node.operation));
            if (const auto* quantize = std::get_if<op::Quantize>(&node.operation))
                what += " to " + quantize->formats.at(difference->element).to_string();
            FAIL_CHECK(what, ", sample ", difference->sample, " element ", difference->element, ": jit ",
                       a.value(difference->sample, difference->element).to_string(), ", interpreter ",
                       b.value(difference->sample, difference->element).to_string(), "; range ",
                       node.range[static_cast<size_t>(difference->element)].to_string(), "; fed", fed);
        }
    }
}

}  // namespace dal::test
