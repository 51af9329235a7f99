// Tables of float32 functions, and functions in steps: sizes, formats, and entries that float32 does not decide.
#include "dal/import/hgq2/steps.hpp"
#include "dal/import/hgq2/table.hpp"
#include "hgq2_context.hpp"

using namespace dal;
using namespace dal::importer;
using namespace dal::importer::hgq2;
using namespace dal::test;

namespace {

Formats one(bool k, int i, int f, Round round = Round::rnd, Overflow overflow = Overflow::sat) {
    return Formats::uniform(k, i, f, round, overflow);
}

Result<Tables> table(OneLayer& one, const Formats& from, const Formats& to, float slack = 0) {
    const TableSet set{"table", to.size() == 1 ? Shape{} : to.shape, &from, &to};
    return write_tables(one.layer(), set, [&](int64_t, float x) { return Float32{x / 2, slack}; });
}

}  // namespace

TEST_CASE("a table has the format that holds those of all elements") {
    const Formats formats{{3}, {0, 1, 1}, {3, 1, -9}, {0, 2, 2}, Round::rnd, Overflow::sat};
    CHECK(union_of(formats) == Kif(true, 3, 2));
    CHECK(union_of(one(true, -3, 2)) == Kif(false, 1, 0));
    OneLayer layer("{}");
    const auto made = table(layer, formats, one(true, 3, 1));
    REQUIRE(made.has_value());
    CHECK(made->from == "fixed(1, 3, 2)");
    CHECK(made->entries == "w.curve_table");
}

TEST_CASE("tables of more than 16 bits are refused, and too many tables") {
    OneLayer layer("{}");
    CHECK(refusal(table(layer, one(true, 3, 12), one(true, 3, 1))).empty());
    CHECK(mentions(refusal(table(layer, one(true, 4, 12), one(true, 3, 1))), "a table of 17 bits"));
    Formats many{{300}, {}, {}, {}, Round::rnd, Overflow::sat};
    many.k.assign(300, 1);
    many.i.assign(300, 1);
    many.f.assign(300, 3);
    CHECK(mentions(refusal(table(layer, one(true, 3, 11), many)), "its 300 tables of 2^15 entries are too many"));
}

TEST_CASE("an entry is doubtful where its slack reaches a tie") {
    CHECK(is_doubtful({0.25F, 1e-6F}, {Kif(true, 1, 1), Round::rnd, Overflow::sat}));
    CHECK_FALSE(is_doubtful({0.25F, 0}, {Kif(true, 1, 1), Round::rnd, Overflow::sat}));
    CHECK_FALSE(is_doubtful({0.5F, 1e-6F}, {Kif(true, 1, 1), Round::rnd, Overflow::sat}));
    CHECK(is_doubtful({0.5F, 1e-6F}, {Kif(true, 1, 1), Round::trn, Overflow::sat}));
    CHECK_FALSE(is_doubtful({7.25F, 1e-6F}, {Kif(true, 1, 1), Round::rnd, Overflow::sat}));
    CHECK(is_doubtful({7.25F, 1e-6F}, {Kif(true, 1, 1), Round::rnd, Overflow::wrap}));

    OneLayer automatic("{}");
    CHECK(table(automatic, one(false, 1, 1), one(false, 1, 1), 1e-6F).has_value());
    OneLayer exact("{}", {}, Exactness::on);
    CHECK(mentions(refusal(table(exact, one(false, 1, 1), one(false, 1, 1), 1e-6F)), "2 of 4 entries"));
}

TEST_CASE("infinity saturates, and has no place where results wrap") {
    const auto infinite = [](const Formats& to) {
        OneLayer layer("{}");
        const Formats from = one(false, 2, 0);
        const TableSet set{"table", {}, &from, &to};
        return refusal(write_tables(layer.layer(), set,
                                    [](int64_t, float) { return Float32{std::numeric_limits<float>::infinity(), 0}; }));
    };
    CHECK(infinite(one(false, 2, 2)).empty());
    CHECK(mentions(infinite(one(false, 2, 2, Round::rnd, Overflow::wrap)), "no finite number"));
}

TEST_CASE("functions in steps count the levels that are reached") {
    const auto steps = [](const Formats& to) {
        OneLayer layer("{}");
        return write_steps(layer.layer(), "v", {"gate", [](float x) { return Float32{x, 0}; }, &to, 4});
    };
    const auto plain = steps(one(true, 1, 1));
    REQUIRE(plain.has_value());
    CHECK(*plain == "thresholds(v, w.curve_gate_levels, base: -2, step: 0.5)");
    const Formats two{{2}, {0, 1}, {1, 0}, {0, 2}, Round::rnd, Overflow::sat};
    CHECK(*steps(two) == "thresholds(v, w.curve_gate_levels, base: w.curve_gate_base, step: w.curve_gate_step)");
    CHECK(mentions(refusal(steps(one(true, 1, 1, Round::rnd, Overflow::wrap))), "results that wrap"));
    CHECK(mentions(refusal(steps(one(true, 5, 8))), "more than 1024 steps"));
}
