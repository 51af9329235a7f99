// Every combination of a small input format and a small quantizer, over all values: what is declared holds every value
// that occurs (peers lose some), and its ends do occur. Then the same far beyond machine words.
#include <doctest/doctest.h>

#include <array>

#include "dal/infer/forward/forward.hpp"
#include "dal/numeric/quantize.hpp"

using namespace dal;

namespace {

struct Tally {
    int64_t combinations = 0;
    int64_t unsound = 0;
    int64_t ends = 0;
    int64_t reached = 0;
};

/// Infers quantize(x, format) for x in `input` and runs it on every value.
void sweep(const Kif& input, const Format& format, Tally& tally) {
    Graph graph;
    const NodeId x = graph.input("x", {}, {.real = false, .formats = Format{input}}, {});
    const NodeId y = graph.quantize(x, format, {}).value();
    REQUIRE(infer_forward(graph));
    const Interval& range = graph[y].range.front();
    std::optional<Dyadic> least;
    std::optional<Dyadic> most;
    bool sound = true;
    for (Int code = input.min_code(); code <= input.max_code(); code += 1) {
        const Dyadic value(quantize_code(Rational(Dyadic(code, -int64_t{input.f})), format), -int64_t{format.kif.f});
        sound = sound && range.contains(value) && Interval::of(range.kif()).contains(value);
        if (!least || value < *least) least = value;
        if (!most || *most < value) most = value;
    }
    ++tally.combinations;
    tally.unsound += sound ? 0 : 1;
    tally.ends += 2;
    tally.reached += (*least == range.min() ? 1 : 0) + (*most == range.max() ? 1 : 0);
}

/// All formats of the sweep, for the given modes; moved by `offset` bits up.
Tally sweep_all(std::span<const Round> rounds, std::span<const Overflow> overflows, int offset = 0, int stride = 1) {
    Tally tally;
    int position = 0;
    for (const Round round : rounds)
        for (const Overflow overflow : overflows)
            for (int ki = 0; ki <= 1; ++ki)
                for (int ii = -3; ii <= 3; ++ii)
                    for (int fi = -1; fi <= 4; ++fi) {
                        if (ii + fi <= 0) continue;
                        for (int k = 0; k <= 1; ++k)
                            for (int i = -2; i <= 4; ++i)
                                for (int f = -2; f <= 3; ++f) {
                                    if (k + i + f <= 0 || i + f < 0 || position++ % stride != 0) continue;
                                    sweep(Kif(ki != 0, ii + offset, fi - offset),
                                          {Kif(k != 0, i + offset, f - offset), round, overflow}, tally);
                                }
                    }
    return tally;
}

void check(const Tally& tally) {
    MESSAGE(tally.combinations << " combinations, " << tally.unsound << " unsound, " << tally.reached << " of "
                               << tally.ends << " ends reached");
    CHECK(tally.unsound == 0);
    CHECK(100 * tally.reached >= 95 * tally.ends);
}

}  // namespace

TEST_CASE("28,674 combinations of formats, roundings and overflows declare what holds every value") {
    const std::array rounds{Round::trn, Round::rnd, Round::rnd_conv};
    const std::array overflows{Overflow::wrap, Overflow::sat, Overflow::sat_sym};
    const Tally tally = sweep_all(rounds, overflows);
    CHECK(tally.combinations == 28'674);
    check(tally);
}

TEST_CASE("the other roundings, and saturation to zero") {
    const std::array others{Round::trn_zero, Round::rnd_zero, Round::rnd_inf, Round::rnd_min_inf};
    const std::array overflows{Overflow::wrap, Overflow::sat, Overflow::sat_sym, Overflow::sat_zero};
    check(sweep_all(others, overflows));
    const std::array first{Round::trn, Round::rnd, Round::rnd_conv};
    check(sweep_all(first, std::array{Overflow::sat_zero}));
}

TEST_CASE("the same beyond 2^300, and in steps below 2^-300") {
    const std::array rounds{Round::trn, Round::rnd_conv, Round::rnd_inf};
    const std::array overflows{Overflow::wrap, Overflow::sat, Overflow::sat_sym, Overflow::sat_zero};
    check(sweep_all(rounds, overflows, 310, 7));
    check(sweep_all(rounds, overflows, -310, 7));
}
