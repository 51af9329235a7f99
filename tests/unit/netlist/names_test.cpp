#include "dal/netlist/names.hpp"

#include <doctest/doctest.h>

using namespace dal::netlist;

TEST_CASE("names become legal identifiers") {
    CHECK(verilog_name("h1") == "h1");
    CHECK(verilog_name("layer.norm 2") == "layer_norm_2");
    CHECK(verilog_name("a__b") == "a_b");
    CHECK(verilog_name("2x") == "n2x");
    CHECK(verilog_name("_x") == "n_x");
    CHECK(verilog_name("") == "n");
    CHECK(verilog_name("größe") == "gr_e");
    CHECK(verilog_stem("reg") == "reg");
}

TEST_CASE("no name is reserved in Verilog, SystemVerilog or C++") {
    for (const char* word : {"always", "wire", "logic", "input", "xor", "xnor", "accept_on", "class", "double",
                             "namespace", "eval", "final", "name", "int"}) {
        CHECK_FALSE(is_verilog_name(word));
        CHECK(is_verilog_name(verilog_name(word)));
        CHECK(verilog_name(word) == std::string(word) + "_");
    }
    CHECK(is_verilog_name("net"));
    CHECK_FALSE(is_verilog_name("a-b"));
    CHECK_FALSE(is_verilog_name(""));
}

TEST_CASE("a scope's names differ even without case") {
    NameTable names;
    CHECK(names.unique("x") == "x");
    CHECK(names.unique("X") == "X2");
    CHECK(names.unique("x") == "x3");
    CHECK(names.unique("h_1") == "h_1");
    CHECK(names.unique("h_1") == "h_1_2");
}
