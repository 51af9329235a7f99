// From a settled graph to verified Verilog on the disk: what `dal build` and Program::build do.
#pragma once

#include <optional>
#include <string>

#include "dal/array/samples.hpp"
#include "dal/driver/options.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// `vectors`: none, or a batch per input that is verified besides the generated ones. Nothing is written unless all
/// went well. Errors: those of lower, of sim (verification_failed if the Verilog computes anything else than the JIT),
/// and bad_arguments for a `top` that Verilog tools do not accept.
Result<DesignReport> build_design(const Graph& graph, const SourceMap& sources, std::span<const Samples> vectors,
                                  const DesignOptions& options);

/// Adder levels ("2.5") in the thousandths of the delay model; nothing if not positive, or not a whole number of them.
std::optional<int64_t> adder_levels(const Rational& levels);

}  // namespace dal
