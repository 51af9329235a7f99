#include "dal/netlist/module_builder.hpp"

#include <algorithm>

#include "dal/support/check.hpp"

namespace dal::netlist {

using circuit::Kind;
using circuit::Operation;
using circuit::WireId;

SignalId ModuleBuilder::add(Signal::Kind kind, std::string name, int64_t width) {
    module.signals.push_back({kind, std::move(name), width});
    return static_cast<SignalId>(module.signals.size() - 1);
}

SignalId ModuleBuilder::declare(WireId root, uint32_t boundary, Signal::Kind kind, std::string name) {
    const SignalId id = add(kind, std::move(name), plan_.range(root).width());
    signals_.emplace(key(root, boundary), id);
    return id;
}

SignalId ModuleBuilder::signal(WireId root, uint32_t boundary) const {
    const auto found = signals_.find(key(root, boundary));
    DAL_CHECK(found != signals_.end(), "signal `" + plan_.name[static_cast<size_t>(root)] + "` is read at boundary " +
                                           std::to_string(boundary) + " before it is there");
    return found->second;
}

Expression ModuleBuilder::value(WireId wire, int64_t f, int64_t width, uint32_t boundary) const {
    const Interval& range = plan_.range(wire);
    const int64_t lo = range.f() - f;  // bit of the code that comes first
    if (range.is_constant()) return literal(range.lo(), lo, width);
    const SignalId source = signal(plan_.root[static_cast<size_t>(wire)], boundary);
    const int64_t own = module[source].width;

    const int64_t zeros = std::clamp<int64_t>(-lo, 0, width);
    const int64_t first = std::max<int64_t>(lo, 0);
    const int64_t end = std::clamp(lo + width, first, std::max(first, own));
    const int64_t taken = end - first;
    const int64_t extension = width - zeros - taken;
    std::vector<Expression> pieces;
    if (extension > 0 && range.lo().is_negative()) {
        Expression sign = bits(source, own - 1, 1);
        pieces.push_back(extension == 1 ? std::move(sign) : repeat(std::move(sign), extension));
    } else if (extension > 0) {
        pieces.push_back(literal(0, 0, extension));
    }
    if (taken > 0) pieces.push_back(bits(source, first, taken));
    if (zeros > 0) pieces.push_back(literal(0, 0, zeros));
    return concat(std::move(pieces));
}

Expression ModuleBuilder::some_bits(WireId wire, Expression all, int64_t low) {
    const int64_t width = plan_.range(wire).width();
    if (low == 0 && width == all.width) return all;
    const SignalId full =
        add(Signal::Kind::wire, plan_.names.unique(plan_.name[static_cast<size_t>(wire)] + "_full"), all.width);
    assign(full, 0, std::move(all));
    return bits(full, low, width);
}

Expression ModuleBuilder::sum(const Operation& operation, WireId wire, uint32_t boundary) {
    const Interval& range = plan_.range(wire);
    const circuit::Addends addends = circuit::addends(plan_.circuit, operation);
    int64_t f = range.f();
    for (const circuit::Addend& addend : addends.list())
        if (const Interval& it = plan_.range(addend.wire); !it.is_zero())
            f = std::max<int64_t>(f, it.f() - addend.shift);
    const int64_t dropped = f - range.f();
    std::vector<Expression> operands;
    for (const circuit::Addend& addend : addends.list()) {
        // x·2^shift on the grid 2^-f is x on the grid 2^-(f + shift).
        operands.push_back(value(addend.wire, f + addend.shift, range.width() + dropped, boundary));
        operands.back().negative = addend.negative;
    }
    // The caller has proved the low bits to be 0, but their carry counts.
    return some_bits(wire, combine(Expression::Kind::sum, std::move(operands)), dropped);
}

/// Both factors are extended to the width of the result: modulo 2^width a product does not depend on signs.
Expression ModuleBuilder::product(const Operation& operation, WireId wire, uint32_t boundary) {
    const Interval& range = plan_.range(wire);
    const int fa = plan_.range(operation.a).f();
    const int fb = plan_.range(operation.b).f();
    const int64_t dropped = int64_t{fa} + fb - range.f();
    const int64_t width = range.width() + dropped;
    return some_bits(wire,
                     combine(Expression::Kind::product,
                             {value(operation.a, fa, width, boundary), value(operation.b, fb, width, boundary)}),
                     dropped);
}

Expression ModuleBuilder::look_up_entry(const Operation& operation, WireId wire, uint32_t boundary) {
    const auto place = std::ranges::lower_bound(module.tables, operation.index);
    if (place == module.tables.end() || *place != operation.index) module.tables.insert(place, operation.index);
    const Table& table = plan_.tables[operation.index];
    Expression code = value(operation.a, table.domain.f(), table.domain.width(), boundary);
    return some_bits(wire, look_up(operation.index, std::move(code), table.values.width()),
                     int64_t{table.values.f()} - plan_.range(wire).f());
}

Expression ModuleBuilder::logic(WireId wire, uint32_t boundary) {
    using It = Expression::Kind;
    const Operation& operation = plan_.circuit[wire];
    const Interval& range = operation.range;
    const auto aligned = [&](WireId operand) { return value(operand, range.f(), range.width(), boundary); };
    const auto own_bits = [&](WireId operand) {
        return value(operand, plan_.range(operand).f(), std::max(plan_.range(operand).width(), 1), boundary);
    };
    const auto both = [&](It kind) { return combine(kind, {aligned(operation.a), aligned(operation.b)}); };
    switch (operation.kind) {
        case Kind::add:
        case Kind::sub: return sum(operation, wire, boundary);
        case Kind::mux: return mux(own_bits(operation.a), aligned(operation.b), aligned(operation.c));
        case Kind::bit_and: return both(It::bit_and);
        case Kind::bit_or: return both(It::bit_or);
        case Kind::bit_xor: return both(It::bit_xor);
        case Kind::bit_not: return combine(It::bit_not, {own_bits(operation.a)});
        case Kind::any: return any(own_bits(operation.a));
        case Kind::less: {
            const Interval& compared = plan_.range(operation.a);
            return less(own_bits(operation.a), value(operation.b, compared.f(), compared.width(), boundary),
                        compared.lo().is_negative());
        }
        case Kind::mul: return product(operation, wire, boundary);
        case Kind::table: return look_up_entry(operation, wire, boundary);
        case Kind::slice:
            // Bits below the format's grid are dropped even where the range's grid is finer.
            DAL_CHECK(range.f() <= operation.slice.f,
                      "slice to " + operation.slice.to_string() + " has range " + range.to_string());
            DAL_CHECK(Interval::of(operation.slice).contains(range),
                      "slice to " + operation.slice.to_string() + " has range " + range.to_string());
            return aligned(operation.a);
        case Kind::input:
        case Kind::constant:
        case Kind::shift: break;
    }
    internal_error("kind", __FILE__, __LINE__, std::string(to_string(operation.kind)) + " is no logic");
}

void ModuleBuilder::operation(WireId wire, Signal::Kind kind, uint32_t boundary) {
    Expression right = logic(wire, boundary);
    assign(declare(wire, boundary, kind, plan_.name[static_cast<size_t>(wire)]), 0, std::move(right));
}

}  // namespace dal::netlist
