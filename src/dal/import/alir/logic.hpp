// ALIR and DAIS, the circuits of alkaid and da4ml, as their JSON holds them. All versions in one form: that of ALIR 4.
// docs/import/alir.md describes it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dal/import/json.hpp"
#include "dal/numeric/kif.hpp"

namespace dal::importer::alir {

/// What an instruction computes. Numbers are those of the files.
enum class Opcode : int8_t {
    negative = -2,
    input = -1,
    add = 0,
    subtract = 1,
    relu = 2,
    quantize = 3,
    add_constant = 4,
    constant = 5,
    choose = 6,
    multiply = 7,
    lookup = 8,
    unary = 9,
    binary = 10,
    sum = 11,
};

struct Instruction {
    Opcode opcode = Opcode::constant;
    std::vector<int> operands;      ///< earlier instructions
    std::vector<int64_t> data;      ///< by opcode, as in ALIR 4
    std::array<bool, 2> negated{};  ///< operands that are negated first (DAIS)
    /// The interval of the result: multiples of 2^-f from low·2^-f to high·2^-f; and the smallest format around it.
    int64_t low = 0;
    int64_t high = 0;
    int f = 0;
    Kif kif;
};

/// Entry j is codes[j]·2^-f, for the j-th value of its operand's interval.
struct Table {
    std::vector<int> codes;
    int f = 0;
};

struct Output {
    int item = 0;  ///< negative: the output is 0
    int shift = 0;
    bool negated = false;
};

struct Logic {
    int64_t inputs = 0;
    std::vector<Output> outputs;
    std::vector<Instruction> instructions;
    std::vector<Table> tables;
};

/// What a file holds: one circuit, or several in a row.
struct Circuit {
    std::string format;  ///< "ALIR 4", "DAIS"
    std::vector<Logic> stages;
};

/// Whether the bytes may be such JSON. Cheap.
bool is_circuit(std::string_view bytes);

/// All indices, shapes and widths are checked. Error: bad_model_file, unsupported_layer.
Result<Circuit> read_circuit(const Json& json, std::string_view file);

}  // namespace dal::importer::alir
