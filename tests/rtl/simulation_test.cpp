// Simulated Verilog against the values of the circuit. Compiling costs seconds, so many designs share a simulation.
#include <doctest/doctest.h>

#include "dal/rtl/simulate.hpp"
#include "rtl/kinds.hpp"
#include "rtl/reference.hpp"

using namespace dal;
using namespace dal::rtl;

namespace {

std::string text_of(const Diagnostics& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) text += diagnostic.message + "\n";
    return text;
}

struct Case {
    std::string name;
    circuit::Circuit circuit;
    Design design;
    Codes inputs;
};

Case make_case(std::string name, circuit::Circuit circuit, uint32_t stages, int64_t samples, std::mt19937_64& random) {
    circuit::verify(circuit);
    const circuit::Schedule schedule =
        stages == 0 ? circuit::combinational(circuit) : circuit::pipeline_into(circuit, stages);
    Design design = emit_verilog(circuit, schedule, {}, {.top = name, .source = {}});
    Codes inputs = test::random_inputs(circuit, samples, random);
    return {std::move(name), std::move(circuit), std::move(design), std::move(inputs)};
}

/// Lints all, simulates all in one program, and compares.
void check(const std::vector<Case>& cases) {
    std::vector<Design> designs;
    std::vector<Codes> inputs;
    for (const Case& it : cases) {
        designs.push_back(it.design);
        inputs.push_back(it.inputs);
        auto directory = TemporaryDirectory::make();
        REQUIRE(directory);
        for (const auto& [file, text] : it.design.files) REQUIRE(write_file(directory->path() / file, text));
        const auto clean = lint(it.design, directory->path());
        CHECK_MESSAGE(clean, it.name, ": ", clean ? "" : text_of(clean.error()));
    }
    auto simulator = Simulator::build(designs);
    REQUIRE_MESSAGE(simulator, text_of(simulator.error()));
    auto outputs = simulator->run(inputs);
    REQUIRE_MESSAGE(outputs, text_of(outputs.error()));
    for (size_t n = 0; n < cases.size(); ++n) {
        const auto expected = test::evaluate(cases[n].circuit, cases[n].inputs);
        REQUIRE((*outputs)[n].size() == expected.size());
        for (size_t o = 0; o < expected.size(); ++o) {
            CHECK((*outputs)[n][o].f() == expected[o].f());
            const auto difference = first_difference((*outputs)[n][o], expected[o]);
            CHECK_MESSAGE(!difference, cases[n].name, ": output ", o, " sample ", difference ? difference->sample : 0,
                          " element ", difference ? difference->element : 0);
        }
    }
}

}  // namespace

TEST_CASE("every kind of operation, at every width") {
    std::mt19937_64 random(1);
    std::vector<Case> cases;
    for (const int width : {1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 63, 64, 65, 128, 200, 300}) {
        const std::string name = "w" + std::to_string(width);
        cases.push_back(make_case(name, test::every_kind(width), 0, 300, random));
        cases.push_back(
            make_case(name + "_p", test::every_kind(width), 1 + static_cast<uint32_t>(width) % 4, 100, random));
    }
    check(cases);
}
