// Tables of every size and entry width, one for all elements and one for each.

#include "unit/jit/programs.hpp"

using namespace dal;
using namespace dal::test;

namespace {

/// `count` tables over all codes of `kif`, with entries of `bits` bits around 2^-point.
op::Table random_table(Random& random, const Kif& kif, int64_t count, int bits, int point) {
    op::Table table;
    table.first = kif.min_code();
    table.f = kif.f;
    table.size = (kif.max_code() - kif.min_code() + 1).to_int64();
    std::vector<Dyadic> entries;
    for (int64_t j = 0; j < count * table.size; ++j)
        entries.emplace_back(random_between(random, -Int::pow2(bits - 1), Int::pow2(bits - 1) - 1),
                             static_cast<int64_t>(random() % 3) - point);
    table.entries = std::make_shared<const std::vector<Dyadic>>(std::move(entries));
    return table;
}

/// All codes of `kif`, in each of `elements`.
Codes all_codes(const Kif& kif, int64_t elements) {
    const auto lo = kif.min_code().to_int64();
    const auto hi = kif.max_code().to_int64();
    Codes codes({elements}, hi - lo + 1, std::vector<int>(static_cast<size_t>(elements), kif.f), 1);
    for (int64_t n = lo; n <= hi; ++n)
        for (int64_t e = 0; e < elements; ++e) codes.set_code(n - lo, e, n);
    return codes;
}

}  // namespace

TEST_CASE("every entry of tables with indices of 1 to 16 bits") {
    Random random(51);
    for (int width = 1; width <= 16; ++width)
        for (const bool k : {false, true}) {
            CAPTURE(width);
            CAPTURE(k);
            Graph graph;
            const int f = static_cast<int>(random() % 7) - 3;
            const Kif kif(k, width - (k ? 1 : 0) - f, f);
            const NodeId x = graph.input("x", {3}, {false, Format{kif}}, {});
            graph.output("one", graph.table(random_table(random, kif, 1, 1 + width, 3), x, {}), {});
            op::Table each = random_table(random, kif, 3, 12, 2);
            each.which = {2, 0, 1};
            graph.output("each", graph.table(std::move(each), x, {}), {});
            check_agreement(graph, {all_codes(kif, 3)});
        }
}

TEST_CASE("entries of every width, and what is computed with them") {
    Random random(52);
    for (const int bits : widths) {
        CAPTURE(bits);
        Graph graph;
        const Kif kif(true, 3, 2);
        const NodeId x = graph.input("x", {2}, {false, Format{kif}}, {});
        const NodeId y = graph.table(random_table(random, kif, 1, bits, bits), x, {});
        graph.output("y", y, {});
        graph.output("sum", must(graph.add(y, x, {})), {});
        graph.output("product", must(graph.mul(y, x, {})), {});
        check_agreement(graph, {all_codes(kif, 2)});
    }
}

TEST_CASE("an operand on a coarser or finer binary point, and with a part of the domain") {
    Random random(53);
    Graph graph;
    const Kif kif(true, 4, 4);
    const op::Table table = random_table(random, kif, 1, 10, 6);
    const NodeId x = graph.input("x", {4}, {false, Format{Kif(true, 3, 1)}}, {});
    graph.output("coarse", graph.table(table, x, {}), {});
    const NodeId fine = must(graph.mul(x, graph.constant({}, {Dyadic(3, -3)}, {}), {}));
    graph.output("fine", graph.table(table, fine, {}), {});
    const NodeId even = must(
        graph.quantize(must(graph.max(x, graph.constant({}, {Dyadic(1, -6)}, {}), {})), Format{Kif(false, 3, 1)}, {}));
    graph.output("part", graph.table(table, even, {}), {});
    graph.output("moved", graph.table(table, graph.move("flip", {4}, {{0, 3}, {0, 2}, {0, 1}, {0, 0}}, {x}, {}), {}),
                 {});
    check_agreement(graph, {all_codes(Kif(true, 3, 1), 4)});
}

TEST_CASE("straight lines and constants are no tables") {
    Graph graph;
    const Kif kif(true, 3, 0);
    const NodeId x = graph.input("x", {1}, {false, Format{kif}}, {});
    std::vector<Dyadic> line;
    for (int n = -8; n < 8; ++n) line.emplace_back(5 * n + 3, -2);
    op::Table table;
    table.first = -8;
    table.size = 16;
    table.entries = std::make_shared<const std::vector<Dyadic>>(line);
    graph.output("line", graph.table(table, x, {}), {});
    table.entries = std::make_shared<const std::vector<Dyadic>>(std::vector<Dyadic>(16, Dyadic(7, -1)));
    graph.output("flat", graph.table(table, x, {}), {});
    check_agreement(graph, {all_codes(kif, 1)});
}

TEST_CASE("tables behind tables, in short blocks and wide formats") {
    // The samples that a short block lacks must not be looked up anywhere else than in the table.
    Random random(54);
    Graph graph;
    const NodeId x = graph.input("x", {2}, {true, {}}, {});
    const Kif kif(true, 4, 60);  // no fast conversion
    const NodeId wide = must(graph.quantize(x, Format{kif, Round::trn, Overflow::sat}, {}));
    const NodeId first = must(graph.quantize(wide, Format{Kif(false, 3, 4), Round::trn, Overflow::sat}, {}));
    NodeId y = first;
    for (int step = 0; step < 3; ++step) {
        y = graph.table(random_table(random, Kif(false, 3, 4), 1, 30, 20), y, {});
        y = must(graph.quantize(y, Format{Kif(false, 3, 4), Round::trn, Overflow::wrap}, {}));
        graph.output("y", y, {});
    }
    for (const int64_t samples : {1, 63, 65}) {
        std::vector<double> values;
        for (int64_t j = 0; j < 2 * samples; ++j) values.push_back(static_cast<double>(random() % 1000) / 70 - 3);
        check_agreement(graph, {Array::from_doubles({samples, 2}, values)});
    }
}
