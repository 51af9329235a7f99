#include "dal/proof/verilog.hpp"

#include "dal/proof/exact.hpp"
#include "dal/proof/verilog_expressions.hpp"

namespace dal::proof {
namespace {

constexpr int64_t most_port_bits = int64_t{1} << 24;
constexpr int64_t most_argument_bits = 24;

class ModuleReader {
  public:
    ModuleReader(const std::string& file, std::string_view text, Budget& budget)
        : at_(file, text, budget), expressions_(at_, module_) {
        module_.file = file;
    }

    Module read() {
        at_.expect("module");
        module_.name = at_.name();
        at_.expect("(");
        if (!at_.accept(")")) {
            do port();
            while (at_.accept(","));
            at_.expect(")");
        }
        at_.expect(";");
        while (!at_.accept("endmodule")) item();
        if (!at_.at_end()) at_.fail("a file has one module");
        return std::move(module_);
    }

  private:
    SignalId declare(SignalKind kind, int64_t width) {
        Signal signal{at_.name(), kind, width, at_.line()};
        const auto id = static_cast<SignalId>(module_.signals.size());
        if (!module_.by_name.emplace(signal.name, id).second) at_.fail("`" + signal.name + "` is declared twice");
        for (const LookUp& table : module_.tables)
            if (table.name == signal.name) at_.fail("`" + signal.name + "` is declared twice");
        module_.signals.push_back(std::move(signal));
        return id;
    }

    /// "[7:0]", or nothing for one bit.
    int64_t bit_range(int64_t most) {
        if (!at_.accept("[")) return 1;
        const int64_t width = at_.number() + 1;
        at_.expect(":");
        if (at_.number() != 0) at_.fail("bits are counted from 0");
        at_.expect("]");
        if (width > most) at_.fail("too many bits");
        return width;
    }

    void port() {
        const bool is_input = at_.accept("input");
        if (!is_input) at_.expect("output");
        at_.expect("wire");
        const int64_t width = bit_range(most_port_bits);
        module_.ports.push_back(declare(is_input ? SignalKind::input : SignalKind::output, width));
    }

    void item() {
        if (at_.accept("wire")) return wire();
        if (at_.accept("assign")) return assign();
        if (at_.accept("reg")) return reg();
        if (at_.accept("always")) return always();
        if (at_.accept("function")) return function();
        if (at_.accept("initial")) return initial();
        instance();
    }

    void push(Item::Kind kind, uint32_t line, Item item) {
        item.kind = kind;
        item.line = line;
        module_.items.push_back(std::move(item));
    }

    void wire() {
        const int64_t width = bit_range(most_bits);
        const uint32_t line = at_.line();
        const SignalId target = declare(SignalKind::wire, width);
        if (at_.accept("=")) {
            const ExpressionId value = expressions_.read();
            check_width(value, width);
            push(Item::Kind::assign, line, {.assign = {target, 0, width, value}});
        }
        at_.expect(";");
    }

    void check_width(ExpressionId value, int64_t width) {
        if (module_.expressions[value].width != width)
            at_.fail("a value of " + std::to_string(module_.expressions[value].width) + " bits drives " +
                     std::to_string(width));
    }

    void assign() {
        const uint32_t line = at_.line();
        const SignalId target = expressions_.signal();
        const Signal& signal = module_.signals[target];
        if (signal.kind != SignalKind::output && signal.kind != SignalKind::wire) at_.fail("only wires are assigned");
        const auto [first, width] = expressions_.part(signal.width);
        at_.expect("=");
        const ExpressionId value = expressions_.read();
        check_width(value, width);
        push(Item::Kind::assign, line, {.assign = {target, first, width, value}});
        at_.expect(";");
    }

    void reg() {
        const int64_t width = bit_range(most_bits);
        if (at_.sees_name()) {
            const SignalId id = declare(SignalKind::reg, width);
            if (at_.accept("[")) {
                memory(id, width);
                return;
            }
        } else {
            at_.fail("a name is expected");
        }
        at_.expect(";");
    }

    /// What was declared as a register is a memory.
    void memory(SignalId id, int64_t width) {
        LookUp table;
        table.name = module_.signals[id].name;
        table.width = width;
        module_.by_name.erase(table.name);
        if (at_.number() != 0) at_.fail("a memory begins at 0");
        at_.expect(":");
        const int64_t size = at_.number() + 1;
        at_.expect("]");
        at_.expect(";");
        while (pow2(table.argument_width) < size) ++table.argument_width;
        if (table.argument_width > most_argument_bits || pow2(table.argument_width) != size)
            at_.fail("the size of a memory is a power of two");
        module_.tables.push_back(std::move(table));
    }

    void initial() {
        at_.expect("begin");
        while (!at_.accept("end")) {
            LookUp* table = expressions_.table(at_.name());
            if (!table || table->has_default) at_.fail("only memories are filled");
            at_.expect("[");
            const auto address = at_.literal();
            at_.expect("]");
            at_.expect("=");
            add_entry(*table, table->argument_width, address, at_.literal());
            at_.expect(";");
        }
    }

    void add_entry(LookUp& table, int64_t code_width, VerilogLexer::Literal code, VerilogLexer::Literal entry) {
        if (code.width != code_width || entry.width != table.width) at_.fail("an entry of another width");
        if (!table.entries.emplace(code.value, entry.value).second) at_.fail("two entries for one code");
    }

    void always() {
        at_.expect("@");
        at_.expect("(");
        at_.expect("posedge");
        const SignalId clock = expressions_.signal();
        at_.expect(")");
        at_.expect("begin");
        while (!at_.accept("end")) {
            const uint32_t line = at_.line();
            const SignalId target = expressions_.signal();
            at_.expect("<=");
            const SignalId source = expressions_.signal();
            at_.expect(";");
            if (module_.signals[target].kind != SignalKind::reg) at_.fail("only registers take values at the clock");
            if (module_.signals[target].width != module_.signals[source].width)
                at_.fail("a register takes a value of another width");
            push(Item::Kind::transfer, line, {.transfer = {target, source, clock}});
        }
    }

    void function() {
        LookUp table;
        table.width = bit_range(most_bits);
        table.name = at_.name();
        if (module_.by_name.contains(table.name) || expressions_.table(table.name))
            at_.fail("`" + table.name + "` is declared twice");
        at_.expect(";");
        at_.expect("input");
        table.argument_width = bit_range(most_argument_bits);
        const std::string argument = at_.name();
        if (argument == table.name) at_.fail("`" + argument + "` is declared twice");
        at_.expect(";");
        cases(table, argument, table.argument_width, 0);
        at_.expect("endfunction");
        if (!table.has_default) at_.fail("a function needs a default");
        module_.tables.push_back(std::move(table));
    }

    /// case (argument[…]) …: its bits [.., width) are decided already and are `above`.
    void cases(LookUp& table, const std::string& argument, int64_t width, int64_t above) {
        at_.expect("case");
        at_.expect("(");
        if (at_.name() != argument) at_.fail("a case is decided by the argument");
        int64_t first = 0;
        int64_t count = width;
        if (at_.sees("[")) std::tie(first, count) = expressions_.part(table.argument_width);
        if (first + count != width) at_.fail("a case is decided by the highest bits that are left");
        at_.expect(")");
        std::map<int64_t, bool> seen;
        while (!at_.sees("default")) {
            const auto label = at_.literal();
            if (label.width != count || !seen.emplace(label.value, true).second) at_.fail("a label that does not fit");
            at_.expect(":");
            const int64_t code = (above << count) + label.value;
            if (first > 0) {
                cases(table, argument, first, code);
                continue;
            }
            if (at_.name() != table.name) at_.fail("a function sets its own value");
            at_.expect("=");
            const auto entry = at_.literal();
            add_entry(table, table.argument_width, {table.argument_width, code}, entry);
            at_.expect(";");
        }
        default_entry(table);
        at_.expect("endcase");
    }

    void default_entry(LookUp& table) {
        at_.expect("default");
        at_.expect(":");
        if (at_.name() != table.name) at_.fail("a function sets its own value");
        at_.expect("=");
        const auto entry = at_.literal();
        at_.expect(";");
        if (entry.width != table.width) at_.fail("an entry of another width");
        if (table.has_default && table.default_entry != entry.value) at_.fail("two different defaults");
        table.has_default = true;
        table.default_entry = entry.value;
    }

    void instance() {
        const uint32_t line = at_.line();
        Instance instance;
        instance.module = at_.name();
        at_.name();
        at_.expect("(");
        if (!at_.sees(")")) do {
                at_.expect(".");
                std::string port = at_.name();
                at_.expect("(");
                instance.connections.emplace_back(std::move(port), expressions_.signal());
                at_.expect(")");
            } while (at_.accept(","));
        at_.expect(")");
        at_.expect(";");
        push(Item::Kind::instance, line, {.instance = std::move(instance)});
    }

    VerilogLexer at_;
    Module module_;
    VerilogExpressions expressions_;
};

}  // namespace

Module read_verilog(const std::string& file, std::string_view text, Budget& budget) {
    return ModuleReader(file, text, budget).read();
}

}  // namespace dal::proof
