#include "dal/numeric/quantize.hpp"

#include <doctest/doctest.h>

#include <array>

namespace dal {
namespace {

/// round_code of quarters: value = quarters / 4.
int64_t rounded(int quarters, Round round) { return round_code(Rational(Dyadic(quarters, -2)), 0, round).to_int64(); }

TEST_CASE("the seven roundings, around ties of both signs") {
    struct Row {
        Round round;
        std::array<int64_t, 9> of;  // of -1.5, -1.25, -0.75, -0.5, 0.25, 0.5, 0.75, 1.5, 2.5
    };
    constexpr std::array<int, 9> quarters{-6, -5, -3, -2, 1, 2, 3, 6, 10};
    for (const Row& row :
         {Row{Round::trn, {-2, -2, -1, -1, 0, 0, 0, 1, 2}}, Row{Round::trn_zero, {-1, -1, 0, 0, 0, 0, 0, 1, 2}},
          Row{Round::rnd, {-1, -1, -1, 0, 0, 1, 1, 2, 3}}, Row{Round::rnd_conv, {-2, -1, -1, 0, 0, 0, 1, 2, 2}},
          Row{Round::rnd_zero, {-1, -1, -1, 0, 0, 0, 1, 1, 2}}, Row{Round::rnd_inf, {-2, -1, -1, -1, 0, 1, 1, 2, 3}},
          Row{Round::rnd_min_inf, {-2, -1, -1, -1, 0, 0, 1, 1, 2}}})
        for (size_t j = 0; j < quarters.size(); ++j)
            CHECK_MESSAGE(rounded(quarters[j], row.round) == row.of[j], to_string(row.round) << " of " << quarters[j]);
}

TEST_CASE("rounding of codes and of rationals is the same function") {
    for (int r = 0; r < round_count; ++r)
        for (int code = -70; code <= 70; ++code)
            for (int drop = -3; drop <= 8; ++drop) {
                const auto round = static_cast<Round>(r);
                const Int quick = round_code_shifted(code, drop, round);
                CHECK(quick == round_code(Rational(Dyadic(code, -drop)), 0, round));
                // By definition: the nearest integers, and which of them.
                const Rational value(Dyadic(code, -drop));
                const Rational error = Rational(Dyadic(quick)) - value;
                const bool directed = round == Round::trn || round == Round::trn_zero;
                const Rational most(Dyadic(1, directed ? 0 : -1));
                CHECK_FALSE(most < error);
                CHECK_FALSE(error < -most);
                if (round == Round::trn) CHECK_FALSE(Rational(0) < error);
            }
}

TEST_CASE("rounding of numbers that are not dyadic") {
    const Rational third = Rational(1) / Rational(3);
    for (int r = 0; r < round_count; ++r) {
        const auto round = static_cast<Round>(r);
        const bool directed = round == Round::trn || round == Round::trn_zero;
        CHECK(round_code(third, 0, round) == Int(0));
        CHECK(round_code(third + third, 0, round) == Int(directed ? 0 : 1));
        CHECK(round_code(-third, 0, round) == Int(round == Round::trn ? -1 : 0));
        CHECK(round_code(-third - third, 0, round) == Int(round == Round::trn_zero ? 0 : -1));
    }
    CHECK(round_code(Rational::from_decimal("0.1").value(), 8, Round::rnd) == Int(26));
    CHECK(round_code(third, 300, Round::trn) == Int::floor_div(Int::pow2(300), 3));
}

TEST_CASE("rounding at 63, 64, 65, 128, 200 and 300 bits") {
    for (const int64_t bits : {62, 63, 64, 65, 128, 200, 300}) {
        const Int tie = Int::pow2(bits) + Int::pow2(bits - 1);  // 1.5 after dropping `bits`
        CHECK(round_code_shifted(tie, bits, Round::rnd) == Int(2));
        CHECK(round_code_shifted(tie, bits, Round::rnd_zero) == Int(1));
        CHECK(round_code_shifted(tie + 1, bits, Round::rnd_zero) == Int(2));
        CHECK(round_code_shifted(tie - 1, bits, Round::rnd_inf) == Int(1));
        CHECK(round_code_shifted(-tie, bits, Round::rnd) == Int(-1));
        CHECK(round_code_shifted(-tie, bits, Round::rnd_conv) == Int(-2));
        CHECK(round_code_shifted(-tie + 1, bits, Round::rnd_inf) == Int(-1));
        CHECK(round_code_shifted(-tie, bits, Round::trn_zero) == Int(-1));
        const Kif kif(true, static_cast<int>(bits), 0);
        CHECK(overflow_code(Int::pow2(bits), kif, Overflow::wrap) == -Int::pow2(bits));
        CHECK(overflow_code(Int::pow2(bits), kif, Overflow::sat) == Int::pow2(bits) - 1);
        CHECK(overflow_code(-Int::pow2(bits), kif, Overflow::sat) == -Int::pow2(bits));
        CHECK(overflow_code(-Int::pow2(bits), kif, Overflow::sat_sym) == -Int::pow2(bits) + 1);
        CHECK(overflow_code(-Int::pow2(bits) - 1, kif, Overflow::sat_zero) == Int(0));
    }
}

TEST_CASE("overflow by the table, over all small formats") {
    for (int k = 0; k <= 1; ++k)
        for (int width = 1; width <= 4; ++width) {
            const Kif kif(k == 1, width - k, 0);
            const int64_t lo = kif.min_code().to_int64();
            const int64_t hi = kif.max_code().to_int64();
            for (int64_t n = -40; n <= 40; ++n) {
                int64_t wrapped = n;
                while (wrapped < lo) wrapped += int64_t{1} << width;
                while (wrapped > hi) wrapped -= int64_t{1} << width;
                CHECK(overflow_code(n, kif, Overflow::wrap) == Int(wrapped));
                CHECK(overflow_code(n, kif, Overflow::sat) == Int(std::min(std::max(n, lo), hi)));
                CHECK(overflow_code(n, kif, Overflow::sat_sym) == Int(std::min(std::max(n, -k * hi), hi)));
                CHECK(overflow_code(n, kif, Overflow::sat_zero) == Int(n < lo || n > hi ? 0 : n));
            }
        }
}

TEST_CASE("special formats") {
    const Format nothing{Kif(true, -3, 2), Round::rnd, Overflow::sat};
    CHECK(quantize_code(Rational(100), nothing) == Int(0));
    CHECK(quantize_code(Int(100), 3, nothing) == Int(0));
    const Format one_bit{Kif(true, 0, 0), Round::trn, Overflow::sat_sym};
    for (int n = -4; n <= 4; ++n) CHECK(quantize_code(Int(n), 0, one_bit) == Int(0));
    const Format ternary{Kif(true, 1, 0), Round::rnd_conv, Overflow::sat_sym};
    for (int n = -9; n <= 9; ++n) {
        const Int code = quantize_code(Int(n), 1, ternary);  // halves
        CHECK(code == Int(n <= -2 ? -1 : n >= 2 ? 1 : 0));
    }
}

TEST_CASE("formats: ranges, widths, names") {
    CHECK(Kif(true, 3, 4).min_code() == Int(-128));
    CHECK(Kif(true, 3, 4).max_code() == Int(127));
    CHECK(Kif(false, -3, 7).max_code() == Int(15));
    CHECK(Kif::kbi(true, 7, 3) == Kif(true, 3, 4));
    CHECK(Kif(true, 0, 0).min_code() == Int(-1));
    CHECK(Kif(true, 0, 0).max_code() == Int(0));
    CHECK(Kif().max_code() == Int(0));
    CHECK(Kif(false, 200, 100).max_code() == Int::pow2(300) - 1);
    CHECK(Kif(true, 3, 4).to_string() == "fixed(1, 3, 4)");
    CHECK(Format{Kif(true, 3, 4), Round::rnd, Overflow::sat}.to_string() ==
          "fixed(1, 3, 4, round: rnd, overflow: sat)");
    CHECK(Format{Kif(false, -1, 4)}.to_string() == "fixed(0, -1, 4)");
    for (int r = 0; r < round_count; ++r)
        CHECK(round_from_string(to_string(static_cast<Round>(r))) == static_cast<Round>(r));
    for (int o = 0; o < overflow_count; ++o)
        CHECK(overflow_from_string(to_string(static_cast<Overflow>(o))) == static_cast<Overflow>(o));
    CHECK_FALSE(round_from_string("RND"));
    CHECK_FALSE(overflow_from_string("satsym"));
}

}  // namespace
}  // namespace dal
