// Numbers to the codes that enter a circuit.
#include <bit>
#include <cmath>
#include <cstring>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/batch_codes.hpp"

namespace dal::circuit {
namespace {

/// value = mantissa·2^exponent with |mantissa| < 2^53; nothing for NaN and infinities.
struct Decoded {
    int64_t mantissa;
    int64_t exponent;
};
std::optional<Decoded> decode(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    const auto exponent = static_cast<int64_t>(bits >> 52 & 0x7FF);
    if (exponent == 0x7FF) return std::nullopt;
    const auto fraction = static_cast<int64_t>(bits & ((uint64_t{1} << 52) - 1));
    const int64_t magnitude = exponent == 0 ? fraction : fraction | int64_t{1} << 52;
    return Decoded{bits >> 63 != 0 ? -magnitude : magnitude, (exponent == 0 ? 1 : exponent) - 1075};
}

/// quantize_code in 64-bit integers; nothing if that is not enough. Only for formats narrower than 62 bits.
std::optional<int64_t> quantize_fast(const Decoded& x, const Format& format) {
    const int64_t shift = x.exponent + format.kif.f;
    int64_t n = 0;
    if (shift >= 0) {
        if (x.mantissa != 0 && shift > 8) return std::nullopt;
        n = x.mantissa << std::min<int64_t>(shift, 8);
    } else {
        // Beyond 62 bits only the sign of what is cut off matters, and that it is less than a half.
        const int64_t right = std::min<int64_t>(-shift, 62);
        n = x.mantissa >> right;
        const int64_t rest = x.mantissa & ((int64_t{1} << right) - 1);
        const int64_t half = int64_t{1} << (right - 1);
        const bool negative = x.mantissa < 0;
        bool up = false;
        switch (format.round) {
            case Round::trn: break;
            case Round::rnd: up = rest >= half; break;
            case Round::rnd_conv: up = rest > half || (rest == half && (n & 1) != 0); break;
            case Round::trn_zero: up = negative && rest != 0; break;
            case Round::rnd_zero: up = rest > half || (rest == half && negative); break;
            case Round::rnd_inf: up = rest > half || (rest == half && !negative); break;
            case Round::rnd_min_inf: up = rest > half; break;
        }
        n += up ? 1 : 0;
    }
    const int bits = format.kif.i + format.kif.f;  // without the sign
    const int64_t hi = (int64_t{1} << bits) - 1;
    const int64_t lo = format.kif.k ? -hi - 1 : 0;
    switch (format.overflow) {
        case Overflow::wrap: {
            const int64_t span_mask = (int64_t{1} << (bits + (format.kif.k ? 1 : 0))) - 1;
            return ((n - lo) & span_mask) + lo;
        }
        case Overflow::sat: return std::min(std::max(n, lo), hi);
        case Overflow::sat_sym: return std::min(std::max(n, format.kif.k ? -hi : 0), hi);
        case Overflow::sat_zero: return lo <= n && n <= hi ? n : 0;
    }
    internal_error("overflow", __FILE__, __LINE__, "no such overflow mode");
}

bool is_fast(const Format& format) { return !format.kif.is_zero() && format.kif.width() <= 61; }

std::string place(const InputTensor& tensor, int64_t sample, int64_t element) {
    const std::string index = index_text(tensor.shape, element);
    return "sample " + std::to_string(sample) + " of `" + tensor.name + "`" + (index.empty() ? "" : " at " + index);
}

Diagnostic not_finite(const InputTensor& tensor, int64_t sample, int64_t element) {
    return error(code::bad_sample, tensor.span, place(tensor, sample, element) + " is not a finite number")
        .with_rule("NaN and infinities have no exact value");
}

Diagnostic not_in_format(const InputTensor& tensor, int64_t sample, int64_t element, const std::string& value,
                         const Kif& kif) {
    return error(
               code::bad_sample, tensor.span,
               place(tensor, sample, element) + " is " + value + ", which is not a value of `" + kif.to_string() + "`")
        .with_rule("a port with a format takes the values " + Interval::of(kif).to_string())
        .with_help("declare the input as `real` and quantize it in the program");
}

/// A value, for messages.
std::string written(const Samples& batch, int64_t sample, int64_t element) {
    const Decimals* decimals = batch.decimals();
    return decimals != nullptr ? std::string(decimals->text(sample, element)) : batch.at(sample, element)->to_string();
}

/// First number of a batch that is none.
std::optional<Diagnostic> find_not_finite(const InputTensor& tensor, const Samples& batch) {
    const int64_t elements = element_count(tensor.shape);
    const double* doubles = batch.doubles();
    for (int64_t sample = 0; sample < batch.samples(); ++sample)
        for (int64_t element = 0; element < elements; ++element) {
            const bool finite = doubles != nullptr ? std::isfinite(doubles[sample * elements + element])
                                                   : batch.at(sample, element).has_value();
            if (!finite) return not_finite(tensor, batch.first() + sample, element);
        }
    return std::nullopt;
}

int limbs_for(const Circuit& circuit) {
    int width = 1;
    for (const Input& input : circuit.inputs()) {
        const Interval& range = circuit[input.wire].range;
        width = std::max(width, range.width() + (range.lo().is_negative() ? 0 : 1));
    }
    return (width + 63) / 64;
}

}  // namespace

Result<Codes> encode_inputs(const Circuit& circuit, std::span<const Samples> inputs) {
    DAL_CHECK(inputs.size() == circuit.input_tensors().size(), std::to_string(inputs.size()) + " batches");
    for (size_t t = 0; t < inputs.size(); ++t) {
        const InputTensor& tensor = circuit.input_tensors()[t];
        DAL_CHECK(inputs[t].shape() == tensor.shape && inputs[t].samples() == inputs.front().samples(),
                  "the batch for `" + tensor.name + "` was not checked");
        if (auto problem = find_not_finite(tensor, inputs[t])) return failure(std::move(*problem));
    }
    const int64_t samples = inputs.empty() ? 1 : inputs.front().samples();
    std::vector<int> points;
    for (const Input& input : circuit.inputs()) points.push_back(circuit[input.wire].range.f());
    Codes codes({static_cast<int64_t>(points.size())}, samples, points, limbs_for(circuit));

    for (size_t j = 0; j < circuit.inputs().size(); ++j) {
        const Input& input = circuit.inputs()[j];
        const InputTensor& tensor = circuit.input_tensors()[input.tensor];
        const Samples& batch = inputs[input.tensor];
        const int64_t elements = element_count(tensor.shape);
        const double* doubles = batch.doubles();
        const Interval accepted = Interval::of(input.format.kif);
        for (int64_t sample = 0; sample < samples; ++sample) {
            if (doubles != nullptr && !input.declared && is_fast(input.format)) {
                if (const auto code =
                        quantize_fast(*decode(doubles[sample * elements + input.element]), input.format)) {
                    codes.set_code(sample, static_cast<int64_t>(j), *code);
                    continue;
                }
            }
            const Dyadic value = *batch.at(sample, input.element);
            if (input.declared && !accepted.contains(value))
                return failure(not_in_format(tensor, batch.first() + sample, input.element,
                                             written(batch, sample, input.element), input.format.kif));
            const Int code = input.declared ? *value.code(input.format.kif.f)  // as it is, whatever the overflow mode
                                            : quantize_code(Rational(value), input.format);
            codes.set_code(sample, static_cast<int64_t>(j), code);
        }
    }
    return codes;
}

}  // namespace dal::circuit
