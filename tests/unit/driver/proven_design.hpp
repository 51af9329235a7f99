// A program, its netlist and its Verilog, for tests of the checker.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "dal/driver/claim.hpp"
#include "dal/driver/design.hpp"
#include "dal/driver/load.hpp"
#include "dal/emit/verilog/verilog.hpp"
#include "dal/netlist/build.hpp"

namespace dal {

inline constexpr const char* two_layers =
    "input x: real[3]\n"
    "let q = quantize(x, fixed(1, 2, 3))\n"
    "let h = relu(q @ [[3, -5, 1.5], [7, 2, -0.25], [-1, 9, 2]] + [1, -2, 0.5])\n"
    "let r = quantize(h, fixed(0, 4, 1, round: rnd, overflow: sat))\n"
    "output y = quantize(r @ [[1, -3], [2.5, 1], [-7, 0.5]], fixed(1, 6, 1))\n";

class ProvenDesign {
  public:
    /// 0 stages: combinational.
    ProvenDesign(const std::string& text, uint32_t stages) {
        auto program = compile_text(sources_, "net.da", text, ".", elaborate_options());
        REQUIRE(program);
        REQUIRE(settle(*program));
        program_.emplace(std::move(*program));
        BuildOptions options;
        options.cache = false;
        auto optimized = build_circuit(program_->graph, options);
        REQUIRE(optimized);
        circuit_.emplace(std::move(optimized->circuit));
        const circuit::Schedule schedule =
            stages > 0 ? circuit::pipeline_into(*circuit_, stages) : circuit::combinational(*circuit_);
        netlist_.emplace(netlist::build(*circuit_, schedule, sources_, {.top = "net", .source = "net.da"}));
    }

    [[nodiscard]] const SourceMap& sources() const { return sources_; }
    [[nodiscard]] const Graph& graph() const { return program_->graph; }
    [[nodiscard]] const circuit::Circuit& circuit() const { return *circuit_; }
    [[nodiscard]] const netlist::Netlist& netlist() const { return *netlist_; }
    /// Of the design, or of a changed one.
    [[nodiscard]] proof::Claim claim() const { return claim(*netlist_); }
    [[nodiscard]] proof::Claim claim(const netlist::Netlist& changed) const {
        return claim_of(program_->graph, emit::print_verilog(changed));
    }

  private:
    SourceMap sources_;
    std::optional<Program> program_;
    std::optional<circuit::Circuit> circuit_;
    std::optional<netlist::Netlist> netlist_;
};

}  // namespace dal
