// What an emitter of any target makes: files, and what a program that drives the design must know of its ports.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dal/emit/recipe.hpp"
#include "dal/netlist/ports.hpp"

namespace dal::emit {

using netlist::Port;
using netlist::PortElement;

/// How a design was verified: simulated and compared with the program, bit for bit.
struct Verification {
    std::string simulator;  ///< its name and version
    int64_t vectors = 0;
};

struct Design {
    std::string top;
    std::vector<Port> inputs;  ///< one per input tensor; elements in the order of Circuit::inputs()
    std::vector<Port> outputs;
    uint32_t latency = 0;  ///< clock cycles; 0: combinational, no clock port
    std::string clock;     ///< the clock port; empty if combinational
    std::optional<Verification> verified;
    std::optional<Recipe> recipe;
    std::map<std::string, std::string> files;  ///< relative path to content: *.v and manifest.json
};

}  // namespace dal::emit
