// One module while it is built: its signals, and expressions for operations of the circuit. Private to this layer.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "dal/netlist/plan.hpp"

namespace dal::netlist {

class ModuleBuilder {
  public:
    /// In the top module signals are other ones behind registers; elsewhere there is one for each wire.
    ModuleBuilder(Plan& plan, bool is_top) : plan_(plan), is_top_(is_top) {}

    Module module;

    SignalId add(Signal::Kind kind, std::string name, int64_t width);
    /// Adds the signal of a wire at `boundary`, the number of rows of registers in front of it.
    SignalId declare(circuit::WireId root, uint32_t boundary, Signal::Kind kind, std::string name);
    /// The signal of a wire at `boundary`.
    [[nodiscard]] SignalId signal(circuit::WireId root, uint32_t boundary) const;
    /// The value of any wire on the grid 2^-f, modulo 2^width, read at `boundary`. Bits below the grid are dropped.
    [[nodiscard]] Expression value(circuit::WireId wire, int64_t f, int64_t width, uint32_t boundary) const;
    /// The signal of an operation, a wire or an output, and what drives it.
    void operation(circuit::WireId wire, Signal::Kind kind, uint32_t boundary);

    void comment(std::string text) { module.items.emplace_back(Comment{std::move(text)}); }
    void assign(SignalId target, int64_t first, Expression value) {
        module.items.emplace_back(Assignment{target, first, std::move(value)});
    }

  private:
    /// An expression that has more bits than the range of `wire` needs: a wire for it, and its bits from `low` on.
    Expression some_bits(circuit::WireId wire, Expression all, int64_t low);
    Expression sum(const circuit::Operation& operation, circuit::WireId wire, uint32_t boundary);
    Expression product(const circuit::Operation& operation, circuit::WireId wire, uint32_t boundary);
    Expression look_up_entry(const circuit::Operation& operation, circuit::WireId wire, uint32_t boundary);
    Expression logic(circuit::WireId wire, uint32_t boundary);
    [[nodiscard]] uint64_t key(circuit::WireId root, uint32_t boundary) const {
        return uint64_t{static_cast<uint32_t>(root)} << 32 | (is_top_ ? boundary : 0);
    }

    Plan& plan_;
    bool is_top_;
    std::unordered_map<uint64_t, SignalId> signals_;
};

}  // namespace dal::netlist
