#include "dal/proof/design.hpp"

#include <algorithm>

namespace dal::proof {
namespace {

int64_t width_of(const Bits& bits) {
    return bits.fields.empty() ? 0 : bits.fields.back().offset + bits.fields.back().width;
}

Bits whole(Poly poly, int64_t width, std::optional<int64_t> cycle) {
    return {.fields = {{0, width, std::move(poly)}}, .cycle = cycle};
}

}  // namespace

void Design::fail(const Module& module, uint32_t line, const std::string& problem) {
    give_up(module.file + ":" + std::to_string(line) + ": " + problem);
}

void Design::add(Module module) {
    std::string name = module.name;
    if (!modules_.emplace(name, std::move(module)).second) give_up("there are two modules `" + name + "`");
}

std::string Design::place_name(uint32_t place) const { return place < places_.size() ? places_[place] : "a wire"; }

std::map<std::string, Bits> Design::evaluate(const std::string& top, const std::string& clock,
                                             const std::map<std::string, Bits>& inputs) {
    const auto found = modules_.find(top);
    if (found == modules_.end()) give_up("there is no module `" + top + "`");
    return run(found->second, clock, inputs, 0);
}

std::map<std::string, Bits> Design::run(const Module& module, const std::string& clock,
                                        const std::map<std::string, Bits>& inputs, int depth) {
    constexpr int most_depth = 8;
    if (depth > most_depth) give_up("modules are nested too deeply");
    Signals signals(module.signals.size());
    size_t connected = 0;
    for (const SignalId id : module.ports) {
        const Signal& signal = module.signals[id];
        if (signal.kind == SignalKind::output) {
            signals[id].emplace();
            continue;
        }
        if (!clock.empty() && signal.name == clock) {
            if (signal.width != 1) fail(module, signal.line, "a clock has one bit");
            continue;
        }
        const auto input = inputs.find(signal.name);
        if (input == inputs.end()) fail(module, signal.line, "nothing drives the port `" + signal.name + "`");
        if (width_of(input->second) != signal.width)
            fail(module, signal.line, "the port `" + signal.name + "` has another width");
        signals[id] = input->second;
        ++connected;
    }
    if (connected != inputs.size()) fail(module, 1, "`" + module.name + "` has fewer inputs than are connected");
    for (const Item& item : module.items) {
        budget_.spend(16);
        line_ = item.line;
        switch (item.kind) {
            case Item::Kind::assign: assign(module, item, signals); break;
            case Item::Kind::instance: instance(module, item, signals, depth); break;
            case Item::Kind::transfer: transfer(module, item, clock, signals); break;
        }
    }
    std::map<std::string, Bits> outputs;
    for (const SignalId id : module.ports) {
        const Signal& signal = module.signals[id];
        if (signal.kind != SignalKind::output) continue;
        Bits bits = std::move(*signals[id]);
        std::sort(bits.fields.begin(), bits.fields.end(),
                  [](const Field& a, const Field& b) { return a.offset < b.offset; });
        int64_t driven = 0;
        for (const Field& field : bits.fields) {
            if (field.offset != driven) fail(module, signal.line, "bits of `" + signal.name + "` are not driven once");
            driven += field.width;
        }
        if (driven != signal.width) fail(module, signal.line, "bits of `" + signal.name + "` are not driven");
        outputs.emplace(signal.name, std::move(bits));
    }
    return outputs;
}

void Design::assign(const Module& module, const Item& item, Signals& signals) {
    const Signal& target = module.signals[item.assign.target];
    ++wires_;
    algebra_.set_place(static_cast<uint32_t>(places_.size()));
    places_.push_back("`" + target.name + "` (" + module.file + ":" + std::to_string(item.line) + ")");
    const Expression& expression = module.expressions[item.assign.value];
    // What is not to be read stays without a value.
    if (expression.kind == Operator::unknown) return;
    Bits bits = value(module, item.assign.value, signals);
    std::optional<Bits>& slot = signals[item.assign.target];
    if (target.kind == SignalKind::output) {
        if (!slot->fields.empty() && slot->cycle && bits.cycle && slot->cycle != bits.cycle)
            fail(module, item.line, "bits of `" + target.name + "` are of different clock cycles");
        if (bits.cycle) slot->cycle = bits.cycle;
        slot->fields.push_back({item.assign.first, item.assign.width, std::move(bits.fields.front().poly)});
        if (item.assign.width == target.width) slot->differ = std::move(bits.differ);
        return;
    }
    if (slot || item.assign.width != target.width) fail(module, item.line, "`" + target.name + "` is driven twice");
    slot = std::move(bits);
}

void Design::instance(const Module& module, const Item& item, Signals& signals, int depth) {
    const auto found = modules_.find(item.instance.module);
    if (found == modules_.end()) fail(module, item.line, "there is no module `" + item.instance.module + "`");
    const Module& inner = found->second;
    std::map<std::string, Bits> inputs;
    std::map<std::string, SignalId> outputs;
    for (const auto& [port, outer] : item.instance.connections) {
        const auto port_id = inner.by_name.find(port);
        if (port_id == inner.by_name.end()) fail(module, item.line, "there is no port `" + port + "`");
        const Signal& signal = inner.signals[port_id->second];
        if (signal.width != module.signals[outer].width)
            fail(module, item.line, "the port `" + port + "` has another width");
        bool is_new = false;
        if (signal.kind == SignalKind::input)
            is_new = inputs.emplace(port, read(module, outer, signals)).second;
        else if (signal.kind == SignalKind::output)
            is_new = outputs.emplace(port, outer).second;
        if (!is_new) fail(module, item.line, "`" + port + "` is no port, or connected twice");
    }
    std::map<std::string, Bits> results = run(inner, "", inputs, depth + 1);
    line_ = item.line;
    for (auto& [port, bits] : results) {
        const auto outer = outputs.find(port);
        if (outer == outputs.end()) continue;
        if (module.signals[outer->second].kind != SignalKind::wire || signals[outer->second])
            fail(module, item.line, "`" + module.signals[outer->second].name + "` is driven twice, or no wire");
        if (bits.fields.size() != 1) fail(module, item.line, "the port `" + port + "` is driven in parts");
        signals[outer->second] = std::move(bits);
    }
}

void Design::transfer(const Module& module, const Item& item, const std::string& clock, Signals& signals) {
    const Transfer& transfer = item.transfer;
    if (clock.empty() || module.signals[transfer.clock].name != clock)
        fail(module, item.line, "a register without the clock");
    if (signals[transfer.target]) fail(module, item.line, "a register takes two values");
    Bits bits = read(module, transfer.source, signals);
    if (bits.fields.size() != 1) fail(module, item.line, "a register takes a whole port");
    if (bits.cycle) bits.cycle = *bits.cycle + 1;
    signals[transfer.target] = std::move(bits);
}

const Bits& Design::read(const Module& module, SignalId signal, const Signals& signals) const {
    const Signal& what = module.signals[signal];
    if (!signals[signal] || width_of(*signals[signal]) != what.width ||
        (what.kind == SignalKind::output && signals[signal]->fields.size() != 1))
        fail(module, line_, "`" + what.name + "` is read before it is driven");
    return *signals[signal];
}

Bits Design::part(const Module& module, const Expression& expression, const Signals& signals) {
    const Bits& from = read(module, expression.signal, signals);
    for (const Field& field : from.fields) {
        if (expression.first < field.offset || expression.first + expression.width > field.offset + field.width)
            continue;
        if (expression.width == field.width) {
            Bits same = whole(field.poly, field.width, from.cycle);
            if (from.fields.size() == 1) same.differ = from.differ;
            return same;
        }
        return whole(algebra_.slice(field.poly, expression.first - field.offset, expression.width), expression.width,
                     from.cycle);
    }
    fail(module, line_, "bits of `" + module.signals[expression.signal].name + "` that belong to two elements");
}

Poly Design::unsigned_value(const Bits& bits) { return algebra_.slice(bits.fields.front().poly, 0, width_of(bits)); }

Poly Design::signed_value(const Bits& bits) {
    const Poly& poly = bits.fields.front().poly;
    const int64_t width = width_of(bits);
    if (algebra_.range(poly).fits_signed(width)) return poly;
    const int64_t half = pow2(width - 1);
    return sum(algebra_.slice(sum(poly, Poly(half)), 0, width), Poly(half), -1);
}

/// {{n{x[msb]}}, x, …}: x itself, if it fits.
std::optional<Poly> Design::sign_extended(const Module& module, const Expression& concat, const Signals& signals) {
    if (concat.operands.size() < 2) return std::nullopt;
    const Expression* sign = &module.expressions[concat.operands[0]];
    if (sign->kind == Operator::repeat) sign = &module.expressions[sign->operands.front()];
    const Expression& x = module.expressions[concat.operands[1]];
    if (sign->kind != Operator::part || x.kind != Operator::part || sign->signal != x.signal) return std::nullopt;
    if (sign->width != 1 || x.first != 0 || sign->first != x.width - 1) return std::nullopt;
    const Bits& bits = read(module, x.signal, signals);
    if (bits.fields.size() != 1 || bits.fields.front().width != x.width) return std::nullopt;
    const Poly& poly = bits.fields.front().poly;
    return algebra_.range(poly).fits_signed(x.width) ? std::optional(poly) : std::nullopt;
}

Bits Design::concat(const Module& module, const Expression& expression, const Signals& signals) {
    Bits result = whole({}, expression.width, std::nullopt);
    int64_t left = expression.width;
    const std::optional<Poly> extended = sign_extended(module, expression, signals);
    Poly total;
    for (size_t j = 0; j < expression.operands.size(); ++j) {
        Bits operand = value(module, expression.operands[j], signals);
        if (operand.cycle && result.cycle && operand.cycle != result.cycle)
            fail(module, line_, "bits of different clock cycles are joined");
        if (operand.cycle) result.cycle = operand.cycle;
        const int64_t width = width_of(operand);
        left -= width;
        if (extended && j == 0) continue;
        // Bits above the highest ones do not matter; the others must be exact.
        const bool highest = j == 0;
        Poly bits = extended && j == 1 ? *extended : highest ? operand.fields.front().poly : unsigned_value(operand);
        total = sum(total, bits, pow2(left));
    }
    result.fields.front().poly = algebra_.centered(algebra_.collapsed(total), expression.width);
    return result;
}

Bits Design::look_up(const LookUp& table, const Bits& argument) {
    const Poly code = unsigned_value(argument);
    const auto entries = [&](const Range& codes) {
        PiecesBuilder builder(codes, budget_);
        for (int64_t at = codes.lo; at <= codes.hi; ++at) {
            const auto entry = table.entries.find(at);
            if (entry == table.entries.end() && !table.has_default) give_up("a memory has no entry for a code");
            builder.append(1, entry == table.entries.end() ? table.default_entry : entry->second, 0);
        }
        return builder.take();
    };
    return whole(algebra_.apply_made(code, entries), table.width, argument.cycle);
}

Bits Design::arithmetic(const Expression& expression, const std::vector<Bits>& operands) {
    const auto poly = [&](size_t j) -> const Poly& { return operands[j].fields.front().poly; };
    const auto bitwise = [&](Algebra::Bits function) {
        return algebra_.bitwise(function, unsigned_value(operands[0]), unsigned_value(operands[1]), expression.width);
    };
    Bits result = whole({}, expression.width, std::nullopt);
    Poly& to = result.fields.front().poly;
    switch (expression.kind) {
        case Operator::plus: to = algebra_.settled(algebra_.centered(sum(poly(0), poly(1)), expression.width)); break;
        case Operator::minus:
            to = algebra_.settled(algebra_.centered(sum(poly(0), poly(1), -1), expression.width));
            break;
        case Operator::times: to = algebra_.product(poly(0), poly(1)); break;
        case Operator::choose: to = algebra_.choice(unsigned_value(operands[0]), poly(1), poly(2)); break;
        case Operator::conjunction: to = bitwise(Algebra::Bits::conjunction); break;
        case Operator::disjunction: to = bitwise(Algebra::Bits::disjunction); break;
        case Operator::difference:
            to = bitwise(Algebra::Bits::difference);
            result.differ = {unsigned_value(operands[0]), unsigned_value(operands[1])};
            break;
        case Operator::inverse: to = scaled(unsigned_value(operands[0]), -1, pow2(expression.width) - 1); break;
        case Operator::any:
            if (operands[0].differ)
                to = algebra_.is_not_zero(sum(operands[0].differ->first, operands[0].differ->second, -1));
            else
                to = algebra_.is_not_zero(unsigned_value(operands[0]));
            break;
        case Operator::less:
            to = expression.is_signed
                     ? algebra_.is_negative(sum(signed_value(operands[0]), signed_value(operands[1]), -1))
                     : algebra_.is_negative(sum(unsigned_value(operands[0]), unsigned_value(operands[1]), -1));
            break;
        case Operator::repeat:
            if (width_of(operands[0]) != 1) give_up("copies of more than one bit");
            to = scaled(unsigned_value(operands[0]), -1);
            break;
        default: give_up("an expression that is not supported");
    }
    return result;
}

Bits Design::value(const Module& module, ExpressionId id, const Signals& signals) {
    const Expression& expression = module.expressions[id];
    if (expression.kind == Operator::literal) return whole(expression.value, expression.width, std::nullopt);
    if (expression.kind == Operator::part) return part(module, expression, signals);
    if (expression.kind == Operator::concat) return concat(module, expression, signals);
    std::vector<Bits> operands;
    std::optional<int64_t> cycle;
    for (const ExpressionId operand : expression.operands) {
        operands.push_back(value(module, operand, signals));
        const auto& when = operands.back().cycle;
        if (when && cycle && when != cycle) fail(module, line_, "signals of different clock cycles meet");
        if (when) cycle = when;
    }
    Bits result = expression.kind == Operator::look_up
                      ? look_up(module.tables[static_cast<size_t>(expression.first)], operands.front())
                      : arithmetic(expression, operands);
    result.cycle = cycle;
    Poly& poly = result.fields.front().poly;
    poly = algebra_.centered(poly, expression.width);
    return result;
}

}  // namespace dal::proof
