// Warnings about constants: numbers that a quantizer makes other ones of, and numbers that nobody quantized.
#pragma once

#include <span>

#include "dal/infer/advice/advice.hpp"
#include "dal/sema/elaborate.hpp"

namespace dal::report {

/// Those of the kinds constant_wraps, constant_saturates and wide_constant, in the order of the text. What a loop or a
/// function quantizes at one place is one warning. The program was elaborated with constant_quantizers.
Diagnostics constant_warnings(const Program& program, const SourceMap& sources, std::span<const Advice> kinds);

/// Program::constant_quantizers of a program in C++: those constants of the graph that are as they were quantized. Each
/// is told where it meets a variable.
Graph quantizers_of_constants(const Graph& graph);

}  // namespace dal::report
