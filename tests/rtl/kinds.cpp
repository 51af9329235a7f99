#include "rtl/kinds.hpp"

#include "dal/circuit/range.hpp"

namespace dal::sim::test {

using circuit::Circuit;
using circuit::Kind;
using circuit::WireId;

namespace {

/// One eighth, three, four and seven of the way from the lower end to the upper one.
std::vector<Dyadic> bounds_in(const Interval& range) {
    std::vector<Dyadic> bounds;
    for (const int part : {1, 3, 4, 7})
        bounds.emplace_back(range.lo() + (((range.hi() - range.lo()) * part) >> 3), -int64_t{range.f()});
    return bounds;
}

}  // namespace

Circuit every_kind(int width) {
    Circuit c;
    const uint32_t sums = c.add_origin({"sums", {}});
    const uint32_t bits = c.add_origin({"bits", {}});
    const uint32_t x = c.add_input_tensor({"x", {3}});
    const uint32_t y = c.add_input_tensor({"y", {2}});
    // Signed and unsigned, with binary points inside, below and above the digits.
    const WireId a = c.input(x, 0, {Kif(true, width - 1, 0)}, false, sums);
    const WireId b = c.input(x, 1, {Kif(false, width - 2, 2)}, false, sums);
    const WireId d = c.input(x, 2, {Kif(true, width + 2, -3)}, false, sums);
    const WireId e = c.input(y, 0, {Kif(false, -1, width + 1)}, false, sums);
    const WireId one = c.input(y, 1, {Kif(false, 1, 0)}, false, bits);
    std::vector<WireId> all{a, b, d, e, one};
    const auto put = [&](WireId wire) { return all.emplace_back(wire); };
    const WireId five = c.constant({5, -1}, sums);
    const WireId minus = c.constant({-3, 2}, sums);

    const std::vector<WireId> operands{a, b, d, e, one, five, minus};
    for (size_t u = 0; u < operands.size(); ++u)
        for (const int shift : {-3, 0, 2}) {
            const WireId v = operands[(u + static_cast<size_t>(shift + 4)) % operands.size()];
            put(c.add(operands[u], v, shift, sums));
            put(c.sub(operands[u], v, shift, sums));
        }
    const WireId sum = put(c.add(put(c.shift(a, 3, sums)), put(c.shift(d, -2, sums)), 1, sums));
    // a + a is even: the range may say so, and its low bit then has no wire.
    if (width > 1) {
        const Interval even = c[a].range.shifted(1);
        put(c.add(a, a, 0, sums, &even));
        const Interval third(c[a].range.lo(), c[a].range.hi(), -1);
        put(c.add(c.sub(a, b, 0, sums), c.add(a, b, 0, sums), 0, sums, &third));
    }
    for (const WireId wire : {a, b, e, sum}) {
        const Kif kif = c[wire].range.kif();
        put(c.slice(wire, Kif(true, kif.i, kif.f - 1), bits));
        put(c.slice(wire, Kif(false, kif.i - 1, kif.f), bits));
        put(c.slice(wire, Kif(true, kif.i - 2, kif.f + 1), bits));
        put(c.slice(wire, Kif(false, kif.i + 2, kif.f), bits));
        put(c.slice(wire, Kif(false, kif.i + 3, -kif.i), bits));  // the sign, over and over
    }
    put(c.mux(one, a, e, bits));
    put(c.mux(one, five, put(c.shift(b, 1, bits)), bits));
    const WireId some = put(c.any(sum, bits));
    put(c.mux(some, d, minus, bits));
    put(c.mux(put(c.bit_not(some, bits)), sum, a, bits));
    put(c.any(put(c.slice(a, Kif(true, width - 3, 0), bits)), bits));
    for (const Kind kind : {Kind::bit_and, Kind::bit_or, Kind::bit_xor})
        for (const auto& [u, v] : {std::pair{a, d}, std::pair{a, b}, std::pair{b, e}, std::pair{minus, e}})
            put(c.bitwise(kind, u, v, bits));
    const WireId shifted = put(c.shift(one, width, bits));  // one bit that is not 0 or 1
    put(c.mux(shifted, b, a, bits));
    put(c.mux(put(c.slice(a, Kif(true, 0, 0), bits)), d, b, bits));  // a condition in {-1, 0}

    for (const WireId wire : {a, b, d, e, sum})
        for (const Dyadic& bound : bounds_in(c[wire].range)) put(c.less(wire, bound, bits));
    const WireId sign = c.slice(a, Kif(true, 0, 0), bits);
    for (const auto& [u, v] : {std::pair{a, b}, std::pair{b, e}, std::pair{a, a}, std::pair{d, one}, std::pair{sign, b},
                               std::pair{sum, minus}, std::pair{e, e}, std::pair{a, sum}})
        put(c.mul(u, v, sums));
    // 2·(a + a)·d: the low bits of the product are 0, and the range says so.
    const Interval even = c[a].range.shifted(1);
    const WireId twice = c.add(a, a, 0, sums);
    const Interval known = circuit::product_range(even, c[d].range, false);
    put(c.mul(twice, d, sums, &known));

    const uint32_t looked_up = c.add_origin({"table", {}});
    for (const int entry_width : {7, 2 * width}) {
        circuit::Table table{-70, 2, {}, 3};
        for (int j = 0; j < 200; ++j)
            table.entries.push_back(((Int::floor_div(Int::pow2(entry_width), 3) * ((j * 37) % 101 - 50)) >> 5) + j % 3);
        const uint32_t shared = c.add_table(std::make_shared<const circuit::Table>(std::move(table)));
        for (const WireId wire : {a, b})
            for (const Kif& part : {Kif(true, 2, 2), Kif(false, 3, 2), Kif(true, 3, 1)})
                put(c.table(c.slice(wire, part, bits), shared, looked_up));
    }

    const auto count = static_cast<int64_t>(all.size());
    c.add_output({"z", {count}, all, {}});
    return c;
}

}  // namespace dal::sim::test
