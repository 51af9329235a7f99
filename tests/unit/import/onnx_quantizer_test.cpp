// Quantizers, their levels, and the functions in front of them: checked against each other on all values.
#include <doctest/doctest.h>

#include "dal/import/onnx/quantizer.hpp"
#include "dal/import/onnx/requantize.hpp"
#include "dal/numeric/quantize.hpp"

using namespace dal;
using namespace dal::importer;
using namespace dal::importer::onnx;

namespace {

constexpr CodeRound all_roundings[] = {CodeRound::half_even, CodeRound::ceil,    CodeRound::floor,    CodeRound::up,
                                       CodeRound::down,      CodeRound::half_up, CodeRound::half_down};

Quantizer make(double scale, int64_t zero, int64_t low, int64_t high, CodeRound round) {
    Quantizer q;
    q.scale = {scale};
    q.zero = {zero};
    q.low = {low};
    q.high = {high};
    q.round = round;
    return q;
}

Rational over_64(int n) { return {Dyadic(Int(n), -6)}; }

}  // namespace

TEST_CASE("a code is the number of levels that are reached") {
    for (const CodeRound round : all_roundings)
        for (const double scale : {0.25, static_cast<double>(0.1F)})
            for (const int64_t zero : {0, 3, -2}) {
                const Quantizer q = make(scale, zero, -4, 3, round);
                const auto levels = levels_of(q, 0);
                REQUIRE(levels.size() == 7);
                for (int n = -200; n <= 200; ++n) {
                    const Rational x = over_64(n);
                    int64_t reached = 0;
                    for (const Level& level : levels)
                        if (level.is_strict ? x > level.value : x >= level.value) ++reached;
                    CHECK(q.code_of(x, 0) == Int(-4 - zero + reached));
                }
            }
}

TEST_CASE("formats of the language round as quantizers do") {
    for (const CodeRound round : all_roundings)
        for (const int64_t low : {-8, -7, 0}) {
            const Quantizer q = make(0.25, 0, low, low == 0 ? 15 : 7, round);
            const auto formats = q.formats();
            CHECK(formats.has_value() == (round != CodeRound::ceil && round != CodeRound::up));
            if (!formats) continue;
            for (int n = -400; n <= 400; ++n)
                CHECK(quantize_code(over_64(n), formats->at(0)) == q.code_of(over_64(n), 0));
        }
    CHECK_FALSE(make(0.3F, 0, -8, 7, CodeRound::half_even).formats());
    CHECK_FALSE(make(0.25, 1, -8, 7, CodeRound::half_even).formats());
    CHECK_FALSE(make(0.25, 0, -8, 6, CodeRound::half_even).formats());
}

TEST_CASE("levels behind straight lines and limits are those of the numbers themselves") {
    for (const int factor : {3, -3}) {
        Steps steps;
        REQUIRE(append(steps, Step::affine({}, {Real(Rational(Dyadic(Int(factor)), Int(7)))},
                                           {Real(Rational(Dyadic(1), Int(3)))})));
        REQUIRE(append(steps, Step::clip(Rational(0), Rational(2))));
        Flow flow;
        flow.steps = steps;
        flow.f = 3;
        const Quantizer q = make(0.25, 0, 0, 15, CodeRound::half_even);
        const StepIndex index = index_steps(steps, {});
        const auto codes = code_levels(flow, index, 0, levels_of(q, 0));
        REQUIRE(codes);
        for (int n = -100; n <= 100; ++n) {
            const Rational x(Dyadic(Int(n), -3));
            Rational y = x * Rational(Dyadic(Int(factor)), Int(7)) + Rational(Dyadic(1), Int(3));
            y = std::min(std::max(y, Rational(0)), Rational(2));
            int64_t reached = 0;
            using Kind = CodeLevel::Kind;
            for (const CodeLevel& level : *codes)
                if (level.kind == Kind::always || (level.kind == Kind::from && Int(n) >= level.code) ||
                    (level.kind == Kind::up_to && Int(n) <= level.code))
                    ++reached;
            CHECK(q.code_of(y, 0) == Int(reached));
        }
    }
}

TEST_CASE("scales of Brevitas are restored where they are the largest weight over the largest code") {
    const Constant weights = Constant::of({2, 2}, {0.5, -0.25, 0.1F, 0.3F}, Kind::float32);
    Quantizer q;
    q.shape = {2, 1};
    q.scale = {static_cast<float>(0.5 / 7), static_cast<float>(static_cast<double>(0.3F) / 7)};
    q.zero = {0, 0};
    q.low = {-7, -7};
    q.high = {7, 7};
    CHECK(restore_scales(weights, q));
    CHECK(q.scale[0] == 0.5 / 7);
    q.scale = {0.125, 0.25};
    CHECK_FALSE(restore_scales(weights, q));
}

TEST_CASE("formats in options are plain numbers") {
    CHECK(options_format("fixed(1, 5, 10, round: rnd, overflow: sat)") == Kif(true, 5, 10));
    CHECK(options_format("int(8)") == Kif(true, 7, 0));
    CHECK(options_format("uint(4)") == Kif(false, 4, 0));
    CHECK_FALSE(options_format("fixed(1, n, 10)"));
    CHECK_FALSE(options_format("data"));
}
