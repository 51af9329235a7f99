#include <doctest/doctest.h>

#include "dal/infer/advice/advice.hpp"
#include "dal/infer/forward/forward.hpp"

using namespace dal;

namespace {

Span place(uint32_t n) { return {FileId{0}, n, n + 1}; }

std::vector<std::string> names(const Diagnostics& found) {
    std::vector<std::string> result;
    for (const Diagnostic& d : found) result.push_back(d.advice);
    return result;
}

std::vector<Advice> everything() {
    std::vector<Advice> result;
    for (const AdviceKind& kind : all_advice()) result.push_back(kind.advice);
    return result;
}

/// What is said of one quantizer of an operand in `from`.
std::vector<std::string> said(const Kif& from, const Format& to, const std::vector<Advice>& kinds = everything()) {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = false, .formats = Format{from}}, {});
    const NodeId q = g.quantize(x, to, place(1)).value();
    g.output("y", q, {});
    REQUIRE(infer_forward(g));
    const NodeId quantizers[] = {q};
    return names(advise(g, quantizers, {}, kinds));
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a quantizer that changes nothing, to the bit") {
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 3, 4)}) == Names{"quantize-no-effect"});
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 5, 6), Round::rnd, Overflow::sat}) == Names{"quantize-no-effect"});
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 3, 3)}) == Names{});
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 2, 4)}) == Names{"wrap-overflows"});
    CHECK(said(Kif(true, 3, 4), Format{Kif(false, 3, 4)}) == Names{"wrap-overflows"});
    CHECK(said(Kif(false, 3, 4), Format{Kif(true, 3, 4)}) == Names{"quantize-no-effect"});
    // -8 is not a value of the symmetric format.
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 3, 4), Round::trn, Overflow::sat_sym}) == Names{});
    CHECK(said(Kif(true, 300, 4), Format{Kif(true, 300, 4)}) == Names{"quantize-no-effect"});
    CHECK(said(Kif(true, 300, 4), Format{Kif(true, 299, 4)}) == Names{"wrap-overflows"});
}

TEST_CASE("saturation after rounding") {
    // 7.9375 rounds up to 8, which is outside; cut off it is 7.875.
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 3, 3), Round::rnd, Overflow::sat}) == Names{});
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 3, 3), Round::trn, Overflow::sat}) == Names{"saturation-never"});
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 4, 3), Round::rnd, Overflow::sat}) == Names{"saturation-never"});
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 4, 4), Round::trn, Overflow::sat}, {Advice::saturation_never}) ==
          Names{"saturation-never"});
}

TEST_CASE("rounding without digits") {
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 2, 4), Round::rnd_conv, Overflow::sat}) == Names{"rounding-never"});
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 2, 3), Round::rnd_conv, Overflow::sat}) == Names{});
    CHECK(said(Kif(true, 3, 4), Format{Kif(true, 2, 4), Round::trn, Overflow::sat}) == Names{});
}

TEST_CASE("what is said of an expression holds for all its nodes") {
    Graph g;
    const NodeId narrow = g.input("a", {}, {.real = false, .formats = Format{Kif(true, 2, 0)}}, {});
    const NodeId wide = g.input("b", {}, {.real = false, .formats = Format{Kif(true, 6, 0)}}, {});
    const NodeId real = g.input("c", {}, {.real = true, .formats = {}}, {});
    const Format format{Kif(true, 4, 0), Round::trn, Overflow::sat};
    const NodeId quantizers[] = {
        g.quantize(narrow, format, place(1)).value(), g.quantize(wide, format, place(1)).value(),
        g.quantize(narrow, format, place(2)).value(), g.quantize(real, format, place(3)).value()};
    for (const NodeId q : quantizers) g.output("y" + std::to_string(static_cast<uint32_t>(q)), q, {});
    REQUIRE(infer_forward(g));
    const Diagnostics found = advise(g, quantizers, {}, everything());
    REQUIRE(names(found) == Names{"quantize-no-effect"});
    CHECK(found.front().span == place(2));
    CHECK(found.front().severity == Severity::warning);
}

TEST_CASE("what is said of a quantizer inside the library is shown at its call first") {
    const Span inside{FileId{1}, 4, 9};
    Graph g;
    const NodeId x = g.input("x", {}, {.real = false, .formats = Format{Kif(true, 2, 0)}}, {});
    g.set_calls(place(2), place(7));
    const NodeId q = g.quantize(x, Format{Kif(true, 3, 0)}, inside).value();
    g.set_calls(place(2), {});
    const NodeId own = g.quantize(x, Format{Kif(true, 3, 0)}, place(8)).value();
    g.set_calls({}, {});
    g.output("y", q, {});
    g.output("z", own, {});
    REQUIRE(infer_forward(g));
    const NodeId quantizers[] = {q, own};
    const Diagnostics found = advise(g, quantizers, {}, everything());
    REQUIRE(names(found) == Names{"quantize-no-effect", "quantize-no-effect"});
    CHECK(found[0].span == place(7));
    CHECK(found[0].label == "in this call");
    REQUIRE(found[0].secondary.size() == 2);
    CHECK(found[0].secondary[0].span == inside);
    CHECK(found[0].secondary[0].text == "the operand is in [-4, 3] step 2^0");
    CHECK(found[0].secondary[1].span == place(2));
    CHECK(found[1].span == place(8));
    REQUIRE(found[1].secondary.size() == 1);
    CHECK(found[1].secondary[0].span == place(2));
}

TEST_CASE("values that no output depends on") {
    Graph g;
    const NodeId x = g.input("x", {}, {.real = false, .formats = Format{Kif(true, 2, 0)}}, {});
    const NodeId used = g.neg(x, {});
    const NodeId lost = g.abs(used, {});
    g.output("y", g.relu(used, {}), {});
    REQUIRE(infer_forward(g));
    const NamedNode named[] = {{"x", place(1), x}, {"used", place(2), used}, {"lost", place(3), lost}};
    const Diagnostics found = advise(g, {}, named, everything());
    REQUIRE(names(found) == Names{"unused-value"});
    CHECK(found.front().message == "no output depends on `lost`");
    const Advice others[] = {Advice::wrap_overflows};
    CHECK(advise(g, {}, named, others).empty());
}

TEST_CASE("names go there and back") {
    for (const AdviceKind& kind : all_advice()) CHECK(advice_from_string(to_string(kind.advice)) == kind.advice);
    CHECK_FALSE(advice_from_string("unused"));
}

TEST_CASE("bits of a written format that no output sees, to the bit") {
    const auto unseen = [](const Kif& from, const Format& to) {
        Graph g;
        const NodeId x = g.input("x", {3}, {.real = false, .formats = Format{from}}, place(1));
        const NodeId w = g.constant({3, 2}, {2, 2, 2, 2, 0, 0}, {});
        const NodeId s = g.einsum(parse_einsum("i,io->o", {}).value(), x, w, place(2)).value();
        g.output("y", g.quantize(s, to, place(3)).value(), {});
        REQUIRE(infer_forward(g));
        const NamedNode named[] = {{"x", place(1), x}, {"s", place(2), s}};
        const Advice kinds[] = {Advice::unseen_bits};
        std::vector<std::string> said;
        for (const Diagnostic& d : advise(g, {}, named, kinds)) said.push_back(d.message);
        return said;
    };
    // x[2] is multiplied by 0; what is said of `s` nobody could write otherwise.
    CHECK(unseen(Kif(true, 3, 4), Format{Kif(true, 9, 4)}) == Names{"8 of 24 bits of `x` are never seen"});
    CHECK(unseen(Kif(true, 3, 4), Format{Kif(false, 3, 3)}) == Names{"12 of 24 bits of `x` are never seen"});
    CHECK(unseen(Kif(true, 300, 4), Format{Kif(false, 3, 3)}) == Names{"903 of 915 bits of `x` are never seen"});
    Graph g;
    const NodeId x = g.input("x", {}, {.real = false, .formats = Format{Kif(true, 3, 4)}}, place(1));
    g.output("y", x, {});
    REQUIRE(infer_forward(g));
    const NamedNode named[] = {{"x", place(1), x}};
    CHECK(names(advise(g, {}, named, everything())) == Names{});
}
