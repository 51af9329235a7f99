// Graph text: what is printed can be read back.
#include <doctest/doctest.h>

#include <random>

#include "dal/graph/parse.hpp"
#include "dal/support/codes/syntax_codes.hpp"
#include "property/random_program.hpp"

using namespace dal;

namespace {

std::string round_trip(const std::string& text) {
    const auto graph = parse_graph(text);
    if (!graph) return graph.error().front().message;
    verify(*graph);
    return print(*graph);
}

std::string problem(const std::string& text) {
    const auto graph = parse_graph(text);
    REQUIRE_FALSE(graph);
    CHECK(graph.error().front().code == code::syntax_error);
    return graph.error().front().message;
}

std::string without_ranges(Graph graph) {
    for (size_t index = 0; index < graph.size(); ++index) graph[static_cast<NodeId>(index)].range.clear();
    return print(graph);
}

}  // namespace

TEST_CASE("every operation is printed and read back") {
    const std::string text =
        "%0 x = input {fixed(1, 3, 4), fixed(0, -2, 7)} : [2]\n"
        "%1 r = input real : [2]\n"
        "%2 c = constant {-0.25, 3*2^200} : [2]\n"
        "%3 = quantize %1 fixed(1, 3, 4, round: rnd_conv, overflow: sat_sym) : [2]\n"
        "%4 sum = add %0 %3 : [2]\n"
        "%5 = sub %4 %2 : [2]\n"
        "%6 = mul %5 %4 : [2]\n"
        "%7 = einsum %6 %6 %2 \"i,i,j->j\" : [2]\n"
        "%8 = shift %7 -3 : [2]\n"
        "%9 = neg %8 : [2]\n"
        "%10 = relu %9 : [2]\n"
        "%11 = abs %10 : [2]\n"
        "%12 = min %11 %0 : [2]\n"
        "%13 = max %12 %0 : [2]\n"
        "%14 = eq %13 %0 : [2]\n"
        "%15 = ne %13 %0 : [2]\n"
        "%16 = lt %13 %0 : [2]\n"
        "%17 = le %13 %0 : [2]\n"
        "%18 = select %17 %16 %15 : [2]\n"
        "%19 = bit_and %18 %14 : [2]\n"
        "%20 = bit_or %18 %14 : [2]\n"
        "%21 = bit_xor %18 %14 : [2]\n"
        "%22 = concat %0 %21 from {0:0..1, 1:1, 1:0} : [4]\n"
        "%23 = select %0 from {0:1} : []\n"
        "%24 = table %22 first -4 step 2^-1 size 2 {0, 0.5, 1, 1.5} which {0, 1, 1, 0} : [4]\n"
        "%25 = table %23 first 18446744073709551616 step 2^3 size 1 {-7} : []\n"
        "output y = %24\n"
        "output z = %25\n";
    CHECK(round_trip(text) == text);
}

TEST_CASE("ranges are skipped") {
    Graph graph;
    const NodeId x = graph.input("x", {2}, {.real = false, .formats = Format{Kif(true, 3, 0)}}, {});
    graph.output("y", graph.neg(x, {}), {});
    const std::string plain = print(graph);
    graph[x].range.assign(2, Interval(-8, 7, 0));
    CHECK(print(graph) != plain);
    CHECK(round_trip(print(graph)) == plain);
    CHECK(round_trip("").empty());
    CHECK(round_trip("%0 = constant {} : [0, 3]\n") == "%0 = constant {} : [0, 3]\n");
}

TEST_CASE("random graphs are read back as they were printed") {
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        const std::string text = without_ranges(property::random_program(seed));
        CAPTURE(seed);
        CHECK(round_trip(text) == text);
    }
}

TEST_CASE("numbers of any size are read back") {
    std::vector<Dyadic> values;
    for (const int bits : {63, 64, 65, 128, 199, 200, 201, 300})
        for (const int exponent : {-1000, -41, -40, -39, -1, 0, 1, 90, 1000}) {
            values.emplace_back(Int::pow2(bits) + 1, exponent);
            values.emplace_back(-Int::pow2(bits) + 1, exponent);
        }
    Graph graph;
    graph.constant({static_cast<int64_t>(values.size())}, values, {});
    const auto again = parse_graph(print(graph));
    REQUIRE(again);
    CHECK(std::get<op::Constant>((*again)[NodeId{0}].operation).values == values);
}

TEST_CASE("problems name the line") {
    const std::string x = "%0 x = input fixed(1, 3, 0) : [2]\n";
    CHECK(problem(x + "%2 = neg %0 : [2]\n").starts_with("line 2 of a graph: nodes are numbered"));
    CHECK(problem(x + "%1 = neg %1 : [2]\n") == "line 2 of a graph: node %1 is not above at ` : [2]`");
    CHECK(problem(x + "%1 = neg %0 : [3]\n") == "line 2 of a graph: the shape is [2], not [3] at the end");
    CHECK(problem(x + "%1 = negate %0 : [2]\n").find("there is no operation `negate`") != std::string::npos);
    CHECK(problem(x + "%1 = add %0 : [2]\n").find("`add` has 2 operands") != std::string::npos);
    CHECK(problem(x + "%1 = flip %0 from {0:2} : [1]\n").find("operand 0 has 2 elements") != std::string::npos);
    CHECK(problem(x + "%1 = flip %0 from {1:0} : [1]\n").find("there is no operand 1") != std::string::npos);
    CHECK(problem(x + "%1 = flip %0 from {0:0} : [2]\n").find("1 sources") != std::string::npos);
    CHECK(problem("%0 = constant {0.1} : []\n").find("a dyadic number") != std::string::npos);
    CHECK(problem("%0 = constant {1} : [99999999, 99999999]\n").find("too many elements") != std::string::npos);
    CHECK(problem("%0 = input fixed(1, 2147483647, 2147483647) : []\n").find("in range") != std::string::npos);
    CHECK(problem(x + "%1 = table %0 first 0 step 2^0 size 3 {1, 2} : [2]\n").find("2 entries") != std::string::npos);
    CHECK(problem("output y = %0\n").find("is not above") != std::string::npos);
    Graph graph;
    graph.constant({18}, std::vector<Dyadic>(18, Dyadic(1)), {});
    CHECK(problem(print(graph, Detail::brief)).find("a dyadic number") != std::string::npos);
}

TEST_CASE("a damaged text is read or refused, never worse") {
    std::mt19937 random(7);
    const std::string text = without_ranges(property::random_program(1, {.operations = 20}));
    REQUIRE(text.size() > 1000);
    int refused = 0;
    for (int j = 0; j < 3000; ++j) {
        std::string damaged = text;
        for (uint32_t change = 0; change <= random() % 3; ++change) {
            const size_t at = random() % damaged.size();
            if (random() % 2 == 0)
                damaged[at] = text[random() % text.size()];
            else
                damaged.erase(at, 1 + random() % 4);
        }
        const auto graph = parse_graph(damaged);
        if (graph)
            verify(*graph);
        else
            ++refused;
    }
    CHECK(refused > 1000);
}

TEST_CASE("constants say what they were quantized to") {
    const std::string text =
        "%0 c = constant {-0.25, 1} as fixed(1, 3, 4, overflow: sat) : [2]\n"
        "%1 = constant {0, 1} as {fixed(0, 0, 0), fixed(0, 2, 1)} : [2]\n"
        "%2 = add %0 %1 : [2]\n"
        "output y = %2\n";
    CHECK(round_trip(text) == text);
    CHECK(problem("%0 = constant {0, 1, 2} as {fixed(0, 1, 0), fixed(0, 2, 1)} : [3]\n").find("2 formats") !=
          std::string::npos);
}
