// Circuits of alkaid and da4ml become programs: one line for each group of instructions, on a list of values that
// grows.
#include <algorithm>
#include <cmath>

#include "dal/import/alir/groups.hpp"
#include "dal/import/alir/gzip.hpp"
#include "dal/import/problem.hpp"
#include "dal/import/readers.hpp"

namespace dal::importer::alir {
namespace {

using Form = Kind::Form;

double power(int64_t exponent) { return std::ldexp(1.0, static_cast<int>(exponent)); }

/// Columns of numbers, one item for each member of a group.
using Column = std::vector<double>;

/// One circuit's lines.
class Stage {
  public:
    Stage(Program& program, const Logic& logic, std::string prefix)
        : program_(program), logic_(logic), prefix_(std::move(prefix)), item_(logic.instructions.size()) {}

    /// The outputs, as an expression.
    Value write(const Value& input) {
        for (const Group& group : groups_of(logic_)) {
            for (const int member : group.members) item_[static_cast<size_t>(member)] = size_++;
            add(group, input);
        }
        Column items;
        Column factors;
        bool are_plain = true;
        for (const Output& output : logic_.outputs) {
            const bool is_there = output.item >= 0;
            items.push_back(is_there ? item_[static_cast<size_t>(output.item)] : 0);
            factors.push_back(is_there ? (output.negated ? -1 : 1) * power(output.shift) : 0);
            are_plain = are_plain && factors.back() == 1;
        }
        const auto count = static_cast<int64_t>(items.size());
        if (values_.empty()) values_ = program_.let(prefix_ + "values", "[0]", {1}).text;
        std::string text = values_ + "[" + array("outputs", items) + "]";
        if (!are_plain) text += " * " + array("output_factors", factors);
        return {std::move(text), {count}};
    }

  private:
    [[nodiscard]] const Instruction& at(int instruction) const {
        return logic_.instructions[static_cast<size_t>(instruction)];
    }

    std::string array(const std::string& name, Column values) {
        const auto count = static_cast<int64_t>(values.size());
        return program_.array(prefix_ + name + suffix_, {{count}, std::move(values)});
    }

    /// One number for each member.
    template <class Make>
    std::string column(const std::string& name, const Group& group, const Make& make) {
        Column values;
        for (const int member : group.members) values.push_back(make(at(member)));
        return array(name, std::move(values));
    }

    /// Positions of an operand in the list.
    std::string items(const std::string& name, const Group& group, size_t operand) {
        return column(name, group,
                      [&](const Instruction& each) { return item_[static_cast<size_t>(each.operands[operand])]; });
    }

    /// A number for all members, or a column.
    template <class Make>
    std::string factors(const std::string& name, const Group& group, const Make& make) {
        const double first = make(at(group.members[0]));
        const bool is_one = std::ranges::all_of(group.members, [&](int member) { return make(at(member)) == first; });
        if (is_one && (first == 1 || first == -1)) return first == 1 ? "1" : "-1";
        return column(name, group, make);
    }

    std::string format(const Group& group, bool is_relu = false) {
        const auto count = static_cast<int64_t>(group.members.size());
        Formats formats{{count}, {}, {}, {}, Round::trn, Overflow::wrap};
        for (const int member : group.members) {
            const Kif& kif = at(member).kif;
            formats.k.push_back(kif.k && !is_relu ? 1 : 0);
            formats.i.push_back(kif.i);
            formats.f.push_back(kif.f);
        }
        return program_.format(prefix_ + "format" + suffix_, formats);
    }

    void grow(const std::string& expression) {
        values_ = program_.let(prefix_ + "v" + suffix_, expression, {size_}).text;
    }

    void add(const Group& group, const Value& input) {
        suffix_ = std::to_string(++number_);
        program_.comment(said(group));
        switch (group.kind.form) {
            case Form::input: return add_inputs(group, input);
            case Form::constant: return add_constants(group);
            case Form::linear: return add_sums(group);
            case Form::quantize:
                return grow(
                    "alir.quantized(" + values_ + ", " + items("items", group, 0) + ", " +
                    factors("factors", group,
                            [](const Instruction& each) { return (each.negated[0] ? -1 : 1) * power(each.data[0]); }) +
                    ", " + format(group) + ")");
            case Form::relu:
                return grow(
                    "alir.relus(" + values_ + ", " + items("items", group, 0) + ", " +
                    factors("factors", group, [](const Instruction& each) { return each.negated[0] ? -1.0 : 1.0; }) +
                    ", " + format(group, true) + ")");
            case Form::choose: return add_choices(group);
            case Form::multiply:
                return grow("alir.products(" + values_ + ", " + items("a", group, 0) + ", " + items("b", group, 1) +
                            ")");
            case Form::table: return add_tables(group);
            case Form::bitwise: return add_bitwise(group);
            case Form::equal:
                return grow("alir.equal(" + values_ + ", " + items("items", group, 0) + ", " +
                            column("numbers", group, [&](const Instruction& each) { return all_ones(each); }) + ")");
            case Form::nonzero: return grow("alir.nonzero(" + values_ + ", " + items("items", group, 0) + ")");
        }
    }

    [[nodiscard]] static std::string said(const Group& group) {
        const auto counted = [&](const std::string& one, const std::string& many) {
            return std::to_string(group.members.size()) + " " + (group.members.size() == 1 ? one : many);
        };
        switch (group.kind.form) {
            case Form::input: return counted("input", "inputs");
            case Form::constant: return counted("constant", "constants");
            case Form::linear: return counted("sum", "sums");
            case Form::quantize: return counted("rounding", "roundings");
            case Form::relu: return counted("relu", "relus");
            case Form::choose: return counted("choice", "choices");
            case Form::multiply: return counted("product", "products");
            case Form::table:
                return counted("table of ", "tables of ") + std::to_string(group.kind.detail / 2) + " bits";
            case Form::bitwise: return counted("bitwise operation", "bitwise operations");
            case Form::equal: return counted("conjunction of all bits", "conjunctions of all bits");
            case Form::nonzero: return counted("disjunction of all bits", "disjunctions of all bits");
        }
        return {};
    }

    void add_inputs(const Group& group, const Value& input) {
        bool is_whole = static_cast<int64_t>(group.members.size()) == logic_.inputs;
        for (size_t j = 0; j < group.members.size(); ++j)
            is_whole = is_whole && at(group.members[j]).data[0] == static_cast<int64_t>(j);
        std::string text = input.text;
        if (!is_whole)
            text = "(" + text + ")[" +
                   column("inputs", group, [](const Instruction& each) { return static_cast<double>(each.data[0]); }) +
                   "]";
        grow("quantize(" + text + ", " + format(group) + ")");
    }

    void add_constants(const Group& group) {
        const std::string numbers = column("constants", group, [](const Instruction& each) {
            return static_cast<double>(each.data[0]) * power(-each.f);
        });
        grow(values_.empty() ? numbers : "concat(" + values_ + ", " + numbers + ")");
    }

    /// The number whose bits are all 1.
    [[nodiscard]] double all_ones(const Instruction& unary) const {
        const Instruction& operand = at(unary.operands[0]);
        return (operand.kif.k ? -1 : power(operand.kif.width()) - 1) * power(-operand.f);
    }

    struct Term {
        int item = 0;
        double factor = 0;
    };

    /// Its terms, and an offset.
    double terms_of(const Instruction& each, std::vector<Term>& terms) const {
        const auto add = [&](size_t operand, double factor) {
            terms.push_back({item_[static_cast<size_t>(each.operands[operand])], factor});
        };
        switch (each.opcode) {
            case Opcode::negative: add(0, -1); return 0;
            case Opcode::add_constant: add(0, 1); return static_cast<double>(each.data[0]) * power(-each.data[1]);
            case Opcode::unary: {
                const double scale = power(at(each.operands[0]).f - each.f);
                add(0, -scale);
                return all_ones(each) * scale;
            }
            case Opcode::sum:
                for (size_t j = 0; j < each.operands.size(); ++j)
                    add(j, (each.data[2 * j] != 0 ? 1 : -1) * power(each.data[2 * j + 1]));
                return 0;
            default:
                add(0, 1);
                add(1, (each.opcode == Opcode::add ? 1 : -1) * power(each.data[0]));
                return 0;
        }
    }

    void add_sums(const Group& group) {
        Column items;
        Column factors;
        Column offsets;
        bool has_offsets = false;
        const auto width = static_cast<size_t>(group.kind.detail);
        for (const int member : group.members) {
            std::vector<Term> terms;
            offsets.push_back(terms_of(at(member), terms));
            has_offsets = has_offsets || offsets.back() != 0;
            terms.resize(width);
            for (const Term& term : terms) {
                items.push_back(term.item);
                factors.push_back(term.factor);
            }
        }
        const Shape shape{static_cast<int64_t>(group.members.size()), group.kind.detail};
        std::string text = "alir.sums(" + values_ + ", " +
                           program_.array(prefix_ + "items" + suffix_, {shape, std::move(items)}) + ", " +
                           program_.array(prefix_ + "factors" + suffix_, {shape, std::move(factors)});
        if (has_offsets) text += ", offset: " + array("offsets", std::move(offsets));
        grow(text + ")");
    }

    /// The first where the highest bit of the condition is 1: where a signed number is not at least 0, and where an
    /// unsigned one is at least half of its range.
    void add_choices(const Group& group) {
        const auto is_swapped = [&](const Instruction& each) { return at(each.operands[2]).kif.k; };
        const auto factor = [](const Instruction& each, size_t operand) {
            return operand == 0 ? 1.0 : (each.negated[1] ? -1 : 1) * power(each.data[0]);
        };
        const auto side = [&](const std::string& name, bool reached) {
            const auto operand = [&, reached](const Instruction& each) { return size_t{is_swapped(each) == reached}; };
            const std::string positions = column(name, group, [&](const Instruction& each) {
                return item_[static_cast<size_t>(each.operands[operand(each)])];
            });
            return positions + ", " + factors(name + "_factors", group, [&](const Instruction& each) {
                       return factor(each, operand(each));
                   });
        };
        const std::string levels = column("levels", group, [&](const Instruction& each) {
            const Kif& kif = at(each.operands[2]).kif;
            return kif.k ? 0 : power(kif.i - 1);
        });
        std::string text = "alir.choices(" + values_ + ", " + items("conditions", group, 2) + ", " + levels + ", " +
                           side("reached", true);
        text += ", " + side("others", false);
        grow(text + ", " + format(group) + ")");
    }

    void add_bitwise(const Group& group) {
        constexpr std::array<const char*, 3> names{"and", "or", "xor"};
        std::string text =
            "alir.bitwise(" + values_ + ", \"" + names[static_cast<size_t>(group.kind.detail)] + "\", " +
            items("a", group, 0) + ", " +
            factors("a_factors", group, [](const Instruction& each) { return each.negated[0] ? -1.0 : 1.0; });
        text += ", " + items("b", group, 1) + ", " + factors("b_factors", group, [](const Instruction& each) {
                    return (each.negated[1] ? -1 : 1) * power(each.data[0]);
                });
        grow(text + ")");
    }

    void add_tables(const Group& group) {
        const int width = std::max(group.kind.detail / 2, 0);
        const bool is_signed = group.kind.detail % 2 != 0;
        const int64_t size = int64_t{1} << width;
        const int64_t lowest = is_signed ? -size / 2 : 0;
        Column entries;
        Column care;
        bool are_all = true;
        for (const int member : group.members) {
            const Instruction& operand = at(at(member).operands[0]);
            const Table& table = logic_.tables[static_cast<size_t>(at(member).data[0])];
            for (int64_t code = lowest; code < lowest + size; ++code) {
                const bool is_known = code >= operand.low && code <= operand.high;
                entries.push_back(is_known ? table.codes[static_cast<size_t>(code - operand.low)] * power(-table.f)
                                           : 0);
                care.push_back(is_known ? 1 : 0);
                are_all = are_all && is_known;
            }
        }
        const Shape shape{static_cast<int64_t>(group.members.size()), size};
        Group operands{group.kind, {}};
        for (const int member : group.members) operands.members.push_back(at(member).operands[0]);
        std::string text = "alir.tables(" + values_ + ", " + items("items", group, 0) + ", " + format(operands) + ", " +
                           factors("factors", operands, [](const Instruction& each) { return power(each.f); });
        text += ", " + program_.array(prefix_ + "entries" + suffix_, {shape, std::move(entries)}) + ", " +
                std::to_string(width) + ", " + (is_signed ? "1" : "0");
        if (!are_all) text += ", care: " + program_.array(prefix_ + "care" + suffix_, {shape, std::move(care)});
        grow(text + ")");
    }

    Program& program_;
    const Logic& logic_;
    std::string prefix_;
    std::vector<int> item_;  // of each instruction: its position in the list
    int size_ = 0;
    int number_ = -1;
    std::string suffix_;
    std::string values_;  // the list as it is now
};

bool recognizes(const ModelFile& file) { return is_gzip(file.bytes()) || is_circuit(file.bytes()); }

Result<Imported> read(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision) {
    std::string unpacked;
    std::string_view bytes = file.bytes();
    if (is_gzip(bytes)) {
        auto content = unpack_gzip(bytes, file.name());
        if (!content) return failure(std::move(content.error()));
        unpacked = std::move(*content);
        bytes = unpacked;
        if (!is_circuit(bytes))
            return failure(unknown_model(file.name(), "is compressed, and no circuit of alkaid or da4ml",
                                         "unpack it: `gunzip " + file.name() + "`"));
    }
    const auto json = parse_json(bytes, file.name());
    if (!json) return failure(json.error());
    const auto circuit = read_circuit(*json, file.name());
    if (!circuit) return failure(circuit.error());
    Program program(options, std::move(precision),
                    file.name() + ": " + circuit->format + ", a circuit of alkaid or da4ml");
    program.use("alir");
    Value value = program.input("x", {circuit->stages.front().inputs});
    for (size_t at = 0; at < circuit->stages.size(); ++at) {
        const Logic& logic = circuit->stages[at];
        const bool is_only = circuit->stages.size() == 1;
        const std::string name = "stage" + std::to_string(at);
        const Value outputs = Stage(program, logic, is_only ? "" : name + "_").write(value);
        value = is_only ? outputs : program.layer(name, outputs.text, outputs.shape);
        program.decide(name, std::to_string(logic.instructions.size()) + " instructions");
    }
    program.output("y", value);
    return std::move(program).finish();
}

}  // namespace

const Reader circuits{"ALIR and DAIS (JSON of alkaid and da4ml)", recognizes, read};

}  // namespace dal::importer::alir
