// Reads the Verilog that dal writes, and nothing more: what it does not know, or could be read in two ways, it refuses.
// A reader of its own, which shares nothing with the printer (emit/verilog).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dal/proof/unproven.hpp"

namespace dal::proof {

using SignalId = uint32_t;
using ExpressionId = uint32_t;

enum class Operator : uint8_t {
    literal,
    part,    ///< bits [first, first + width) of a signal
    concat,  ///< operands from the highest bits down
    repeat,  ///< `first` copies of the operand
    plus,
    minus,
    times,
    choose,
    conjunction,
    disjunction,
    difference,
    inverse,
    any,
    less,
    look_up,  ///< in table `first`
    unknown   ///< something that is not to be read: `unused`
};

struct Expression {
    Operator kind = Operator::literal;
    int64_t width = 0;
    int64_t value = 0;  ///< of a literal
    int64_t first = 0;
    SignalId signal = 0;
    bool is_signed = false;  ///< less
    std::vector<ExpressionId> operands{};
};

enum class SignalKind : uint8_t { input, output, wire, reg };
struct Signal {
    std::string name;
    SignalKind kind = SignalKind::wire;
    int64_t width = 1;
    uint32_t line = 0;
};

/// A function or a memory: a number for each code of its argument.
struct LookUp {
    std::string name;
    int64_t argument_width = 0;
    int64_t width = 0;
    std::map<int64_t, int64_t> entries;
    bool has_default = false;
    int64_t default_entry = 0;
};

struct Assign {
    SignalId target = 0;
    int64_t first = 0;
    int64_t width = 0;
    ExpressionId value = 0;
};
struct Instance {
    std::string module;
    std::vector<std::pair<std::string, SignalId>> connections;
};
struct Transfer {
    SignalId target = 0;
    SignalId source = 0;
    SignalId clock = 0;
};
struct Item {
    enum class Kind : uint8_t { assign, instance, transfer };
    Kind kind = Kind::assign;
    uint32_t line = 0;
    Assign assign{};
    Instance instance{};
    Transfer transfer{};
};

struct Module {
    std::string name;
    std::string file;
    std::vector<SignalId> ports;  ///< in their order
    std::vector<Signal> signals;
    std::map<std::string, SignalId, std::less<>> by_name;
    std::vector<LookUp> tables;
    std::vector<Expression> expressions;
    std::vector<Item> items;
};

/// One module per file. Throws Unproven, with the file and the line.
Module read_verilog(const std::string& file, std::string_view text, Budget& budget);

}  // namespace dal::proof
