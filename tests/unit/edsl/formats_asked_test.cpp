// Parameters and tables of C++ programs take the format that their consumers ask for.
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "dal/support/codes/program_codes.hpp"
#include "error_of.hpp"

using namespace dal;
using namespace dal::edsl;

namespace {

const Table& decay() {
    static const Table table = edsl::table("decay", unsigned_integer(2), [](const Number& v) { return exp(-v); });
    return table;
}

}  // namespace

TEST_CASE("a table takes the join of what each program asks for") {
    Program coarse;
    const Tensor x = coarse.input("x", unsigned_integer(2));
    coarse.output("y", quantize(decay()(x), fixed(0, 1, 3)));
    CHECK(coarse.run({{"x", std::vector<int64_t>{0, 1, 2, 3}}}).doubles("y") == std::vector{1.0, 0.25, 0.125, 0.0});

    Program fine;
    const Tensor y = decay()(fine.input("x", unsigned_integer(2)));
    fine.output("a", quantize(y, fixed(0, 1, 3)));
    fine.output("b", quantize(y, fixed(0, 0, 6)));
    fine.output("c", y);
    const Outputs outputs = fine.run({{"x", std::vector<int64_t>{0, 1, 2, 3}}}, {.check = true});
    CHECK(outputs.doubles("c") == std::vector{1.0, 0.359375, 0.125, 0.046875});
    CHECK(outputs.doubles("a") == std::vector{1.0, 0.25, 0.125, 0.0});
}

TEST_CASE("a parameter has the asked format where it is used as it is") {
    Program p;
    const Tensor x = p.input("x", integer(4), {2});
    const Tensor w = p.param("w", constant({0.3_exact, exp(Number(-1))}));
    p.output("a", x * w);
    p.output("b", x[0] * quantize(w[0], fixed(0, 0, 4)));
    p.output("c", x[1] * quantize(w[1], fixed(0, 0, 6)));
    const Outputs outputs = p.run({{"x", std::vector<int64_t>{1, 1}}}, {.check = true});
    CHECK(outputs.doubles("a") == std::vector{0.25, 0.359375});
    CHECK(error_of([&] { p.param("late", constant({1})); }).code() == code::program_settled);
    CHECK(error_of([&] { return quantize(w, fixed(0, 0, 9)); }).code() == code::program_settled);
}

TEST_CASE("what nobody asks for, what does not agree, and other misuse") {
    Program p;
    const Tensor x = p.input("x", integer(4));
    const Tensor w = p.param("w", Number("1/3"));
    p.output("y", x * w);
    CHECK(error_of([&] { p.check(); }).code() == code::not_dyadic);
    const Tensor a = quantize(w, fixed(0, 0, 4));
    const Tensor b = quantize(w, fixed(0, 0, 5, {.round = rnd}));
    const auto conflict = error_of([&] { p.check(); });
    CHECK(conflict.code() == code::format_conflict);
    CHECK(shows(conflict, "quantize(w, fixed(0, 0, 4))"));
    CHECK(shows(conflict, "quantize(w, fixed(0, 0, 5, {.round = rnd}))"));

    CHECK(error_of([&] { p.param("z", x + 1); }).code() == code::not_constant);
    CHECK(error_of([&] { p.param("z", fixed(0, 0, 4), Number("1/3")); }).code() == code::does_not_fit);
    Program other;
    const Tensor v = other.input("v", integer(4));
    CHECK(error_of([&] { return v * w; }).code() == code::mixed_programs);
    CHECK(p.param("exact", fixed(1, 3, 1), 2.5).is_constant());
}
