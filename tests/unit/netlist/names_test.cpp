#include "dal/netlist/names.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace dal::netlist;

TEST_CASE("names become legal identifiers") {
    CHECK(legal_name("h1") == "h1");
    CHECK(legal_name("layer.norm 2") == "layer_norm_2");
    CHECK(legal_name("a__b") == "a_b");
    CHECK(legal_name("2x") == "n2x");
    CHECK(legal_name("_x") == "n_x");
    CHECK(legal_name("") == "n");
    CHECK(legal_name("größe") == "gr_e");
    CHECK(legal_stem("reg") == "reg");
    CHECK(legal_stem("x_") == "x");
    CHECK(legal_stem("_") == "n");
}

TEST_CASE("no name is reserved in Verilog, SystemVerilog or C++") {
    for (const char* word :
         {"always", "wire",  "logic", "input", "xor",     "xnor",   "accept_on", "class",    "double", "namespace",
          "eval",   "final", "name",  "int",   "complex", "vector", "NULL",      "uint32_t", "linux",  "sc_in"}) {
        CHECK_FALSE(is_legal_name(word));
        CHECK(is_legal_name(legal_name(word)));
        CHECK(legal_name(word) == std::string(word) + "_");
    }
    CHECK(is_legal_name("net"));
    CHECK_FALSE(is_legal_name("a-b"));
    CHECK_FALSE(is_legal_name(""));
}

TEST_CASE("a scope's names differ even without case") {
    NameTable names;
    CHECK(names.unique("x") == "x");
    CHECK(names.unique("X") == "X2");
    CHECK(names.unique("x") == "x3");
    CHECK(names.unique("h_1") == "h_1");
    CHECK(names.unique("h_1") == "h_1_2");
}

TEST_CASE("long names are cut, and stay distinct where they differ at their ends") {
    const std::string stem(300, 'a');
    CHECK(legal_name(std::string(longest_name, 'a')) == std::string(longest_name, 'a'));
    CHECK(legal_stem(std::string(longest_stem, 'a')) == std::string(longest_stem, 'a'));
    for (const std::string end : {"x", "y", "_x"}) {
        CHECK(legal_name(stem + end).size() <= longest_name);
        CHECK(legal_stem(stem + end).size() <= longest_stem);
        CHECK(is_legal_name(legal_name(stem + end)));
        CHECK(legal_name(stem + end) == legal_name(stem + end));
    }
    CHECK(legal_name(stem + "x") != legal_name(stem + "y"));
    CHECK_FALSE(is_legal_name(stem));
    NameTable names;
    std::vector<std::string> all;
    for (int j = 0; j < 1200; ++j) all.push_back(names.unique(stem));
    for (const std::string& name : all) CHECK(name.size() <= longest_name);
    std::ranges::sort(all);
    CHECK(std::ranges::adjacent_find(all) == all.end());
}

TEST_CASE("each target has its own reserved words") {
    CHECK(is_legal_name("signal"));
    CHECK(is_legal_name("reg", Target::vhdl));
    CHECK(legal_name("Signal", Target::vhdl) == "Signaln");
    CHECK(legal_name("out", Target::vhdl) == "outn");
    CHECK(legal_name("x_", Target::vhdl) == "x");
    CHECK(legal_name("a__b", Target::vhdl) == "a_b");
    for (const std::string_view word : {"entity", "PROCESS", "x_", "__", "", "7", "std_logic"})
        CHECK(is_legal_name(legal_name(word, Target::vhdl), Target::vhdl));
}

TEST_CASE("a number makes no reserved word") {
    NameTable names;
    (void)names.unique("char1");
    for (const char* stem : {"char", "bufif", "rtranif", "tri", "supply"})
        for (int j = 0; j < 40; ++j) CHECK(is_legal_name(names.unique(stem)));
}
