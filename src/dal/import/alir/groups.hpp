// Instructions that can be computed at once: those of one kind whose operands are all there. A program computes one
// group after the other.
#pragma once

#include "dal/import/alir/logic.hpp"

namespace dal::importer::alir {

/// What makes instructions one group.
struct Kind {
    enum class Form : uint8_t {
        input,
        constant,
        linear,
        quantize,
        relu,
        choose,
        multiply,
        table,
        bitwise,
        equal,
        nonzero
    };
    Form form = Form::linear;
    int detail = 0;  ///< terms of sums (at least 2), widths of tables, signs, operators
    friend auto operator<=>(const Kind&, const Kind&) = default;
};

struct Group {
    Kind kind;
    std::vector<int> members;  ///< instructions, in order
};

Kind kind_of(const Logic& logic, const Instruction& instruction);

/// All instructions that an output needs: inputs first, then constants, then whatever has the most that is ready.
std::vector<Group> groups_of(const Logic& logic);

}  // namespace dal::importer::alir
