// Runs in blocks against the interpreter: outputs, calibration, and the run without rounding.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>

#include "dal/graph/difference.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/interp/calibrate.hpp"
#include "dal/interp/column.hpp"
#include "dal/interp/exact_run.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/interp/real_run.hpp"
#include "dal/numeric/quantize.hpp"
#include "property/random_program.hpp"

using namespace dal;

namespace {

std::vector<NodeId> quantizers_of(const Graph& graph) {
    std::vector<NodeId> ids;
    for (size_t index = 0; index < graph.size(); ++index)
        if (std::holds_alternative<op::Quantize>(graph.nodes()[index].operation))
            ids.push_back(static_cast<NodeId>(index));
    return ids;
}

const Format& format_of(const Graph& graph, NodeId id, size_t element) {
    return std::get<op::Quantize>(graph[id].operation).formats.at(static_cast<int64_t>(element));
}

}  // namespace

TEST_CASE("blocks give what the interpreter gives, on random programs") {
    for (uint64_t seed = 1; seed <= 150; ++seed) {
        CAPTURE(seed);
        const Graph graph = property::random_program(seed);
        for (const int64_t samples : {0, 1, 130}) {
            std::vector<Samples> inputs = property::random_inputs(graph, seed, std::max<int64_t>(1, samples));
            for (Samples& batch : inputs) batch = batch.slice(0, samples);
            const auto expected = interpret(graph, inputs, 2).value();
            CHECK(describe_difference(graph, interpret(graph, inputs).value(), "one", expected, "two").empty());
            for (const int threads : {1, 3})
                CHECK(describe_difference(graph, ExactRun(graph).run(inputs, threads).value(), "blocks", expected,
                                          "interpreter")
                          .empty());
        }
    }
}

TEST_CASE("columns are exact around 64 bits") {
    std::vector<Dyadic> interesting;
    for (const int bits : {0, 1, 29, 30, 31, 32, 58, 59, 60, 61, 62, 63, 64, 65, 128, 300})
        for (const int offset : {-1, 0, 1})
            for (const int exponent : {-70, -1, 0, 3, 64})
                for (const bool negative : {false, true}) {
                    const Int code = Int::pow2(bits) + Int(offset);
                    interesting.push_back(Dyadic(negative ? -code : code, exponent));
                }
    const auto column = [&](size_t from, size_t step) {
        std::vector<Dyadic> values;
        for (size_t s = 0; s < block_samples; ++s)
            values.push_back(interesting[(from + s * step) % interesting.size()]);
        return Column::of_values(std::move(values));
    };
    for (size_t from = 0; from < interesting.size(); ++from)
        for (const size_t step : {0, 1, 7}) {
            const Column a = column(from, step);
            const Column b = column(from * 5 + 3, step == 7 ? 0 : step);
            const Column sum = a + b;
            const Column difference = a - b;
            const Column product = a * b;
            const Column least = smaller(a, b);
            const Column less = holding(Relation::lt, a, b);
            const Column either = chosen(less, a, b);
            const Column bits = combined(BitFunction::bit_xor, a, b);
            bool same = true;
            for (size_t s = 0; s < block_samples; ++s) {
                const Dyadic x = a.at(s);
                const Dyadic y = b.at(s);
                same = same && sum.at(s) == x + y && difference.at(s) == x - y && product.at(s) == x * y &&
                       least.at(s) == std::min(x, y) && less.at(s) == Dyadic(x < y ? 1 : 0) &&
                       either.at(s) == (x < y ? x : y) &&
                       combined(BitFunction::bit_xor, Column(x), Column(y)).at(0) == bits.at(s) && (-a).at(s) == -x &&
                       magnitude(a).at(s) == (x < Dyadic() ? -x : x);
            }
            CHECK(same);
        }
}

TEST_CASE("columns round and limit as quantize does") {
    std::vector<Dyadic> values;
    for (int code = -40; code <= 40; ++code)
        for (const int exponent : {-75, -62, -3, -2, 0, 40, 58}) values.push_back(Dyadic(Int(code), exponent));
    for (size_t from = 0; from < values.size(); from += 16)
        for (const size_t step : {0, 1}) {
            std::vector<Dyadic> block;
            BlockReals reals;
            for (size_t s = 0; s < block_samples; ++s) {
                block.push_back(values[(from + s * step) % values.size()]);
                reals[s] = block.back().to_double().value();
            }
            for (const Column& column : {Column::of_values(block), Column::of_exact(block), Column::of_reals(reals)})
                for (int round = 0; round < 7; ++round)
                    for (int overflow = 0; overflow < 4; ++overflow)
                        for (const Kif& kif : {Kif(true, 3, 1), Kif(false, 2, 2), Kif(true, 0, 0), Kif(true, 60, 2),
                                               Kif(true, 62, 3), Kif(false, -1, 64), Kif(true, 4, -2), Kif()}) {
                            const Format format{kif, static_cast<Round>(round), static_cast<Overflow>(overflow)};
                            const Column result = column.quantized(format);
                            bool same = true;
                            for (size_t s = 0; s < block_samples; ++s)
                                same =
                                    same && result.at(s) == Dyadic(quantize_code(Rational(block[s]), format), -kif.f);
                            CHECK(same);
                        }
        }
}

TEST_CASE("calibration sees what the interpreter shows, with any threads and batches") {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        const Graph graph = property::random_program(seed);
        const std::vector<NodeId> quantizers = quantizers_of(graph);
        std::vector<bool> unbounded(graph.size());
        for (const NodeId id : quantizers) {
            bool wraps = true;
            for (size_t at = 0; at < static_cast<size_t>(graph[id].size()); ++at)
                wraps = wraps && format_of(graph, id, at).overflow == Overflow::wrap;
            unbounded[static_cast<size_t>(id)] = wraps;
        }
        constexpr int64_t samples = 150;
        const std::vector<Samples> inputs = property::random_inputs(graph, seed, samples);
        Calibration calibration(graph, quantizers, 3);
        for (const auto& [first, count] : {std::pair<int64_t, int64_t>(0, 70), {70, 80}}) {
            std::vector<Samples> part;
            for (const Samples& batch : inputs) {
                part.push_back(batch.slice(first, count));
                part.back().set_first(first);
            }
            REQUIRE(calibration.add(part));
        }
        const auto needs = calibration.needs();
        const auto at_once = calibrate(graph, inputs, quantizers).value();
        for (size_t j = 0; j < needs.size(); ++j) {
            int64_t overflows = 0;
            std::optional<QuantizerNeeds::Place> place;
            std::vector<Int> least(static_cast<size_t>(graph[quantizers[j]].size()));
            const auto see = [&](int64_t sample, std::span<const std::vector<Dyadic>> values) {
                const auto& x = values[static_cast<size_t>(graph[quantizers[j]].operands.front())];
                for (size_t at = 0; at < x.size(); ++at) {
                    const Format& format = format_of(graph, quantizers[j], at);
                    if (format.kif.is_zero()) continue;
                    const Int code = round_code(Rational(x[at]), format.kif.f, format.round);
                    least[at] = min(least[at], code);
                    if (overflow_code(code, format.kif, format.overflow) == code) continue;
                    ++overflows;
                    if (!place) place = {sample, static_cast<int64_t>(at), Dyadic(code, -format.kif.f)};
                }
            };
            REQUIRE(interpret_each(graph, inputs, see, unbounded));
            CHECK(needs[j].overflows == overflows);
            CHECK(needs[j].first.has_value() == place.has_value());
            if (place && needs[j].first) {
                CHECK(needs[j].first->sample == place->sample);
                CHECK(needs[j].first->element == place->element);
                CHECK(needs[j].first->value == place->value);
            }
            CHECK(needs[j].formats == at_once[j].formats);
            for (size_t at = 0; at < least.size(); ++at)
                if (least[at].is_negative()) CHECK(needs[j].formats[at].min_code() <= least[at]);
        }
    }
}

TEST_CASE("the run without rounding does not depend on threads") {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        const Graph graph = property::random_program(seed);
        const std::vector<Samples> inputs = property::random_inputs(graph, seed, 1200);
        const std::vector<NodeId> quantizers = quantizers_of(graph);
        RealComparer many(graph, quantizers, 4);
        REQUIRE(many.add(inputs));
        const RealComparison a = many.result();
        const RealComparison b = compare_with_real(graph, inputs, quantizers).value();
        CHECK(a.samples == 1200);
        for (size_t j = 0; j < a.values.size(); ++j) {
            CHECK(a.values[j].count == b.values[j].count);
            CHECK(std::bit_cast<uint64_t>(a.values[j].error_sum) == std::bit_cast<uint64_t>(b.values[j].error_sum));
            CHECK(std::bit_cast<uint64_t>(a.values[j].signal_power) ==
                  std::bit_cast<uint64_t>(b.values[j].signal_power));
        }
        for (size_t j = 0; j < a.quantizers.size(); ++j) CHECK(a.quantizers[j].overflows == b.quantizers[j].overflows);
    }
}
