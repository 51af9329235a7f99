// Random circuits of every kind of operation, and values to feed them.
#pragma once

#include <algorithm>
#include <random>

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

inline Int random_int(std::mt19937_64& random, const Int& lo, const Int& hi) {
    const Int span = hi - lo + 1;
    const auto words = static_cast<size_t>(span.bit_length()) / 64 + 2;
    std::vector<uint64_t> bits(words);
    for (uint64_t& word : bits) word = random();
    bits.back() = 0;
    return lo + Int::floor_mod(Int::from_words(bits.data(), words), span);
}

/// A value of a range: often an end, or next to 0.
inline Dyadic random_value(std::mt19937_64& random, const Interval& range) {
    const auto at = [&](const Int& code) { return Dyadic(code, -int64_t{range.f()}); };
    switch (random() % 5) {
        case 0: return at(range.lo());
        case 1: return at(range.hi());
        case 2: return at(min(max(Int(static_cast<int>(random() % 3) - 1), range.lo()), range.hi()));
        default: return at(random_int(random, range.lo(), range.hi()));
    }
}

struct RandomCircuit {
    int inputs = 4;
    int operations = 40;
    int widest_input = 12;
    int widest = 64;  ///< operations that would be wider are left out
    int spread = 6;   ///< of binary points and shifts
    int slices = 0;   ///< if not 0: so many outputs, which are some bits of wires, instead of all wires
    int kept = 0;     ///< wires that are kept, whatever the outputs need
};

/// A table for every value of a range, and perhaps more around it, on a grid at least as fine.
inline Table random_table(std::mt19937_64& random, const Interval& range, int entry_width) {
    const auto below = [&](uint64_t count) { return static_cast<int>(random() % count); };
    Table table;
    table.f = range.f() + below(2);
    const Int around = below(3);
    table.first = range.lo_at(table.f) - around;
    table.entry_f = below(9) - 4;
    const Int last = range.hi_at(table.f) + below(3);
    const Int limit = Int::pow2(entry_width);
    const int sort = below(4);
    for (Int code = table.first; code <= last; code += 1)
        table.entries.push_back(sort == 0   ? code
                                : sort == 1 ? Int(7)
                                            : random_int(random, sort == 2 ? Int(0) : -limit, limit));
    return table;
}

/// Makes one operation after the other; results of `any` and their complements are the conditions of choices.
struct RandomOperations {
    std::mt19937_64& random;
    const RandomCircuit& options;
    Circuit& circuit;
    uint32_t origin;
    std::vector<WireId> conditions = {};

    int pick(int lo, int hi) { return lo + static_cast<int>(random() % static_cast<uint64_t>(hi - lo + 1)); }

    /// An operation on `a`, or on `a` and `b`; `a` itself if there is none that fits.
    WireId make(WireId a, WireId b) {
        const int shift = pick(-options.spread, options.spread);
        WireId made = a;
        switch (random() % 14) {
            case 0:
            case 1: made = circuit.add(a, b, shift, origin); break;
            case 2: made = circuit.sub(a, b, shift, origin); break;
            case 3: made = circuit.shift(a, shift, origin); break;
            case 4:
            case 5: {
                const Kif whole = circuit[a].range.kif();
                made = circuit.slice(a, Kif(pick(0, 1) != 0, whole.i + pick(-4, 1), whole.f + pick(-4, 1)), origin);
                break;
            }
            case 6:
                if (!conditions.empty()) {
                    const WireId condition = conditions[random() % conditions.size()];
                    made = circuit.mux(condition, a, b, origin);
                }
                break;
            case 7: {
                const Kind kinds[] = {Kind::bit_and, Kind::bit_or, Kind::bit_xor};
                made = circuit.bitwise(kinds[random() % 3], a, b, origin);
                break;
            }
            case 8:
                made = circuit.any(a, origin);
                conditions.push_back(made);
                break;
            case 9:
                if (!conditions.empty()) {
                    made = circuit.bit_not(conditions[random() % conditions.size()], origin);
                    conditions.push_back(made);
                }
                break;
            case 13: {
                const Interval& range = circuit[a].range;
                const Int code = range.lo() + (((range.hi() - range.lo()) * pick(0, 16)) >> 4);
                made = circuit.less(a, Dyadic(code + pick(0, 1), -int64_t{range.f()}), origin);
                conditions.push_back(made);
                break;
            }
            case 10:
                if (circuit[a].range.width() + circuit[b].range.width() <= options.widest)
                    made = circuit.mul(a, random() % 4 == 0 ? a : b, origin);
                break;
            case 11:
            case 12: {
                // Any wide value has some narrow bits.
                const Kif whole = circuit[a].range.kif();
                const int bits = pick(1, 6);
                const int f = whole.f - pick(0, 2);
                const WireId x = random() % 3 == 0 ? circuit.any(a, origin)
                                                   : circuit.slice(a, Kif(pick(0, 1) != 0, bits - f, f), origin);
                if (circuit[x].range.hi() - circuit[x].range.lo() > Int(200)) break;
                const Table table =
                    random_table(random, circuit[x].range, pick(1, options.widest - 8 < 1 ? 1 : options.widest - 8));
                made = circuit.table(x, circuit.add_table(std::make_shared<const Table>(table)), origin);
                break;
            }
        }
        return made;
    }
};

inline Circuit random_circuit(std::mt19937_64& random, const RandomCircuit& options) {
    Circuit circuit;
    const uint32_t origin = circuit.add_origin({"random", {}});
    RandomOperations operations{random, options, circuit, origin};
    const auto pick = [&](int lo, int hi) { return operations.pick(lo, hi); };
    circuit.add_input_tensor({"x", {options.inputs}, {}});
    std::vector<WireId> wires;
    for (int j = 0; j < options.inputs; ++j) {
        const int width = pick(1, options.widest_input);
        const bool k = pick(0, 1) != 0;
        const int f = pick(-options.spread, options.spread);
        const Format format{Kif(k, width - f - (k ? 1 : 0), f), Round::trn, Overflow::wrap};
        wires.push_back(circuit.input(0, j, format, false, origin));
    }
    wires.push_back(circuit.constant({pick(-9, 9), pick(-3, 3)}, origin));
    const auto any_wire = [&] { return wires[random() % wires.size()]; };
    while (static_cast<int>(circuit.size()) < options.operations) {
        const WireId a = any_wire();
        const WireId b = any_wire();
        const WireId made = operations.make(a, b);
        if (circuit[made].range.width() <= options.widest) wires.push_back(made);
        if (random() % 64 == 0) wires.push_back(circuit.constant({pick(-99, 99), pick(-3, 3)}, origin));
    }
    OutputTensor output{"y", {}, {}, {}};
    for (int j = 0; j < options.slices; ++j) {
        const WireId wire = any_wire();
        const Kif whole = circuit[wire].range.kif();
        const Kif some(pick(0, 1) != 0, whole.i - pick(0, 6), whole.f - pick(0, 4));
        output.elements.push_back(pick(0, 5) == 0 ? wire : circuit.slice(wire, some, origin));
    }
    if (options.slices == 0)
        for (size_t id = 0; id < circuit.size(); ++id) output.elements.push_back(static_cast<WireId>(id));
    output.shape = {static_cast<int64_t>(output.elements.size())};
    circuit.add_output(std::move(output));
    for (int j = 0; j < options.kept; ++j) circuit.keep(any_wire());
    return circuit;
}

/// Codes for `samples` samples of the circuit's inputs, and the values they stand for.
struct RandomFeed {
    std::vector<std::vector<Dyadic>> values;
    Codes codes;
};
inline RandomFeed random_feed(std::mt19937_64& random, const Circuit& circuit, int64_t samples) {
    RandomFeed feed;
    std::vector<int> points;
    int width = 1;
    for (const Input& input : circuit.inputs()) {
        points.push_back(circuit[input.wire].range.f());
        width = std::max(width, circuit[input.wire].range.width() + 1);
    }
    feed.codes = Codes({static_cast<int64_t>(points.size())}, samples, points, (width + 63) / 64);
    for (int64_t s = 0; s < samples; ++s) {
        std::vector<Dyadic>& row = feed.values.emplace_back();
        for (size_t j = 0; j < points.size(); ++j) {
            row.push_back(random_value(random, circuit[circuit.inputs()[j].wire].range));
            feed.codes.set_code(s, static_cast<int64_t>(j), *row.back().code(points[j]));
        }
    }
    return feed;
}

}  // namespace dal::circuit
