// The text of one module while it is being written: expressions for operations, and which bits of which
// signal they read, so that the rest can be marked as unused. Private to this layer.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dal/netlist/netlist.hpp"

namespace dal::emit {

using netlist::Netlist;

/// "8'h1f": bits [lo, lo + count) of the two's-complement form of `code`, zeros below bit 0.
std::string literal(const Int& code, int64_t lo, int64_t count);
/// "[7:0] " in a declaration; empty for one bit.
std::string bit_range(int64_t width);

/// Text for a comment of one line: control characters become '?'.
std::string printable(std::string text);

class ModuleText {
  public:
    /// In the top module signals have other names behind registers; elsewhere they are all called as in the netlist.
    ModuleText(Netlist& net, bool is_top) : net_(net), is_top_(is_top) {}

    std::string body;

    /// Makes a signal known under its name at `boundary`, the number of registers rows in front of it.
    void declare(circuit::WireId root, uint32_t boundary, std::string name);
    /// Name of a signal at `boundary`, read as a whole.
    std::string whole(circuit::WireId root, uint32_t boundary);
    /// The value of any wire on the grid 2^-f, modulo 2^count, read at `boundary`. Bits below the grid are dropped.
    std::string value(circuit::WireId wire, int64_t f, int64_t count, uint32_t boundary);
    /// Appends the logic of a signal: `wire NAME = …`, or `assign NAME = …` if it is `declared` elsewhere.
    void operation(circuit::WireId wire, bool declared, uint32_t boundary);
    /// Functions of the tables that the operations so far look up: what stands first in a module.
    [[nodiscard]] std::string functions() const;
    /// Appends what reads all bits that nothing else reads, if any. `extra`: further signals that nothing reads.
    void sink(const std::vector<std::string>& extra = {});
    /// Indented "// text" on a line by itself.
    void comment(const std::string& text);

  private:
    struct Signal {
        std::string name;
        int width = 0;
        bool read = false;                       // as a whole
        std::vector<std::pair<int, int>> parts;  // first bit and the one behind the last
    };

    Signal& signal(circuit::WireId root, uint32_t boundary);
    static std::string part(Signal& signal, int64_t first, int64_t end);
    /// An expression that has more bits than the range of `wire` needs: a wire for it, and its bits [low, low + width).
    std::string some_bits(circuit::WireId wire, const std::string& text, int64_t all, int64_t low);
    std::string sum(const circuit::Operation& operation, circuit::WireId wire, uint32_t boundary);
    std::string product(const circuit::Operation& operation, circuit::WireId wire, uint32_t boundary);
    std::string look_up(const circuit::Operation& operation, circuit::WireId wire, uint32_t boundary);
    std::string right_side(circuit::WireId wire, uint32_t boundary);

    Netlist& net_;
    bool is_top_;
    std::unordered_map<uint64_t, size_t> positions_;  // (root, boundary) to position in signals_
    std::vector<Signal> signals_;
    std::vector<std::string> unread_;
    std::set<uint32_t> tables_;  // looked up here
};

}  // namespace dal::emit
