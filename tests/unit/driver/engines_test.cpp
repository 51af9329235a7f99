// The engines behind one door, and what they are held against.
#include "dal/driver/engines.hpp"

#include <doctest/doctest.h>

#include "dal/driver/load.hpp"
#include "dal/support/codes/batch_codes.hpp"
#include "dal/support/codes/build_codes.hpp"

using namespace dal;

namespace {

struct Doubled {
    SourceMap sources;
    Result<Program> program =
        compile_text(sources, "test.da", "input x: int(4)[2]\noutput y = x * 2 + 1\n", {}, elaborate_options());
    std::vector<Samples> inputs{Samples(Array::from_int64({2, 2}, {-8, 7, 0, 3}))};
    Doubled() {
        REQUIRE(program.has_value());
        REQUIRE(settle(*program).has_value());
    }
};

}  // namespace

TEST_CASE("every engine gives the same codes") {
    const Doubled net;
    for (const Engine engine : {Engine::interpreter, Engine::jit, Engine::circuit}) {
        const auto outputs = run_engine(net.program->graph, net.inputs, {.engine = engine, .check = true});
        REQUIRE(outputs.has_value());
        REQUIRE(outputs->size() == 1);
        const std::vector<int64_t> expected{-15, 15, 1, 7};
        for (int64_t j = 0; j < 4; ++j)
            CHECK(outputs->front().value(j / 2, j % 2) == Dyadic(expected[static_cast<size_t>(j)]));
    }
}

TEST_CASE("a batch too few is refused before any engine starts") {
    const Doubled net;
    bool started = false;
    const auto outputs = run_engine(net.program->graph, {}, {.progress = [&](std::string_view) { started = true; }});
    REQUIRE(!outputs.has_value());
    CHECK(outputs.error().front().code == code::bad_batch);
    CHECK(!started);
}

TEST_CASE("what takes long says how much there is of it") {
    SourceMap sources;
    auto program = compile_text(sources, "test.da",
                                "input x: int(3)[120]\ninput z: int(3)[100]\noutput y = einsum(\"i,j->ij\", x, z)\n",
                                {}, elaborate_options());
    REQUIRE(program.has_value());
    REQUIRE(settle(*program).has_value());
    std::vector<std::string> told;
    int64_t passes = 0;
    LowerOptions options;
    options.watch.after = [&](const circuit::PassRecord&, const circuit::Circuit&) { ++passes; };
    REQUIRE(lower_graph(program->graph, options, [&](std::string_view what) { told.emplace_back(what); }));
    REQUIRE(!told.empty());
    CHECK(told.front() == "optimizing 1/3, 12000 products of variables");
    CHECK(passes > 1);  // and the caller sees them all the same
    CHECK(told.back().starts_with("optimizing a circuit of 12"));
}

TEST_CASE("an output that is not the interpreter's is found") {
    const Doubled net;
    auto outputs = run_engine(net.program->graph, net.inputs, {.engine = Engine::jit});
    REQUIRE(outputs.has_value());
    CHECK(check_outputs(net.program->graph, net.inputs, *outputs, {}).has_value());
    outputs->front().set_code(1, 1, outputs->front().code(1, 1) + Int(1));
    const auto checked = check_outputs(net.program->graph, net.inputs, *outputs, {});
    REQUIRE(!checked.has_value());
    CHECK(checked.error().front().code == code::verification_failed);
    CHECK(checked.error().front().message.find("y[1]") != std::string::npos);
}

TEST_CASE("adder levels have at most three places") {
    CHECK(AdderLevels(2.5).thousandths() == 2500);
    CHECK(AdderLevels(*Rational::from_decimal("0.001")).thousandths() == 1);
    for (const char* text : {"0", "-1", "0.0005"})
        CHECK(!AdderLevels(*Rational::from_decimal(text)).thousandths().has_value());
}
