#include "rtl/reference.hpp"

#include <algorithm>

#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal::sim::test {
namespace {

using circuit::Circuit;
using circuit::Kind;
using circuit::Operation;

Dyadic bitwise(Kind kind, const Dyadic& a, const Dyadic& b) {
    const int64_t f = std::max<int64_t>({-a.exponent(), -b.exponent(), 0});
    const Int x = *a.code(f);
    const Int y = *b.code(f);
    const auto count = static_cast<size_t>(std::max(x.bit_length(), y.bit_length()) / 64 + 1);
    std::vector<uint64_t> u(count);
    std::vector<uint64_t> v(count);
    x.to_words(u.data(), count);
    y.to_words(v.data(), count);
    for (size_t j = 0; j < count; ++j)
        u[j] = kind == Kind::bit_and ? u[j] & v[j] : kind == Kind::bit_or ? u[j] | v[j] : u[j] ^ v[j];
    return {Int::from_words(u.data(), count), -f};
}

Dyadic result(const Circuit& circuit, const Operation& operation, const std::vector<Dyadic>& values,
              const Codes& inputs, int64_t sample) {
    const auto at = [&](circuit::WireId wire) -> const Dyadic& { return values[static_cast<size_t>(wire)]; };
    switch (operation.kind) {
        case Kind::input: return inputs.value(sample, operation.index);
        case Kind::constant: return operation.range.min();
        case Kind::add: return at(operation.a) + at(operation.b).shifted(operation.shift);
        case Kind::sub: return at(operation.a) - at(operation.b).shifted(operation.shift);
        case Kind::shift: return at(operation.a).shifted(operation.shift);
        case Kind::slice:
            return {quantize_code(Rational(at(operation.a)), {operation.slice}), -int64_t{operation.slice.f}};
        case Kind::mux: return at(operation.a).is_zero() ? at(operation.c) : at(operation.b);
        case Kind::bit_and:
        case Kind::bit_or:
        case Kind::bit_xor: return bitwise(operation.kind, at(operation.a), at(operation.b));
        case Kind::bit_not: return Dyadic(1) - at(operation.a);
        case Kind::any: return at(operation.a).is_zero() ? 0 : 1;
        case Kind::less: return at(operation.a) < at(operation.b) ? 1 : 0;
        case Kind::mul: return at(operation.a) * at(operation.b);
        case Kind::table: {
            const circuit::Table& table = circuit.table_of(operation);
            const Int position = *at(operation.a).code(table.f) - table.first;
            return {table.entries.at(static_cast<size_t>(position.to_int64())), -int64_t{table.entry_f}};
        }
    }
    internal_error("kind", __FILE__, __LINE__, "no such kind");
}

}  // namespace

std::vector<Codes> evaluate(const Circuit& circuit, const Codes& inputs) {
    std::vector<Codes> outputs;
    for (const circuit::OutputTensor& tensor : circuit.outputs()) {
        std::vector<int> f;
        int width = 1;
        for (size_t e = 0; e < tensor.elements.size(); ++e) {
            const Interval& range = tensor.ranges.empty() ? circuit[tensor.elements[e]].range : tensor.ranges[e];
            f.push_back(range.f());
            width = std::max(width, range.width());
        }
        outputs.emplace_back(tensor.shape, inputs.samples(), std::move(f), width / 64 + 1);
    }
    for (int64_t sample = 0; sample < inputs.samples(); ++sample) {
        std::vector<Dyadic> values;
        for (const Operation& operation : circuit.operations()) {
            values.push_back(result(circuit, operation, values, inputs, sample));
            DAL_CHECK(operation.range.contains(values.back()), "wire " + std::to_string(values.size() - 1) + " is " +
                                                                   values.back().to_string() + ", not in " +
                                                                   operation.range.to_string());
        }
        for (size_t o = 0; o < outputs.size(); ++o)
            for (int64_t e = 0; e < outputs[o].elements(); ++e) {
                const auto wire = circuit.outputs()[o].elements[static_cast<size_t>(e)];
                const auto code = values[static_cast<size_t>(wire)].code(outputs[o].f()[static_cast<size_t>(e)]);
                DAL_CHECK(code, "output off its grid");
                outputs[o].set_code(sample, e, *code);
            }
    }
    return outputs;
}

Int random_int(const Int& lo, const Int& hi, std::mt19937_64& random) {
    const Int count = hi - lo + 1;
    std::vector<uint64_t> words(static_cast<size_t>(count.bit_length() / 64 + 2));
    for (uint64_t& word : words) word = random();
    words.back() = 0;
    return lo + Int::floor_mod(Int::from_words(words.data(), words.size()), count);
}

Codes random_inputs(const Circuit& circuit, int64_t samples, std::mt19937_64& random) {
    std::vector<int> f;
    int width = 1;
    for (const circuit::Input& input : circuit.inputs()) {
        f.push_back(circuit[input.wire].range.f());
        width = std::max(width, circuit[input.wire].range.width());
    }
    const auto count = static_cast<int64_t>(f.size());
    Codes codes({count}, samples, std::move(f), width / 64 + 1);
    for (int64_t sample = 0; sample < samples; ++sample)
        for (int64_t e = 0; e < count; ++e) {
            const Interval& range = circuit[circuit.inputs()[static_cast<size_t>(e)].wire].range;
            const bool has_zero = range.contains(Dyadic(0));
            codes.set_code(sample, e,
                           sample == 0               ? range.lo()
                           : sample == 1             ? range.hi()
                           : sample == 2 && has_zero ? Int(0)
                                                     : random_int(range.lo(), range.hi(), random));
        }
    return codes;
}

}  // namespace dal::sim::test
