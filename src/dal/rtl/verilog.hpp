// Verilog-2001 from a Circuit and its schedule: plain, synthesizable, lint-clean, II = 1. What the files look like,
// and the manifest beside them: docs/rtl.md.
#pragma once

#include <map>
#include <string>

#include "dal/circuit/circuit.hpp"
#include "dal/circuit/cost/pipeline.hpp"
#include "dal/support/source.hpp"

namespace dal::rtl {

struct VerilogOptions {
    std::string top = "net";  ///< module name, for which is_verilog_name holds (names.hpp makes one from any text)
    std::string source;       ///< named in the headers; if empty, the file of the circuit's first origin that has one
};

/// A wire's place in a packed port: bits [offset, offset + width) hold the code of one value.
struct PortElement {
    int64_t element = 0;  ///< row-major, in the tensor
    int64_t offset = 0;
    int width = 0;
    bool is_signed = false;
    int f = 0;              ///< value = code·2^-f
    Interval range;         ///< values that occur
    uint32_t input = 0;     ///< inputs: position in Circuit::inputs()
    Format format;          ///< inputs: how a number becomes the code
    bool declared = false;  ///< inputs: the program's port has this format
};
/// One port per tensor, its elements packed from bit 0 up; elements without a wire are left out. A tensor
/// with no wires at all has no Verilog port (width 0).
struct Port {
    std::string name;    ///< of the Verilog port
    std::string tensor;  ///< of the input or output in the program
    Shape shape;
    int64_t width = 0;
    std::vector<PortElement> elements;
};

struct Design {
    std::string top;
    std::vector<Port> inputs;  ///< one per input tensor; elements in the order of Circuit::inputs()
    std::vector<Port> outputs;
    uint32_t latency = 0;                      ///< clock cycles; 0: combinational, no clock port
    std::map<std::string, std::string> files;  ///< relative path to content: *.v and manifest.json
};

/// The module `options.top` and those it instantiates, one file each, and the manifest. The same arguments give the
/// same bytes. Output ports hold the promised ranges of OutputTensor, if there are any.
Design emit_verilog(const circuit::Circuit& circuit, const circuit::Schedule& schedule, const SourceMap& sources,
                    const VerilogOptions& options = {});

}  // namespace dal::rtl
