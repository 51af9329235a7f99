// Running and looking; building is in tests/install and tests/cli, where Verilator is.
#include <cstdint>
#include <filesystem>
#include <optional>

#include "dal/support/codes/file_codes.hpp"
#include "dal/support/codes/result_codes.hpp"
#include "unit/edsl/error_of.hpp"
#include "unit/source_tree.hpp"

using namespace dal::edsl;

TEST_CASE("all engines give the same codes, and doubles where they are exact") {
    Program p;
    const Tensor x = p.input("x", real, {2});
    p.output("y", quantize(x, fixed(1, 3, 2, {.round = rnd, .overflow = sat})) * constant({3, -1}) + 0.5);
    const std::vector<double> samples{1.3, -2, 100, 0.125, -0.1, 7};
    const std::vector<double> expected{4.25, 2.5, 23.75, 0.25, 0.5, -6.5};
    for (const dal::Engine engine : {dal::Engine::jit, dal::Engine::interpreter, dal::Engine::circuit}) {
        const Outputs outputs = p.run({{"x", samples}}, {.engine = engine, .check = true});
        CHECK(outputs.doubles("y") == expected);
        CHECK(outputs["y"].samples() == 3);
        CHECK(outputs["y"].shape() == dal::Shape{2});
        CHECK(outputs["y"].value(0, 0) == dal::Dyadic(17, -2));
    }
}

TEST_CASE("codes of any width come in and out; float64 only where exact") {
    Program p;
    const Tensor x = p.input("x", integer(200));
    p.output("y", x * x);
    p.output("small", bits(x, 0, 53));
    dal::Codes codes({}, 2, {0}, 5);
    const dal::Int large = dal::Int::pow2(198) + dal::Int(1);
    codes.set_code(0, 0, large);
    codes.set_code(1, 0, dal::Int(-3));
    const Outputs outputs = p.run({{"x", codes}}, {.check = true});
    CHECK(outputs["y"].code(0, 0) == large * large);
    CHECK(outputs["y"].code(1, 0) == dal::Int(9));
    CHECK(outputs.doubles("small") == std::vector<double>{1, 9007199254740989.0});
    const auto error = error_of([&] { return outputs.doubles("y"); });
    CHECK(error.code() == dal::code::inexact_output);
    CHECK(shows(error, "`y` of sample 0"));
}

TEST_CASE("types, of a program in C++ and of one in text") {
    Program p;
    const Tensor x = p.input("x", real, {2});
    const Tensor h = let("h", quantize(x, constant({1, 2})[0].is_constant() ? fixed(1, 3, 4) : fixed(1, 2, 3)));
    CHECK(h.type() == "_[2]");
    p.output("y", h + 1);
    p.check();
    CHECK(h.type() == "fixed(1, 3, 4)[2]");
    const auto types = p.types();
    REQUIRE(types.size() == 3);
    CHECK(types[0].name == "x");
    CHECK(types[0].type == "real[2]");
    CHECK(types[1].range == "[-8, 7.9375]");
    CHECK(types[2].name == "y");
    CHECK(types[2].place.find("program_test.cpp:") != std::string::npos);

    Program text = dal::compile("param w = [1, 2]\ninput x: int(4)[2]\noutput y = x * w\n");
    CHECK(text.is_checked());
    REQUIRE(text.types().size() == 3);
    CHECK(text.types()[0].type == "constant[2]");
    CHECK(text.types()[2].place == "<text>:3:8");
    const Outputs outputs = text.run({{"x", std::vector<int64_t>{1, -8, 7, 0}}});
    CHECK(outputs.doubles("y") == std::vector<double>{1, -16, 7, 0});
}

TEST_CASE("the top module of what is in no .da file is called net") {
    Program p = dal::compile("input x: int(4)\noutput y = x + 1\n");
    const std::filesystem::path directory = std::filesystem::temp_directory_path() / "dal_test_edsl_top";
    CHECK(p.build({.directory = directory, .verify = false}).top == "net");
    CHECK(std::filesystem::is_regular_file(directory / "net.v"));
    std::filesystem::remove_all(directory);
}

TEST_CASE("a program in text uses the standard library") {
    const std::string directory = (dal::test::source_tree() / "examples/jets").string();
    Program p = dal::compile_file(directory + "/jets.da");
    const Outputs outputs = p.run({{"x", (directory + "/x.npy").c_str()}}, {.check = true});
    CHECK(outputs.all().size() >= 1);
}

TEST_CASE("members of archives have any name, and prefixes") {
    const Loaded state = load((dal::test::source_tree() / "tests/golden/state.npz").string());
    CHECK(state["fc1.bias"].numbers()[0] == Number("0.5"));
    CHECK(state["dense/kernel:0"].shape() == dal::Shape{3, 2});
    CHECK(state.part("fc1")["weight"].numbers()[1] == Number(-1));
    CHECK(state.part("dense")["kernel:0"].numbers()[5] == Number(6));
    CHECK(state.part("block").part("0")["scale"].numbers()[1] == Number(4));
}

TEST_CASE("a program in text reads below its folder, and where it may") {
    const auto golden = dal::test::source_tree() / "tests/golden";
    const std::string text = "param w = load(\"../golden/state.npz\")\ninput x: int(4)\noutput y = x * w.plain\n";
    CHECK(dal::compile(text, golden).is_checked());
    const auto refused = error_of([&] { return dal::compile(text, golden / "../unit"); });
    CHECK(refused.code() == dal::code::outside_folder);
    CHECK(dal::compile(text, golden / "../unit", {.allowed_folders = {golden}}).is_checked());
}

TEST_CASE("constants are computed at once and belong to no program") {
    const Tensor w = constant({{1, 2}, {3, 4}});
    CHECK(w.shape() == dal::Shape{2, 2});
    CHECK(w.is_constant());
    CHECK(w.type() == "constant[2, 2]");
    const Tensor third = (w - 1) / 3;
    CHECK(third.numbers()[1].to_string() == "1/3");
    CHECK(third.numbers()[3] == Number(1));
    CHECK(sum(w).numbers()[0] == 10);
    CHECK(Tensor(0.1).numbers()[0] != Number("0.1"));
    CHECK(Tensor(0.1).numbers()[0].rational()->is_dyadic());
    CHECK(Number("-1.5e-1") == Number(-3) / 20);
    CHECK(0.1_exact * 10 == 1);
    CHECK(sqrt(Number(2)) * sqrt(Number(2)) == 2);
    CHECK(exp(Number(1)) < Number("2.7183"));
    CHECK(pi().quantized(dal::Format{dal::Kif(false, 2, 4), dal::Round::rnd}) == dal::Dyadic(25, -3));
}

TEST_CASE("one function, used twice") {
    const auto layer = [](const Tensor& x, const Tensor& w) { return let("sum", matmul(x, w)); };
    Program p;
    const Tensor x = p.input("x", integer(3), {2});
    Tensor h = x;
    for (const char* name : {"first", "second"}) {
        const auto scope = p.scope(name);
        h = layer(h, constant({{1, 2}, {0, -1}}));
    }
    p.output("y", h);
    p.check();
    const std::string graph = p.graph_text();
    CHECK(graph.find(" first.sum = ") != std::string::npos);
    CHECK(graph.find(" second.sum = ") != std::string::npos);
}

TEST_CASE("scopes end in any order") {
    Program p;
    const Tensor x = p.input("x", integer(3));
    std::optional<Scope> scope;
    for (const char* name : {"first", "second"}) {
        scope.emplace(p.scope(name));  // the scope before ends after this one began
        let("h", x + 1);
    }
    scope.reset();
    let("h", x + 1);
    p.output("y", x);
    const std::string graph = p.graph_text();
    for (const char* name : {" first.h = ", " second.h = ", " h = "}) CHECK(graph.find(name) != std::string::npos);
}

TEST_CASE("numbers of all kinds, in constants and in batches") {
    const std::vector<Number> expected{1, 0, 3};
    CHECK(constant(std::vector<float>{1, 0, 3}).numbers() == expected);
    CHECK(constant(std::vector<int>{1, 0, 3}).numbers() == expected);
    CHECK(constant(std::vector<uint8_t>{1, 0, 3}, {3, 1}).shape() == dal::Shape{3, 1});
    CHECK(constant(std::vector<bool>{true, false}).numbers() == std::vector<Number>{1, 0});
    CHECK(constant(std::vector<uint64_t>{UINT64_MAX}).numbers()[0] == Number("18446744073709551615"));

    Program p;
    const Tensor x = p.input("x", real, {2});
    p.output("y", quantize(x, fixed(1, 7, 2, {.round = rnd})) + 1);
    const std::vector<double> y{2.5, -1, 4, 1};
    CHECK(p.run({{"x", {1.5, -2, 3, 0}}}).doubles("y") == y);
    CHECK(p.run({{"x", std::vector<float>{1.5, -2, 3, 0}}}).doubles("y") == y);
    CHECK(p.run({{"x", std::vector<Number>{1.5, -2, 3, Number("0")}}}, {.check = true}).doubles("y") == y);
    CHECK(p.run({{"x", std::vector<int>{1, -2}}}).doubles("y") == std::vector<double>{2, -1});
    CHECK(p.run({{"x", std::vector<int8_t>{1, -2}}}).doubles("y") == std::vector<double>{2, -1});

    // Exactly, of any width, each element with a binary point of its own.
    Program wide;
    wide.output("y", wide.input("x", fixed(1, 299, 70), {2}) + 1);
    const Number large = Number("1267650600228229401496703205376");  // 2^100
    const Number small = 1 / (large / (int64_t{1} << 40));           // 2^-60
    const Outputs outputs = wide.run({{"x", std::vector<Number>{large, small, -large, -small}}}, {.check = true});
    CHECK(outputs["y"].value(0, 0) == (large + 1).rational()->numerator());
    CHECK(outputs["y"].value(0, 1) == (small + 1).rational()->numerator());
    CHECK(outputs["y"].value(1, 0) == (1 - large).rational()->numerator());
    CHECK(outputs["y"].value(1, 1) == (1 - small).rational()->numerator());
    Program natural;
    natural.output("y", natural.input("x", unsigned_integer(64)));
    CHECK(natural.run({{"x", std::vector<uint64_t>{UINT64_MAX}}})["y"].code(0, 0) == dal::Int::pow2(64) - dal::Int(1));
}
