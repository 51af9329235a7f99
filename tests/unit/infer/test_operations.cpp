// Ranges of whole nodes against all values of their inputs: nothing is left out, and where it is claimed nothing is
// added. The arithmetic of single intervals has its own tests in tests/unit/numeric.
#include <doctest/doctest.h>

#include <functional>

#include "dal/infer/forward/forward.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "dal/support/codes/real_codes.hpp"
#include "dal/support/codes/size_codes.hpp"

using namespace dal;

namespace {

using Values = std::vector<Dyadic>;

/// A graph whose inputs are scalars a, b, c or vectors of them.
struct Ports {
    Graph graph;
    std::vector<NodeId> inputs;
    std::vector<Kif> kifs;  // of each element of each input, in order

    NodeId add(const Shape& shape, const Kif& kif) {
        const std::string name(1, static_cast<char>('a' + inputs.size()));
        inputs.push_back(graph.input(name, shape, {.real = false, .formats = Format{kif}}, {}));
        kifs.insert(kifs.end(), static_cast<size_t>(element_count(shape)), kif);
        return inputs.back();
    }
};

/// Hull of `reference` over all values of the inputs: element e of the result from the values of all elements.
std::vector<Interval> hulls(const std::vector<Kif>& kifs, const std::function<Values(const Values&)>& reference) {
    std::vector<Int> codes;
    for (const Kif& kif : kifs) codes.push_back(kif.min_code());
    std::vector<Interval> result;
    for (bool more = true; more;) {
        Values values;
        for (size_t j = 0; j < kifs.size(); ++j) values.emplace_back(codes[j], -int64_t{kifs[j].f});
        const Values results = reference(values);
        for (size_t e = 0; e < results.size(); ++e) {
            const Interval one = Interval::constant(results[e]);
            if (e == result.size())
                result.push_back(one);
            else
                result[e] = result[e].hull(one);
        }
        more = false;
        for (size_t j = 0; j < codes.size() && !more; ++j) {
            more = codes[j] < kifs[j].max_code();
            codes[j] = more ? codes[j] + 1 : kifs[j].min_code();
        }
    }
    return result;
}

void check(Ports& ports, NodeId node, const std::function<Values(const Values&)>& reference, bool tight = true) {
    REQUIRE(infer_forward(ports.graph));
    const auto expected = hulls(ports.kifs, reference);
    const auto& got = ports.graph[node].range;
    REQUIRE(got.size() == expected.size());
    for (size_t e = 0; e < got.size(); ++e) {
        CAPTURE(e);
        if (tight)
            CHECK(got[e].to_string() == expected[e].to_string());
        else
            CHECK(got[e].contains(expected[e]));
    }
}

const Kif small_kifs[] = {Kif(true, 2, 0), Kif(false, 2, 1), Kif(true, 1, 1), Kif(false, 1, -0), Kif(false, 3, -1)};

Source from(uint32_t operand, int64_t element) { return {operand, element}; }

}  // namespace

TEST_CASE("select is the hull of what its condition lets through") {
    for (const Kif& c : small_kifs)
        for (const Kif& a : small_kifs)
            for (const Kif& b : small_kifs) {
                Ports p;
                const NodeId condition = p.add({}, c);
                const NodeId x = p.add({}, a);
                const NodeId y = p.add({}, b);
                check(p, p.graph.select(condition, x, y, {}).value(),
                      [](const Values& v) { return Values{v[0].is_zero() ? v[2] : v[1]}; });
            }
    for (const int constant : {-1, 0, 5}) {  // decided: one branch
        Ports p;
        const NodeId x = p.add({}, Kif(true, 2, 0));
        const NodeId y = p.add({}, Kif(false, 3, 2));
        check(p, p.graph.select(p.graph.constant({}, {constant}, {}), x, y, {}).value(),
              [&](const Values& v) { return Values{constant == 0 ? v[1] : v[0]}; });
    }
    Ports p;  // never 0, and broadcasting
    const NodeId x = p.add({2}, Kif(false, 2, 0));
    const NodeId above = p.graph.add(x, p.graph.constant({}, {1}, {}), {}).value();
    check(p, p.graph.select(above, x, p.graph.constant({2, 1}, {100, 200}, {}), {}).value(),
          [](const Values& v) { return Values{v[0], v[1], v[0], v[1]}; });
}

TEST_CASE("equal operands are seen, through data movement too") {
    for (const Kif& kif : small_kifs) {
        const auto pair = [&](auto&& build, auto&& reference) {
            Ports p;
            const NodeId x = p.add({}, kif);
            const NodeId moved = p.graph.move("flip", {2}, {from(0, 0), from(0, 0)}, {x}, {});
            const NodeId again = p.graph.move("slice", {}, {from(0, 1)}, {moved}, {});
            check(p, build(p.graph, x, x), [&](const Values& v) { return Values{reference(v[0])}; });
            check(p, build(p.graph, again, x), [&](const Values& v) { return Values{reference(v[0])}; });
        };
        const Span s{};
        pair([&](Graph& g, NodeId x, NodeId y) { return g.mul(x, y, s).value(); },
             [](const Dyadic& v) { return v * v; });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.sub(x, y, s).value(); },
             [](const Dyadic&) { return Dyadic(); });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.min(x, y, s).value(); }, [](const Dyadic& v) { return v; });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.max(x, y, s).value(); }, [](const Dyadic& v) { return v; });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.compare(Relation::eq, x, y, s).value(); },
             [](const Dyadic&) { return Dyadic(1); });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.compare(Relation::ne, x, y, s).value(); },
             [](const Dyadic&) { return Dyadic(0); });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.compare(Relation::lt, x, y, s).value(); },
             [](const Dyadic&) { return Dyadic(0); });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.compare(Relation::le, x, y, s).value(); },
             [](const Dyadic&) { return Dyadic(1); });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.bitwise(BitFunction::bit_and, x, y, s).value(); },
             [](const Dyadic& v) { return v; });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.bitwise(BitFunction::bit_or, x, y, s).value(); },
             [](const Dyadic& v) { return v; });
        pair([&](Graph& g, NodeId x, NodeId y) { return g.bitwise(BitFunction::bit_xor, x, y, s).value(); },
             [](const Dyadic&) { return Dyadic(); });
        pair([&](Graph& g, NodeId x,
                 NodeId y) { return g.einsum(parse_einsum(",,->", {}).value(), {x, y, x}, s).value(); },
             [](const Dyadic& v) { return v * v * v; });
    }
}

TEST_CASE("neighbours are not taken for equals") {
    Ports p;
    const NodeId x = p.add({2}, Kif(true, 2, 0));
    const NodeId flipped = p.graph.move("flip", {2}, {from(0, 1), from(0, 0)}, {x}, {});
    check(p, p.graph.mul(x, flipped, {}).value(), [](const Values& v) { return Values{v[0] * v[1], v[0] * v[1]}; });
    check(p, p.graph.sub(x, flipped, {}).value(), [](const Values& v) { return Values{v[0] - v[1], v[1] - v[0]}; });
    const NodeId column = p.graph.move("reshape", {2, 1}, {from(0, 0), from(0, 1)}, {x}, {});
    check(p, p.graph.mul(x, column, {}).value(),
          [](const Values& v) { return Values{v[0] * v[0], v[0] * v[1], v[0] * v[1], v[1] * v[1]}; });
}

TEST_CASE("comparisons and bit operations of nodes follow their relation") {
    for (const Kif& a : small_kifs)
        for (const Kif& b : small_kifs) {
            Ports p;
            const NodeId x = p.add({}, a);
            const NodeId y = p.add({}, b);
            const NodeId shifted = p.graph.add(y, p.graph.constant({}, {4}, {}), {}).value();  // on every grid here
            const auto relation = [&](Relation r, auto&& holds) {
                check(p, p.graph.compare(r, x, shifted, {}).value(),
                      [&](const Values& v) { return Values{Dyadic(holds(v[0], v[1] + Dyadic(4)) ? 1 : 0)}; });
            };
            relation(Relation::eq, [](const Dyadic& m, const Dyadic& n) { return m == n; });
            relation(Relation::ne, [](const Dyadic& m, const Dyadic& n) { return m != n; });
            relation(Relation::lt, [](const Dyadic& m, const Dyadic& n) { return m < n; });
            relation(Relation::le, [](const Dyadic& m, const Dyadic& n) { return m <= n; });
            check(p, p.graph.max(x, shifted, {}).value(),
                  [](const Values& v) { return Values{std::max(v[0], v[1] + Dyadic(4))}; });
            check(p, p.graph.abs(p.graph.neg(x, {}), {}),
                  [](const Values& v) { return Values{v[0].is_negative() ? -v[0] : v[0]}; });
            const auto bits = [&](BitFunction function, auto&& apply) {
                check(p, p.graph.bitwise(function, x, y, {}).value(), [&](const Values& v) {
                    const int64_t m = v[0].code(1)->to_int64();
                    const int64_t n = v[1].code(1)->to_int64();
                    return Values{Dyadic(Int(static_cast<long>(apply(m, n))), -1)};
                });
            };
            bits(BitFunction::bit_and, std::bit_and<>());
            bits(BitFunction::bit_or, std::bit_or<>());
            bits(BitFunction::bit_xor, std::bit_xor<>());
        }
}

TEST_CASE("einsums of constants and variables are sums of independent products") {
    const auto spec = [](const char* text) { return parse_einsum(text, {}).value(); };
    {  // constants on both sides of a variable, one with a letter of its own that is summed first
        Ports p;
        const NodeId x = p.add({2}, Kif(true, 2, 1));
        const NodeId u = p.graph.constant({2, 3}, {1, -1, Dyadic(1, -2), 2, -2, 0}, {});
        const NodeId w = p.graph.constant({2}, {3, -5}, {});
        check(p, p.graph.einsum(spec("ij,i,i->"), {u, x, w}, {}).value(),
              [](const Values& v) { return Values{v[0] * Dyadic(3, -2) + Dyadic()}; });
        check(p, p.graph.einsum(spec("ij,i,k->j"), {u, x, w}, {}).value(), [](const Values& v) {
            const Dyadic w_sum = -2;
            return Values{(v[0] + v[1] * Dyadic(2)) * w_sum, (-v[0] - v[1] * Dyadic(2)) * w_sum,
                          v[0] * Dyadic(1, -2) * w_sum};
        });
    }
    {  // a dot product of two variables with weights; a zero weight contributes nothing
        Ports p;
        const NodeId x = p.add({2}, Kif(true, 1, 0));
        const NodeId y = p.add({2}, Kif(false, 1, 1));
        const NodeId w = p.graph.constant({2}, {Dyadic(-3, -1), 0}, {});
        check(p, p.graph.einsum(spec("i,i->"), {x, y}, {}).value(),
              [](const Values& v) { return Values{v[0] * v[2] + v[1] * v[3]}; });
        check(p, p.graph.einsum(spec("i,i,i->"), {x, w, y}, {}).value(),
              [](const Values& v) { return Values{v[0] * v[2] * Dyadic(-3, -1)}; });
    }
    {  // sums of squares are never negative; other correlations only make the range too wide
        Ports p;
        const NodeId x = p.add({2}, Kif(true, 2, 1));
        check(p, p.graph.einsum(spec("i,i->"), {x, x}, {}).value(),
              [](const Values& v) { return Values{v[0] * v[0] + v[1] * v[1]}; });
        check(
            p, p.graph.einsum(spec("i,j->"), {x, x}, {}).value(),
            [](const Values& v) { return Values{(v[0] + v[1]) * (v[0] + v[1])}; }, false);
        check(p, p.graph.einsum(spec("i->"), {x}, {}).value(), [](const Values& v) { return Values{v[0] + v[1]}; });
    }
    {  // nothing but constants
        Ports p;
        const NodeId w = p.graph.constant({2}, {3, -5}, {});
        check(p, p.graph.einsum(spec("i,j,i->j"), {w, w, w}, {}).value(),
              [](const Values&) { return Values{3 * 34, -5 * 34}; });
    }
}

TEST_CASE("a table has the hull of the entries that its operand reaches") {
    Values list;  // codes -8 to 12 in halves; the odd ones, which whole numbers skip, are finer and larger
    for (int code = -8; code <= 12; ++code)
        list.push_back(code % 2 == 0 ? Dyadic(Int(code * 7 % 5), 1) : Dyadic(Int(code * 5), -std::abs(code)));
    const auto entries = std::make_shared<const Values>(list);
    const op::Table table{.first = -8, .f = 1, .size = 21, .entries = entries, .which = {}};
    const auto entry = [&](const Dyadic& value) {
        return (*entries)[static_cast<size_t>((value.code(1).value() + 8).to_int64())];
    };
    for (const Kif& kif : small_kifs) {
        Ports p;
        const NodeId x = p.add({}, kif);
        check(p, p.graph.table(table, x, {}), [&](const Values& v) { return Values{entry(v[0])}; });
        check(p, p.graph.table(table, p.graph.relu(x, {}), {}),
              [&](const Values& v) { return Values{entry(std::max(v[0], Dyadic(0)))}; });
    }
    Ports q;  // a table for each element
    const NodeId y = q.add({2}, Kif(false, 1, 0));
    op::Table two{.first = 0,
                  .f = 0,
                  .size = 2,
                  .entries = std::make_shared<const Values>(Values{1, 2, 30, 40}),
                  .which = {1, 0}};
    check(q, q.graph.table(two, y, {}),
          [](const Values& v) { return Values{v[0].is_zero() ? 30 : 40, v[1].is_zero() ? 1 : 2}; });
}

TEST_CASE("operands outside of a table are reported") {
    const auto message = [](const Kif& kif) {
        Graph g;
        const NodeId x = g.input("x", {2}, {.real = false, .formats = Format{kif}}, {});
        op::Table table{.first = -2, .f = 0, .size = 4, .entries = std::make_shared<const Values>(4), .which = {}};
        g.output("y", g.relu(g.table(table, x, {}), {}), {});
        const auto result = infer_forward(g);
        if (result) return std::string();
        REQUIRE(result.error().size() == 1);
        const Diagnostic& d = result.error().front();
        CHECK(d.code == code::table_domain);
        CHECK(d.message == "`x` at [0] is not always in the domain of the table");
        CHECK(d.help.front() ==
              "quantize the operand to the format of the table: `quantize(x, fixed(1, 1, 0, overflow: sat))`");
        return d.label;
    };
    CHECK(message(Kif(true, 1, 0)).empty());
    CHECK(message(Kif(true, 0, 0)).empty());
    CHECK(message(Kif(true, 2, 0)) == "the operand is in [-4, 3] step 2^0, the table in [-2, 1] step 2^0");
    CHECK(message(Kif(true, 1, 1)) == "the operand is in [-2, 1.5] step 2^-1, the table in [-2, 1] step 2^0");
    CHECK(message(Kif(true, 300, 0)).starts_with("the operand is in [-"));
}

TEST_CASE("real values may be moved, and are quantized as what they are") {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = true, .formats = {}}, {});
    const NodeId n = g.input("n", {}, {.real = false, .formats = Format{Kif(false, 2, 0)}}, {});
    const NodeId c = g.constant({}, {Dyadic(5, -3)}, {});
    const NodeId moved = g.move("concat", {4}, {from(0, 1), from(1, 0), from(2, 0), from(0, 0)}, {x, c, n}, {});
    const NodeId again = g.move("flip", {4}, {from(0, 3), from(0, 2), from(0, 1), from(0, 0)}, {moved}, {});
    const NodeId y = g.quantize(again, Format{Kif(true, 1, 2), Round::rnd, Overflow::sat}, {}).value();
    REQUIRE(infer_forward(g));
    CHECK(g[moved].range.empty());
    CHECK(g[y].range == std::vector<Interval>{Interval(-8, 7, 2), Interval(0, 7, 2), Interval::constant(Dyadic(3, -2)),
                                              Interval(-8, 7, 2)});
}

TEST_CASE("arithmetic on a moved real names its inputs") {
    Graph g;
    const NodeId fill = g.constant({}, {0}, {});
    const NodeId a = g.input("a", {1}, {.real = true, .formats = {}}, {});
    const NodeId b = g.input("b", {1}, {.real = true, .formats = {}}, {});
    const NodeId moved = g.move("concat", {3}, {from(0, 0), from(1, 0), from(2, 0)}, {fill, b, a}, {});
    const NodeId again = g.move("flip", {3}, {from(0, 2), from(0, 1), from(0, 0)}, {moved}, {});
    g.compare(Relation::lt, again, fill, {}).value();
    g.output("z", again, {});
    const auto result = infer_forward(g);
    REQUIRE_FALSE(result);
    REQUIRE(result.error().size() == 2);
    CHECK(result.error()[0].message == "`b` is an unquantized real in `<`");
    REQUIRE(result.error()[0].secondary.size() == 2);
    CHECK(result.error()[0].secondary[1].text == "`a` is real");
    CHECK(result.error()[1].code == code::real_output);
    CHECK(result.error()[1].help == std::vector<std::string>{"quantize it: `quantize(b, fixed(1, 3, 4))`"});
}

TEST_CASE("the chain of growth goes through every operation") {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = false, .formats = Format{Kif(true, 299, 0)}}, {});
    const NodeId n = g.input("n", {}, {.real = false, .formats = Format{Kif(true, 3, 0)}}, {});
    NodeId h = g.move("slice", {}, {from(0, 1)}, {x}, {});
    h = g.max(n, h, {}).value();
    h = g.select(g.compare(Relation::lt, n, h, {}).value(), n, h, {}).value();
    h = g.einsum(parse_einsum(",,->", {}).value(), {n, h, h}, {}).value();
    const auto result = infer_forward(g);
    REQUIRE_FALSE(result);
    const Diagnostic& d = result.error().front();
    CHECK(d.code == code::width_cap);
    REQUIRE(d.secondary.size() == 4);
    CHECK(d.secondary[0].text.starts_with("`select` has 300 bits"));
    CHECK(d.secondary[1].text.starts_with("`max` has 300 bits"));
    CHECK(d.secondary[2].text.starts_with("`slice` has 300 bits"));
    CHECK(d.secondary[3].text == "`x` has 300 bits at [1]");
}

TEST_CASE("long chains of movements are inferred in linear time") {
    Graph g;
    NodeId x = g.input("x", {4}, {.real = false, .formats = Format{Kif(true, 3, 0)}}, {});
    for (int j = 0; j < 30'000; ++j) {
        x = g.move("flip", {4}, {from(0, 3), from(0, 2), from(0, 1), from(0, 0)}, {x}, {});
        (void)g.min(x, x, {}).value();
    }
    REQUIRE(infer_forward(g));
    CHECK(g[x].range.front() == Interval(-8, 7, 0));
}
