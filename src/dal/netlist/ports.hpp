// The ports of a design: how the elements of the program's tensors are packed into them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/numeric/interval.hpp"
#include "dal/numeric/kif.hpp"

namespace dal::netlist {

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

}  // namespace dal::netlist
