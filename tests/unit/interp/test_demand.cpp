// Demand on the graph. Each rule is run over all values of small inputs: two samples that agree in what is seen of the
// inputs have to give the same outputs, whatever else differs. What is seen is written out beside, so that a rule that
// sees too much fails as well as one that sees too little.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <random>

#include "dal/infer/demand/demand.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"

using namespace dal;

namespace {

op::Input port(const Kif& kif) { return {.real = false, .formats = Format{kif}}; }

/// The bits of a code of element 0 of an input that the outputs see.
Int seen_part(const Graph& graph, const Demand& demand, NodeId input, const Int& code) {
    const SeenBits seen = demand.of(input, 0);
    if (seen.is_empty()) return 0;
    const int f = graph[input].range[0].f();
    return Int::floor_mod(code >> (f - seen.fine), Int::pow2(seen.count()));
}

/// All samples of scalar inputs; those with the same seen parts must have the same outputs. Returns how many inputs
/// show less than all of their bits.
int check_all(Graph& graph) {
    REQUIRE(infer_forward(graph));
    const Demand demand(graph);
    int64_t samples = 1;
    std::vector<Kif> kifs;
    for (const NodeId id : graph.inputs()) {
        kifs.push_back(std::get<op::Input>(graph[id].operation).formats.at(0).kif);
        samples <<= kifs.back().width();
    }
    std::vector<std::vector<Int>> codes(kifs.size());
    std::vector<Samples> inputs;
    int64_t block = 1;
    int partly = 0;
    for (size_t j = 0; j < kifs.size(); ++j) {
        Codes batch({}, samples, {kifs[j].f}, 1);
        const int64_t count = int64_t{1} << kifs[j].width();
        for (int64_t sample = 0; sample < samples; ++sample) {
            codes[j].push_back(kifs[j].min_code() + sample / block % count);
            batch.set_code(sample, 0, codes[j].back());
        }
        block *= count;
        inputs.emplace_back(std::move(batch));
        partly += demand.of(graph.inputs()[j], 0).count() < kifs[j].width() ? 1 : 0;
    }
    const auto outputs = interpret(graph, inputs).value();
    std::map<std::vector<Int>, int64_t> first;  // sample with these seen parts
    for (int64_t sample = 0; sample < samples; ++sample) {
        std::vector<Int> key;
        for (size_t j = 0; j < kifs.size(); ++j)
            key.push_back(seen_part(graph, demand, graph.inputs()[j], codes[j][static_cast<size_t>(sample)]));
        const auto [at, is_new] = first.try_emplace(std::move(key), sample);
        if (is_new) continue;
        for (const Codes& output : outputs)
            for (int64_t e = 0; e < output.elements(); ++e)
                if (output.code(sample, e) != output.code(at->second, e)) {
                    INFO(print(graph));
                    INFO("samples ", at->second, " and ", sample, ", element ", e);
                    REQUIRE(output.code(sample, e) == output.code(at->second, e));
                }
    }
    return partly;
}

/// What is seen of both operands of an operation of which `format` is read. Every value is run.
struct Seen {
    std::pair<int64_t, int64_t> a;  ///< top, fine
    std::pair<int64_t, int64_t> b;
    friend bool operator==(const Seen&, const Seen&) = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& seen) {
    return out << "{{" << seen.a.first << ", " << seen.a.second << "}, {" << seen.b.first << ", " << seen.b.second
               << "}}";
}
constexpr std::pair<int64_t, int64_t> nothing{0, 0};

using Build = std::function<NodeId(Graph&, NodeId, NodeId)>;
Seen seen_through(const Build& build, const Format& format, const Kif& a = {true, 3, 2}, const Kif& b = {true, 3, 2}) {
    Graph graph;
    const NodeId x = graph.input("a", {}, port(a), {});
    const NodeId y = graph.input("b", {}, port(b), {});
    graph.output("y", graph.quantize(build(graph, x, y), format, {}).value(), {});
    check_all(graph);
    const Demand demand(graph);
    const auto of = [&](NodeId id) {
        const SeenBits seen = demand.of(id, 0);
        return seen.is_empty() ? nothing : std::pair(seen.top, seen.fine);
    };
    return {of(x), of(y)};
}

NodeId constant(Graph& graph, const Dyadic& value) { return graph.constant({}, {value}, {}); }
Format low(int i) { return {Kif(false, i, 2), Round::trn, Overflow::wrap}; }  // i: bits below 2^i
Format digits(int f, Round round = Round::trn) { return {Kif(true, 9, f), round, Overflow::wrap}; }  // down to 2^-f

NodeId add(Graph& g, NodeId a, NodeId b) { return g.add(a, b, {}).value(); }
NodeId sub(Graph& g, NodeId a, NodeId b) { return g.sub(a, b, {}).value(); }
NodeId mul(Graph& g, NodeId a, NodeId b) { return g.mul(a, b, {}).value(); }
NodeId first(Graph&, NodeId a, NodeId) { return a; }

}  // namespace

TEST_CASE("wrap: sums, differences and negation need the bits that are kept") {
    for (int i = -1; i <= 3; ++i) {
        CHECK(seen_through(add, low(i)) == Seen{{i, 2}, {i, 2}});
        CHECK(seen_through(sub, low(i)) == Seen{{i, 2}, {i, 2}});
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return g.neg(a, {}); }, low(i)) == Seen{{i, 2}, nothing});
        CHECK(seen_through(first, low(i)) == Seen{{i, 2}, nothing});
    }
    // Rounding carries upwards only; the modes that look at the sign need it.
    for (const Round round : {Round::trn, Round::rnd, Round::rnd_conv, Round::rnd_min_inf})
        CHECK(seen_through(first, {Kif(false, 2, 0), round, Overflow::wrap}).a.first == 2);
    for (const Round round : {Round::trn_zero, Round::rnd_zero, Round::rnd_inf})
        CHECK(seen_through(first, {Kif(false, 2, 0), round, Overflow::wrap}).a.first == 4);
}

TEST_CASE("wrap through a constant factor moves by its lowest bit") {
    for (const Dyadic& w : {Dyadic(3), Dyadic(12), Dyadic(-5), Dyadic(20), Dyadic(3, -1), Dyadic(-5, -2), Dyadic(4)})
        for (int i = -1; i <= 3; ++i) {
            const int64_t top = std::min<int64_t>(4, i - w.exponent());
            const Seen expected{top > -2 ? std::pair<int64_t, int64_t>(top, 2) : nothing, nothing};
            const Format kept{Kif(false, i, 5), Round::trn, Overflow::wrap};
            const auto times = [&](Graph& g, NodeId a, NodeId) { return mul(g, a, constant(g, w)); };
            CHECK(seen_through(times, kept) == expected);
            const auto in_sum = [&](Graph& g, NodeId a, NodeId) {
                return g.einsum(parse_einsum(",->", {}).value(), constant(g, w), a, {}).value();
            };
            CHECK(seen_through(in_sum, kept) == expected);
        }
}

TEST_CASE("wrap through products of variables: the fraction bits of the other factor") {
    for (int i = -4; i <= 2; ++i)
        for (int f = -1; f <= 3; ++f) {
            const Kif b(true, 2, f);
            const Seen got = seen_through(mul, {Kif(false, i, 9), Round::trn, Overflow::wrap}, {true, 3, 2}, b);
            if (i <= -2 - f) {
                CHECK(got == Seen{nothing, nothing});
            } else {
                CHECK(got.a == std::pair<int64_t, int64_t>(std::min(4, i + f), 2));
                CHECK(got.b == std::pair<int64_t, int64_t>(std::min(3, i + 2), f));
            }
            seen_through([](Graph& g, NodeId a, NodeId c) { return add(g, mul(g, a, a), mul(g, a, c)); },
                         {Kif(false, i, 9), Round::trn, Overflow::wrap}, {true, 3, 2}, b);
        }
}

TEST_CASE("wrap does not go through relu, max, min, abs, comparisons, tables and saturation") {
    const std::pair<int64_t, int64_t> all{4, 2};
    const auto table = [](Graph& g, NodeId a, NodeId) {
        op::Table squares{.first = -32, .f = 2, .size = 64, .entries = {}, .which = {}};
        std::vector<Dyadic> entries;
        for (int n = -32; n < 32; ++n) entries.emplace_back(n * n % 61, -2);
        squares.entries = std::make_shared<const std::vector<Dyadic>>(std::move(entries));
        return g.table(std::move(squares), a, {});
    };
    for (int i = -1; i <= 2; ++i) {
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return g.relu(a, {}); }, low(i)).a == all);
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return g.abs(a, {}); }, low(i)).a == all);
        CHECK(seen_through([](Graph& g, NodeId a, NodeId b) { return g.max(a, b, {}).value(); }, low(i)) ==
              Seen{all, all});
        CHECK(seen_through([](Graph& g, NodeId a, NodeId b) { return g.min(a, b, {}).value(); }, low(i)) ==
              Seen{all, all});
        CHECK(seen_through(table, low(i)).a == all);
        for (const Overflow overflow : {Overflow::sat, Overflow::sat_zero, Overflow::sat_sym}) {
            const auto saturated = [&](Graph& g, NodeId a, NodeId) {
                return g.quantize(a, Format{Kif(true, 2, 2), Round::trn, overflow}, {}).value();
            };
            CHECK(seen_through(saturated, low(i)).a == all);
        }
    }
    const auto less = [](Graph& g, NodeId a, NodeId b) { return g.compare(Relation::lt, a, b, {}).value(); };
    CHECK(seen_through(less, {Kif(false, 1, 0), Round::trn, Overflow::wrap}) == Seen{all, all});
}

TEST_CASE("trn: low digits go through relu, min, max, shifts, select, saturation") {
    for (int f = -2; f <= 1; ++f) {
        const std::pair<int64_t, int64_t> seen{4, f};
        CHECK(seen_through(first, digits(f)).a == seen);
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return g.relu(a, {}); }, digits(f)).a == seen);
        CHECK(seen_through([](Graph& g, NodeId a, NodeId b) { return g.max(a, b, {}).value(); }, digits(f)) ==
              Seen{seen, seen});
        CHECK(seen_through([](Graph& g, NodeId a, NodeId b) { return g.min(a, b, {}).value(); }, digits(f)) ==
              Seen{seen, seen});
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return g.shift(a, -1, {}); }, digits(f)).a ==
              std::pair<int64_t, int64_t>(4, f - 1));
        const auto chosen = [](Graph& g, NodeId a, NodeId b) {
            return g.select(g.compare(Relation::lt, g.shift(b, 5, {}), constant(g, 3), {}).value(), a, b, {}).value();
        };
        CHECK(seen_through(chosen, digits(f)).a == seen);
        for (const Overflow overflow : {Overflow::sat, Overflow::sat_sym, Overflow::sat_zero})
            for (const bool k : {false, true})
                for (int i = -1; i <= 2; ++i) {
                    const Format limits{Kif(k, i, 2), Round::trn, overflow};
                    const auto saturated = [&](Graph& g, NodeId a, NodeId) {
                        return g.quantize(a, limits, {}).value();
                    };
                    const int64_t decided = overflow == Overflow::sat_zero ? std::max<int64_t>(f, -i) : f;
                    if (top_of(Interval::of(limits.kif)) > -f)
                        CHECK(seen_through(saturated, digits(f)).a == std::pair<int64_t, int64_t>(4, decided));
                    else
                        seen_through(saturated, digits(f));
                }
    }
}

TEST_CASE("trn does not go through negation, a subtrahend, abs, and sums of two values off the grid") {
    const std::pair<int64_t, int64_t> all{4, 2};
    for (int f = -1; f <= 1; ++f) {
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return g.neg(a, {}); }, digits(f)).a == all);
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return g.abs(a, {}); }, digits(f)).a == all);
        CHECK(seen_through(add, digits(f)) == Seen{all, all});
        CHECK(seen_through(sub, digits(f), {true, 3, 0}) == Seen{{4, 0}, all});
        // The other operand is on the grid.
        const std::pair<int64_t, int64_t> seen{4, std::max(f, 0)};
        CHECK(seen_through(add, digits(f), {true, 3, 2}, {true, 3, 0}).a == seen);
        CHECK(seen_through(add, digits(f), {true, 3, 0}, {true, 3, 2}).b == seen);
        CHECK(seen_through(sub, digits(f), {true, 3, 2}, {true, 3, 0}).a == seen);
        // A factor that is no power of two carries.
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return mul(g, a, constant(g, 3)); }, digits(f)).a == all);
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return mul(g, a, constant(g, -1)); }, digits(f)).a == all);
        CHECK(seen_through([](Graph& g, NodeId a, NodeId) { return mul(g, a, constant(g, 2)); }, digits(f)).a ==
              std::pair<int64_t, int64_t>(4, f + 1));
    }
}

TEST_CASE("rnd needs one digit more, the other modes all") {
    for (int f = -1; f <= 0; ++f) {
        CHECK(seen_through(first, digits(f, Round::rnd)).a == std::pair<int64_t, int64_t>(4, f + 1));
        for (const Round round :
             {Round::rnd_conv, Round::rnd_min_inf, Round::rnd_zero, Round::rnd_inf, Round::trn_zero})
            CHECK(seen_through(first, digits(f, round)).a == std::pair<int64_t, int64_t>(4, 2));
        const auto relu = [](Graph& g, NodeId a, NodeId) { return g.relu(a, {}); };
        CHECK(seen_through(relu, digits(f, Round::rnd)).a == std::pair<int64_t, int64_t>(4, f + 1));
    }
}

TEST_CASE("bits in place: masks, fields, moved and joined values, several consumers") {
    const auto masked = [](Graph& g, NodeId a, NodeId) {
        return g.bitwise(BitFunction::bit_and, a, constant(g, 6), {}).value();
    };
    CHECK(seen_through(masked, digits(2)).a == std::pair<int64_t, int64_t>(3, -1));
    for (const BitFunction function : {BitFunction::bit_and, BitFunction::bit_or, BitFunction::bit_xor}) {
        const auto both = [&](Graph& g, NodeId a, NodeId b) { return g.bitwise(function, a, b, {}).value(); };
        for (int i = -1; i <= 2; ++i) CHECK(seen_through(both, low(i)) == Seen{{i, 2}, {i, 2}});
        for (int f = -1; f <= 1; ++f) CHECK(seen_through(both, digits(f)) == Seen{{4, f}, {4, f}});
    }
    Graph graph;
    const NodeId a = graph.input("a", {}, port({true, 3, 2}), {});
    const NodeId b = graph.input("b", {}, port({true, 3, 2}), {});
    const NodeId joined = graph.move("stack", {2}, {{0, 0}, {1, 0}}, {a, b}, {});
    const NodeId picked = graph.move("slice", {}, {{0, 1}}, {joined}, {});
    graph.output("low", graph.quantize(picked, low(1), {}).value(), {});
    graph.output("high", graph.quantize(picked, digits(-1), {}).value(), {});
    CHECK(check_all(graph) == 1);  // b shows everything to one of both; a is not used
    const Demand demand(graph);
    CHECK_FALSE(demand.is_needed(a, 0));
    CHECK_FALSE(demand.is_needed(joined, 0));
    CHECK(demand.of(b, 0).top == 4);
    CHECK(demand.of(b, 0).fine == 2);
    // Who asked: the quantizer that cuts, or the output if nobody does.
    CHECK(demand.of(joined, 1).top_by == Asker{graph.outputs()[1].node, true});
    CHECK(demand.of(joined, 1).fine_by == Asker{graph.outputs()[0].node, false});
    CHECK(demand.of(graph.outputs()[0].node, 0).top_by == Asker{graph.outputs()[0].node, true});
}

TEST_CASE("terms and elements of which nothing is seen are not needed") {
    Graph graph;
    const NodeId x = graph.input("x", {3}, port({true, 3, 0}), {});
    const NodeId w = graph.constant({3, 2}, {1, 1, 16, 3, 0, 5}, {});
    const NodeId s = graph.einsum(parse_einsum("i,io->o", {}).value(), x, w, {}).value();
    const Format narrow{Kif(false, 4, 0)};
    const Format none{Kif(false, 0, 0)};
    graph.output("y", graph.quantize(s, FormatMap(std::vector<Format>{narrow, none}), {}).value(), {});
    REQUIRE(infer_forward(graph));
    const Demand demand(graph);
    CHECK(demand.is_needed(s, 0));
    CHECK_FALSE(demand.is_needed(s, 1));  // a quantizer without bits
    CHECK(demand.is_needed(x, 0));
    CHECK_FALSE(demand.is_needed(x, 1));  // 16·x is a multiple of 2^4
    CHECK_FALSE(demand.is_needed(x, 2));
    const Demand everything = Demand::everything(graph);
    for (int64_t e = 0; e < 3; ++e) CHECK(everything.is_needed(x, e));
    CHECK(everything.is_needed(s, 1));
}

TEST_CASE("random graphs: what is not seen can be anything") {
    std::mt19937_64 random(11);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const auto format = [&] {
        const bool k = below(2) == 1;
        const int i = below(6) - 1;
        const int width = 1 + below(5);
        return Format{Kif(k, i, width - i), static_cast<Round>(below(3) == 0 ? below(7) : 0),
                      static_cast<Overflow>(below(3) == 0 ? below(4) : 0)};
    };
    int partly = 0;
    for (int round = 0; round < 1500; ++round) {
        Graph graph;
        std::vector<NodeId> pool{graph.input("a", {}, port({true, 2, below(4)}), {}),
                                 graph.input("b", {}, port({below(2) == 1, 3, below(3) - 1}), {})};
        const auto pick = [&] { return pool[random() % pool.size()]; };
        const int operations = 1 + below(4);
        for (int j = 0; j < operations; ++j) {
            const NodeId a = pick();
            const NodeId b = below(4) == 0 ? constant(graph, Dyadic(below(31) - 15, below(5) - 3)) : pick();
            switch (below(15)) {
                case 0: pool.push_back(sub(graph, a, b)); break;
                case 1: pool.push_back(mul(graph, a, b)); break;
                case 2: pool.push_back(graph.max(a, b, {}).value()); break;
                case 3: pool.push_back(graph.min(a, b, {}).value()); break;
                case 4: pool.push_back(graph.relu(a, {})); break;
                case 5: pool.push_back(graph.abs(a, {})); break;
                case 6: pool.push_back(graph.neg(a, {})); break;
                case 7: pool.push_back(graph.shift(a, below(7) - 3, {})); break;
                case 8: pool.push_back(graph.bitwise(static_cast<BitFunction>(below(3)), a, b, {}).value()); break;
                case 9: pool.push_back(graph.compare(static_cast<Relation>(below(4)), a, b, {}).value()); break;
                case 10: pool.push_back(graph.select(pick(), a, b, {}).value()); break;
                case 11:
                case 12: pool.push_back(graph.quantize(a, format(), {}).value()); break;
                default: pool.push_back(add(graph, a, b)); break;
            }
        }
        graph.output("y", graph.quantize(pool.back(), format(), {}).value(), {});
        partly += check_all(graph);
    }
    CHECK(partly > 500);
}

TEST_CASE("a chain of a hundred thousand nodes is walked without recursion") {
    Graph graph;
    NodeId x = graph.input("x", {}, port({true, 3, 2}), {});
    for (int j = 0; j < 100000; ++j) x = j % 2 == 0 ? graph.neg(x, {}) : graph.shift(x, j % 4 == 1 ? 1 : -1, {});
    graph.output("y", graph.quantize(x, low(1), {}).value(), {});
    REQUIRE(infer_forward(graph));
    CHECK(Demand(graph).of(graph.inputs()[0], 0).top == 1);
}
