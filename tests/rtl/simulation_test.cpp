// Simulated Verilog against the values of the circuit. Compiling costs seconds, so many designs share a simulation.
#include <doctest/doctest.h>

#include <cstdlib>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/emit/verilog/verilog.hpp"
#include "dal/sim/simulate.hpp"
#include "dal/sim/vectors.hpp"
#include "dal/support/codes/build_codes.hpp"
#include "rtl/kinds.hpp"
#include "rtl/reference.hpp"

using namespace dal;
using namespace dal::emit;
using namespace dal::sim;

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
    }
    const auto clean = lint(designs);
    CHECK_MESSAGE(clean, (clean ? "" : text_of(clean.error())));
    auto simulator = Simulator::build(designs);
    REQUIRE_MESSAGE(simulator, text_of(simulator.error()));
    auto outputs = simulator->run(inputs);
    REQUIRE_MESSAGE(outputs, text_of(outputs.error()));
    for (size_t n = 0; n < cases.size(); ++n) {
        const auto expected = test::evaluate(cases[n].circuit, cases[n].inputs);
        const auto evaluated = circuit::Evaluator(cases[n].circuit).run(cases[n].inputs);
        REQUIRE((*outputs)[n].size() == expected.size());
        for (size_t o = 0; o < expected.size(); ++o) {
            CHECK((*outputs)[n][o].f() == expected[o].f());
            const auto difference = first_difference((*outputs)[n][o], expected[o]);
            CHECK_MESSAGE(!first_difference(evaluated[o], expected[o]), cases[n].name, ": evaluator, output ", o);
            CHECK_MESSAGE(!difference, cases[n].name, ": output ", o, " sample ", difference ? difference->sample : 0,
                          " element ", difference ? difference->element : 0);
        }
    }
}

}  // namespace

TEST_CASE("every kind of operation, at every width") {
    std::mt19937_64 random(1);
    std::vector<Case> cases;
    const auto add = [&](int width, uint32_t stages) {
        const std::string name = "w" + std::to_string(width) + "_" + std::to_string(stages);
        cases.push_back(make_case(name, test::every_kind(width), stages, 150, random));
    };
    for (const int width : {1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 63, 64, 65, 128, 200, 300}) add(width, 0);
    for (const int width : {1, 7, 33, 64, 65, 200}) add(width, 1 + static_cast<uint32_t>(width) % 4);
    check(cases);
}

namespace {

/// Big tables, each used in two modules, one of them by several wires with different ranges.
circuit::Circuit big_tables(int bits) {
    circuit::Circuit c;
    const uint32_t first = c.add_origin({"first", {}});
    const uint32_t second = c.add_origin({"second", {}});
    const uint32_t x = c.add_input_tensor({"x", {9}});
    circuit::Table table{Int(0) - Int::pow2(bits - 1), 3, {}, 5};
    uint64_t state = 1;
    for (int64_t j = 0; j < int64_t{1} << bits; ++j) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        table.entries.emplace_back(static_cast<int64_t>(state >> 53) - 1024);
    }
    const uint32_t shared = c.add_table(std::make_shared<const circuit::Table>(std::move(table)));
    std::vector<circuit::WireId> all;
    for (int e = 0; e < 9; ++e) {
        const int smaller = e % 3;
        const auto wire = c.input(x, e, {Kif(e != 1, bits - 4 - smaller, 3 - e / 3)}, false, first);
        all.push_back(c.table(wire, shared, e < 8 ? first : second));
    }
    c.add_output({"y", {9}, all, {}});
    return c;
}

}  // namespace

TEST_CASE("tables of up to 2^16 entries") {
    std::mt19937_64 random(8);
    std::vector<Case> cases;
    cases.push_back(make_case("table9", big_tables(9), 0, 500, random));
    cases.push_back(make_case("table12", big_tables(12), 2, 3000, random));
    cases.push_back(make_case("table16", big_tables(16), 0, 20000, random));
    check(cases);
}

namespace {

/// y = x + x in another format, z constant, one input of no width, one that nothing reads and one that is partly read.
circuit::Circuit odd_ports() {
    circuit::Circuit c;
    const uint32_t own = c.add_origin({"always", {}});
    const uint32_t x = c.add_input_tensor({"reg", {3}});
    const uint32_t idle = c.add_input_tensor({"clk", {2}});
    const uint32_t nothing = c.add_input_tensor({"class", {1}});
    const auto a = c.input(x, 1, {Kif(true, 2, 3)}, false, own);
    const auto b = c.input(x, 1, {Kif(false, 3, 1)}, false, own);
    c.input(idle, 0, {Kif(true, 1, 0)}, false, own);
    c.input(idle, 1, {Kif(false, 1, 0)}, false, own);
    c.input(nothing, 0, {Kif()}, false, own);
    const auto low = c.slice(a, Kif(false, 0, 2), own);
    c.add_output({"wire", {2}, {c.add(a, b, 0, own), c.constant({-5, -2}, own)}, {}});
    c.add_output({"reg", {}, {low}, {}});
    c.add_output({"zero", {2}, {c.constant({}, own), c.constant({}, own)}, {}});
    return c;
}

circuit::Circuit only_constants(bool has_input) {
    circuit::Circuit c;
    const uint32_t own = c.add_origin({"k", {}});
    if (has_input) c.input(c.add_input_tensor({"x", {}}), 0, {Kif(true, 70, 0)}, true, own);
    c.add_output({"y", {2}, {c.constant(7, own), c.constant(Dyadic(-Int::pow2(99)) + 1, own)}, {}});
    return c;
}

circuit::Circuit no_wires() {
    circuit::Circuit c;
    const uint32_t own = c.add_origin({"k", {}});
    c.input(c.add_input_tensor({"x", {}}), 0, {Kif()}, true, own);
    c.add_output({"y", {}, {c.constant(0, own)}, {}});
    return c;
}

circuit::Circuit wire_through() {
    circuit::Circuit c;
    const uint32_t own = c.add_origin({"x", {}});
    const auto x = c.input(c.add_input_tensor({"x", {}}), 0, {Kif(true, 64, 0)}, true, own);
    c.add_output({"y", {2}, {x, c.shift(x, 5, own)}, {}});
    c.add_output({"promised", {}, {x}, {Interval::of(Kif(true, 70, 3))}});
    return c;
}

}  // namespace

TEST_CASE("ports of all sorts: reserved names, unread, constant, of no width, straight through") {
    std::mt19937_64 random(2);
    std::vector<Case> cases;
    for (const uint32_t stages : {0U, 1U, 4U}) {
        const std::string suffix = "_s" + std::to_string(stages);
        cases.push_back(make_case("odd" + suffix, odd_ports(), stages, 200, random));
        cases.push_back(make_case("constants" + suffix, only_constants(false), stages, 3, random));
        cases.push_back(make_case("unread" + suffix, only_constants(true), stages, 3, random));
        cases.push_back(make_case("nothing" + suffix, no_wires(), stages, 3, random));
        cases.push_back(make_case("through" + suffix, wire_through(), stages, 50, random));
    }
    check(cases);
}

TEST_CASE("without outputs or samples there is nothing to build or run") {
    std::mt19937_64 random(3);
    const Case nothing = make_case("nothing", no_wires(), 2, 4, random);
    const auto simulator = Simulator::build({&nothing.design, 1});
    REQUIRE(simulator);
    const auto outputs = simulator->run({&nothing.inputs, 1});
    REQUIRE(outputs);
    CHECK((*outputs)[0][0].samples() == 4);
    CHECK((*outputs)[0][0].value(3, 0).is_zero());
}

TEST_CASE("a design that a tool refuses is reported with what it said") {
    std::mt19937_64 random(4);
    Case broken = make_case("broken", wire_through(), 0, 4, random);
    broken.design.files["broken.v"] += "endmodule\n";
    auto directory = TemporaryDirectory::make();
    REQUIRE(directory);
    for (const auto& [file, text] : broken.design.files) REQUIRE(write_file(directory->path() / file, text));
    const auto clean = lint(broken.design, directory->path());
    REQUIRE_FALSE(clean);
    CHECK(clean.error()[0].code == code::lint_failed);
    CHECK(clean.error()[0].message.find("%Error") != std::string::npos);
    const auto outputs = simulate(broken.design, directory->path(), broken.inputs);
    REQUIRE_FALSE(outputs);
    CHECK(outputs.error()[0].code == code::simulation_failed);
}

TEST_CASE("an unused bit does not lint") {
    // The check of the check: lint must see what the sinks are for.
    std::mt19937_64 random(5);
    Case it = make_case("partly", odd_ports(), 0, 1, random);
    std::string& text = it.design.files["partly.v"];
    const size_t sink = text.find("    wire unused");
    REQUIRE(sink != std::string::npos);
    text.erase(sink, text.find(";\n", sink) + 2 - sink);
    auto directory = TemporaryDirectory::make();
    REQUIRE(directory);
    for (const auto& [file, content] : it.design.files) REQUIRE(write_file(directory->path() / file, content));
    const auto clean = lint(it.design, directory->path());
    REQUIRE_FALSE(clean);
    CHECK(clean.error()[0].message.find("UNUSED") != std::string::npos);
}

TEST_CASE("without Verilator the help says how to get it") {
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", "/nowhere", 1);
    std::mt19937_64 random(6);
    const Case it = make_case("net", wire_through(), 0, 1, random);
    const auto clean = lint(it.design, ".");
    const auto simulator = Simulator::build({&it.design, 1});
    ::setenv("PATH", path.c_str(), 1);
    REQUIRE_FALSE(clean);
    REQUIRE_FALSE(simulator);
    CHECK(clean.error()[0].code == code::verilator_missing);
    CHECK(simulator.error()[0].help[0].find("apt-get install verilator") != std::string::npos);
}

TEST_CASE("temporary directories: relative ones work, others are named") {
    const char* before = std::getenv("TMPDIR");
    const std::string old = before == nullptr ? "" : before;
    auto place = TemporaryDirectory::make();
    REQUIRE(place);
    const std::filesystem::path plain = std::filesystem::absolute(place->path()) / "plain";
    const std::filesystem::path spaced = std::filesystem::absolute(place->path()) / "with a space";
    std::filesystem::create_directory(plain);
    std::filesystem::create_directory(spaced);
    std::mt19937_64 random(9);
    const Case it = make_case("net", wire_through(), 0, 1, random);
    const auto message = [&](const std::filesystem::path& directory) {
        ::setenv("TMPDIR", directory.c_str(), 1);
        const auto simulator = Simulator::build({&it.design, 1});
        return simulator ? std::string() : text_of(simulator.error());
    };
    const std::string relative = message(std::filesystem::relative(plain));
    const std::string missing = message(place->path() / "missing");
    const std::string space = message(spaced);
    if (before == nullptr)
        ::unsetenv("TMPDIR");
    else
        ::setenv("TMPDIR", old.c_str(), 1);
    CHECK(relative.empty());
    CHECK(missing.find("/missing` for temporary files") != std::string::npos);
    CHECK(space.find("whose path has a space") != std::string::npos);
    CHECK(std::filesystem::is_empty(plain));
    CHECK(std::filesystem::is_empty(spaced));
}

TEST_CASE("codes of the program's numbers enter the design as the circuit encodes them") {
    std::mt19937_64 random(7);
    Case it = make_case("encoded", odd_ports(), 2, 1, random);
    const auto vectors = verification_vectors(it.circuit);
    auto encoded = circuit::encode_inputs(it.circuit, std::vector<Samples>(vectors.begin(), vectors.end()));
    REQUIRE_MESSAGE(encoded, text_of(encoded.error()));
    it.inputs = std::move(*encoded);
    check({it});
}
