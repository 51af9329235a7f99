#include "dal/circuit/passes/simplify.hpp"

#include <doctest/doctest.h>

#include <set>

#include "unit/circuit/exact.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

constexpr int many = 200;  // so that whatever is hashed meets in some bucket

Circuit two_inputs() {
    Circuit c;
    c.add_origin({"", {}});
    c.add_input_tensor({"x", {2}, {}});
    for (int64_t j = 0; j < 2; ++j) c.input(0, j, {Kif(true, 11, 0), Round::trn, Overflow::wrap}, false, 0);
    return c;
}

size_t distinct_after_simplify(Circuit c, std::vector<WireId> wires) {
    const auto count = static_cast<int64_t>(wires.size());
    c.add_output({"y", {count}, std::move(wires), {}});
    const Circuit s = simplify(c);
    verify(s);
    const std::vector<WireId>& y = s.outputs()[0].elements;
    return std::set<WireId>(y.begin(), y.end()).size();
}

constexpr WireId a{0};
constexpr WireId b{1};

}  // namespace

TEST_CASE("sums that differ in what is known of them are not shared") {
    Circuit c = two_inputs();
    std::vector<WireId> sums;
    for (int j = 0; j < many; ++j) {
        const Interval known(-1000 - j, 1000, 0);
        sums.push_back(c.add(a, b, 0, 0, &known));
    }
    CHECK(distinct_after_simplify(c, sums) == many);
    for (size_t j = 0; j < many; ++j) sums.push_back(c.add(b, a, 0, 0, &c[sums[j]].range));
    CHECK(distinct_after_simplify(c, sums) == many);
}

TEST_CASE("slices, shifts and tables that differ in their parameters are not shared") {
    Circuit c = two_inputs();
    std::vector<WireId> wires;
    const Interval bit(0, 1, 0);
    for (int j = 1; j <= many; ++j) {
        wires.push_back(c.slice(a, Kif(false, 1, j), 0, &bit));  // the same value and range, and more zeros
        wires.push_back(c.shift(a, j, 0));
        auto table = std::make_shared<Table>();
        for (int n = 0; n < 1 << 12; ++n) table->entries.emplace_back(n < j ? n : (1 << 12) - n);
        table->first = -(1 << 11);
        wires.push_back(c.table(a, c.add_table(table), 0));
    }
    const size_t before = std::set<WireId>(wires.begin(), wires.end()).size();
    CHECK(before == 3 * many);
    CHECK(distinct_after_simplify(c, wires) == before);
}
