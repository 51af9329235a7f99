// Names of whole designs, where file, ports, values and clock are called alike in every way.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "dal/netlist/build.hpp"

using namespace dal;
using namespace dal::netlist;
using circuit::Circuit;
using circuit::WireId;

namespace {

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::string some_name(std::mt19937_64& random) {
    static const char* const few[] = {"fir", "FIR", "clk",    "unused", "u_fir",    "fir_fir", "table_0", "code_0",
                                      "x_0", "x",   "x_0_r1", "fir_x",  "x_0_full", "reg",     "module",  "größe",
                                      "in",  "out", "fir_s1", "u_x_s1", "clk2",     "unused2", "x_",      "signal"};
    if (random() % 3 != 0) return few[random() % std::size(few)];
    std::string name(1 + random() % 300, random() % 2 == 0 ? 'n' : 'N');
    if (random() % 2 == 0) name += "_" + std::to_string(random() % 3);
    return name;
}

Circuit colliding(std::mt19937_64& random) {
    Circuit c;
    std::vector<uint32_t> origins;
    for (int j = 0; j < 3; ++j) origins.push_back(c.add_origin({some_name(random), {}}));
    std::vector<WireId> wires;
    for (int t = 0; t < 3; ++t) {
        const uint32_t tensor = c.add_input_tensor({some_name(random), {2}, {}});
        for (int e = 0; e < 2; ++e)
            for (const int f : {1, 2})  // each element in two formats
                wires.push_back(c.input(tensor, e, {Kif(true, 3, f)}, false, origins[0]));
    }
    circuit::Table table{-64, 2, {}, 0};
    for (int j = 0; j < 128; ++j) table.entries.emplace_back(j * 37 % 101);
    const uint32_t looked_up = c.add_table(std::make_shared<const circuit::Table>(std::move(table)));
    wires.push_back(c.table(wires[0], looked_up, origins[1]));
    for (int j = 0; j < 40; ++j) {
        const uint32_t origin = origins[random() % origins.size()];
        const WireId a = wires[random() % 13];
        const WireId b = wires[random() % wires.size()];
        wires.push_back(j % 3 == 0 ? c.mul(a, a, origin) : c.sub(b, a, j % 3, origin));
        // An even sum whose low bit has no wire.
        if (j == 5) {
            const Interval even = c[a].range.shifted(1);
            wires.push_back(c.add(a, a, 0, origin, &even));
        }
    }
    for (int t = 0; t < 2; ++t) {
        std::vector<WireId> elements(wires.end() - 20 * (t + 1), wires.end() - 20 * t);
        c.add_output({some_name(random), {20}, elements, {}});
    }
    return c;
}

/// Every name in the design, each once; those of one signal in two modules count as one.
void check_scopes(const Netlist& netlist) {
    std::map<std::string, std::string> owner;  // lower case, to what is called so
    const auto take = [&](const std::string& name, const std::string& what) {
        CHECK(is_legal_name(name));
        const auto [place, is_new] = owner.try_emplace(lower(name), what);
        CHECK_MESSAGE((is_new || place->second == what), name, " is ", place->second, " and ", what);
    };
    for (size_t m = 0; m < netlist.modules.size(); ++m) take(netlist.modules[m].name, "module " + std::to_string(m));
    const Module& top = netlist.top();
    const auto signal = [&](const std::string& name) { return "signal " + name; };
    std::set<std::string> seen;
    for (const Signal& it : top.signals) {
        take(it.name, signal(it.name));
        CHECK(seen.insert(it.name).second);
    }
    for (const Item& item : top.items)
        if (const auto* instance = std::get_if<Instance>(&item)) {
            take(instance->name, "instance " + instance->name);
            const Module& inner = netlist.modules[instance->module];
            std::set<std::string> inside;
            for (const Signal& it : inner.signals) {
                take(it.name, signal(it.name));
                CHECK(inside.insert(it.name).second);
            }
        }
    for (const Table& table : netlist.tables) {
        if (!table.used) continue;
        take(table.name, "table");
        take(table.argument, "argument");
    }
    take(netlist.unused, "unused");
    if (netlist.stages > 0) CHECK(owner.at(lower(netlist.clock)) == signal(netlist.clock));
}

}  // namespace

TEST_CASE("no two things of a design are called alike, in any scope") {
    std::mt19937_64 random(1);
    size_t modules = 0;
    for (int round = 0; round < 400; ++round) {
        const Circuit c = colliding(random);
        const Options options{.top = legal_name(some_name(random)), .source = {}};
        const circuit::Schedule schedule =
            round % 3 == 0 ? circuit::combinational(c) : circuit::pipeline_into(c, 1 + round % 3);
        const Netlist netlist = build(c, schedule, {}, options);
        CHECK(netlist.top().name == options.top);
        check_scopes(netlist);
        modules += netlist.modules.size();
    }
    CHECK(modules > 1000);
}

TEST_CASE("names of the program stay as they are where nothing else is called so") {
    Circuit c;
    c.add_origin({"h", {}});
    const WireId x = c.input(c.add_input_tensor({"fir", {}, {}}), 0, {Kif(true, 3, 0)}, true, 0);
    c.add_output({"y", {}, {c.add(x, x, 2, 0)}, {}});
    const Netlist other = build(c, circuit::pipeline_into(c, 1), {}, {.top = "net"});
    CHECK(other.inputs[0].name == "fir");
    CHECK(other.outputs[0].name == "y");
    CHECK(other.clock == "clk");
    const Netlist same = build(c, circuit::pipeline_into(c, 1), {}, {.top = "fir"});
    CHECK(same.top().name == "fir");
    CHECK(same.inputs[0].name == "fir2");
    CHECK(same.inputs[0].tensor == "fir");
    CHECK(build(c, circuit::pipeline_into(c, 1), {}, {.top = "clk"}).clock == "clk2");
}
