#include <doctest/doctest.h>

#include <cmath>
#include <ctime>

#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/batch_codes.hpp"

using namespace dal;

namespace {

Samples batch(Shape shape, const std::vector<double>& values) { return Array::from_doubles(std::move(shape), values); }

std::vector<Dyadic> values_of(const Codes& codes) {
    std::vector<Dyadic> values;
    for (int64_t sample = 0; sample < codes.samples(); ++sample)
        for (int64_t element = 0; element < codes.elements(); ++element) values.push_back(codes.value(sample, element));
    return values;
}

std::vector<Codes> run(Graph& graph, const std::vector<Samples>& inputs) {
    REQUIRE(infer_forward(graph));
    return interpret(graph, inputs).value();
}

Diagnostic problem_of(Graph& graph, const std::vector<Samples>& inputs) {
    REQUIRE(infer_forward(graph));
    const auto result = interpret(graph, inputs);
    REQUIRE_FALSE(result);
    return result.error().front();
}

}  // namespace

TEST_CASE("a dense layer by hand") {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = true, .formats = {}}, {});
    const NodeId q = g.quantize(x, Format{Kif(true, 2, 1), Round::rnd, Overflow::sat}, {}).value();
    const NodeId w = g.constant({2, 2}, {1, -2, Dyadic(1, -1), 0}, {});
    const NodeId h = g.einsum(parse_einsum("i,io->o", {}).value(), q, w, {}).value();
    const NodeId y = g.relu(g.add(h, g.constant({}, {Dyadic(1, -2)}, {}), {}).value(), {});
    g.output("y", y, {});
    g.output("q", q, {});
    const auto outputs = run(g, {batch({2, 2}, {1.25, -9.0, -1.3, 0.25})});
    // Sample 0: q = (1.5, -4); sample 1: q = (-1.5, 0.5).
    CHECK(values_of(outputs[1]) == std::vector<Dyadic>{Dyadic(3, -1), -4, Dyadic(-3, -1), Dyadic(1, -1)});
    CHECK(values_of(outputs[0]) == std::vector<Dyadic>{0, 0, 0, Dyadic(13, -2)});
}

TEST_CASE("every other operation by hand") {
    Graph g;
    const NodeId x = g.input("x", {}, {.real = false, .formats = Format{Kif(true, 7, 0)}}, {});
    const NodeId c = g.constant({2}, {3, Dyadic(-1, -1)}, {});
    g.output("sub", g.sub(x, c, {}).value(), {});
    g.output("mul", g.mul(c, x, {}).value(), {});
    g.output("shift", g.shift(x, -3, {}), {});
    g.output("neg", g.neg(x, {}), {});
    g.output("constant", c, {});
    const auto outputs = run(g, {Samples(Array::from_int64({1}, {-5}))});
    CHECK(values_of(outputs[0]) == std::vector<Dyadic>{-8, Dyadic(-9, -1)});
    CHECK(values_of(outputs[1]) == std::vector<Dyadic>{-15, Dyadic(5, -1)});
    CHECK(values_of(outputs[2]) == std::vector<Dyadic>{Dyadic(-5, -3)});
    CHECK(values_of(outputs[3]) == std::vector<Dyadic>{5});
    CHECK(values_of(outputs[4]) == std::vector<Dyadic>{3, Dyadic(-1, -1)});
    CHECK(outputs[4].f() == std::vector<int>{0, 1});
}

TEST_CASE("choices, bits, tables and movements by hand") {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = false, .formats = Format{Kif(true, 3, 1)}}, {});
    const NodeId c = g.constant({}, {Dyadic(3, -1)}, {});
    const auto out = [&](const char* name, NodeId node) { g.output(name, node, {}); };
    out("abs", g.abs(x, {}));
    out("min", g.min(x, c, {}).value());
    out("max", g.max(x, c, {}).value());
    out("eq", g.compare(Relation::eq, x, c, {}).value());
    out("ne", g.compare(Relation::ne, x, c, {}).value());
    out("lt", g.compare(Relation::lt, x, c, {}).value());
    out("le", g.compare(Relation::le, x, c, {}).value());
    out("select", g.select(x, g.constant({2, 1}, {10, 20}, {}), c, {}).value());
    out("and", g.bitwise(BitFunction::bit_and, x, c, {}).value());
    out("or", g.bitwise(BitFunction::bit_or, x, c, {}).value());
    out("xor", g.bitwise(BitFunction::bit_xor, x, c, {}).value());
    out("move", g.move("concat", {4}, {{0, 1}, {1, 0}, {0, 0}, {0, 0}}, {x, c}, {}));
    op::Table table{.first = -16, .f = 1, .size = 32, .entries = {}, .which = {1, 0}};
    std::vector<Dyadic> entries;  // first table: squares; second: halves of the codes
    for (int code = -16; code < 16; ++code) entries.emplace_back(code * code);
    for (int code = -16; code < 16; ++code) entries.emplace_back(Int(code), -1);
    table.entries = std::make_shared<const std::vector<Dyadic>>(std::move(entries));
    out("table", g.table(std::move(table), x, {}));
    out("outer", g.einsum(parse_einsum("i,j,->ij", {}).value(), {x, x, c}, {}).value());
    out("sum", g.einsum(parse_einsum("i->", {}).value(), {x}, {}).value());
    const auto outputs = run(g, {batch({2, 2}, {1.5, -2, 0, 7.5})});
    const auto expect = [&](size_t j, const std::vector<Dyadic>& first, const std::vector<Dyadic>& second) {
        CAPTURE(g.outputs()[j].name);
        std::vector<Dyadic> both = first;
        both.insert(both.end(), second.begin(), second.end());
        CHECK(values_of(outputs[j]) == both);
    };
    const Dyadic h(3, -1);  // 1.5
    expect(0, {h, 2}, {0, Dyadic(15, -1)});
    expect(1, {h, -2}, {0, h});
    expect(2, {h, h}, {h, Dyadic(15, -1)});
    expect(3, {1, 0}, {0, 0});
    expect(4, {0, 1}, {1, 1});
    expect(5, {0, 1}, {1, 0});
    expect(6, {1, 1}, {1, 0});
    expect(7, {10, 10, 20, 20}, {h, 10, h, 20});
    // In halves: 3 is 0011, -4 is …1100, 15 is 1111.
    expect(8, {h, 0}, {0, h});
    expect(9, {h, Dyadic(-1, -1)}, {h, Dyadic(15, -1)});
    expect(10, {0, Dyadic(-1, -1)}, {h, 6});
    expect(11, {-2, h, h, h}, {Dyadic(15, -1), h, 0, 0});
    expect(12, {h, 16}, {0, 225});
    expect(13, {Dyadic(27, -3), Dyadic(-9, -1), Dyadic(-9, -1), 6}, {0, 0, 0, Dyadic(675, -3)});
    expect(14, {Dyadic(-1, -1)}, {Dyadic(15, -1)});
}

TEST_CASE("choices and bits are exact at every width") {
    for (const int bits : {63, 64, 65, 128, 300}) {
        CAPTURE(bits);
        const Kif kif(true, bits - 1, 0);
        Graph g;
        const NodeId x = g.input("x", {}, {.real = false, .formats = Format{kif}}, {});
        const NodeId y = g.input("y", {}, {.real = false, .formats = Format{kif}}, {});
        g.output("lt", g.compare(Relation::lt, x, y, {}).value(), {});
        g.output("abs", g.abs(x, {}), {});
        g.output("xor", g.bitwise(BitFunction::bit_xor, x, y, {}).value(), {});
        g.output("max", g.max(x, y, {}).value(), {});
        g.output("square", g.mul(x, x, {}).value(), {});
        REQUIRE(infer_forward(g, {.width_cap = 700}));
        const int limbs = (bits + 63) / 64;
        Codes of_x({}, 1, {0}, limbs);
        Codes of_y({}, 1, {0}, limbs);
        of_x.set_code(0, 0, kif.min_code());
        of_y.set_code(0, 0, kif.max_code());
        const std::vector<Samples> inputs{Samples(of_x), Samples(of_y)};
        const auto outputs = interpret(g, inputs).value();
        CHECK(outputs[0].value(0, 0) == Dyadic(1));
        CHECK(outputs[1].value(0, 0) == Dyadic(-kif.min_code()));
        CHECK(outputs[2].value(0, 0) == Dyadic(-1));
        CHECK(outputs[3].value(0, 0) == Dyadic(kif.max_code()));
        CHECK(outputs[4].value(0, 0) == Dyadic(kif.min_code() * kif.min_code()));
    }
}

TEST_CASE("a real value is moved exactly") {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = true, .formats = {}}, {});
    const NodeId zero = g.constant({}, {Dyadic(1, -3)}, {});
    const NodeId padded = g.move("pad", {3}, {{0, 1}, {1, 0}, {0, 0}}, {x, zero}, {});
    g.output("y", g.quantize(padded, Format{Kif(true, 3, 2), Round::rnd, Overflow::sat}, {}).value(), {});
    const auto outputs = run(g, {batch({1, 2}, {0.3, 1e300})});
    CHECK(values_of(outputs[0]) == std::vector<Dyadic>{Dyadic(31, -2), Dyadic(1, -2), Dyadic(1, -2)});
}

TEST_CASE("codes are exact at every width, signed and unsigned") {
    for (const int bits : {1, 63, 64, 65, 127, 128, 129, 200, 300})
        for (const bool keep_negative : {false, true}) {
            CAPTURE(bits);
            CAPTURE(keep_negative);
            const Kif kif(keep_negative, bits - static_cast<int>(keep_negative), 0);
            Graph g;
            const NodeId x = g.input("x", {2}, {.real = false, .formats = Format{kif}}, {});
            g.output("x", x, {});
            g.output("y", g.mul(x, g.constant({}, {Dyadic(3, -7)}, {}), {}).value(), {});
            const int limbs = (bits + (keep_negative ? 0 : 1) + 63) / 64;
            Codes codes({2}, 1, {0, 0}, limbs);
            codes.set_code(0, 0, kif.min_code());
            codes.set_code(0, 1, kif.max_code());
            const auto outputs = run(g, {Samples(codes)});
            CHECK(outputs[0].limbs() == limbs);
            CHECK_FALSE(first_difference(outputs[0], codes));
            CHECK(outputs[1].f() == std::vector<int>{7, 7});
            CHECK(outputs[1].code(0, 0) == kif.min_code() * 3);
            CHECK(outputs[1].code(0, 1) == kif.max_code() * 3);
        }
}

TEST_CASE("a real input is used exactly") {
    Graph g;
    const NodeId x = g.input("x", {}, {.real = true, .formats = {}}, {});
    g.output("down", g.quantize(x, Format{Kif(true, 3, 0), Round::rnd_min_inf, Overflow::sat}, {}).value(), {});
    g.output("wrapped", g.quantize(x, Format{Kif(false, 3, 0)}, {}).value(), {});
    const double above = std::nextafter(0.5, 1.0);
    const auto outputs = run(g, {batch({4}, {0.5, above, 1e300, -5e-324})});
    CHECK(values_of(outputs[0]) == std::vector<Dyadic>{0, 1, 7, 0});
    CHECK(values_of(outputs[1]) == std::vector<Dyadic>{0, 0, 0, 7});
}

TEST_CASE("values that the program does not accept are named") {
    Graph g;
    const NodeId x = g.input("x", {2, 2}, {.real = false, .formats = Format{Kif(false, 2, 1)}}, {});
    const NodeId r = g.input("r", {}, {.real = true, .formats = {}}, {});
    g.output("y", g.relu(x, {}), {});
    (void)r;
    const std::vector<double> good(8, 3.5);
    const auto message = [&](std::vector<double> xs, double second) {
        const Diagnostic d = problem_of(g, {batch({2, 2, 2}, xs), batch({2}, {0.1, second})});
        CHECK(d.code == code::bad_sample);
        return d.message;
    };
    auto bad = good;
    bad[6] = 4;
    CHECK(message(bad, 0) == "sample 1 of `x` at [1, 0] is 4, which is not a value of `fixed(0, 2, 1)`");
    bad[6] = 0.25;
    CHECK(message(bad, 0) == "sample 1 of `x` at [1, 0] is 0.25, which is not a value of `fixed(0, 2, 1)`");
    bad[6] = -0.5;
    CHECK(message(bad, 0) == "sample 1 of `x` at [1, 0] is -0.5, which is not a value of `fixed(0, 2, 1)`");
    CHECK(message(good, std::nan("")) == "sample 1 of `r` is not a finite number");
    CHECK(message(good, -INFINITY) == "sample 1 of `r` is not a finite number");
}

TEST_CASE("batches that do not fit are refused") {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = false, .formats = Format{Kif(false, 2, 1)}}, {});
    g.input("z", {}, {.real = true, .formats = {}}, {});
    g.output("y", x, {});
    const auto message = [&](const std::vector<Samples>& inputs) {
        const Diagnostic d = problem_of(g, inputs);
        CHECK(d.code == code::bad_batch);
        return d.message;
    };
    CHECK(message({batch({1, 2}, {0, 0})}) == "got data for 1 input, the program has 2 inputs: `x`, `z`");
    CHECK(message({batch({1, 3}, {0, 0, 0}), batch({1}, {0})}) ==
          "the data for `x` has samples of shape [3], the input is [2]");
    CHECK(message({batch({1, 2}, {0, 0}), batch({2}, {0, 0})}) ==
          "the data for `z` has 2 samples, the data for `x` has 1");
    CHECK(run(g, {batch({0, 2}, {}), batch({0}, {})}).front().samples() == 0);
}

TEST_CASE("a value outside its inferred range is an internal error") {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = false, .formats = Format{Kif(true, 2, 0)}}, {});
    const NodeId y = g.neg(x, {});
    g[y].name = "minus";
    g.output("y", y, {});
    REQUIRE(infer_forward(g));
    g[y].range[1] = Interval(-3, 3, 0);
    const std::vector<Samples> fine{batch({1, 2}, {-4, 3})};
    const std::vector<Samples> outside{batch({2, 2}, {-4, 3, 0, -4})};
    CHECK(interpret(g, fine));
    std::string text;
    try {
        (void)interpret(g, outside);
    } catch (const InternalError& e) {
        text = e.what();
    }
    CHECK(text.starts_with("node %1 (neg minus) element 1 of sample 1 is 4, inferred [-3, 3] step 2^0"));
}

TEST_CASE("a program without inputs is one sample") {
    Graph g;
    g.output("c", g.constant({}, {Dyadic(5, -1)}, {}), {});
    const auto outputs = run(g, {});
    CHECK(values_of(outputs[0]) == std::vector<Dyadic>{Dyadic(5, -1)});
}

TEST_CASE("a network of 16-64-32-32-5 takes seconds at most") {
    Graph g;
    const std::vector<int64_t> widths{16, 64, 32, 32, 5};
    NodeId h = g.input("x", {16}, {.real = true, .formats = {}}, {});
    for (size_t layer = 0; layer + 1 < widths.size(); ++layer) {
        const NodeId q = g.quantize(h, Format{Kif(true, 3, 6), Round::rnd, Overflow::sat}, {}).value();
        const int64_t n = widths[layer] * widths[layer + 1];
        std::vector<Dyadic> weights;
        for (int64_t j = 0; j < n; ++j) weights.emplace_back(Int((j * 7919 + 13) % 255 - 127), -7);
        h = g.relu(g.einsum(parse_einsum("i,io->o", {}).value(), q,
                            g.constant({widths[layer], widths[layer + 1]}, weights, {}), {})
                       .value(),
                   {});
    }
    g.output("y", h, {});
    constexpr int64_t samples = 256;
    std::vector<double> x;
    for (int64_t j = 0; j < samples * 16; ++j) x.push_back(std::sin(static_cast<double>(j)) * 8);
    REQUIRE(infer_forward(g));
    const std::vector<Samples> inputs{batch({samples, 16}, x)};
    const std::clock_t start = std::clock();  // of the processor, so that other programs do not count
    REQUIRE(interpret(g, inputs));
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    MESSAGE(samples << " samples: " << seconds << " s");
    CHECK(seconds < 10);
}
