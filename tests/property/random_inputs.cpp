#include <algorithm>
#include <limits>

#include "dal/support/check.hpp"
#include "random.hpp"
#include "random_program.hpp"

namespace dal::property {
namespace {

/// A code of `range`: mostly its ends, 0 and their neighbours.
Int random_code(Random& random, const Interval& range) {
    const Int& lo = range.lo();
    const Int& hi = range.hi();
    if (random.chance(40)) return random.between(lo, hi);
    Int code;
    switch (random.between(0, 3)) {
        case 0: code = lo; break;
        case 1: code = hi; break;
        case 2: code = 0; break;
        default: code = Int::pow2(random.between(0, std::max<int64_t>(1, hi.bit_length()))); break;
    }
    if (random.chance(30)) code += Int(random.chance(50) ? 1 : -1);
    if (random.chance(20)) code = -code;
    return min(max(code, lo), hi);
}

/// A number to be quantized to `format`: on its grid or between (ties above all), inside or outside.
Dyadic random_real(Random& random, const Format& format) {
    const Kif& kif = format.kif;
    const Int size = Int::pow2(std::max(1, kif.width()));
    const Interval twice(kif.is_zero() ? Int(-2) : kif.min_code() - size,
                         kif.is_zero() ? Int(2) : kif.max_code() + size, 0);
    const Int code = random.chance(50) ? random_code(random, Interval(kif.min_code() - 2, kif.max_code() + 2, 0))
                                       : random_code(random, twice);
    Dyadic value(code);
    if (random.chance(30)) value = value + Dyadic(1, -1);                                     // a tie
    if (random.chance(20)) value = value + Dyadic(random.chance(50) ? 1 : -1, -12);           // next to it
    if (random.chance(20)) value = value + Dyadic(Int(random.between(int64_t{0}, 255)), -8);  // anywhere
    if (random.chance(3)) value = value * Dyadic(1, random.between(1, 80));                   // far out
    return value.shifted(-kif.f);
}

using Formats = std::vector<std::vector<Format>>;  // of each element

/// The formats that each element of a real input is quantized to, wherever it was moved before.
Formats formats_of(const Graph& graph, NodeId input) {
    Formats formats(static_cast<size_t>(graph[input].size()));
    for (const Node& node : graph.nodes())
        if (const auto* quantize = std::get_if<op::Quantize>(&node.operation);
            quantize != nullptr && graph[node.operands.front()].real)
            for (int64_t element = 0; element < node.size(); ++element)
                if (const ElementOf from = trace(graph, {node.operands.front(), element}); from.node == input)
                    formats[static_cast<size_t>(from.element)].push_back(quantize->formats.at(element));
    for (std::vector<Format>& those : formats)
        if (those.empty()) those.emplace_back();  // nobody reads it
    return formats;
}

Samples array_of(const Shape& shape, int64_t samples, const std::vector<double>& values) {
    Shape all = shape;
    all.insert(all.begin(), samples);
    return Array::from_doubles(std::move(all), values);
}

/// As a float64 array if that is exact, else nothing.
std::optional<Samples> as_doubles(const Shape& shape, int64_t samples, const std::vector<Dyadic>& values) {
    std::vector<double> doubles;
    doubles.reserve(values.size());
    for (const Dyadic& value : values) {
        const auto number = value.to_double();
        if (!number) return std::nullopt;
        doubles.push_back(*number);
    }
    return array_of(shape, samples, doubles);
}

Samples as_codes(const Shape& shape, int64_t samples, const std::vector<Dyadic>& values) {
    const int64_t elements = element_count(shape);
    std::vector<Interval> ranges(static_cast<size_t>(elements));
    for (size_t j = 0; j < values.size(); ++j) {
        Interval& range = ranges[j % ranges.size()];
        range = range.hull(Interval::constant(values[j]));
    }
    Codes codes = make_output(shape, samples, ranges);
    for (int64_t sample = 0; sample < samples; ++sample)
        for (int64_t element = 0; element < elements; ++element)
            codes.set_code(sample, element,
                           values[static_cast<size_t>(sample * elements + element)]
                               .code(codes.f()[static_cast<size_t>(element)])
                               .value());
    return codes;
}

}  // namespace

std::vector<Samples> random_inputs(const Graph& graph, uint64_t seed, int64_t samples) {
    Random random(seed);
    std::vector<Samples> batches;
    for (const NodeId id : graph.inputs()) {
        const Node& node = graph[id];
        const auto& port = std::get<op::Input>(node.operation);
        const Formats formats = port.real ? formats_of(graph, id) : Formats();
        std::vector<Dyadic> values;
        for (int64_t sample = 0; sample < samples; ++sample)
            for (int64_t element = 0; element < node.size(); ++element) {
                if (port.real) {
                    const std::span<const Format> those = formats[static_cast<size_t>(element)];
                    values.push_back(random_real(random, random.of(those)));
                } else {
                    const Interval range = Interval::of(port.formats.at(element).kif);
                    values.emplace_back(random_code(random, range), -int64_t{range.f()});
                }
            }
        if (port.real && random.chance(20)) {  // the ends of the world of doubles
            using Limits = std::numeric_limits<double>;
            for (const double extreme : {Limits::max(), -Limits::denorm_min(), Limits::min(), Limits::lowest()})
                values[static_cast<size_t>(random.between(0, static_cast<int64_t>(values.size()) - 1))] =
                    Dyadic::from_double(extreme).value();
        }
        auto doubles = random.chance(70) ? as_doubles(node.shape, samples, values) : std::nullopt;
        batches.push_back(doubles ? std::move(*doubles) : as_codes(node.shape, samples, values));
    }
    return batches;
}

std::vector<Samples> spoiled_inputs(const Graph& graph, std::vector<Samples> inputs, uint64_t seed) {
    Random random(seed);
    const auto which = static_cast<size_t>(random.between(0, static_cast<int64_t>(inputs.size()) - 1));
    const Node& node = graph[graph.inputs()[which]];
    const int64_t samples = inputs[which].samples();
    std::vector<double> values(static_cast<size_t>(samples * node.size()));  // zeros: every port takes them
    const int64_t at = random.between(0, static_cast<int64_t>(values.size()) - 1);
    const auto& port = std::get<op::Input>(node.operation);
    std::vector<double> bad{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity()};
    if (!port.real) {
        const Kif& kif = port.formats.at(at % node.size()).kif;
        bad.push_back(Dyadic(1, kif.is_zero() ? 0 : kif.i).to_double().value());  // one past the largest
        bad.push_back(Dyadic(1, -int64_t{kif.f} - 1).to_double().value());        // half a step
        bad.push_back(kif.k ? -std::numeric_limits<double>::max() : -std::numeric_limits<double>::denorm_min());
    }
    values[static_cast<size_t>(at)] = random.of(std::span<const double>(bad));
    inputs[which] = array_of(node.shape, samples, values);
    return inputs;
}

}  // namespace dal::property
