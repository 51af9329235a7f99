// Simulation of a Design with Verilator: lint, build, run, compare.
#pragma once

#include <filesystem>

#include "dal/array/samples.hpp"
#include "dal/rtl/verilog.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::rtl {

/// Verilator `--lint-only -Wall` over the files of a design in `directory`. Error: verilator_missing,
/// lint_failed with its output.
Result<void> lint(const Design& design, const std::filesystem::path& directory);

/// Builds the design with Verilator and runs it on `inputs` ([samples, circuit inputs], as
/// circuit::encode_inputs makes them): one batch per output. A pipelined design is fed one sample per clock.
/// Errors: verilator_missing, simulation_failed with the tool's output.
Result<std::vector<Codes>> simulate(const Design& design, const std::filesystem::path& directory, const Codes& inputs);

}  // namespace dal::rtl
