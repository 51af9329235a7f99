// A second opinion on circuits: one sample, exact numbers, straight from the definitions of the kinds.
#pragma once

#include <algorithm>
#include <vector>

#include "dal/circuit/circuit.hpp"
#include "dal/numeric/quantize.hpp"

namespace dal::circuit {

/// Values of all wires; `inputs`: one value per Circuit::inputs().
inline std::vector<Dyadic> evaluate_exactly(const Circuit& circuit, const std::vector<Dyadic>& inputs) {
    std::vector<Dyadic> values;
    const auto bitwise = [](Kind kind, const Dyadic& a, const Dyadic& b) {
        const int64_t f = std::max<int64_t>({0, -a.exponent(), -b.exponent()});
        const Int x = *a.code(f);
        const Int y = *b.code(f);
        const size_t words = static_cast<size_t>(std::max(x.bit_length(), y.bit_length())) / 64 + 1;
        std::vector<uint64_t> u(words);
        std::vector<uint64_t> v(words);
        x.to_words(u.data(), words);
        y.to_words(v.data(), words);
        for (size_t j = 0; j < words; ++j)
            u[j] = kind == Kind::bit_and ? u[j] & v[j] : kind == Kind::bit_or ? u[j] | v[j] : u[j] ^ v[j];
        return Dyadic(Int::from_words(u.data(), words), -f);
    };
    const auto wrapped = [](const Operation& x, const Dyadic& value) {
        if (!is_wrapped(x)) return value;
        return Dyadic(quantize_code(Rational(value), {x.slice, Round::trn, Overflow::wrap}), -int64_t{x.slice.f});
    };
    for (const Operation& x : circuit.operations()) {
        const auto a = [&] { return values[static_cast<size_t>(x.a)]; };
        const auto b = [&] { return values[static_cast<size_t>(x.b)]; };
        const auto c = [&] { return values[static_cast<size_t>(x.c)]; };
        switch (x.kind) {
            case Kind::input: values.push_back(inputs[x.index]); break;
            case Kind::constant: values.push_back(x.range.min()); break;
            case Kind::add: values.push_back(wrapped(x, a() + b().shifted(x.shift))); break;
            case Kind::sub: values.push_back(wrapped(x, a() - b().shifted(x.shift))); break;
            case Kind::shift: values.push_back(a().shifted(x.shift)); break;
            case Kind::slice:
                values.emplace_back(quantize_code(Rational(a()), {x.slice, Round::trn, Overflow::wrap}),
                                    -int64_t{x.slice.f});
                break;
            case Kind::mux: values.push_back(a().is_zero() ? c() : b()); break;
            case Kind::bit_and:
            case Kind::bit_or:
            case Kind::bit_xor: values.push_back(bitwise(x.kind, a(), b())); break;
            case Kind::bit_not: values.push_back(Dyadic(1) - a()); break;
            case Kind::any: values.emplace_back(a().is_zero() ? 0 : 1); break;
            case Kind::less: values.emplace_back(a() < b() ? 1 : 0); break;
            case Kind::mul: values.push_back(wrapped(x, a() * b())); break;
            case Kind::table: {
                const Table& table = circuit.table_of(x);
                const Int position = *a().code(table.f) - table.first;
                values.emplace_back(table.entries.at(static_cast<size_t>(position.to_int64())),
                                    -int64_t{table.entry_f});
                break;
            }
        }
    }
    return values;
}

/// Values of all outputs, one tensor after the other, and of the wires that are kept.
inline std::vector<Dyadic> outputs_of(const Circuit& circuit, const std::vector<Dyadic>& inputs) {
    const std::vector<Dyadic> values = evaluate_exactly(circuit, inputs);
    std::vector<Dyadic> outputs;
    for (const OutputTensor& output : circuit.outputs())
        for (const WireId wire : output.elements) outputs.push_back(values[static_cast<size_t>(wire)]);
    for (const WireId wire : circuit.kept()) outputs.push_back(values[static_cast<size_t>(wire)]);
    return outputs;
}

}  // namespace dal::circuit
