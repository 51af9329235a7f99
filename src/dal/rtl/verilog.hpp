// Verilog-2001 from a Circuit and its schedule: plain, synthesizable, lint-clean, II = 1.
#pragma once

#include <map>
#include <string>

#include "dal/circuit/circuit.hpp"
#include "dal/circuit/pipeline.hpp"
#include "dal/support/source.hpp"

namespace dal::rtl {

struct VerilogOptions {
    std::string top = "net";  ///< module name; a valid Verilog identifier that is no keyword
};

/// A wire's place in a packed port: bits [offset, offset + width) hold the code of one value.
struct PortElement {
    int64_t element = 0;  ///< row-major, in the tensor
    int64_t offset = 0;
    int width = 0;
    bool is_signed = false;
    int f = 0;      ///< value = code·2^-f
    Format format;  ///< inputs: how a number becomes the code
};
/// One port per tensor, its elements packed from bit 0 up; elements without a wire are left out.
struct Port {
    std::string name;    ///< of the Verilog port
    std::string tensor;  ///< of the input or output in the program
    Shape shape;
    int64_t width = 0;
    std::vector<PortElement> elements;
};

struct Design {
    std::string top;
    std::vector<Port> inputs;  ///< in the order of Circuit::inputs() within each tensor
    std::vector<Port> outputs;
    uint32_t latency = 0;                      ///< clock cycles; 0: combinational, no clock port
    std::map<std::string, std::string> files;  ///< relative path to content: *.v and manifest.json
};

Design emit_verilog(const circuit::Circuit& circuit, const circuit::Schedule& schedule, const SourceMap& sources,
                    const VerilogOptions& options = {});

}  // namespace dal::rtl
