#include "dal/circuit/circuit.hpp"

#include <doctest/doctest.h>

#include "dal/circuit/passes/simplify.hpp"
#include "dal/support/check.hpp"
#include "unit/circuit/exact.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

Format plain(const Kif& kif) { return {kif, Round::trn, Overflow::wrap}; }

/// Inputs of these formats, on wires %0, %1, ….
Circuit with_inputs(const std::vector<Kif>& formats) {
    Circuit circuit;
    circuit.add_origin({"", {}});
    circuit.add_input_tensor({"x", {static_cast<int64_t>(formats.size())}, {}});
    for (size_t j = 0; j < formats.size(); ++j) circuit.input(0, static_cast<int64_t>(j), plain(formats[j]), false, 0);
    return circuit;
}

WireId wire(uint32_t id) { return static_cast<WireId>(id); }

void output(Circuit& circuit, std::vector<WireId> wires) {
    const auto count = static_cast<int64_t>(wires.size());
    circuit.add_output({"y", {count}, std::move(wires), {}});
}

}  // namespace

TEST_CASE("ranges follow from the operands") {
    Circuit c = with_inputs({Kif(true, 3, 0), Kif(false, 2, 2), Kif(false, 1, 0)});
    const auto range = [&](WireId id) { return c[id].range.to_string(); };
    CHECK(range(c.add(wire(0), wire(1), 0, 0)) == "[-8, 10.75] step 2^-2");
    CHECK(range(c.sub(wire(0), wire(1), 3, 0)) == "[-38, 7] step 2^0");
    CHECK(range(c.shift(wire(1), -1, 0)) == "[0, 1.875] step 2^-3");
    CHECK(range(c.slice(wire(0), Kif(false, 2, 0), 0)) == "[0, 3] step 2^0");
    CHECK(range(c.slice(wire(0), Kif(false, 4, -3), 0)) == "[0, 8] step 2^3");  // the sign bit
    CHECK(range(c.slice(wire(1), Kif(true, 5, 0), 0)) == "[0, 3] step 2^0");
    CHECK(range(c.mux(wire(2), wire(0), wire(1), 0)) == "[-8, 7] step 2^-2");
    CHECK(range(c.bitwise(Kind::bit_and, wire(0), wire(1), 0)) == "[0, 3] step 2^0");
    CHECK(range(c.bitwise(Kind::bit_or, wire(0), wire(1), 0)) == "[-8, 7.75] step 2^-2");
    CHECK(range(c.bitwise(Kind::bit_xor, wire(0), wire(1), 0)) == "[-8, 7.75] step 2^-2");
    // Exact where the operands are known better than by their formats.
    const Interval four_or_five(4, 5, 0);
    const WireId u = c.slice(wire(0), Kif(false, 3, 0), 0, &four_or_five);
    const WireId v = c.slice(wire(1), Kif(false, 3, 0), 0);
    CHECK(range(c.bitwise(Kind::bit_or, u, c.shift(v, 1, 0), 0)) == "[4, 7] step 2^0");
    CHECK(range(c.bitwise(Kind::bit_xor, u, c.constant(Dyadic(5), 0), 0)) == "[0, 1] step 2^0");
    CHECK(range(c.bitwise(Kind::bit_and, u, c.shift(v, 1, 0), 0)) == "[0, 4] step 2^2");
    CHECK(range(c.any(wire(0), 0)) == "[0, 1] step 2^0");
    CHECK(range(c.bit_not(wire(2), 0)) == "[0, 1] step 2^0");
    verify(c);
}

TEST_CASE("a proved range tightens, a wrong one is refused") {
    Circuit c = with_inputs({Kif(true, 3, 0), Kif(true, 3, 0)});
    const Interval known(-3, 4, 0);
    CHECK(c[c.add(wire(0), wire(1), 0, 0, &known)].range == known);
    const Interval even(-8, 7, -1);
    CHECK(c[c.add(wire(0), wire(1), 0, 0, &even)].range == Interval(-8, 7, -1));
    const Interval impossible(100, 200, 0);
    CHECK_THROWS_AS(c.add(wire(0), wire(1), 0, 0, &impossible), InternalError);
    const Interval five(5, 5, 0);
    CHECK(c[c.add(wire(0), wire(1), 0, 0, &five)].kind == Kind::constant);
}

TEST_CASE("trivial cases build nothing") {
    Circuit c = with_inputs({Kif(true, 3, 0), Kif(false, 1, 0)});
    const WireId zero = c.constant({}, 0);
    const WireId one = c.constant(Dyadic(1), 0);
    const size_t size = c.size();
    CHECK(c.add(wire(0), zero, 5, 0) == wire(0));
    CHECK(c.add(zero, wire(0), 0, 0) == wire(0));
    CHECK(c.sub(wire(0), zero, 0, 0) == wire(0));
    CHECK(c.shift(wire(0), 0, 0) == wire(0));
    CHECK(c.slice(wire(0), Kif(true, 4, 2), 0) == wire(0));
    CHECK(c.mux(wire(1), wire(0), wire(0), 0) == wire(0));
    CHECK(c.mux(zero, wire(0), wire(1), 0) == wire(1));
    CHECK(c.mux(one, wire(0), wire(1), 0) == wire(0));
    CHECK(c.bitwise(Kind::bit_and, wire(1), one, 0) == wire(1));
    CHECK(c.bitwise(Kind::bit_or, wire(0), zero, 0) == wire(0));
    CHECK(c.any(wire(1), 0) == wire(1));
    CHECK(c.size() == size);
    const auto value = [&](WireId id) { return c[id].kind == Kind::constant ? c[id].range.min().to_string() : "?"; };
    CHECK(value(c.sub(wire(0), wire(0), 0, 0)) == "0");
    CHECK(value(c.bitwise(Kind::bit_or, wire(1), one, 0)) == "1");
    CHECK(value(c.bitwise(Kind::bit_and, c.constant(Dyadic(-7, -1), 0), c.constant(Dyadic(6), 0), 0)) == "4");
    CHECK(value(c.add(c.constant(Dyadic(3), 0), one, -2, 0)) == "3.25");
    CHECK(value(c.any(c.constant(Dyadic(8), 0), 0)) == "1");
    CHECK(value(c.slice(c.constant(Dyadic(-27, -2), 0), Kif(true, 2, 1), 0)) == "1");  // -6.75: floor -7, modulo 8
    // Slices of slices and shifts of shifts start from the first wire.
    const WireId part = c.slice(wire(0), Kif(false, 3, 0), 0);
    CHECK(c[c.slice(part, Kif(false, 2, 0), 0)].a == wire(0));
    CHECK(c.shift(c.shift(wire(0), 3, 0), -3, 0) == wire(0));
}

TEST_CASE("printing is stable") {
    Circuit c = with_inputs({Kif(true, 3, 0), Kif(false, 1, 0)});
    c.add_origin({"h1", {}});
    const WireId sum = c.add(wire(0), wire(1), -2, 1);
    output(c, {c.mux(wire(1), sum, c.constant(Dyadic(5, -1), 1), 1), sum});
    CHECK(print(c) ==
          "%0 = input x[0] fixed(1, 3, 0) : [-8, 7] step 2^0\n"
          "%1 = input x[1] fixed(0, 1, 0) : [0, 1] step 2^0\n"
          "%2 = %0 + %1 >> 2 : [-8, 7.25] step 2^-2  // h1\n"
          "%3 = constant 2.5  // h1\n"
          "%4 = %1 ? %2 : %3 : [-8, 7.25] step 2^-2  // h1\n"
          "output y = %4 %2\n");
}

TEST_CASE("verify and the builder refuse what is no circuit") {
    Circuit c = with_inputs({Kif(true, 3, 0), Kif(false, 1, 0)});
    CHECK_THROWS_AS(c.add(wire(0), wire(7), 0, 0), InternalError);
    CHECK_THROWS_AS(c.sub(wire(7), wire(0), 0, 0), InternalError);
    CHECK_THROWS_AS(c.shift(wire(7), 1, 0), InternalError);
    CHECK_THROWS_AS(c.slice(wire(7), Kif(true, 1, 0), 0), InternalError);
    CHECK_THROWS_AS(c.mux(wire(1), wire(0), wire(7), 0), InternalError);
    CHECK_THROWS_AS(c.bitwise(Kind::bit_and, wire(0), wire(7), 0), InternalError);
    CHECK_THROWS_AS(c.any(wire(7), 0), InternalError);
    CHECK_THROWS_AS(c.mux(wire(0), wire(1), wire(0), 0), InternalError);
    CHECK_THROWS_AS(c.bit_not(wire(0), 0), InternalError);
    CHECK_THROWS_AS(c.bitwise(Kind::add, wire(0), wire(1), 0), InternalError);
    Circuit short_output = c;
    short_output.add_output({"y", {2}, {wire(0)}, {}});
    CHECK_THROWS_AS(verify(short_output), InternalError);
    Circuit broken_promise = c;
    broken_promise.add_output({"y", {1}, {wire(0)}, {Interval(-7, 7, 0)}});
    CHECK_THROWS_AS(verify(broken_promise), InternalError);
    Circuit missing = c;
    missing.add_output({"y", {1}, {wire(9)}, {}});
    CHECK_THROWS_AS(verify(missing), InternalError);
}

TEST_CASE("simplify shares what is equal and nothing else") {
    Circuit c = with_inputs({Kif(true, 3, 0), Kif(true, 3, 0)});
    const Interval narrow(-8, 7, 0);
    const WireId sum = c.add(wire(0), wire(1), 0, 0);
    const WireId swapped = c.add(wire(1), wire(0), 0, 0);
    const WireId bounded = c.add(wire(0), wire(1), 0, 0, &narrow);
    const WireId shifted = c.add(wire(0), wire(1), 1, 0);
    const WireId through_shift = c.add(wire(0), c.shift(wire(1), 1, 0), 0, 0);
    const WireId dead = c.sub(wire(0), wire(1), 0, 0);
    output(c, {sum, swapped, bounded, shifted, through_shift});
    const Circuit s = simplify(c);
    verify(s);
    const auto& y = s.outputs()[0].elements;
    CHECK(y[0] == y[1]);
    CHECK(y[0] != y[2]);  // another range is another format
    CHECK(s[y[2]].range == narrow);
    CHECK(y[3] == y[4]);
    CHECK(y[0] != y[3]);
    CHECK(s.size() == 5);
    CHECK(s.inputs().size() == 2);
    (void)dead;
}

TEST_CASE("simplify keeps inputs that nobody uses, also those without bits") {
    Circuit c = with_inputs({Kif(true, 3, 0), Kif(), Kif(), Kif(true, 1, 1)});
    output(c, {c.inputs()[0].wire, c.inputs()[2].wire});
    const Circuit s = simplify(c);
    verify(s);
    CHECK(s.inputs().size() == 4);
    CHECK(s.size() <= c.size());
    CHECK(s[s.inputs()[1].wire].range.is_zero());
}
