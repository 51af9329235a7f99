// Comparisons with numbers that no format holds: each value of the variable on its side of the number that was meant.
#include <doctest/doctest.h>

#include "dal/infer/forward/forward.hpp"
#include "dal/support/codes/size_codes.hpp"

using namespace dal;

namespace {

bool holds(Relation relation, const Rational& a, const Rational& b) {
    switch (relation) {
        case Relation::eq: return a == b;
        case Relation::ne: return a != b;
        case Relation::lt: return a < b;
        case Relation::le: return a <= b;
    }
    return false;
}

/// The chosen value must be in the same relation to every value of the format as `number` is.
void check_all(const Kif& kif, Relation relation, bool is_right, const Rational& number) {
    Graph graph;
    const NodeId x = graph.input("x", {}, {.real = false, .formats = Format{kif}}, {});
    const NodeId c = graph.compared_constant({}, {number}, {});
    const auto result = is_right ? graph.compare(relation, x, c, {}) : graph.compare(relation, c, x, {});
    REQUIRE(result);
    graph.output("y", *result, {});
    REQUIRE(infer_forward(graph));
    const Rational chosen = std::get<op::Constant>(graph[c].operation).values[0];
    CHECK(graph[c].range[0] == Interval::constant(chosen.numerator()));
    bool any = false;
    bool all = true;
    for (Int code = kif.min_code(); code <= kif.max_code(); code = code + 1) {
        const Rational value(Dyadic(code, -int64_t{kif.f}));
        const bool expected = is_right ? holds(relation, value, number) : holds(relation, number, value);
        const bool got = is_right ? holds(relation, value, chosen) : holds(relation, chosen, value);
        INFO(value.to_string(), " beside ", number.to_string(), ", for which stands ", chosen.to_string());
        CHECK(expected == got);
        any = any || expected;
        all = all && expected;
    }
    CHECK(graph[*result].range[0] == Interval(Int(all ? 1 : 0), Int(any ? 1 : 0), 0));
}

}  // namespace

TEST_CASE("comparisons with fractions are decided as if they were exact") {
    const Kif formats[] = {{1, 2, 2}, {0, 0, 5}, {1, 5, -2}, {0, -1, 4}, {1, 3, 0}};
    for (const Kif& kif : formats)
        for (int numerator = -50; numerator <= 50; numerator += 3)
            for (const int denominator : {3, 7, 10})
                for (const Relation relation : {Relation::eq, Relation::ne, Relation::lt, Relation::le})
                    for (const bool is_right : {false, true})
                        check_all(kif, relation, is_right, Rational(Dyadic(numerator), Int(denominator)));
}

TEST_CASE("numbers far away and of many digits") {
    const Rational third(Dyadic(Int(1)), Int(3));
    for (const int64_t shift : {-400, -40, 40, 400})
        for (const Relation relation : {Relation::eq, Relation::ne, Relation::lt, Relation::le})
            for (const bool is_right : {false, true})
                for (const int sign : {-1, 1})
                    check_all({1, 3, 2}, relation, is_right, third * Rational(Dyadic(Int(sign), shift)));
}

TEST_CASE("a tensor beside numbers of which some are multiples of powers of two") {
    Graph graph;
    op::Input port{.real = false, .formats = FormatMap(std::vector<Format>{Format{{0, 1, 1}}, Format{{0, 1, 300}}})};
    const NodeId x = graph.input("x", {2}, port, {});
    const Rational tenth(Dyadic(Int(1)), Int(10));
    const NodeId c = graph.compared_constant({2}, {Rational(Dyadic(Int(1), -2)), tenth}, {});
    const auto y = graph.compare(Relation::le, x, c, {});
    REQUIRE(infer_forward(graph));
    const auto& values = std::get<op::Constant>(graph[c].operation).values;
    CHECK(values[0] == Dyadic(Int(1), -2));
    CHECK(values[1] == Dyadic(tenth.floor_scaled(300), -300));
    CHECK(graph[*y].size() == 2);
}

TEST_CASE("a grid finer than real numbers are told apart on is refused") {
    Graph graph;
    const NodeId x = graph.input("x", {}, {.real = false, .formats = Format{{0, -8190, 8193}}}, {});
    const NodeId c = graph.compared_constant({}, {Rational(Dyadic(Int(1)), Int(3))}, {});
    REQUIRE(graph.compare(Relation::lt, x, c, {}));
    const auto inferred = infer_forward(graph);
    REQUIRE_FALSE(inferred);
    CHECK(inferred.error().front().code == code::width_cap);
}
