#include "dal/netlist/evaluate.hpp"

#include <algorithm>
#include <functional>

#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::netlist {
namespace {

using Kind = Expression::Kind;

Int part(const Int& value, int64_t first, int64_t width) { return Int::floor_mod(value >> first, Int::pow2(width)); }

template <class Operation>
Int bitwise(const Int& a, const Int& b, int64_t width, Operation operation) {
    std::vector<uint64_t> u(static_cast<size_t>(width / 64 + 1));
    std::vector<uint64_t> v(u.size());
    a.to_words(u.data(), u.size());
    b.to_words(v.data(), v.size());
    for (size_t j = 0; j < u.size(); ++j) u[j] = operation(u[j], v[j]);
    return Int::from_words(u.data(), u.size());
}

size_t index(SignalId id) { return static_cast<size_t>(id); }

Codes empty_codes(const Port& port, int64_t samples) {
    std::vector<int> f(static_cast<size_t>(element_count(port.shape)));
    int limbs = 1;
    for (const PortElement& element : port.elements) {
        f[static_cast<size_t>(element.element)] = element.f;
        limbs = std::max(limbs, element.width / 64 + 1);
    }
    return {port.shape, samples, std::move(f), limbs};
}

}  // namespace

Evaluator::Evaluator(const Netlist& netlist) : netlist_(netlist) {
    for (const Signal& signal : netlist.top().signals) top_.push_back(Int::pow2(signal.width) - 1);
}

Int Evaluator::look_up(const Expression& expression, const Int& code) const {
    const Table& table = netlist_.tables[expression.table];
    const int64_t width = table.domain.width();
    const bool is_negative = table.domain.lo().is_negative() && code.bit(width - 1);
    const Int number = is_negative ? code - Int::pow2(width) : code;
    if (number < table.domain.lo() || table.domain.hi() < number) return 0;
    return table.entry(number).value;
}

Int Evaluator::value(const Values& values, const Expression& expression) const {
    const auto operand = [&](size_t j) { return value(values, expression.operands[j]); };
    switch (expression.kind) {
        case Kind::literal: return expression.value;
        case Kind::bits: return part(values[index(expression.signal)], expression.first, expression.width);
        case Kind::repeat: return operand(0).is_zero() ? Int(0) : Int::pow2(expression.width) - 1;
        case Kind::concat: {
            Int result;
            for (const Expression& piece : expression.operands) result = (result << piece.width) + value(values, piece);
            return result;
        }
        case Kind::sum: {
            Int result;
            for (const Expression& addend : expression.operands)
                result += addend.negative ? -value(values, addend) : value(values, addend);
            return part(result, 0, expression.width);
        }
        case Kind::product: return part(operand(0) * operand(1), 0, expression.width);
        case Kind::mux: return operand(0).is_zero() ? operand(2) : operand(1);
        case Kind::bit_and: return bitwise(operand(0), operand(1), expression.width, std::bit_and<uint64_t>());
        case Kind::bit_or: return bitwise(operand(0), operand(1), expression.width, std::bit_or<uint64_t>());
        case Kind::bit_xor: return bitwise(operand(0), operand(1), expression.width, std::bit_xor<uint64_t>());
        case Kind::bit_not: return Int::pow2(expression.width) - 1 - operand(0);
        case Kind::any: return operand(0).is_zero() ? 0 : 1;
        case Kind::less: {
            const auto number = [&](size_t j) {
                const Int code = operand(j);
                const int64_t width = expression.operands[j].width;
                return expression.is_signed && code.bit(width - 1) ? code - Int::pow2(width) : code;
            };
            return number(0) < number(1) ? 1 : 0;
        }
        case Kind::look_up: return look_up(expression, operand(0));
    }
    internal_error("kind", __FILE__, __LINE__, "no such expression");
}

void Evaluator::evaluate(const Module& module, Values& values) const {
    for (const Item& item : module.items)
        std::visit(Overloaded{[](const Comment&) {}, [](const Registers&) {},
                              [&](const Assignment& it) {
                                  Int& target = values[index(it.target)];
                                  target -= part(target, it.first, it.value.width) << it.first;
                                  target += value(values, it.value) << it.first;
                              },
                              [&](const Instance& it) {
                                  const Module& inner = netlist_.modules[it.module];
                                  Values own(inner.signals.size());
                                  for (const Connection& wire : it.connections)
                                      if (wire.is_input) own[index(wire.port)] = values[index(wire.outer)];
                                  evaluate(inner, own);
                                  for (const Connection& wire : it.connections)
                                      if (!wire.is_input) values[index(wire.outer)] = own[index(wire.port)];
                              }},
                   item);
}

std::vector<Int> Evaluator::step(std::span<const Int> inputs) {
    const Module& top = netlist_.top();
    size_t next = 0;
    for (size_t id = 0; id < top.signals.size(); ++id)
        if (top.signals[id].kind == Signal::Kind::input) top_[id] = inputs[next++];
    DAL_CHECK(next == inputs.size(), "one value for each input port");
    evaluate(top, top_);
    std::vector<Int> outputs;
    for (size_t id = 0; id < top.signals.size(); ++id)
        if (top.signals[id].kind == Signal::Kind::output) outputs.push_back(top_[id]);
    // The edge: all registers take the values of before it.
    Values before = top_;
    for (const Item& item : top.items)
        if (const auto* row = std::get_if<Registers>(&item))
            for (const Registers::Transfer& transfer : row->transfers)
                top_[index(transfer.target)] = before[index(transfer.source)];
    return outputs;
}

std::vector<Codes> Evaluator::run(const Codes& inputs) {
    std::vector<Codes> outputs;
    for (const Port& port : netlist_.outputs) outputs.push_back(empty_codes(port, inputs.samples()));
    for (int64_t cycle = 0; cycle < inputs.samples() + netlist_.stages; ++cycle) {
        std::vector<Int> fed;
        for (const Port& port : netlist_.inputs) {
            if (port.width == 0) continue;
            Int bits;
            // After the last sample, whatever is there.
            for (const PortElement& element : port.elements)
                if (cycle < inputs.samples())
                    bits += part(inputs.code(cycle, element.input), 0, element.width) << element.offset;
            fed.push_back(std::move(bits));
        }
        const std::vector<Int> packed = step(fed);
        const int64_t sample = cycle - netlist_.stages;
        if (sample < 0) continue;
        size_t next = 0;
        for (size_t o = 0; o < outputs.size(); ++o) {
            if (netlist_.outputs[o].width == 0) continue;
            const Int& bits = packed[next++];
            for (const PortElement& element : netlist_.outputs[o].elements) {
                Int code = part(bits, element.offset, element.width);
                if (element.is_signed && code.bit(element.width - 1)) code -= Int::pow2(element.width);
                outputs[o].set_code(sample, element.element, code);
            }
        }
    }
    return outputs;
}

}  // namespace dal::netlist
