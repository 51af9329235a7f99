#include "dal/emit/verilog/verilog.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dal/emit/manifest.hpp"
#include "dal/emit/verilog/expression_text.hpp"
#include "dal/support/check.hpp"

using namespace dal;
using namespace dal::emit;
using namespace dal::netlist;
using circuit::Circuit;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// x: one element in two formats, one nobody reads, one of width 0; y declared.
Circuit two_inputs() {
    Circuit c;
    const uint32_t origin = c.add_origin({"sum", {}});
    const uint32_t x = c.add_input_tensor({"x", {2, 2}});
    const uint32_t y = c.add_input_tensor({"reg", {}});
    const auto a = c.input(x, 3, {Kif(true, 2, 1), Round::rnd, Overflow::sat}, false, origin);
    const auto b = c.input(x, 3, {Kif(false, 2, 3)}, false, origin);
    c.input(x, 0, {Kif()}, false, origin);
    const auto d = c.input(y, 0, {Kif(true, 1, 0)}, true, origin);
    c.add_output({"z", {2}, {c.add(a, b, 0, origin), c.sub(d, d, 0, origin)}, {}});
    c.add_output({"none", {1}, {c.constant({}, origin)}, {}});
    return c;
}

}  // namespace

TEST_CASE("elements are packed from bit 0 up, without those that have no wire") {
    const Circuit c = two_inputs();
    const Design design = emit_verilog(c, circuit::combinational(c), {});
    REQUIRE(design.inputs.size() == 2);
    const Port& x = design.inputs[0];
    CHECK(x.name == "x");
    CHECK(x.width == 9);
    REQUIRE(x.elements.size() == 2);
    CHECK(x.elements[0].element == 3);
    CHECK(x.elements[0].offset == 0);
    CHECK(x.elements[0].width == 4);
    CHECK(x.elements[0].is_signed);
    CHECK(x.elements[0].f == 1);
    CHECK(x.elements[1].offset == 4);
    CHECK(x.elements[1].width == 5);
    CHECK_FALSE(x.elements[1].is_signed);
    CHECK(x.elements[1].input == 1);
    CHECK(design.inputs[1].tensor == "reg");
    CHECK(design.inputs[1].name == "reg_");
    CHECK(design.inputs[1].elements[0].input == 3);
    CHECK(design.inputs[1].elements[0].declared);
    CHECK(design.outputs[0].elements.size() == 1);
    CHECK(design.outputs[1].width == 0);
    const std::string& text = design.files.at("net.v");
    CHECK(contains(text, "input  wire [8:0] x,"));
    CHECK(contains(text, "wire [3:0] x_3 = x[3:0];"));
    CHECK(contains(text, "wire [4:0] x_3_2 = x[8:4];"));
    CHECK_FALSE(contains(text, "none"));
}

TEST_CASE("output ports have the promised ranges") {
    Circuit c;
    const uint32_t origin = c.add_origin({"y", {}});
    const auto a = c.input(c.add_input_tensor({"x", {}}), 0, {Kif(false, 2, 0)}, false, origin);
    const Interval promised = Interval::of(Kif(true, 3, 2));
    c.add_output({"y", {2}, {a, c.constant({3, -1}, origin)}, {promised, promised}});
    const Design design = emit_verilog(c, circuit::combinational(c), {});
    CHECK(design.outputs[0].width == 12);
    CHECK(design.outputs[0].elements[1].f == 2);
    CHECK(contains(design.files.at("net.v"), "assign y[5:0] = {2'h0, x_0, 2'h0};"));
    CHECK(contains(design.files.at("net.v"), "assign y[11:6] = 6'h6;"));
}

TEST_CASE("the manifest is JSON that says what a driver must know") {
    const Circuit c = two_inputs();
    const Design design = emit_verilog(c, circuit::pipeline_into(c, 3), {}, {.top = "adder", .source = "adder.da"});
    const auto json = nlohmann::json::parse(design.files.at("manifest.json"));
    CHECK(json["version"] == 1);
    CHECK(json["top"] == "adder");
    CHECK(json["clock"] == "clk");
    CHECK(json["latency"] == 3);
    CHECK(json["verified"].is_null());
    Design simulated = design;
    simulated.verified = Verification{"Some simulator 1.0", 12};
    CHECK(nlohmann::json::parse(manifest_text(simulated))["verified"] ==
          nlohmann::json({{"simulator", "Some simulator 1.0"}, {"vectors", 12}}));
    CHECK(json["files"] == nlohmann::json({"manifest.json", "adder.v"}));
    CHECK(json["inputs"][0]["shape"] == nlohmann::json({2, 2}));
    CHECK(json["inputs"][0]["elements"][0] ==
          nlohmann::json::parse(
              R"({"index": 3, "offset": 0, "width": 4, "signed": true, "f": 1, "min": "-4", "max": "3.5",
              "format": {"k": 1, "i": 2, "f": 1, "round": "rnd", "overflow": "sat"}, "declared": false})"));
    CHECK(json["outputs"][0]["elements"][0]["max"] == "7.375");
    CHECK(json["outputs"][1]["port"].is_null());
    CHECK(files_in_manifest(design.files.at("manifest.json")) == std::set<std::string>{"manifest.json", "adder.v"});
    CHECK_FALSE(files_in_manifest("{}"));
    CHECK_FALSE(files_in_manifest("not json"));
    CHECK_FALSE(files_in_manifest(R"({"format": "dal verilog manifest", "files": [1]})"));
}

TEST_CASE("the same circuit gives the same bytes, without folders, and with lines of the source") {
    SourceMap sources;
    const FileId file = sources.add("/some/folder/net.da", "input x\n\nlet h = x\n");
    Circuit c;
    const uint32_t origin = c.add_origin({"h", {file, 9, 18}});
    const uint32_t x = c.add_input_tensor({"x", {9}});
    std::vector<circuit::WireId> sums;
    for (int e = 0; e < 9; ++e) {
        const auto wire = c.input(x, e, {Kif(true, 3, 0)}, false, origin);
        sums.push_back(c.add(wire, wire, 2, origin));
    }
    c.add_output({"y", {9}, sums, {}});
    const Design design = emit_verilog(c, circuit::pipeline_into(c, 2), sources);
    CHECK(design.files == emit_verilog(c, circuit::pipeline_into(c, 2), sources).files);
    CHECK(design.files.size() == 3);
    for (const auto& [name, text] : design.files) CHECK_FALSE(contains(text, "/some"));
    const std::string module =
        std::ranges::find_if(design.files, [](const auto& entry) { return entry.first.starts_with("net_h"); })->second;
    CHECK(contains(module, "from net.da"));
    CHECK(contains(module, "h, net.da:3"));
    CHECK(contains(module, "assign h_0 = "));
}

TEST_CASE("bits of a code as a literal") {
    CHECK(literal_text(netlist::literal(5, 0, 4)) == "4'h5");
    CHECK(literal_text(netlist::literal(-1, 0, 6)) == "6'h3f");
    CHECK(literal_text(netlist::literal(5, -2, 6)) == "6'h14");
    CHECK(literal_text(netlist::literal(-8, 2, 3)) == "3'h6");
    CHECK(literal_text(netlist::literal(Int::pow2(199) + 1, 0, 200)) == "200'h8" + std::string(48, '0') + "1");
    CHECK(literal_text(netlist::literal(0, 0, 1)) == "1'h0");
}

TEST_CASE("a table is a function of each module that uses it, of the codes that occur") {
    Circuit c;
    const uint32_t first = c.add_origin({"first", {}});
    const uint32_t second = c.add_origin({"second", {}});
    const uint32_t x = c.add_input_tensor({"x", {9}});
    const uint32_t table =
        c.add_table(std::make_shared<const circuit::Table>(circuit::Table{-3, 0, {9, 5, -3, 0, 7, 1, 1}, 1}));
    const uint32_t unused = c.add_table(std::make_shared<const circuit::Table>(circuit::Table{0, 0, {1, 2}, 0}));
    std::vector<circuit::WireId> all;
    for (int e = 0; e < 9; ++e)
        all.push_back(c.table(c.input(x, e, {Kif(true, 1, 0)}, false, first), table, e < 8 ? first : second));
    c.add_output({"y", {9}, all, {}});
    const Design design = emit_verilog(c, circuit::combinational(c), {});
    const std::string function =
        "    function [3:0] table_0;\n"
        "        input [1:0] code_0;\n"
        "        case (code_0)\n"
        "            2'h2: table_0 = 4'h5;\n"
        "            2'h3: table_0 = 4'hd;\n"
        "            2'h0: table_0 = 4'h0;\n"
        "            2'h1: table_0 = 4'h7;\n"
        "            default: table_0 = 4'h0;\n"
        "        endcase\n"
        "    endfunction\n";
    CHECK(contains(design.files.at("net.v"), function));
    CHECK(contains(design.files.at("net_first.v"), function));
    CHECK(contains(design.files.at("net_first.v"), "assign first_0 = table_0(x_0);"));
    CHECK_FALSE(contains(design.files.at("net.v"), "table_" + std::to_string(unused)));
}

TEST_CASE("factors are extended to the width of their product") {
    Circuit c;
    const uint32_t origin = c.add_origin({"p", {}});
    const uint32_t x = c.add_input_tensor({"x", {2}});
    const auto a = c.input(x, 0, {Kif(true, 3, 1)}, false, origin);
    const auto b = c.input(x, 1, {Kif(false, 3, 0)}, false, origin);
    c.add_output({"y", {}, {c.mul(a, b, origin)}, {}});
    const Design design = emit_verilog(c, circuit::combinational(c), {});
    CHECK(contains(design.files.at("net.v"), "wire [7:0] p_0 = {{3{x_0[4]}}, x_0} * {5'h0, x_1};"));
}

TEST_CASE("no name of a file ends a comment") {
    const Circuit c = two_inputs();
    const Design design =
        emit_verilog(c, circuit::combinational(c), {}, {.top = "net", .source = "a\nmodule b;\r\tendmodule"});
    CHECK(contains(design.files.at("net.v"), "from a module b;  endmodule; do not edit.\n"));
}

TEST_CASE("the manifest gives ranges in all digits") {
    Circuit c;
    const uint32_t origin = c.add_origin({"y", {}});
    const auto a = c.input(c.add_input_tensor({"x", {}}), 0, {Kif(true, 2, 60)}, true, origin);
    c.add_output({"y", {2}, {a, c.shift(a, 160, origin)}, {}});
    const Design design = emit_verilog(c, circuit::combinational(c), {});
    const auto json = nlohmann::json::parse(design.files.at("manifest.json"));
    const auto& element = json["outputs"][0]["elements"];
    CHECK(element[0]["min"] == "-4");
    CHECK(element[0]["max"] == "3.999999999999999999132638262011596452794037759304046630859375");
    CHECK(element[1]["min"] == "-" + Int::pow2(162).to_string());
    Circuit small;
    small.add_origin({"y", {}});
    const auto b = small.input(small.add_input_tensor({"x", {}}), 0, {Kif(true, -3, 4)}, true, 0);
    small.add_output({"y", {}, {b}, {}});
    const auto text = emit_verilog(small, circuit::combinational(small), {}).files.at("manifest.json");
    CHECK(contains(text, R"("min": "-0.125", "max": "0.0625")"));
}

TEST_CASE("the clock of a design that is called like it has another name, everywhere") {
    const Circuit c = two_inputs();
    const Design design = emit_verilog(c, circuit::pipeline_into(c, 1), {}, {.top = "clk", .source = {}});
    CHECK(design.clock == "clk2");
    CHECK(contains(design.files.at("clk.v"), "input  wire clk2,"));
    CHECK(contains(design.files.at("clk.v"), "always @(posedge clk2) begin"));
    CHECK(nlohmann::json::parse(design.files.at("manifest.json"))["clock"] == "clk2");
}

TEST_CASE("a name that is none is a bug of the caller") {
    const Circuit c = two_inputs();
    CHECK_THROWS_AS(emit_verilog(c, circuit::combinational(c), {}, {.top = "module", .source = {}}), InternalError);
}
