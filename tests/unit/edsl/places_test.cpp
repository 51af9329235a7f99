// Formats by place: `with` of the language, and With in C++.
#include <doctest/doctest.h>

#include <dal/dal.hpp>

#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "error_of.hpp"

using namespace dal::edsl;

namespace {

Tensor dense(const Tensor& x, const Tensor& kernel) {
    return einsum("i,io->o", quantize(x), quantize(kernel, Place::weight));
}

}  // namespace

TEST_CASE("a With gives formats to what is made while it lives, functions included") {
    Program p;
    const Tensor x = p.input("x", real, {2});
    const Tensor kernel = constant({{0.3_exact, 0.1_exact}, {-0.5, 0.4_exact}});
    {
        const With outer({.weight = fixed(1, 0, 7), .data = fixed(1, 3, 4, {.overflow = sat})});
        const Tensor h = let("h", dense(x, kernel));
        const With inner({.data = fixed(1, 2, 2), .table = fixed(1, 1, 3)});
        const Table half = table("half", format_of(Place::data), [](const Number& v) { return v / 3; });
        p.output("y", dense(h, kernel));
        p.output("z", half(quantize(h)));
    }
    p.check();
    CHECK(p.graph_text() == dal::compile(R"(
        input x: real[2]
        fn dense(x, kernel) = einsum("i,io->o", quantize(x), quantize(kernel, weight))
        param kernel = [[0.3, 0.1], [-0.5, 0.4]]
        with weight: fixed(1, 0, 7), data: fixed(1, 3, 4, overflow: sat) {
            let h = dense(x, kernel)
            with data: fixed(1, 2, 2), table: fixed(1, 1, 3) {
                table half(v: data) = v / 3
                output y = dense(h, kernel)
                output z = half(quantize(h))
            }
        }
    )")
                                .graph_text());
}

TEST_CASE("a place without a format is an error at the line of the call") {
    Program p;
    const Tensor x = p.input("x", real, {2});
    const With formats({.weight = fixed(1, 0, 7)});
    const dal::Error error = error_of([&] { (void)quantize(x); });
    CHECK(error.code() == dal::code::no_format);
    CHECK(shows(error, "(void)quantize(x)"));
    CHECK(shows(error, "no With around says what `data` is"));
    {
        const With inner({.data = integer(3)});
        CHECK_NOTHROW((void)quantize(x));
    }
    CHECK(error_of([&] { (void)quantize(x); }).code() == dal::code::no_format);
    CHECK(error_of([&] { (void)format_of(Place::bias); }).code() == dal::code::no_format);
}

TEST_CASE("functions of constants refuse what depends on an input") {
    Program p;
    const Tensor x = p.input("x", integer(4), {2});
    for (const auto& action : std::vector<std::function<Tensor()>>{
             [&] { return exp(x); }, [&] { return log(x); }, [&] { return pow(x, 2); }, [&] { return atan2(x, x); }})
        CHECK(error_of([&] { (void)action(); }).code() == dal::code::not_constant);
}

TEST_CASE("constants that are quantized to other numbers are told") {
    Program p;
    const Tensor x = p.input("x", fixed(1, 3, 4), {2});
    const Tensor k = quantize(constant({{2.5, 0.125}, {-3, 0.75}}), fixed(1, 1, 6));
    p.output("y", einsum("i,io->o", x, k));
    p.output("z", x < Number(1) / 3);
    p.check();
    const auto warnings = p.warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("2 of 4 constants wrap: 2.5 at [0, 0] becomes -1.5") != std::string::npos);
    CHECK(warnings[0].find("places_test.cpp") != std::string::npos);
    const auto text = dal::compile("input x: int(4)\noutput y = x * quantize(9, int(4))\n");
    REQUIRE(text.warnings().size() == 1);
    CHECK(text.warnings()[0].find("9 becomes -7") != std::string::npos);
    CHECK(dal::compile("input x: int(4)\noutput y = x * quantize(7, int(4))\n").warnings().empty());
}
