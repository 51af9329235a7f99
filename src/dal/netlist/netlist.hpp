// Hardware without a language: modules of ports, wires, expressions, registers and instances, with names that are legal
// and distinct in the whole design. Made from a Circuit and its schedule (build.hpp), printed by `emit`, run by
// evaluate.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dal/circuit/circuit.hpp"
#include "dal/netlist/expression.hpp"
#include "dal/netlist/ports.hpp"

namespace dal::netlist {

/// A vector of bits of one module.
struct Signal {
    enum class Kind : uint8_t { clock, input, output, wire, reg };
    Kind kind = Kind::wire;
    std::string name;
    int64_t width = 1;
};

/// A line of text for the reader of what follows.
struct Comment {
    std::string text;
};
/// Drives bits [first, first + value.width) of a wire or an output; only outputs are driven in parts.
struct Assignment {
    SignalId target{};
    int64_t first = 0;
    Expression value;
};
struct Connection {
    SignalId port{};       ///< of the module that is instantiated
    SignalId outer{};      ///< of the module that instantiates it
    bool is_input = true;  ///< otherwise the port drives `outer`
};
struct Instance {
    uint32_t module = 0;  ///< position in Netlist::modules
    std::string name;
    std::vector<Connection> connections;  ///< one for each port, in their order
};
/// Registers behind one stage: at the clock edge each takes the value of another signal.
struct Registers {
    struct Transfer {
        SignalId target{};
        SignalId source{};
    };
    uint32_t stage = 0;  ///< from 1
    std::vector<Transfer> transfers;
};
using Item = std::variant<Comment, Assignment, Instance, Registers>;

/// Bits [first, first + width) of a signal.
struct Part {
    SignalId signal{};
    int64_t first = 0;
    int64_t width = 0;
};

struct Module {
    std::string name;
    std::string about;             ///< one line of text
    std::vector<Signal> signals;   ///< ports in their order; then others as they are needed
    std::vector<Item> items;       ///< nothing reads a wire that a later item drives
    std::vector<uint32_t> tables;  ///< looked up in it, ascending
    std::vector<Part> unread;      ///< bits that nothing in it reads

    [[nodiscard]] const Signal& operator[](SignalId id) const { return signals[static_cast<size_t>(id)]; }
};

/// A table of the circuit as its users need it.
struct Table {
    bool used = false;
    Interval domain;       ///< hull of the operands' ranges; codes have its width
    Interval values;       ///< what they find; so have entries
    std::string name;      ///< of a function or memory
    std::string argument;  ///< of the function
    std::shared_ptr<const circuit::Table> entries;

    /// The bits for a code of `domain` (as a number, negative ones included) in it.
    [[nodiscard]] Expression entry(const Int& code) const;
};

struct Netlist {
    std::string source;   ///< file name of the program; empty if there is none
    uint32_t stages = 0;  ///< clock cycles from inputs to outputs; 0: combinational
    std::string clock;    ///< name of the clock's port, where there are stages
    std::string unused;   ///< a name for what reads the bits that nothing reads
    std::vector<Port> inputs;
    std::vector<Port> outputs;
    std::vector<Table> tables;    ///< by table of the circuit
    std::vector<Module> modules;  ///< each before those that instantiate it: the top module is the last

    [[nodiscard]] const Module& top() const { return modules.back(); }
};

}  // namespace dal::netlist
