#include <doctest/doctest.h>

#include <cmath>

#include "dal/infer/forward/forward.hpp"
#include "dal/interp/calibrate.hpp"
#include "dal/interp/real_run.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/codes/batch_codes.hpp"

using namespace dal;

namespace {

Samples batch(Shape shape, const std::vector<double>& values) { return Array::from_doubles(std::move(shape), values); }

/// What one real number needs of a quantizer.
Kif need_of(double value, const Format& format, int margin = 0) {
    Graph g;
    const NodeId x = g.input("x", {}, {.real = true, .formats = {}}, {});
    const NodeId q = g.quantize(x, format, {}).value();
    g.output("y", q, {});
    REQUIRE(infer_forward(g));
    const Samples inputs[] = {batch({1}, {value})};
    const NodeId quantizers[] = {q};
    return calibrate(g, inputs, quantizers, margin).value().front().formats.front();
}

}  // namespace

TEST_CASE("what a number needs holds it, and one bit less does not") {
    const Format formats[] = {Format{Kif(true, 3, 2)}, Format{Kif(true, -1, 3), Round::rnd},
                              Format{Kif(true, 9, -3), Round::rnd_conv}, Format{Kif(false, 3, 2), Round::trn_zero}};
    for (const Format& format : formats)
        for (int n = -4096; n <= 4096; ++n) {
            const double value = n / 16.0;
            const Kif need = need_of(value, format);
            const Int code = round_code(Rational(*Dyadic::from_double(value)), format.kif.f, format.round);
            const Dyadic rounded(code, -int64_t{format.kif.f});
            CAPTURE(value);
            CHECK(Interval::of(need).contains(rounded));
            CHECK((need.k || !rounded.is_negative()));
            if (need.is_zero()) {
                CHECK(rounded.is_zero());
                continue;
            }
            CHECK(need.f == format.kif.f);
            CHECK_FALSE(Interval::of(Kif(need.k, need.i - 1, need.f)).contains(rounded));
        }
}

TEST_CASE("values of hundreds of bits, margins, and elements without bits") {
    CHECK(need_of(std::ldexp(1.0, 300), Format{Kif(true, 3, 2)}) == Kif(true, 301, 2));
    CHECK(need_of(-std::ldexp(1.0, 300), Format{Kif(true, 3, 2)}) == Kif(true, 300, 2));
    CHECK(need_of(std::ldexp(1.0, 64) - 2048, Format{Kif(false, 3, 0)}) == Kif(false, 64, 0));
    CHECK(need_of(3, Format{Kif(true, 9, 2)}, 2) == Kif(true, 4, 2));
    CHECK(need_of(-3, Format{Kif(false, 9, 2)}) == Kif(true, 2, 2));
    CHECK(need_of(100, Format{Kif(false, 3, -3)}, 5).is_zero());
}

TEST_CASE("calibration sees no value that is made of a wrapped one") {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = true, .formats = {}}, {});
    const NodeId q = g.quantize(x, Format{Kif(true, 1, 0)}, {}).value();
    const NodeId r = g.quantize(g.mul(q, q, {}).value(), Format{Kif(false, 2, 0)}, {}).value();
    const NodeId s = g.quantize(r, Format{Kif(false, 3, 0), Round::trn, Overflow::sat}, {}).value();
    g.output("y", s, {});
    REQUIRE(infer_forward(g));
    const Samples inputs[] = {batch({2, 2}, {1, 0, 5, -6})};
    const NodeId quantizers[] = {q, r, s};
    const auto needs = calibrate(g, inputs, quantizers).value();
    CHECK(needs[0].formats == std::vector<Kif>{Kif(true, 3, 0), Kif(true, 3, 0)});
    CHECK(needs[1].formats == std::vector<Kif>{Kif(false, 5, 0), Kif(false, 6, 0)});
    CHECK(needs[1].overflows == 2);
    CHECK(needs[1].values == 4);
    REQUIRE(needs[1].first);
    CHECK(needs[1].first->sample == 1);
    CHECK(needs[1].first->element == 0);
    CHECK(needs[1].first->value == 25);
    CHECK(needs[2].overflows == 2);
    CHECK(hull(needs[1].formats) == Kif(false, 6, 0));
}

TEST_CASE("the distance from a run without rounding, by hand") {
    Graph g;
    const NodeId x = g.input("x", {}, {.real = true, .formats = {}}, {});
    const NodeId q = g.quantize(x, Format{Kif(true, 2, 1)}, {}).value();
    const NodeId y = g.mul(q, g.constant({}, {4}, {}), {}).value();
    g.output("y", y, {});
    REQUIRE(infer_forward(g));
    const Samples inputs[] = {batch({3}, {1.25, -0.5, 4.0})};  // 1, -0.5, and -4: it wraps
    const NodeId quantizers[] = {q};
    const auto result = compare_with_real(g, inputs, quantizers).value();
    CHECK(result.samples == 3);
    const Deviation& of_y = result.values[static_cast<size_t>(y)];
    CHECK(of_y.max_error == 32);
    CHECK(of_y.mean_error() == 11);  // (1 + 0 + 32) / 3
    REQUIRE(of_y.snr());
    CHECK(*of_y.snr() == doctest::Approx(10 * std::log10((25.0 + 4 + 256) / (1 + 1024))));
    CHECK_FALSE(result.values[static_cast<size_t>(x)].snr());
    CHECK(result.quantizers.front().overflows == 1);
    CHECK(result.quantizers.front().added.max_error == 8);
    CHECK(result.quantizers.front().added.error_power == 64 + 0.0625);
}

TEST_CASE("without rounding: choices, tables, bits and other quantizers") {
    Graph g;
    const NodeId x = g.input("x", {}, {.real = true, .formats = {}}, {});
    const NodeId q = g.quantize(x, Format{Kif(true, 2, 0)}, {}).value();
    const NodeId zero = g.constant({}, {0}, {});
    const NodeId above = g.compare(Relation::lt, zero, q, {}).value();
    op::Table squares{Int(-4), 0, 8, std::make_shared<const std::vector<Dyadic>>(), {}};
    squares.entries = std::make_shared<const std::vector<Dyadic>>(std::vector<Dyadic>{16, 9, 4, 1, 0, 1, 4, 9});
    const NodeId table = g.table(squares, q, {});
    const NodeId mask = g.bitwise(BitFunction::bit_and, q, g.constant({}, {1}, {}), {}).value();
    const NodeId modulo = g.quantize(q, Format{Kif(false, 1, 0)}, {}).value();
    for (const NodeId node : {above, table, mask, modulo}) g.output("y" + std::to_string(int(node)), node, {});
    REQUIRE(infer_forward(g));
    // 0.75 is cut off to 0, so that 0.75 > 0 is lost; its nearest entry is that of 1.
    const Samples inputs[] = {batch({1}, {0.75})};
    const NodeId quantizers[] = {q};
    const auto result = compare_with_real(g, inputs, quantizers).value();
    const auto error = [&](NodeId node) { return result.values[static_cast<size_t>(node)].max_error; };
    CHECK(error(q) == 0.75);
    CHECK(error(above) == 1);
    CHECK(error(table) == 1);
    CHECK(error(mask) == 0);
    CHECK(error(modulo) == 0);  // floor(0.75) mod 2, not 0.75
    const Samples far[] = {batch({1}, {3000.0})};
    // The last entry, and what 3000 mod 8 = 0 gives in the exact run.
    CHECK(compare_with_real(g, far, quantizers).value().values[static_cast<size_t>(table)].max_error == 9);
}

TEST_CASE("data that do not fit are refused") {
    Graph g;
    const NodeId x = g.input("x", {}, {.real = true, .formats = {}}, {});
    const NodeId q = g.quantize(x, Format{Kif(true, 2, 0)}, {}).value();
    g.output("y", q, {});
    REQUIRE(infer_forward(g));
    const NodeId quantizers[] = {q};
    const Samples wrong[] = {batch({1, 2}, {0, 0})};
    const Samples nan[] = {batch({1}, {std::nan("")})};
    CHECK(calibrate(g, wrong, quantizers).error().front().code == code::bad_batch);
    CHECK(compare_with_real(g, nan, quantizers).error().front().code == code::bad_sample);
}
