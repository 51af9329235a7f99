// Runs a Netlist clock cycle by clock cycle, on exact integers of any width, with nothing but its modules: what a
// simulator of the printed text would do, in milliseconds. For tests; slow for many samples.
#pragma once

#include <span>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/netlist/netlist.hpp"

namespace dal::netlist {

class Evaluator {
  public:
    /// `netlist` must outlive the evaluator. Registers begin with all bits set: nothing may depend on it.
    explicit Evaluator(const Netlist& netlist);

    /// One clock cycle. `inputs`: the bits of each port that has a width, in their order; returns those of the output
    /// ports as they are before the clock edge that ends the cycle.
    std::vector<Int> step(std::span<const Int> inputs);

    /// Feeds one sample per cycle, without pauses, and takes each one's outputs `stages` cycles later: one batch per
    /// output, with the binary points of the ports' elements. `inputs` are codes of the circuit's inputs, each on the
    /// binary point of its wire.
    std::vector<Codes> run(const Codes& inputs);

  private:
    using Values = std::vector<Int>;  // by signal of a module

    [[nodiscard]] Int value(const Values& values, const Expression& expression) const;
    [[nodiscard]] Int look_up(const Expression& expression, const Int& code) const;
    void evaluate(const Module& module, Values& values) const;

    const Netlist& netlist_;
    Values top_;
};

}  // namespace dal::netlist
