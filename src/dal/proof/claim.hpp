// What is to be proven: that a design computes a program. Plain data, which whoever has both fills in.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dal/numeric/kif.hpp"

namespace dal::proof {

/// Bits [offset, offset + width) of a port hold the code of an element of a tensor; its value is code·2^-f.
struct PortElement {
    int64_t element = 0;
    int64_t offset = 0;
    int64_t width = 0;
    bool is_signed = false;
    int f = 0;
    Format format;  ///< inputs: how a number becomes a code
};
struct Port {
    std::string tensor;
    std::string name;  ///< of the port; width 0: there is none
    int64_t width = 0;
    std::vector<PortElement> elements;
};

struct Claim {
    std::string graph;                         ///< the program, as `dal check --graph` prints it
    std::map<std::string, std::string> files;  ///< Verilog
    std::string top;
    std::string clock;    ///< empty if there is none
    int64_t latency = 0;  ///< clock cycles
    std::vector<Port> inputs;
    std::vector<Port> outputs;
};

}  // namespace dal::proof
