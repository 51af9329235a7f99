// A program written in C++ and as text has the same Graph text.
#include <doctest/doctest.h>

#include <dal/dal.hpp>

using namespace dal::edsl;

namespace {

std::string text_graph(const std::string& text) { return dal::compile(text).graph_text(); }
std::string built_graph(Program& p) {
    p.check();
    return p.graph_text();
}

}  // namespace

TEST_CASE("a dense layer: names, constants and order of nodes") {
    Program p;
    const Tensor x = p.input("x", real, {2});
    const Tensor w = constant({{1, -2, 3}, {0.5, 0, 1}});
    const Tensor h =
        let("h", relu(einsum("i,io->o", quantize(x, fixed(1, 3, 4, {.round = rnd, .overflow = sat})), w)) + 1);
    p.output("y", h << 1);
    CHECK(built_graph(p) == text_graph(R"(
        param w = [[1, -2, 3], [0.5, 0, 1]]
        input x: real[2]
        let h = relu(einsum("i,io->o", quantize(x, fixed(1, 3, 4, round: rnd, overflow: sat)), w)) + 1
        output y = h << 1
    )"));
}

TEST_CASE("operators") {
    Program p;
    const Tensor a = p.input("a", integer(5), {4});
    const Tensor b = p.input("b", fixed(0, 2, 2), {4});
    p.output("arithmetic", a + b - 3 * a * b);
    p.output("shifts", (a << 3) - (b >> 2));
    p.output("compares", (a == b) + (a != b) + (a < b) + (a <= b) + (a > b) + (a >= b));
    p.output("bits", (a & 6) | (b ^ ~a));
    p.output("logic", !a + -b);
    p.output("constants", a + constant({1, 2, 3, 4}) * 2 / 4 % 3);
    CHECK(built_graph(p) == text_graph(R"(
        input a: int(5)[4]
        input b: fixed(0, 2, 2)[4]
        output arithmetic = a + b - 3 * a * b
        output shifts = (a << 3) - (b >> 2)
        output compares = (a == b) + (a != b) + (a < b) + (a <= b) + (a > b) + (a >= b)
        output bits = (a & 6) | (b ^ ~a)
        output logic = !a + -b
        output constants = a + [1, 2, 3, 4] * 2 / 4 % 3
    )"));
}

TEST_CASE("functions element by element, and of bits") {
    Program p;
    const Tensor a = p.input("a", integer(5), {4});
    const Tensor b = p.input("b", fixed(0, 2, 2), {4});
    p.output("elements", abs(a) + sign(a) + is_negative(a) + min(a, b) + max(a, 0) + clip(a, -2, 3));
    p.output("choice", select(a, b, 1));
    p.output("some", bits(a, 1, 2) + bit(a, 0));
    p.output("back", from_bits(to_bits(a, 5)));
    p.output("product", matmul(a, b) + einsum("i,j,k->ik", a, b, a)[0]);
    p.output("summed", einsum("i->", a));
    CHECK(built_graph(p) == text_graph(R"(
        input a: int(5)[4]
        input b: fixed(0, 2, 2)[4]
        output elements = abs(a) + sign(a) + is_negative(a) + min(a, b) + max(a, 0) + clip(a, -2, 3)
        output choice = select(a, b, 1)
        output some = bits(a, 1, 2) + bit(a, 0)
        output back = from_bits(to_bits(a, 5))
        output product = a @ b + einsum("i,j,k->ik", a, b, a)[0]
        output summed = einsum("i->", a)
    )"));
}

TEST_CASE("reductions") {
    Program p;
    const Tensor x = p.input("x", integer(4), {2, 4});
    p.output("all_of", sum(x) + max(x) + min(x) + any(x) + all(x) + mean(x));
    p.output("some", sum(x, {.axis = 0}) + max(x, {.axis = {0}, .keep = true}) + prod(x, {.axis = -2}));
    p.output("first", argmax(x, {.axis = 1}) - argmin(x, {.axis = 1}));
    p.output("order", sort(x) + sort(x, {.axis = 1, .descending = true}) + cumsum(x, 1));
    CHECK(built_graph(p) == text_graph(R"(
        input x: int(4)[2, 4]
        output all_of = sum(x) + max(x) + min(x) + any(x) + all(x) + mean(x)
        output some = sum(x, axis: 0) + max(x, axis: [0], keep: true) + prod(x, axis: -2)
        output first = argmax(x, axis: 1) - argmin(x, axis: 1)
        output order = sort(x) + sort(x, axis: 1, descending: true) + cumsum(x, axis: 1)
    )"));
}

TEST_CASE("data movement") {
    Program p;
    const Tensor x = p.input("x", integer(4), {2, 4});
    p.output("shapes", reshape(x, {4, -1}) + transpose(x) + transpose(x, {1, 0}) + flatten(x)[0]);
    p.output("index", x[1] + x[-1][slice(1, 3)][0] + x.at({all_axes, 0})[1] + x.at({0, Slice{.step = -1}}));
    p.output("axes", x.at({new_axis, all_axes}) + x.at({all_axes, new_axis, 2}));
    p.output("lists", x.at({0, constant({0, 2})}) + gather(x, constant({1, 0}), 1)[0]);
    p.output("joined", concat({x, x * 2}, 1)[0] + stack({x, x})[1][0][0]);
    p.output("around", pad(x, {0, 1}, {1, 0}, 3));
    p.output("again", repeat(x, 2) + tile(x, 2) + flip(broadcast_to(x[0], {4, 4}), 1));
    p.output("slides", windows(x, {2}, {.stride = {2}, .axes = {1}}));
    p.output("constants", x + zeros({4}) + ones({4}) + full({4}, 2) + iota(4) + eye(4)[slice(0, 2)]);
    CHECK(built_graph(p) == text_graph(R"(
        input x: int(4)[2, 4]
        output shapes = reshape(x, [4, -1]) + transpose(x) + transpose(x, [1, 0]) + flatten(x)[0]
        output index = x[1] + x[-1][1:3][0] + x[.., 0][1] + x[0, ::-1]
        output axes = x[_, ..] + x[.., _, 2]
        output lists = x[0, [0, 2]] + gather(x, [1, 0], 1)[0]
        output joined = concat(x, x * 2, axis: 1)[0] + stack(x, x)[1][0][0]
        output around = pad(x, [0, 1], [1, 0], 3)
        output again = repeat(x, 2) + tile(x, 2) + flip(broadcast_to(x[0], [4, 4]), 1)
        output slides = windows(x, 2, stride: 2, axes: 1)
        output constants = x + zeros(4) + ones(4) + full(4, 2) + iota(4) + eye(4)[0:2]
    )"));
}

TEST_CASE("tables: formulas of real numbers, several parameters, data") {
    Program p;
    const Tensor v = p.input("v", fixed(1, 1, 2), {3});
    const Tensor n = p.input("n", unsigned_integer(2), {3});
    const Table squash = table("squash", fixed(1, 1, 2), fixed(0, 0, 8, {.round = rnd_conv, .overflow = sat}),
                               [](const Number& u) { return 1 / (1 + exp(-u)); });
    const Table both = table("both", {fixed(1, 1, 2), unsigned_integer(2)}, fixed(1, 4, 4),
                             [](std::span<const Number> u) { return u[0] * u[1] + 0.25; });
    const Table magnitude = table("magnitude", fixed(1, 1, 2), [](const Number& u) { return abs(u); });
    p.output("a", squash(v));
    p.output("b", both(v, n));
    p.output("c", magnitude(v));
    p.output("d", lookup(n, constant({3, 1, 0, 2}), unsigned_integer(2)));
    CHECK(built_graph(p) == text_graph(R"(
        input v: fixed(1, 1, 2)[3]
        input n: uint(2)[3]
        table squash(u: fixed(1, 1, 2)) -> fixed(0, 0, 8, round: rnd_conv, overflow: sat) = 1 / (1 + exp(-u))
        table both(u: fixed(1, 1, 2), m: uint(2)) -> fixed(1, 4, 4) = u * m + 0.25
        table magnitude(u: fixed(1, 1, 2)) = abs(u)
        output a = squash(v)
        output b = both(v, n)
        output c = magnitude(v)
        output d = lookup(n, [3, 1, 0, 2], uint(2))
    )"));
}

TEST_CASE("formats per element, and from parts") {
    Program p;
    const Tensor x = p.input("x", real, {3});
    p.output("a", quantize(x, fixed(1, constant({1, 2, 3}), 4, {.overflow = sat_sym})));
    p.output("b", quantize(x, kbi(1, 6, 2)));
    p.output("c", quantize(x, boolean) + quantize(x, ternary) + quantize(x, integer(3, {.round = rnd})));
    CHECK(built_graph(p) == text_graph(R"(
        input x: real[3]
        output a = quantize(x, fixed(1, [1, 2, 3], 4, overflow: sat_sym))
        output b = quantize(x, kbi(1, 6, 2))
        output c = quantize(x, bool) + quantize(x, ternary) + quantize(x, int(3, round: rnd))
    )"));
}

TEST_CASE("decimal and rational literals are exact") {
    Program p;
    const Tensor x = p.input("x", integer(4));
    p.output("a", x * quantize(0.1_exact, fixed(0, 0, 10)) + quantize(Number("2/3"), fixed(0, 0, 6)));
    p.output("b", x + quantize(exp(Number(1)) * pi(), fixed(0, 4, 70, {.round = rnd})));
    CHECK(built_graph(p) == text_graph(R"(
        input x: int(4)
        output a = x * quantize(0.1, fixed(0, 0, 10)) + quantize(2 / 3, fixed(0, 0, 6))
        output b = x + quantize(e * pi, fixed(0, 4, 70, round: rnd))
    )"));
}

TEST_CASE("a declared type, and an output by an existing name") {
    Program p;
    const Tensor x = p.input("x", integer(4));
    const Tensor h = let("h", integer(5), x + x);
    p.output("h", h);
    p.output("y", integer(6), h + 1);
    CHECK(built_graph(p) == text_graph(R"(
        input x: int(4)
        let h: int(5) = x + x
        output h
        output y: int(6) = h + 1
    )"));
}

TEST_CASE("nodes are in the order of the text, in whatever order C++ computes operands") {
    const auto doubled = [](const Tensor& x) {
        Tensor h = let("h", x * 2);
        const Tensor other = let("other", h + 1);
        return h;  // used before it is handed over
    };
    Program p;
    const Tensor x = p.input("x", integer(4));
    const Tensor z = p.input("z", integer(3));
    const Tensor early = let("early", z * z);
    p.output("y", (x + 1) * (z - 2) - (early + max(x & 3, z | 1)) * stack({x + 5, z + 6})[1]);
    p.output("again", doubled(x) - 3);
    CHECK(built_graph(p) == text_graph(R"(
        input x: int(4)
        input z: int(3)
        let early = z * z
        output y = (x + 1) * (z - 2) - (early + max(x & 3, z | 1)) * stack(x + 5, z + 6)[1]
        let h = x * 2
        let other = h + 1
        output again = h - 3
    )"));
}

TEST_CASE("compound assignment") {
    Program p;
    const Tensor x = p.input("x", integer(4), {3});
    Tensor sum = x[0];
    for (int j = 1; j < 3; ++j) {
        sum += x[j] * j;
        sum <<= 1;
    }
    const Tensor kept = sum;
    sum *= sum;
    sum -= 1;
    sum >>= 2;
    p.output("square", sum);
    p.output("kept", kept);
    Tensor bits = x[0];
    bits &= 5;
    bits |= x[1];
    bits ^= 2;
    p.output("bits", bits);
    Tensor third = 1;
    third /= 4;
    p.output("third", x + third);
    CHECK(built_graph(p) == text_graph(R"(
        input x: int(4)[3]
        let kept = fold acc = x[0] for j in 1..3 => (acc + x[j] * j) << 1
        output square = (kept * kept - 1) >> 2
        output kept
        output bits = (x[0] & 5 | x[1]) ^ 2
        output third = x + 1 / 4
    )"));
}

TEST_CASE("tables of several parameters without a format, paddings on both sides, an axis of any type") {
    Program p;
    const Tensor x = p.input("x", integer(3), {2, 2});
    const Table ratio =
        table("ratio", {integer(3), boolean}, [](std::span<const Number> v) { return v[0] / (v[1] + 2); });
    p.output("y", quantize(ratio(x, x > 0), fixed(1, 2, 3)));
    p.output("z", pad(x, {1, 0}));
    const size_t axis = 1;
    p.output("s", sum(x, {.axis = axis}));
    CHECK(built_graph(p) == text_graph(R"(
        input x: int(3)[2, 2]
        table ratio(a: int(3), b: bool) = a / (b + 2)
        output y = quantize(ratio(x, x > 0), fixed(1, 2, 3))
        output z = pad(x, [1, 0])
        output s = sum(x, axis: 1)
    )"));
}
