#include <doctest/doctest.h>

#include "dal/infer/forward/declared.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/support/codes/format_codes.hpp"

using namespace dal;

namespace {

struct Checked {
    Graph graph;
    NodeId x;

    explicit Checked(const Kif& kif) {
        op::Input port;
        port.formats = FormatMap(Format{kif});
        x = graph.input("x", {3}, port, {});
        REQUIRE(infer_forward(graph).has_value());
    }
    [[nodiscard]] std::string remark(FormatMap formats) const {
        const DeclaredType type{x, std::move(formats), {}, {}, "h", "x"};
        const auto result = check_declared(graph, std::span(&type, 1));
        if (result) return "fits";
        CHECK(result.error().front().code == code::does_not_fit);
        return result.error().front().secondary.front().text;
    }
};

}  // namespace

TEST_CASE("a declared type holds every value or names what it lacks") {
    const Checked c(Kif(true, 3, 4));
    CHECK(c.remark(Format{Kif(true, 3, 4)}) == "fits");
    CHECK(c.remark(Format{Kif(true, 9, 9)}) == "fits");
    CHECK(c.remark(Format{Kif(false, 4, 4)}) == "can be negative at [0]: range [-8, 7.9375]");
    CHECK(c.remark(Format{Kif(true, 2, 9)}) == "has 3 integer bits at [0]: range [-8, 7.9375]");
    CHECK(c.remark(Format{Kif(true, 9, 3)}) == "has 4 fractional bits at [0]: range [-8, 7.9375]");
    CHECK(c.remark(FormatMap({Format{Kif(true, 3, 4)}, Format{Kif(true, 3, 4)}, Format{Kif(true, 1, 4)}}))
              .starts_with("has 3 integer bits at [2]"));
}

TEST_CASE("only the constant 0 fits a format without bits") {
    CHECK(Checked(Kif()).remark(Format{Kif()}) == "fits");
    CHECK(Checked(Kif(false, 1, 0)).remark(Format{Kif()}) == "has 1 integer bit at [0]: range [0, 1]");
}

TEST_CASE("wide formats are compared exactly") {
    for (const int bits : {63, 64, 65, 128, 200, 300}) {
        const Checked c(Kif(true, bits, 0));
        CHECK(c.remark(Format{Kif(true, bits, 0)}) == "fits");
        CHECK(c.remark(Format{Kif(true, bits - 1, 0)}) != "fits");
        CHECK(c.remark(Format{Kif(false, bits, 0)}) != "fits");
    }
}
