#include "dal/emit/alir/alir.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "dal/circuit/cost/cost.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/build_codes.hpp"
#include "dal/support/sha256.hpp"

namespace dal::emit {
namespace {

using circuit::Circuit;
using circuit::Kind;
using circuit::Operation;
using circuit::WireId;
using Json = nlohmann::ordered_json;

enum Opcode : int8_t {
    op_input = -1,
    op_add = 0,
    op_subtract = 1,
    op_quantize = 3,
    op_add_constant = 4,
    op_constant = 5,
    op_choose = 6,
    op_multiply = 7,
    op_lookup = 8,
    op_unary = 9,
    op_binary = 10,
};

constexpr int spec_version = 4;
constexpr int most_bits = 53;  // of codes: intervals are doubles in the file
constexpr int most_point = 100;

class AlirPrinter {
  public:
    explicit AlirPrinter(const Circuit& circuit)
        : circuit_(circuit), inputs_(alir_inputs(circuit)), index_(circuit.size()) {}

    Result<std::string> print() {
        latency_.reserve(circuit_.size());
        for (size_t at = 0; at < circuit_.size(); ++at) {
            const auto wire = static_cast<WireId>(at);
            wire_ = wire;
            if (auto added = add(circuit_[wire]); !added) return failure(std::move(added.error()));
            index_[at] = static_cast<int64_t>(latency_.size()) - 1;
        }
        Json items = Json::array();
        for (const circuit::OutputTensor& tensor : circuit_.outputs())
            for (const WireId wire : tensor.elements) items.push_back(index_[static_cast<size_t>(wire)]);
        const size_t outputs = items.size();
        const Json model{Json::array({inputs_.count, outputs}),
                         Json(std::vector<int>(static_cast<size_t>(inputs_.count))),
                         std::move(items),
                         Json(std::vector<int>(outputs)),
                         Json(std::vector<bool>(outputs)),
                         std::move(instructions_),
                         1,
                         1,
                         tables_.empty() ? Json() : std::move(tables_)};
        const Json file{{"model", model}, {"meta", "ALIRModel"}, {"spec_version", spec_version}};
        return file.dump() + "\n";
    }

  private:
    [[nodiscard]] static tl::unexpected<Diagnostics> cannot(const std::string& fact, const std::string& help) {
        return failure(error(code::not_in_target, {}, "ALIR cannot hold this design: " + fact).with_help(help));
    }

    struct Step {
        Opcode opcode;
        std::vector<int64_t> operands;
        std::vector<int64_t> data;
    };

    /// An instruction. `has_cost`: it is the one that computes the wire.
    Result<void> append(const Step& step, const Interval& range, bool has_cost = true) {
        if (!fits(range))
            return cannot("a value in " + range.shown() + " is too wide for its integers",
                          "formats of at most 53 bits, and binary points of at most 100");
        int64_t latency = 0;
        for (const int64_t operand : step.operands) latency = std::max(latency, latency_[static_cast<size_t>(operand)]);
        if (has_cost) latency += circuit::delay(circuit_, wire_);
        const double cost = has_cost ? static_cast<double>(circuit::half_luts(circuit_, wire_)) / 2 : 0;
        latency_.push_back(latency);
        instructions_.push_back(
            Json::array({step.operands, static_cast<int>(step.opcode), step.data,
                         Json::array({number(range.min()), number(range.max()), number(step_of(range))}),
                         static_cast<double>(latency) / circuit::adder_level, cost}));
        return {};
    }

    static bool fits(const Interval& range) {
        return range.lo().bit_length() <= most_bits && range.hi().bit_length() <= most_bits &&
               std::abs(range.f()) <= most_point;
    }
    static Dyadic step_of(const Interval& range) { return {Int(1), -int64_t{range.f()}}; }
    static double number(const Dyadic& value) {
        const std::optional<double> number = value.to_double();
        DAL_CHECK(number.has_value(), value.to_string());
        return *number;
    }

    [[nodiscard]] int64_t index(WireId wire) const { return index_[static_cast<size_t>(wire)]; }
    [[nodiscard]] const Interval& range(WireId wire) const { return circuit_[wire].range; }
    [[nodiscard]] int64_t last() const { return static_cast<int64_t>(latency_.size()) - 1; }

    /// The code of a constant on the binary point f, if it is an integer there and fits.
    static std::optional<int64_t> code(const Dyadic& value, int f) {
        const Dyadic scaled(value.mantissa(), value.exponent() + f);
        if (scaled.is_zero()) return 0;
        if (scaled.exponent() < 0 || scaled.mantissa().bit_length() + scaled.exponent() > most_bits)
            return std::nullopt;
        return (scaled.mantissa() << static_cast<int>(scaled.exponent())).to_int64();
    }

    /// What wraps is computed whole first, and rounded then.
    Result<void> append_wrapped(const Operation& operation, const Step& step, const Interval& whole) {
        if (!is_wrapped(operation)) return append(step, operation.range);
        if (auto added = append(step, whole); !added) return added;
        return append({op_quantize, {last()}, {0}}, operation.range, false);
    }

    /// The library computes these with the bits of their operands, so that the binary point of the result is given;
    /// where the circuit knows a coarser one, the bits that are 0 are dropped after.
    Result<void> append_at(const Step& step, const Interval& result, int f) {
        if (f == result.f()) return append(step, result);
        if (auto added = append(step, Interval(result.lo_at(f), result.hi_at(f), f)); !added) return added;
        return append({op_quantize, {last()}, {0}}, result, false);
    }

    Result<void> add_bitwise(const Operation& operation, int64_t kind) {
        return append_at({op_binary, {index(operation.a), index(operation.b)}, {0, kind}}, operation.range,
                         std::max(range(operation.a).f(), range(operation.b).f()));
    }

    Result<void> add_product(const Operation& operation) {
        const Step step{op_multiply, {index(operation.a), index(operation.b)}, {}};
        const int f = range(operation.a).f() + range(operation.b).f();
        if (!is_wrapped(operation)) return append_at(step, operation.range, f);
        if (auto added = append_at(step, range(operation.a) * range(operation.b), f); !added) return added;
        return append({op_quantize, {last()}, {0}}, operation.range, false);
    }

    Result<void> add(const Operation& operation) {
        if (operation.range.is_constant())
            return append({op_constant, {}, {code(operation.range.min(), operation.range.f()).value_or(0)}},
                          operation.range, false);
        const int64_t a = circuit::operand_count(operation.kind) > 0 ? index(operation.a) : 0;
        const int64_t b = circuit::operand_count(operation.kind) > 1 ? index(operation.b) : 0;
        switch (operation.kind) {
            case Kind::input:
                return append({op_input, {}, {inputs_.positions[operation.index]}}, operation.range, false);
            case Kind::constant: break;
            case Kind::add:
                return append_wrapped(operation, {op_add, {a, b}, {operation.shift}},
                                      range(operation.a) + range(operation.b).shifted(operation.shift));
            case Kind::sub:
                return append_wrapped(operation, {op_subtract, {a, b}, {operation.shift}},
                                      range(operation.a) - range(operation.b).shifted(operation.shift));
            case Kind::shift: return append({op_quantize, {a}, {operation.shift}}, operation.range);
            case Kind::slice: return append({op_quantize, {a}, {0}}, operation.range);
            case Kind::mux: return add_mux(operation);
            case Kind::bit_and: return add_bitwise(operation, 0);
            case Kind::bit_or: return add_bitwise(operation, 1);
            case Kind::bit_xor: return add_bitwise(operation, 2);
            case Kind::bit_not: return append({op_unary, {a}, {0}}, operation.range);
            case Kind::any: return append({op_unary, {a}, {1}}, operation.range);
            case Kind::less: return add_less(operation);
            case Kind::mul: return add_product(operation);
            case Kind::table: return add_table(operation);
        }
        internal_error("kind", __FILE__, __LINE__, "no such kind of operation");
    }

    /// The result must be as fine as both sides are: bits are chosen, not numbers.
    Result<void> add_mux(const Operation& operation) {
        const int f = std::max({operation.range.f(), range(operation.b).f(), range(operation.c).f()});
        return append_at({op_choose, {index(operation.b), index(operation.c), index(operation.a)}, {0}},
                         operation.range, f);
    }

    /// The sign of a - bound, as a bit: of two's complement with i integer bits, floor(x / 2^i) mod 2.
    Result<void> add_less(const Operation& operation) {
        const Dyadic bound = circuit_[operation.b].range.min();
        const Interval distance = range(operation.a) + Interval::constant(Dyadic() - bound);
        const int f = std::max(0, Interval::constant(bound).f());
        const auto negative = code(Dyadic() - bound, f);
        if (!negative) return cannot("the constant " + bound.shown() + " is too wide", "formats of at most 53 bits");
        if (auto added = append({op_add_constant, {index(operation.a)}, {*negative, f}}, distance); !added)
            return added;
        if (distance.lo().is_negative())
            return append({op_quantize, {last()}, {-distance.kif().i}}, Interval(Int(0), Int(1), 0), false);
        return append({op_constant, {}, {0}}, Interval(), false);
    }

    /// A table of its own for the values of its operand.
    Result<void> add_table(const Operation& operation) {
        const circuit::Table& table = circuit_.table_of(operation);
        const Interval& operand = range(operation.a);
        const int f = std::max(table.f, operand.f());
        const Int step = operand.is_constant() ? Int(1) : Int(1) << (f - operand.f());
        std::vector<int32_t> codes;
        Int low;
        Int high;
        for (Int at = operand.lo_at(f); at <= operand.hi_at(f); at += step) {
            const Int position = (at >> (f - table.f)) - table.first;
            const Int& entry = table.entries[static_cast<size_t>(position.to_int64())];
            if (entry.bit_length() > 31)
                return cannot("a table has entries of more than 31 bits", "give its results fewer bits");
            low = codes.empty() ? entry : min(low, entry);
            high = codes.empty() ? entry : max(high, entry);
            codes.push_back(static_cast<int32_t>(entry.to_int64()));
        }
        const Interval result(low, high, table.entry_f);
        if (low == high) return append({op_constant, {}, {code(result.min(), result.f()).value_or(0)}}, result, false);
        return append({op_lookup, {index(operation.a)}, {table_number(codes, table.entry_f, result)}}, result);
    }

    int64_t table_number(const std::vector<int32_t>& codes, int f, const Interval& result) {
        std::string bytes;
        for (const int32_t entry : codes)
            for (unsigned shift = 0; shift < 32; shift += 8)
                bytes += static_cast<char>(static_cast<uint32_t>(entry) >> shift & 0xffU);
        const std::string hash = sha256(bytes + std::to_string(f));
        const auto [known, is_new] = table_numbers_.emplace(hash, static_cast<int64_t>(tables_.size()));
        if (!is_new) return known->second;
        int width = 0;
        while (size_t{1} << width < codes.size()) ++width;
        tables_.push_back({{"spec",
                            {{"hash", hash},
                             {"out_qint",
                              {{"min", number(result.min())},
                               {"max", number(result.max())},
                               {"step", number(Dyadic(Int(1), -int64_t{f}))}}},
                             {"inp_width", width}}},
                           {"table", codes}});
        return known->second;
    }

    const Circuit& circuit_;
    AlirInputs inputs_;
    std::vector<int64_t> index_;    // of each wire: its instruction
    std::vector<int64_t> latency_;  // of each instruction, in thousandths of an adder level
    WireId wire_{};                 // the one that is being printed
    Json instructions_ = Json::array();
    Json tables_ = Json::array();
    std::map<std::string, int64_t> table_numbers_;
};

}  // namespace

bool is_rounded_in_alir(const circuit::Input& input) noexcept {
    return input.format.round == Round::trn && input.format.overflow == Overflow::wrap;
}

AlirInputs alir_inputs(const Circuit& circuit) {
    AlirInputs result;
    std::vector<int64_t> first;
    for (const circuit::InputTensor& tensor : circuit.input_tensors()) {
        first.push_back(result.count);
        result.count += element_count(tensor.shape);
    }
    std::map<int64_t, bool> seen;  // elements: whether their input takes any number
    for (const circuit::Input& input : circuit.inputs()) {
        const int64_t element = first[input.tensor] + input.element;
        const bool takes_any = is_rounded_in_alir(input);
        const auto [known, is_new] = seen.emplace(element, takes_any);
        const bool shares = is_new || (takes_any && known->second);
        result.positions.push_back(shares ? element : result.count++);
    }
    return result;
}

Result<std::string> alir_text(const Circuit& circuit) { return AlirPrinter(circuit).print(); }

}  // namespace dal::emit
