// Simulation of Designs with Verilator: lint, build, run. Comparing is the caller's business. Each tool that is started
// has a time limit, an hour or what DAL_TOOL_SECONDS says, and is ended with all that it has started.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/emit/design.hpp"
#include "dal/support/diagnostic.hpp"
#include "dal/support/file.hpp"

namespace dal::sim {

using emit::Design;

/// Verilator `--lint-only -Wall` over the files of a design in `directory`. Error: verilator_missing,
/// lint_failed with its output.
Result<void> lint(const Design& design, const std::filesystem::path& directory);
/// The same for several designs at once, each with its own top module, from Design::files.
Result<void> lint(std::span<const Design> designs);

/// Name and version of the simulator, as it gives them. Errors: verilator_missing, simulation_failed.
Result<std::string> simulator_version();

/// One or more designs, compiled into one program that runs them side by side: compiling has a fixed cost of
/// seconds, so many small designs should share it.
class Simulator {
  public:
    /// Builds from design.files. The designs must differ in their top names (checked). Errors: verilator_missing,
    /// simulation_failed with the tool's output.
    static Result<Simulator> build(std::span<const Design> designs);
    Simulator(Simulator&&) noexcept = default;
    Simulator& operator=(Simulator&&) noexcept = default;

    /// `inputs`: one batch per design ([samples, circuit inputs], as circuit::encode_inputs makes them); they may
    /// differ in their numbers of samples. Returns one batch per output, for each design. A pipelined design is
    /// fed one sample per clock, without pauses. Error: simulation_failed.
    [[nodiscard]] Result<std::vector<std::vector<Codes>>> run(std::span<const Codes> inputs) const;

  private:
    Simulator(std::vector<Design> designs, TemporaryDirectory directory);

    std::vector<Design> designs_;
    TemporaryDirectory directory_;
};

/// Builds and runs one design from its files in `directory`, the ones on the disk: one batch per output.
Result<std::vector<Codes>> simulate(const Design& design, const std::filesystem::path& directory, const Codes& inputs);

}  // namespace dal::sim
