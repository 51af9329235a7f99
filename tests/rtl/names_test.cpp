// Designs whose file, ports, values and clock are called alike, and names of all lengths, in a real tool.
#include "dal/netlist/names.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/emit/verilog/verilog.hpp"
#include "dal/sim/simulate.hpp"
#include "dal/support/codes/build_codes.hpp"
#include "rtl/reference.hpp"

using namespace dal;

namespace {

/// y = 16 sums and a product, where everything is called `name`, and then all that this leads to.
circuit::Circuit called(const std::string& name) {
    circuit::Circuit c;
    const uint32_t origin = c.add_origin({name, {}});
    const uint32_t x = c.add_input_tensor({name, {4}, {}});
    const uint32_t other = c.add_input_tensor({name + "_" + name, {}, {}});
    std::vector<circuit::WireId> wires;
    for (int e = 0; e < 4; ++e) wires.push_back(c.input(x, e, {Kif(true, 3, e)}, false, origin));
    wires.push_back(c.input(other, 0, {Kif(true, 3, 0)}, false, origin));
    for (size_t j = 0; j < 16; ++j) wires.push_back(c.sub(wires[j], wires[j / 2], 1, origin));
    c.add_output({name + "_0", {2}, {wires.back(), c.mul(wires[5], wires[1], origin)}, {}});
    c.add_output({"u_" + name, {}, {wires[7]}, {}});
    return c;
}

}  // namespace

TEST_CASE("names that collide, and names of all lengths, lint and simulate") {
    std::mt19937_64 random(1);
    std::vector<circuit::Circuit> circuits;
    std::vector<emit::Design> designs;
    std::vector<Codes> inputs;
    const std::string odd[] = {"fir", "clk", "unused", "in", "out", "design_0", "table", "reg", "x_", "größe", "u"};
    std::vector<std::string> names(std::begin(odd), std::end(odd));
    for (const size_t length : {60U, 63U, 64U, 65U, 99U, 100U, 101U, 127U, 128U, 200U, 251U, 300U})
        names.push_back("n" + std::to_string(length) + std::string(length - 1 - std::to_string(length).size(), 'a'));
    for (const std::string& name : names) {
        const circuit::Circuit& c = circuits.emplace_back(called(name));
        const auto schedule = designs.size() % 2 == 0 ? circuit::pipeline_into(c, 2) : circuit::combinational(c);
        designs.push_back(emit::emit_verilog(c, schedule, {}, {.top = netlist::legal_name(name), .source = {}}));
        for (const auto& [file, text] : designs.back().files) CHECK(file.size() <= 110);
        inputs.push_back(sim::test::random_inputs(c, 30, random));
    }
    const auto clean = sim::lint(designs);
    CHECK_MESSAGE(clean, (clean ? "" : clean.error()[0].message));
    const auto simulator = sim::Simulator::build(designs);
    REQUIRE_MESSAGE(simulator, (simulator ? "" : simulator.error()[0].message));
    const auto outputs = simulator->run(inputs);
    REQUIRE(outputs);
    for (size_t n = 0; n < designs.size(); ++n) {
        const auto expected = circuit::Evaluator(circuits[n]).run(inputs[n]);
        for (size_t o = 0; o < expected.size(); ++o)
            CHECK_MESSAGE(!first_difference((*outputs)[n][o], expected[o]), names[n]);
    }
}

TEST_CASE("a simulator that hangs is an error, and which one it is is known") {
    const auto version = sim::simulator_version();
    REQUIRE(version);
    CHECK(version->starts_with("Verilator "));
    CHECK(version->find('\n') == std::string::npos);

    auto directory = TemporaryDirectory::make();
    REQUIRE(directory);
    const std::filesystem::path tool = std::filesystem::absolute(directory->path()) / "verilator";
    REQUIRE(write_file(tool, "#!/bin/sh\nsleep 1000 &\nsleep 1000\n"));
    REQUIRE(::chmod(tool.c_str(), 0755) == 0);
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", (tool.parent_path().string() + ":" + path).c_str(), 1);
    ::setenv("DAL_TOOL_SECONDS", "1", 1);
    const circuit::Circuit c = called("net");
    const emit::Design design = emit::emit_verilog(c, circuit::combinational(c), {});
    const auto clean = sim::lint(design, directory->path());
    const auto simulator = sim::Simulator::build({&design, 1});
    ::setenv("PATH", path.c_str(), 1);
    ::unsetenv("DAL_TOOL_SECONDS");
    REQUIRE_FALSE(clean);
    REQUIRE_FALSE(simulator);
    for (const Diagnostic& found : {clean.error()[0], simulator.error()[0]}) {
        CHECK(found.code == code::simulation_failed);
        CHECK(found.message.find("did not end within 1 s") != std::string::npos);
        CHECK(found.help[0].find("DAL_TOOL_SECONDS") != std::string::npos);
    }
}
