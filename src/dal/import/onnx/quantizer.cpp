#include "dal/import/onnx/quantizer.hpp"

#include <algorithm>
#include <cmath>

#include "dal/numeric/quantize.hpp"

namespace dal::importer::onnx {
namespace {

Int rounded(const Rational& u, CodeRound round) {
    switch (round) {
        case CodeRound::half_even: return round_code(u, 0, Round::rnd_conv);
        case CodeRound::ceil: return -round_code(-u, 0, Round::trn);
        case CodeRound::floor: return round_code(u, 0, Round::trn);
        case CodeRound::up: return u.is_negative() ? round_code(u, 0, Round::trn) : -round_code(-u, 0, Round::trn);
        case CodeRound::down: return round_code(u, 0, Round::trn_zero);
        case CodeRound::half_up: return round_code(u, 0, Round::rnd_inf);
        case CodeRound::half_down: return round_code(u, 0, Round::rnd_zero);
    }
    return {};
}

/// Where the code j begins, in units of codes: (j or j - 1/2 or j - 1), and whether that itself is below.
std::pair<Rational, bool> begin_of(int64_t j, CodeRound round) {
    const Rational half(Dyadic(Int(2 * j - 1), -1));
    const Rational whole{Dyadic(Int(j))};
    const Rational before{Dyadic(Int(j - 1))};
    switch (round) {
        case CodeRound::half_even: return {half, j % 2 != 0};
        case CodeRound::ceil: return {before, true};
        case CodeRound::floor: return {whole, false};
        case CodeRound::up: return j > 0 ? std::pair{before, true} : std::pair{whole, false};
        case CodeRound::down: return j > 0 ? std::pair{whole, false} : std::pair{before, true};
        case CodeRound::half_up: return {half, j <= 0};
        case CodeRound::half_down: return {half, j > 0};
    }
    return {whole, false};
}

std::optional<Round> round_of(CodeRound round) {
    switch (round) {
        case CodeRound::half_even: return Round::rnd_conv;
        case CodeRound::floor: return Round::trn;
        case CodeRound::down: return Round::trn_zero;
        case CodeRound::half_up: return Round::rnd_inf;
        case CodeRound::half_down: return Round::rnd_zero;
        case CodeRound::ceil:
        case CodeRound::up: return std::nullopt;
    }
    return std::nullopt;
}

/// The same in float32, as runtimes do it.
double float_code(float x, float scale, float zero, int64_t low, int64_t high, CodeRound round) {
    float u = x / scale;
    u = u + zero;
    u = std::clamp(u, static_cast<float>(low), static_cast<float>(high));
    return rounded(Rational(*Dyadic::from_double(u)), round).to_double();
}

}  // namespace

std::optional<CodeRound> code_round(std::string_view name) {
    std::string upper(name);
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
    if (upper == "ROUND" || upper == "HALF_EVEN") return CodeRound::half_even;
    if (upper == "CEIL") return CodeRound::ceil;
    if (upper == "FLOOR") return CodeRound::floor;
    if (upper == "UP") return CodeRound::up;
    if (upper == "DOWN" || upper == "ROUND_TO_ZERO") return CodeRound::down;
    if (upper == "HALF_UP") return CodeRound::half_up;
    if (upper == "HALF_DOWN") return CodeRound::half_down;
    return std::nullopt;
}

std::optional<int> power_of_two_of(const Real& value) {
    const auto rational = value.rational();
    const auto number = rational && rational->is_dyadic() ? rational->numerator().to_double() : std::nullopt;
    return number ? power_of_two(*number) : std::nullopt;
}

int Quantizer::bits() const {
    int64_t least = 0;
    int64_t most = 0;
    for (size_t at = 0; at < size(); ++at) {
        least = std::min(least, low[at] - zero[at]);
        most = std::max(most, high[at] - zero[at]);
    }
    int count = 0;
    while ((int64_t{1} << count) <= most || -(int64_t{1} << count) > least) ++count;
    return count + (least < 0 ? 1 : 0);
}

bool Quantizer::is_signed() const {
    for (size_t at = 0; at < size(); ++at)
        if (low[at] < zero[at]) return true;
    return false;
}

Int Quantizer::code_of(const Rational& x, size_t element) const {
    if (is_bipolar) return x.is_negative() ? Int(-1) : Int(1);
    const Rational scale_here(*Dyadic::from_double(scale[element]));
    const Int code = rounded(x / scale_here + Rational(Dyadic(Int(zero[element]))), round);
    return std::clamp(code, Int(low[element]), Int(high[element])) - Int(zero[element]);
}

std::optional<Formats> Quantizer::formats() const {
    const auto mode = round_of(round);
    if (is_bipolar || !mode) return std::nullopt;
    Formats formats{shape, {}, {}, {}, *mode, Overflow::sat};
    bool is_symmetric = false;
    bool is_full = false;
    for (size_t at = 0; at < size(); ++at) {
        const auto exponent = power_of_two(scale[at]);
        const auto magnitude = power_of_two(static_cast<double>(high[at]) + 1);
        if (!exponent || !magnitude || zero[at] != 0 || high[at] == 0) return std::nullopt;
        if (low[at] == -high[at])
            is_symmetric = true;
        else if (low[at] == -high[at] - 1)
            is_full = true;
        else if (low[at] != 0)
            return std::nullopt;
        formats.k.push_back(low[at] < 0 ? 1 : 0);
        formats.i.push_back(*magnitude + *exponent);
        formats.f.push_back(-*exponent);
    }
    if (is_symmetric && is_full) return std::nullopt;
    if (is_symmetric) formats.overflow = Overflow::sat_sym;
    return formats;
}

std::vector<Level> levels_of(const Quantizer& quantizer, size_t element) {
    if (quantizer.is_bipolar) return {{Rational(0), false}};
    std::vector<Level> levels;
    const Rational scale(*Dyadic::from_double(quantizer.scale[element]));
    const Rational zero{Dyadic(Int(quantizer.zero[element]))};
    for (int64_t j = quantizer.low[element] + 1; j <= quantizer.high[element]; ++j) {
        const auto [begin, is_strict] = begin_of(j, quantizer.round);
        levels.push_back({(begin - zero) * scale, is_strict});
    }
    return levels;
}

bool restore_scales(const Constant& constant, Quantizer& quantizer) {
    if (quantizer.is_bipolar || constant.values.empty()) return false;
    std::vector<double> largest(quantizer.size(), 0);
    const auto source = broadcast_sources(quantizer.shape, constant.shape);
    for (size_t at = 0; at < constant.values.size(); ++at) {
        double& most = largest[static_cast<size_t>(source[at])];
        most = std::max(most, std::fabs(constant.values[at]));
    }
    bool is_plain = true;
    for (size_t at = 0; at < largest.size(); ++at) {
        const double scale = largest[at] / static_cast<double>(quantizer.high[at]);
        if (quantizer.zero[at] != 0 || quantizer.low[at] != -quantizer.high[at]) return false;
        if (static_cast<double>(static_cast<float>(scale)) != quantizer.scale[at]) return false;
        is_plain = is_plain && scale == quantizer.scale[at];
        largest[at] = scale;
    }
    if (is_plain) return false;
    quantizer.scale = std::move(largest);
    return true;
}

Constant quantized_constant(const Constant& constant, const Quantizer& quantizer) {
    Constant result = Constant::of(constant.shape, {}, constant.kind);
    result.bits = quantizer.bits();
    result.is_signed = quantizer.is_signed();
    const auto source = broadcast_sources(quantizer.shape, constant.shape);
    for (size_t at = 0; at < constant.values.size(); ++at) {
        const auto own = static_cast<size_t>(source[at]);
        const auto x = static_cast<float>(constant.values[at]);
        double code = 0;
        if (quantizer.is_bipolar)
            code = x >= 0 ? 1 : -1;
        else
            code = float_code(x, static_cast<float>(quantizer.scale[own]), static_cast<float>(quantizer.zero[own]),
                              quantizer.low[own], quantizer.high[own], quantizer.round) -
                   static_cast<double>(quantizer.zero[own]);
        result.codes.push_back(code);
        result.scales.push_back(quantizer.scale[own]);
        result.values.push_back(code * quantizer.scale[own]);
    }
    return result;
}

}  // namespace dal::importer::onnx
