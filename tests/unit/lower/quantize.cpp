// Rounding and overflow in the circuit: every mode, exhaustively where formats are small.
#include "dal/numeric/quantize.hpp"

#include "dal/circuit/cost/cost.hpp"
#include "unit/lower/run.hpp"

using namespace dal;

namespace {

std::vector<Format> all_modes(const Kif& kif) {
    std::vector<Format> formats;
    for (int round = 0; round < round_count; ++round)
        for (int overflow = 0; overflow < overflow_count; ++overflow)
            formats.push_back({kif, static_cast<Round>(round), static_cast<Overflow>(overflow)});
    return formats;
}

Format only_overflow(const Kif& kif, Overflow overflow) { return {kif, Round::trn, overflow}; }

/// Every code of a port, one per sample.
Codes every_code(const Kif& kif) {
    const int64_t count = (kif.max_code() - kif.min_code()).to_int64() + 1;
    Codes codes({1}, count, {kif.f}, 1);
    for (int64_t s = 0; s < count; ++s) codes.set_code(s, 0, kif.min_code() + Int(s));
    return codes;
}

struct Prepared {
    Graph graph;
    NodeId x;
};

/// A value whose range is the port's, or a stretched and moved one that is no power of two.
Prepared with_range(const Kif& kif, int variant) {
    Prepared p;
    p.x = p.graph.input("x", {1}, port(kif), {});
    if (variant == 0) return p;
    const Dyadic weight = variant == 1 ? Dyadic(3) : Dyadic(-5, -1);
    const Dyadic offset = variant == 1 ? Dyadic(-7, -1) : Dyadic(9, -2);
    const NodeId w = p.graph.constant({1}, {weight}, {});
    const NodeId c = p.graph.constant({1}, {offset}, {});
    p.x = *p.graph.add(*p.graph.mul(p.x, w, {}), c, {});
    return p;
}

/// Quantizes the value to every format with a circuit per port format, and compares all codes.
int64_t sweep(const Kif& in, int variant, const std::vector<Kif>& out) {
    Prepared p = with_range(in, variant);
    std::vector<Format> formats;
    for (const Kif& kif : out)
        for (const Format& format : all_modes(kif)) {
            formats.push_back(format);
            p.graph.output("y" + std::to_string(formats.size()), *p.graph.quantize(p.x, FormatMap(format), {}), {});
        }
    p.graph.output("x", p.x, {});
    const circuit::Circuit circuit = lowered(p.graph);
    const Samples codes = every_code(in);
    const std::vector<Codes> y = run_circuit(circuit, std::span(&codes, 1));
    for (size_t j = 0; j < formats.size(); ++j)
        for (int64_t s = 0; s < y[j].samples(); ++s) {
            const Dyadic x = y.back().value(s, 0);
            const Dyadic expected(quantize_code(Rational(x), formats[j]), -int64_t{formats[j].kif.f});
            if (y[j].value(s, 0) == expected) continue;
            INFO(formats[j].to_string(), " of ", x.to_string(), ", range ", p.graph[p.x].range[0].to_string());
            REQUIRE(y[j].value(s, 0).to_string() == expected.to_string());
        }
    return static_cast<int64_t>(formats.size()) * y.front().samples();
}

}  // namespace

TEST_CASE("all roundings and overflows, exhaustively over small formats") {
    std::vector<Kif> out;
    for (const bool k : {false, true})
        for (int i = -2; i <= 4; ++i)
            for (int f = -2; f <= 3; ++f)
                if (!Kif(k, i, f).is_zero()) out.push_back(Kif(k, i, f));
    int64_t points = 0;
    for (const bool k : {false, true})
        for (int i = -2; i <= 3; ++i)
            for (int f = -1; f <= 4; ++f)
                if (i + f > 0) points += sweep(Kif(k, i, f), 0, out);
    CHECK(points > 1'000'000);
}

TEST_CASE("ranges that are no power of two, and only reach one limit") {
    std::vector<Kif> out;
    for (const bool k : {false, true})
        for (int i = -1; i <= 6; ++i)
            for (const int f : {-2, 0, 1, 3})
                if (!Kif(k, i, f).is_zero()) out.push_back(Kif(k, i, f));
    for (const int variant : {1, 2})
        for (const bool k : {false, true})
            for (const int i : {0, 1, 2, 3})
                for (const int f : {0, 1, 3})
                    if (i + f > 0) sweep(Kif(k, i, f), variant, out);
}

TEST_CASE("wide values round and saturate exactly") {
    std::mt19937_64 random(7);
    for (const int width : {8, 15, 16, 17, 31, 32, 33, 62, 63, 64, 65, 66, 127, 128, 129, 200, 300}) {
        Graph graph;
        const NodeId x = graph.input("x", {3}, port(Kif(true, width / 2, width - 1 - width / 2)), {});
        int count = 0;
        for (const Kif kif :
             {Kif(true, width / 2 - 3, 4), Kif(false, width / 2 - 3, width / 2 - 2), Kif(true, width / 2 + 2, 2),
              Kif(true, 1, width / 2 - 1), Kif(true, width / 2 - 1, -2), Kif(true, 0, 0)})
            for (const Format& format : all_modes(kif))
                graph.output("y" + std::to_string(count++), *graph.quantize(x, FormatMap(format), {}), {});
        const Samples codes = random_codes(random, graph[x], 40);
        check_against_interpreter(graph, std::span(&codes, 1));
    }
}

TEST_CASE("bias, rounding and relu are one adder in every mode, and exact") {
    std::mt19937_64 random(9);
    for (const Kif kif :
         {Kif(false, 3, 1), Kif(true, 3, 1), Kif(false, 1, 2), Kif(true, 0, 1), Kif(false, 7, 0), Kif(true, 2, -1)})
        for (const Format& format : all_modes(kif))
            for (const bool rectified : {false, true}) {
                Graph graph;
                const NodeId x = graph.input("x", {1}, port(Kif(true, 4, 4)), {});
                const NodeId bias = graph.constant({1}, {Dyadic(static_cast<int64_t>(random() % 999) - 500, -5)}, {});
                NodeId y = *graph.add(x, bias, {});
                if (rectified) y = graph.relu(y, {});
                graph.output("y", *graph.quantize(y, FormatMap(format), {}), {});
                const Samples codes = every_code(Kif(true, 4, 4));
                const circuit::Circuit circuit = check_against_interpreter(graph, std::span(&codes, 1));
                if (rectified) CHECK(circuit::report(circuit).adders <= 1);
            }
}

TEST_CASE("what the range makes unnecessary is not built") {
    const auto operations = [](const Kif& in, const Format& format) {
        Graph graph;
        const NodeId x = graph.input("x", {1}, port(in), {});
        graph.output("y", *graph.quantize(x, FormatMap(format), {}), {});
        return circuit::report(lowered(graph)).operations;
    };
    CHECK(operations(Kif(true, 3, 4), only_overflow(Kif(true, 3, 4), Overflow::sat)) == 0);
    CHECK(operations(Kif(true, 3, 4), only_overflow(Kif(true, 5, 6), Overflow::sat_zero)) == 0);
    CHECK(operations(Kif(true, 3, 4), only_overflow(Kif(true, 3, 2), Overflow::sat)) == 1);  // a slice
    CHECK(operations(Kif(true, 3, 4), only_overflow(Kif(true, 1, 2), Overflow::wrap)) == 1);
    CHECK(operations(Kif(true, 3, 4), {Kif(true, 1, 2), Round::rnd, Overflow::wrap}) <= 3);
    CHECK(operations(Kif(false, 3, 4), only_overflow(Kif(false, 1, 4), Overflow::sat)) == 4);    // bits, high, any, mux
    CHECK(operations(Kif(true, 3, 4), only_overflow(Kif(true, 0, 0), Overflow::sat_sym)) == 0);  // one bit: always 0
}

TEST_CASE("real inputs are quantized at the port, once per element and format") {
    Graph graph;
    const NodeId x = graph.input("x", {3}, {true, {}}, {});
    const Format coarse{Kif(true, 3, 0), Round::rnd, Overflow::sat};
    const Format fine{Kif(true, 3, 4), Round::rnd_conv, Overflow::sat_sym};
    const Format none{Kif(), Round::trn, Overflow::wrap};
    graph.output("a", *graph.quantize(x, FormatMap({coarse, fine, none}), {}), {});
    graph.output("b", *graph.quantize(x, FormatMap(fine), {}), {});
    const Samples values =
        Array::from_doubles({4, 3}, {0.5, -0.03125, 3, 1e9, -1e9, 0.25, -1e-30, 7.97, 8, -8.5, 2.5, -3.03125});
    const circuit::Circuit circuit = check_against_interpreter(graph, std::span(&values, 1));
    CHECK(circuit.inputs().size() == 4);  // element 0 twice, elements 1 and 2 once
    for (const circuit::Input& input : circuit.inputs()) CHECK_FALSE(input.declared);
}
