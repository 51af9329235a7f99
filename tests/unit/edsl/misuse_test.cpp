// What a C++ program does wrong: the diagnostic, and the C++ line that it shows.
#include <cmath>
#include <fstream>
#include <stdexcept>

#include "dal/support/codes/all.hpp"
#include "unit/edsl/error_of.hpp"
#include "unit/source_tree.hpp"

using namespace dal::edsl;
namespace code = dal::code;

TEST_CASE("wrong shapes show the line and the operands' lines") {
    Program p;
    const Tensor x = p.input("x", integer(4), {3});
    const uint32_t line = __LINE__ + 1;
    const auto error = error_of([&] { return einsum("i,io->o", x, constant({{1, 2}, {3, 4}})); });
    CHECK(error.code() == code::bad_einsum);
    CHECK(error.file() == __FILE__);
    CHECK(error.line() == line);
    CHECK(shows(error, "einsum(\"i,io->o\", x, constant({{1, 2}, {3, 4}}))"));
    CHECK(shows(error, " ^^^^^^^"));
    CHECK(shows(error, "operand 1 has shape [3]"));
    CHECK(shows(error, "p.input(\"x\", integer(4), {3})"));

    const uint32_t sum = __LINE__ + 1;
    const auto broadcast = error_of([&] { return x + constant({1, 2}); });
    CHECK(broadcast.code() == code::bad_shape);
    CHECK(broadcast.message() == "shapes [3] and [2] do not broadcast");
    CHECK(broadcast.line() == sum);

    const auto rows = error_of([] { return constant({{1, 2}, {3}}); });
    CHECK(rows.code() == code::bad_shape);
    CHECK(rows.message() == "the rows of the constant differ in their length");
    const auto count = error_of([] { return constant(std::vector<double>{1, 2, 3}, {2, 2}); });
    CHECK(count.message() == "3 values for a tensor of shape [2, 2]");
    CHECK(error_of([] { return constant(std::vector<double>{}); }).code() == code::bad_extent);
    CHECK(error_of([&] { return x[3]; }).code() == code::bad_shape);
    const int64_t half = int64_t{1} << 62;  // more elements than an int64_t counts
    CHECK(error_of([&] { return constant(std::vector<double>{1, 2, 3}, {half, 4}); }).code() == code::bad_shape);
}

TEST_CASE("arithmetic on an unquantized input is found by check") {
    Program p;
    const Tensor x = p.input("x", real, {2});
    const uint32_t line = __LINE__ + 1;
    const Tensor sum = x + 1;
    p.output("y", sum);
    const auto error = error_of([&] { p.check(); });
    CHECK(error.code() == code::real_in_arithmetic);
    CHECK(error.line() == line);
    CHECK(shows(error, "x + 1"));
    CHECK_FALSE(p.is_checked());
}

TEST_CASE("a settled program refuses changes") {
    Program p;
    const Tensor x = p.input("x", integer(4));
    p.output("y", x + 1);
    p.check();
    CHECK(p.is_checked());
    const uint32_t line = __LINE__ + 1;
    const auto error = error_of([&] { return relu(x); });
    CHECK(error.code() == code::program_settled);
    CHECK(error.message() == "the program is settled");
    CHECK(error.line() == line);
    CHECK(error_of([&] { return x + 1; }).code() == code::program_settled);
    CHECK(error_of([&] { p.output("z", x); }).code() == code::program_settled);
    CHECK(error_of([&] { return p.input("z", real); }).code() == code::program_settled);
    CHECK(error_of([&] { return let("z", x); }).code() == code::program_settled);
    p.check();  // again: nothing happens
    CHECK_NOTHROW(constant({1, 2}) * 2);
}

TEST_CASE("tensors of two programs do not meet") {
    Program p;
    Program q;
    const Tensor x = p.input("x", integer(4));
    const Tensor z = q.input("z", integer(4));
    const auto error = error_of([&] { return x * z; });
    CHECK(error.code() == code::mixed_programs);
    CHECK(error.message() == "tensors of two programs meet");
    CHECK(shows(error, "p.input(\"x\", integer(4))"));
    CHECK(shows(error, "q.input(\"z\", integer(4))"));
    CHECK(error_of([&] { p.output("y", z); }).code() == code::mixed_programs);
    const Tensor shared = constant({1, 2});
    CHECK_NOTHROW(x * shared);
    CHECK_NOTHROW(z * shared);
}

TEST_CASE("names") {
    Program p;
    const Tensor x = p.input("x", integer(4));
    const auto twice = error_of([&] { return p.input("x", real); });
    CHECK(twice.code() == code::duplicate_name);
    CHECK(twice.message() == "`x` is declared twice");
    CHECK(error_of([&] { return let("two words", x); }).message() == "\"two words\" is not a name");
    CHECK(error_of([&] { return let("", x); }).code() == code::bad_arguments);
    for (const char* name : {"9a", "a.", ".a", "a..b", "a.9", "größe"})
        CHECK(error_of([&] { return let(name, x); }).code() == code::bad_arguments);
    CHECK_NOTHROW(let("block.a9_", x));
    // What is no name is shown as text of C++, and not all of it.
    CHECK(error_of([&] { return let(std::string("a\0\n", 3), x); }).message() == "\"a\\x00\\x0a\" is not a name");
    const std::string long_name = std::string(59, '-').append("ö-");
    CHECK(error_of([&] { return let(long_name, x); }).message() == "\"" + std::string(59, '-') + "…\" is not a name");
    const uint32_t line = __LINE__ + 1;
    const auto scope_name = error_of([&] { return p.scope("a b"); });
    CHECK(scope_name.message() == "\"a b\" is not a name");
    CHECK(scope_name.line() == line);
    for (const char* part : {"left", "right"}) {
        const auto scope = p.scope(part);
        CHECK_NOTHROW(let("h", x + 1));
    }
    CHECK(error_of([&] { p.check(); }).code() == code::no_output);
    p.output("y", x);
    CHECK(error_of([&] { p.output("y", x); }).code() == code::duplicate_name);
    CHECK(p.graph_text().find("right.h = add") != std::string::npos);
}

TEST_CASE("constants that are no numbers, formats that are none") {
    CHECK(error_of([] { return Tensor(NAN); }).code() == code::bad_constant);
    const uint32_t line = __LINE__ + 1;
    const auto infinite = error_of([] { return constant({1.0, INFINITY}); });
    CHECK(infinite.code() == code::bad_constant);
    CHECK(infinite.line() == line);
    CHECK(infinite.file() == __FILE__);
    CHECK(error_of([] { return Number("zero"); }).message() == "\"zero\" is not a number");
    CHECK(error_of([] { return Number("1/0"); }).code() == code::bad_constant);
    CHECK(error_of([] { return Number(std::string(20000, '9')); }).message().size() < 100);
    CHECK(error_of([] { return constant(std::vector<float>{NAN}); }).code() == code::bad_constant);
    CHECK(error_of([] { return Number(1) / 0; }).code() == code::division_by_zero);
    CHECK(error_of([] { return log(Number(-1)); }).code() == code::undefined_value);
    const auto format = error_of([] { return fixed(2, 3, 4); });
    CHECK(format.code() == code::bad_format);
    CHECK(format.message() == "`k` is 2");
    CHECK(shows(format, "`fixed(1, …, …)`"));

    Program p;
    const Tensor x = p.input("x", integer(4));
    const auto tenth = error_of([&] { return x * 0.1_exact; });
    CHECK(tenth.code() == code::not_dyadic);
    CHECK(tenth.file() == __FILE__);
    CHECK(error_of([&] { return x * exp(Number(1)); }).code() == code::unquantized_constant);
    CHECK(error_of([&] { return x << x; }).code() == code::not_constant);
    CHECK(error_of([&] { return x / 3; }).code() == code::not_constant);
    CHECK(error_of([&] { return x.numbers(); }).code() == code::not_constant);
}

TEST_CASE("tables") {
    // A table that is not exact has no entries of its own; a program asks for them.
    const Table third = table("third", integer(2), [](const Number& v) { return v / 3; });
    CHECK(error_of([&] { return third.entries(); }).code() == code::no_format);
    CHECK(error_of([&] { return third(1); }).code() == code::no_format);
    Program open;
    open.output("y", third(open.input("x", integer(2))));
    const auto exact = error_of([&] { open.check(); });
    CHECK(exact.code() == code::not_dyadic);
    CHECK(exact.message() == "entry 0 of `third` is -2/3");
    const uint32_t line = __LINE__ + 1;
    const auto inside = [](const Number& v) { return 1 / v; };
    const auto zero = error_of([&] { return table("inverse", integer(2), integer(4), inside); });
    CHECK(zero.code() == code::division_by_zero);
    CHECK(zero.line() == line);
    REQUIRE(zero.diagnostics().front().secondary.size() == 1);
    CHECK(zero.diagnostics().front().secondary[0].text == "for `inverse(0)`");
    CHECK(shows(zero, "table(\"inverse\", integer(2), integer(4), inside)"));
    // Also of several parameters, and where the function asks for what is no number; not after that any more.
    const auto two = error_of([&] {
        return table("quotient", {integer(2), fixed(0, 1, 1)}, [](std::span<const Number> v) { return v[0] / v[1]; });
    });
    CHECK(shows(two, "for `quotient(-2, 0)`"));
    const auto nothing =
        error_of([&] { return table("t", integer(2), [](const Number& v) { return v == 1 ? Number("one") : v; }); });
    CHECK(nothing.code() == code::bad_constant);
    CHECK(shows(nothing, "for `t(1)`"));
    const auto outer = error_of([&] {
        return table("outer", integer(2),
                     [&](const Number& v) { return v + Number(table("inner", integer(2), inside).entries().front()); });
    });
    CHECK(outer.diagnostics().front().secondary.size() == 2);
    CHECK(shows(outer, "for `inner(0)`"));
    CHECK(shows(outer, "for `outer(-2)`"));
    CHECK(error_of([] { return Number(1) / 0; }).diagnostics().front().secondary.empty());
    CHECK(error_of([] { return table("wide", integer(40), integer(4), [](const Number& v) { return v; }); }).code() ==
          code::program_too_large);

    // A function that throws stops the table, with what it threw; one that is empty is no function.
    CHECK_THROWS_AS(table("t", integer(4), integer(4), [](const Number&) -> Number { throw std::out_of_range("v"); }),
                    std::out_of_range);
    const std::function<Number(Number)> none;
    CHECK(error_of([&] { return table("t", integer(4), none); }).message() == "`t` has an empty function");
    CHECK(error_of([&] { return table("t", integer(4), integer(4), none); }).code() == code::bad_arguments);
    CHECK(error_of([] { return table("a b", integer(4), [](const Number& v) { return v; }); }).message() ==
          "\"a b\" is not a name");

    Program p;
    const Tensor x = p.input("x", integer(5));
    const Table narrow = table("narrow", integer(4), [](const Number& v) { return abs(v); });
    p.output("y", narrow(x));
    const auto outside = error_of([&] { p.check(); });
    CHECK(shows(outside, "narrow(x)"));
}

TEST_CASE("a declared type that does not hold is found by check") {
    Program p;
    const Tensor x = p.input("x", integer(4));
    p.output("y", integer(4), x + x);
    const auto error = error_of([&] { p.check(); });
    CHECK(error.code() == code::does_not_fit);
    CHECK(shows(error, "p.output(\"y\", integer(4), x + x)"));
}

TEST_CASE("data that does not fit the program") {
    Program p;
    const Tensor x = p.input("x", integer(4), {2});
    p.output("y", x + 1);
    const auto missing = error_of([&] { p.run({}); });
    CHECK(missing.code() == code::bad_batch);
    CHECK(missing.message() == "input `x` has no data");
    CHECK(error_of([&] { p.run({{"x", std::vector<double>{1, 2}}, {"z", std::vector<double>{1}}}); }).message() ==
          "the program has no input `z`");
    const auto twice = error_of([&] { p.run({{"x", {1, 2}}, {"x", {3, 4}}}); });
    CHECK(twice.code() == code::bad_batch);
    CHECK(twice.message() == "input `x` is given 2 batches");
    CHECK(error_of([&] { p.build({.directory = "never"}, {{"x", {1, 2}}, {"x", {3, 4}}}); }).message() ==
          "input `x` is given 2 batches");
    CHECK(error_of([&] { p.run({{"x", std::vector<double>{1, 2, 3}}}); }).message() ==
          "input `x` gets 3 numbers, a sample has 2");
    CHECK(error_of([&] { p.run({{"x", std::vector<double>{0.5, 2}}}); }).code() == code::bad_sample);
    CHECK(error_of([&] { p.run({{"x", "nowhere.npy"}}); }).code() == code::cannot_read);
    const auto third = error_of([&] { p.run({{"x", std::vector<Number>{1, Number(2) / 3}}}); });
    CHECK(third.code() == code::bad_sample);
    CHECK(third.message() == "`x[1]` of sample 0 is 2/3");
    const Outputs outputs = p.run({{"x", std::vector<double>{1, 2}}});
    CHECK(error_of([&] { return outputs["z"]; }).message() == "there is no output `z`");

    const dal::Codes& codes = outputs["y"];  // one sample of two elements
    CHECK(codes.value(0, 1) == 3);
    const uint32_t line = __LINE__ + 1;
    const auto element = error_of([&] { return codes.value(0, 2); });
    CHECK(element.code() == code::bad_arguments);
    CHECK(element.message() == "`element` is 2");
    CHECK(element.line() == line);
    CHECK(shows(element, "it is from 0 to 1"));
    CHECK(shows(element, "codes.value(0, 2)"));
    CHECK(error_of([&] { return codes.value(1, 0); }).message() == "`sample` is 1");
    CHECK(error_of([&] { return codes.value(-1, 0); }).message() == "`sample` is -1");
    CHECK(error_of([&] { return codes.code(0, -1); }).message() == "`element` is -1");
    dal::Codes none({2}, 0, {0, 0}, 1);
    CHECK(shows(error_of([&] { none.set_code(0, 0, 1); }), "there are no samples"));
}

TEST_CASE("options out of their range") {
    Program p;
    p.output("y", p.input("x", integer(4)) + 1);
    const auto stages = error_of([&] { p.build({.directory = "never", .stages = 0}); });
    CHECK(stages.code() == code::bad_arguments);
    CHECK(stages.message() == "`stages` is 0");
    CHECK(shows(stages, "it is from 1 to 10000"));
    CHECK(error_of([&] { p.build({.directory = "never", .stages = 10'001}); }).message() == "`stages` is 10001");
    CHECK(error_of([&] { p.build({.directory = "never", .random_vectors = -1}); }).message() ==
          "`random_vectors` is -1");
    CHECK(error_of([&] { p.build({.directory = "never", .optimizer = {.effort = 4}}); }).message() == "`effort` is 4");
    CHECK(error_of([&] { p.build({.directory = "never", .optimizer = {.extra_depth = -1}}); }).message() ==
          "`extra_depth` is -1");
    CHECK(error_of([&] { p.build({}); }).message() == "`directory` is empty");
    CHECK(error_of([&] { p.run({{"x", {1}}}, {.threads = -1}); }).message() == "`threads` is -1");
    CHECK_FALSE(p.is_checked());
}

TEST_CASE("what was moved away") {
    Program p;
    Tensor x = p.input("x", integer(4), {2});
    const Tensor kept = std::move(x);
    const uint32_t line = __LINE__ + 1;
    const auto error = error_of([&] { return x + 1; });
    CHECK(error.code() == code::bad_arguments);
    CHECK(error.message() == "the tensor was moved away");
    CHECK(error.line() == line);
    CHECK(error_of([&] { return x.shape(); }).code() == code::bad_arguments);
    CHECK(error_of([&] { return x.type(); }).code() == code::bad_arguments);
    CHECK(error_of([&] { p.output("z", x); }).code() == code::bad_arguments);
    x = kept + 1;
    Program same = std::move(p);  // a program is a handle: both are the same one
    same.output("y", x);
    p.check();
    CHECK(same.is_checked());
}

TEST_CASE("files") {
    CHECK(error_of([] { return load("nowhere.npy"); }).code() == code::cannot_read);
    CHECK(error_of([] { return load("weights.txt"); }).code() == code::cannot_read);
    const std::string archive = (dal::test::source_tree() / "examples/jets/jets.npz").string();
    const auto error = error_of([&] { return load(archive)["no_such"]; });
    CHECK(error.code() == code::unknown_member);
    CHECK(shows(error, "its members are"));
    const auto whole = error_of([&] { return relu(load(archive)); });
    CHECK(whole.code() == code::wrong_kind);
    CHECK(error_of([&] { return load(archive, {.type = "float9"}); }).code() == code::bad_arguments);
    const std::string state = (dal::test::source_tree() / "tests/golden/state.npz").string();
    CHECK(error_of([&] { return load(state)["fc1"]; }).code() == code::wrong_kind);
    CHECK(error_of([&] { return load(state).part("fc1.weight"); }).code() == code::wrong_kind);
    CHECK(shows(error_of([&] { return load(state).part("fc2"); }), "did you mean `fc1`?"));
    CHECK(shows(error_of([&] { return load(state).part("fc1")["wight"]; }),
                "the members below `fc1` are `bias`, `weight`"));
}

TEST_CASE("errors of a text are errors of the text") {
    const auto error = error_of([] { return dal::compile("input x: int(4)\noutput y = x + z\n"); });
    CHECK(error.code() == code::unknown_name);
    CHECK(error.file() == "<text>");
    CHECK(error.line() == 2);
    CHECK(error_of([] { return dal::compile_file("nowhere.da"); }).code() == code::cannot_read);
}

TEST_CASE("a source file that is not there is known by its line") {
#line 4711 "/nowhere/program.cpp"
    const auto error = error_of([] { return fixed(2, 3, 4); });
    CHECK(error.file() == "/nowhere/program.cpp");
    CHECK(error.line() == 4711);
    CHECK(shows(error, "--> /nowhere/program.cpp:4711\n"));
}
