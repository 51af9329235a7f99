#include "dal/import/alir/logic.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "dal/import/problem.hpp"

namespace dal::importer::alir {
namespace {

constexpr int64_t most_inputs = 1 << 20;
constexpr int most_shift = 1000;
constexpr int most_width = 64;  // of an interval; that of the libraries

/// Reads one circuit; remembers the first thing that is wrong.
class LogicReader {
  public:
    LogicReader(std::string_view file, int version) : file_(file), version_(version) {}

    Result<Logic> read(const Json& json, const std::string& where) {
        where_ = where;
        Logic logic;
        const auto inputs = json[0][size_t{0}].integer();
        const auto outputs = json[0][1].integer();
        if (!json.is_array() || json.items().size() < 8 || json.items().size() > 9 || !inputs || !outputs ||
            *inputs < 1 || *inputs > most_inputs || *outputs < 1 || *outputs > most_inputs)
            return bad("is no list of a shape, shifts, outputs and instructions");
        logic.inputs = *inputs;
        if (static_cast<int64_t>(json[1].items().size()) != *inputs ||
            !std::ranges::all_of(json[1].items(), [](const Json& shift) { return shift.integer() == 0; }))
            return failure(
                unsupported_layer(where, "its inputs are shifted, which its libraries do in different ways"));
        for (const Json& table : json[8].items()) {
            auto read = table_of(table, logic.tables.size());
            if (!read) return failure(std::move(read.error()));
            logic.tables.push_back(std::move(*read));
        }
        const std::vector<Json>& records = json[5].items();
        if (records.size() >= static_cast<size_t>(std::numeric_limits<int>::max()))
            return bad("has too many instructions");
        for (size_t at = 0; at < records.size(); ++at) {
            where_ = where + (where.empty() ? "" : ", ") + "instruction " + std::to_string(at);
            auto instruction = version_ >= 3 ? current_record(records[at]) : old_record(records[at]);
            if (!instruction) return failure(std::move(instruction.error()));
            if (auto checked = check(*instruction, at, logic); !checked) return failure(std::move(checked.error()));
            logic.instructions.push_back(std::move(*instruction));
        }
        where_ = where;
        return with_outputs(std::move(logic), json, static_cast<size_t>(*outputs));
    }

  private:
    [[nodiscard]] tl::unexpected<Diagnostics> bad(std::string_view fact) const {
        return failure(bad_model_file(file_, where_, fact));
    }

    static std::optional<int> exponent_of(double step) {
        int exponent = 0;
        if (!std::isfinite(step) || step <= 0 || std::frexp(step, &exponent) != 0.5) return std::nullopt;
        return exponent - 1;
    }

    /// The interval [low, high, step], and the smallest format around it.
    bool set_interval(Instruction& instruction, const Json& json) const {
        const auto low = json[size_t{0}].number();
        const auto high = json[1].number();
        const auto exponent = exponent_of(json[2].number().value_or(0));
        if (!low || !high || !exponent || std::abs(*exponent) > most_shift || *low > *high) return false;
        // Ends that are no multiple of the step are rounded, as the libraries do. Scaling by 2^n is exact.
        const double first = std::nearbyint(std::ldexp(*low, -*exponent));
        const double last = std::nearbyint(std::ldexp(*high, -*exponent));
        constexpr double limit = 0x1p62;
        if (!(first >= -limit) || !(last < limit)) return false;
        instruction.f = -*exponent;
        instruction.low = static_cast<int64_t>(first);
        instruction.high = static_cast<int64_t>(last);
        if (instruction.low == 0 && instruction.high == 0) return true;
        const auto magnitude = std::max(instruction.low < 0 ? static_cast<uint64_t>(-(instruction.low + 1)) : 0,
                                        instruction.high > 0 ? static_cast<uint64_t>(instruction.high) : 0);
        int bits = 0;
        while (bits < most_width && magnitude >> bits != 0) ++bits;
        instruction.kif = Kif(instruction.low < 0, bits - instruction.f, instruction.f);
        return true;
    }

    static std::optional<int64_t> wide_integer(const Json& json) {
        if (const auto value = json.integer()) return value;
        // 64 bits without a sign stand for those of a negative number.
        uint64_t value = 0;
        const std::string& text = json.written();
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
        return static_cast<int64_t>(value);
    }

    /// [addresses, opcode, data, interval, latency, cost]
    Result<Instruction> current_record(const Json& json) const {
        Instruction instruction;
        const auto opcode = json[1].integer();
        if (!opcode || *opcode < -2 || *opcode > 11) return unknown(json[1]);
        instruction.opcode = static_cast<Opcode>(*opcode);
        for (const Json& address : json[size_t{0}].items()) instruction.operands.push_back(index_of(address));
        for (const Json& data : json[2].items()) {
            const auto value = wide_integer(data);
            if (!value) return bad("its data are no integers");
            instruction.data.push_back(*value);
        }
        if (version_ == 3 && instruction.opcode == Opcode::quantize) instruction.data = {0};
        if (!set_interval(instruction, json[3])) return bad("its interval cannot be");
        return instruction;
    }

    /// [first, second, opcode, packed data, interval, latency, cost]
    Result<Instruction> old_record(const Json& json) const {
        Instruction instruction;
        auto opcode = json[2].integer();
        const auto packed = wide_integer(json[3]);
        if (!opcode || *opcode < -9 || *opcode > 10 || !packed) return unknown(json[2]);
        if (!set_interval(instruction, json[4])) return bad("its interval cannot be");
        const bool is_dais = version_ == 1;
        if (is_dais && *opcode < -1) {  // the same with a negated operand
            if (*opcode == -9) return failure(unsupported_layer(where_, "a bitwise operation of a negated number"));
            instruction.negated[*opcode == -6 ? 1 : 0] = true;
            opcode = -*opcode;
        }
        if (*opcode < -2) return unknown(json[2]);
        instruction.opcode = static_cast<Opcode>(*opcode);
        const int first = index_of(json[size_t{0}]);
        const int second = index_of(json[1]);
        const auto low_half = static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint64_t>(*packed)));
        const auto high_half = static_cast<int32_t>(*packed >> 32);
        switch (instruction.opcode) {
            case Opcode::negative:
            case Opcode::relu: instruction.operands = {first}; break;
            case Opcode::quantize:
                instruction.operands = {first};
                instruction.data = {0};
                break;
            case Opcode::input: instruction.data = {first}; break;
            case Opcode::add:
            case Opcode::subtract:
                instruction.operands = {first, second};
                instruction.data = {*packed};
                break;
            case Opcode::add_constant:
                instruction.operands = {first};
                instruction.data =
                    is_dais ? std::vector<int64_t>{*packed, instruction.f} : std::vector<int64_t>{low_half, high_half};
                break;
            case Opcode::constant: instruction.data = {*packed}; break;
            case Opcode::choose:
                instruction.operands = {first, second, low_half};
                instruction.data = {high_half};
                break;
            case Opcode::multiply: instruction.operands = {first, second}; break;
            case Opcode::lookup:
                instruction.operands = {first};
                instruction.data = {low_half};
                break;
            case Opcode::unary:
                instruction.operands = {first};
                instruction.data = {*packed};
                break;
            case Opcode::binary:
                instruction.operands = {first, second};
                instruction.data = {low_half, *packed >> 56 & 0xff};
                if (!is_dais && (high_half & 3) != 0)
                    return failure(unsupported_layer(where_, "a bitwise operation of a negated number"));
                instruction.negated = {(high_half & 1) != 0, (high_half & 2) != 0};
                break;
            case Opcode::sum: return unknown(json[2]);
        }
        return instruction;
    }

    [[nodiscard]] tl::unexpected<Diagnostics> unknown(const Json& opcode) const {
        const auto number = opcode.integer();
        return bad("the operation " + (number ? std::to_string(*number) : std::string("code")) + " is not known");
    }

    static int index_of(const Json& json) {
        const auto value = json.integer();
        const bool fits = value && *value >= 0 && *value < std::numeric_limits<int>::max();
        return fits ? static_cast<int>(*value) : std::numeric_limits<int>::max();
    }

    /// How many operands and data there are, and where they point.
    Result<void> check(const Instruction& instruction, size_t at, const Logic& logic) const {
        const size_t operands = instruction.operands.size();
        for (const int operand : instruction.operands)
            if (static_cast<size_t>(operand) >= at) return bad("reads an instruction that is not before it");
        const auto has = [&](size_t wanted, size_t data) {
            return operands == wanted && instruction.data.size() >= data;
        };
        const std::vector<int64_t>& data = instruction.data;
        const auto is_shift = [](int64_t shift) { return std::abs(shift) <= most_shift; };
        bool is_right = false;
        switch (instruction.opcode) {
            case Opcode::negative:
            case Opcode::relu: is_right = has(1, 0); break;
            case Opcode::input: is_right = has(0, 1) && data[0] >= 0 && data[0] < logic.inputs; break;
            case Opcode::add:
            case Opcode::subtract: is_right = has(2, 1) && is_shift(data[0]); break;
            case Opcode::quantize: is_right = has(1, 1) && is_shift(data[0]); break;
            case Opcode::add_constant: is_right = has(1, 2) && is_shift(data[1]); break;
            case Opcode::constant: is_right = has(0, 1); break;
            case Opcode::choose: is_right = has(3, 1) && is_shift(data[0]); break;
            case Opcode::multiply: is_right = has(2, 0); break;
            case Opcode::lookup:
                is_right = has(1, 1) && data[0] >= 0 && data[0] < static_cast<int64_t>(logic.tables.size());
                if (is_right) return check_lookup(instruction, logic);
                break;
            case Opcode::unary:
                is_right = has(1, 1) && data[0] >= 0 && data[0] <= 2;
                if (is_right) return check_unary(instruction, logic);
                break;
            case Opcode::binary: is_right = has(2, 2) && is_shift(data[0]) && data[1] >= 0 && data[1] <= 2; break;
            case Opcode::sum:
                is_right = operands >= 2 && data.size() >= 2 * operands;
                for (size_t term = 0; is_right && term < operands; ++term) is_right = is_shift(data[2 * term + 1]);
                break;
        }
        return is_right ? Result<void>{} : bad("its operands or its data are not those of its operation");
    }

    [[nodiscard]] Result<void> check_lookup(const Instruction& instruction, const Logic& logic) const {
        const Instruction& operand = logic.instructions[static_cast<size_t>(instruction.operands[0])];
        const Table& table = logic.tables[static_cast<size_t>(instruction.data[0])];
        constexpr int most_table_bits = 20;
        if (operand.kif.width() > most_table_bits)
            return failure(unsupported_layer(where_, "its table has more than 2^20 entries"));
        if (static_cast<int64_t>(table.codes.size()) < operand.high - operand.low + 1)
            return bad("its table has fewer entries than its operand has values");
        if (table.f != instruction.f && instruction.kif.width() != 0)
            return failure(unsupported_layer(where_, "its table and its result have different steps"));
        return {};
    }

    [[nodiscard]] Result<void> check_unary(const Instruction& instruction, const Logic& logic) const {
        const Instruction& operand = logic.instructions[static_cast<size_t>(instruction.operands[0])];
        const bool is_not = instruction.data[0] == 0;
        const bool is_known = is_not ? instruction.kif.k == operand.kif.k &&
                                           instruction.kif.width() == operand.kif.width() && operand.kif.width() != 0
                                     : instruction.f == 0;
        if (is_known) return {};
        return failure(
            unsupported_layer(where_, "a bitwise operation whose result has another width than its operand"));
    }

    [[nodiscard]] Result<Table> table_of(const Json& json, size_t number) const {
        const std::string where = "table " + std::to_string(number);
        Table table;
        const auto exponent = exponent_of(json["spec"]["out_qint"]["step"].number().value_or(0));
        if (!exponent || std::abs(*exponent) > most_shift) return bad(where + ": its step is no power of two");
        table.f = -*exponent;
        for (const Json& code : json["table"].items()) {
            const auto value = code.integer();
            if (!value || std::abs(*value) > std::numeric_limits<int>::max())
                return bad(where + ": no list of integers");
            table.codes.push_back(static_cast<int>(*value));
        }
        return table;
    }

    [[nodiscard]] Result<Logic> with_outputs(Logic logic, const Json& json, size_t count) const {
        if (json[2].items().size() != count || json[3].items().size() != count || json[4].items().size() != count)
            return bad("its outputs are not as many as its shape says");
        for (size_t at = 0; at < count; ++at) {
            const auto item = json[2][at].integer();
            const auto shift = json[3][at].integer();
            const Json& sign = json[4][at];
            const bool is_there = item && *item < static_cast<int64_t>(logic.instructions.size());
            if (!is_there || !shift || std::abs(*shift) > most_shift)
                return bad("output " + std::to_string(at) + " is no instruction, or its shift is too large");
            logic.outputs.push_back({*item < 0 ? -1 : static_cast<int>(*item), static_cast<int>(*shift),
                                     sign.boolean().value_or(sign.integer().value_or(0) != 0)});
        }
        return logic;
    }

    std::string_view file_;
    int version_;  // 1: DAIS, without a number in the file; 2, 3, 4: ALIR
    std::string where_;
};

bool is_logic(const Json& json) { return json.is_array() && json[size_t{0}][size_t{0}].is_number(); }

}  // namespace

bool is_circuit(std::string_view bytes) {
    const size_t first = bytes.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return false;
    if (bytes[first] == '{')
        return bytes.find("\"ALIR") != std::string_view::npos || bytes.find("\"DAISModel\"") != std::string_view::npos;
    // Without a name: [[inputs, outputs], …], or a list of lists of these.
    return bytes[first] == '[' && bytes.find_first_not_of("[ \t\r\n", first) != std::string_view::npos &&
           bytes.substr(first).starts_with("[[");
}

Result<Circuit> read_circuit(const Json& json, std::string_view file) {
    Circuit circuit;
    int version = 1;
    std::vector<const Json*> stages;
    if (json.is_object()) {
        const std::string& meta = json["meta"].string();
        if (meta == "ALIRFSM")
            return failure(unsupported_layer("meta", "a state machine (`ALIRFSM`), not one circuit",
                                             "save the model before it is pipelined: `comb.save(\"model.json\")`"));
        const auto stored = json["spec_version"].integer();
        if ((meta != "ALIRModel" && meta != "DAISModel") || !stored)
            return failure(bad_model_file(file, {}, "has no `meta: ALIRModel` and `spec_version`"));
        if (*stored < 2 || *stored > 4)
            return failure(unsupported_layer(
                "spec_version", "version " + std::to_string(*stored) + " of the format; 2, 3 and 4 are known"));
        version = static_cast<int>(*stored);
        circuit.format = "ALIR " + std::to_string(version);
        stages.push_back(&json["model"]);
    } else if (is_logic(json)) {
        circuit.format = "DAIS";
        stages.push_back(&json);
    } else if (json.items().size() == 1 && is_logic(json[size_t{0}][size_t{0}])) {
        circuit.format = "DAIS pipeline";
        for (const Json& stage : json[size_t{0}].items()) stages.push_back(&stage);
    } else {
        return failure(bad_model_file(file, {}, "is no circuit of alkaid or da4ml"));
    }
    for (const Json* stage : stages) {
        const std::string where = stages.size() == 1 ? "" : "stage " + std::to_string(circuit.stages.size());
        auto logic = LogicReader(file, version).read(*stage, where);
        if (!logic) return failure(std::move(logic.error()));
        if (!circuit.stages.empty() && circuit.stages.back().outputs.size() != static_cast<size_t>(logic->inputs))
            return failure(bad_model_file(file, where, "has not as many inputs as the stage before it has outputs"));
        circuit.stages.push_back(std::move(*logic));
    }
    return circuit;
}

}  // namespace dal::importer::alir
