#include "dal/interp/real_run.hpp"

#include <algorithm>
#include <cmath>

#include "dal/interp/element_wise.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

using Reals = std::vector<double>;

double nearest_double(const Dyadic& value) {
    constexpr int64_t most_bits = 62;
    const int64_t surplus = std::max<int64_t>(0, value.mantissa().bit_length() - most_bits);
    const int64_t exponent = std::clamp<int64_t>(value.exponent() + surplus, -5000, 5000);
    return std::ldexp(static_cast<double>((value.mantissa() >> surplus).to_int64()), static_cast<int>(exponent));
}

double nearest_double(const Rational& value) {
    constexpr int64_t bits = 70;
    if (value.is_dyadic()) return nearest_double(value.numerator());
    const int64_t magnitude =
        value.numerator().mantissa().bit_length() + value.numerator().exponent() - value.denominator().bit_length();
    return nearest_double(value.stand_in(bits - magnitude));
}

/// The numbers that a constant stands for.
Reals meant_values(const op::Constant& constant) {
    Reals result;
    result.reserve(constant.values.size());
    if (!constant.meant) {
        for (const Dyadic& value : constant.values) result.push_back(nearest_double(value));
        return result;
    }
    for (const Rational& number : *constant.meant) result.push_back(nearest_double(number));
    return result;
}

/// The operands and the constant factor of each term of an einsum; the terms of result e are those from first[e].
struct RealTerms {
    std::vector<NodeId> variables;
    std::vector<size_t> first{0};
    std::vector<int64_t> elements;  ///< variables.size() per term
    Reals weights;
};

RealTerms terms_of(const Graph& graph, const Node& node, const EinsumSpec& spec) {
    RealTerms result;
    std::vector<Shape> shapes;
    std::vector<std::optional<Reals>> constants;
    for (const NodeId operand : node.operands) {
        shapes.push_back(graph[operand].shape);
        const auto* constant = std::get_if<op::Constant>(&graph[operand].operation);
        constants.push_back(constant ? std::optional(meant_values(*constant)) : std::nullopt);
        if (!constant) result.variables.push_back(operand);
    }
    const EinsumTerms terms(spec, shapes);
    for (int64_t e = 0; e < terms.results(); ++e) {
        terms.for_each(e, [&](std::span<const int64_t> at) {
            double weight = 1;
            for (size_t j = 0; j < at.size(); ++j)
                if (constants[j]) weight *= (*constants[j])[static_cast<size_t>(at[j])];
            if (weight == 0) return;
            for (size_t j = 0; j < at.size(); ++j)
                if (!constants[j]) result.elements.push_back(at[j]);
            result.weights.push_back(weight);
        });
        result.first.push_back(result.weights.size());
    }
    return result;
}

class RealRun : public ElementWise<double> {
  public:
    RealRun(const Graph& graph, std::span<const NodeId> left_out)
        : ElementWise(graph), left_out_(graph.size()), index_parts_(graph.size()) {
        terms_.resize(graph.size());
        for (const NodeId id : left_out) left_out_[static_cast<size_t>(id)] = true;
        for (size_t index = 0; index < graph.size(); ++index) {
            const Node& node = graph.nodes()[index];
            if (const auto* einsum = std::get_if<op::Einsum>(&node.operation))
                terms_[index] = terms_of(graph, node, einsum->spec);
            if (const auto* constant = std::get_if<op::Constant>(&node.operation))
                values_[index] = meant_values(*constant);
        }
        find_index_parts();
    }

    void run(std::span<const std::vector<Dyadic>> exact) {
        for (size_t index = 0; index < graph_.size(); ++index) compute_one(static_cast<NodeId>(index), exact[index]);
    }

  private:
    /// A table of several parameters is called with the codes of its arguments side by side: quantizers that stand at
    /// the place of the call, shifted and added.
    void find_index_parts() {
        std::vector<const Node*> table_of(graph_.size());
        for (size_t index = graph_.size(); index-- > 0;) {
            const Node& node = graph_.nodes()[index];
            const Node* table = table_of[index];
            if (std::holds_alternative<op::Table>(node.operation)) table = &node;
            if (!table || node.span != table->span) continue;
            const bool carries = std::holds_alternative<op::Add>(node.operation) ||
                                 std::holds_alternative<op::Shift>(node.operation) ||
                                 std::holds_alternative<op::Table>(node.operation);
            index_parts_[index] = std::holds_alternative<op::Quantize>(node.operation);
            if (!carries) continue;
            for (const NodeId operand : node.operands) table_of[static_cast<size_t>(operand)] = table;
        }
    }

    void as_exact(NodeId id, const std::vector<Dyadic>& exact) {
        each(id, [&](int64_t element) { return nearest_double(exact[static_cast<size_t>(element)]); });
    }

    void quantize(NodeId id, const FormatMap& formats) {
        const Reals& x = values(graph_[id].operands[0]);
        const auto index = static_cast<size_t>(id);
        each(id, [&](int64_t element) {
            const double value = x[static_cast<size_t>(element)];
            if (left_out_[index]) return value;
            Format format = formats.at(element);
            if (index_parts_[index]) format = {format.kif, Round::rnd, Overflow::sat};
            const auto dyadic = Dyadic::from_double(value);
            if (!dyadic) return value;
            return nearest_double(Dyadic(quantize_code(Rational(*dyadic), format), -int64_t{format.kif.f}));
        });
    }

    void look_up(NodeId id, const op::Table& table) {
        const Reals& x = values(graph_[id].operands[0]);
        const double first = nearest_double(Dyadic(table.first));
        each(id, [&](int64_t element) {
            const double code = std::nearbyint(std::ldexp(x[static_cast<size_t>(element)], table.f)) - first;
            const double last = static_cast<double>(table.size - 1);
            // The comparison is false for NaN too.
            const auto position = code > 0 ? static_cast<int64_t>(std::min(code, last)) : 0;
            return nearest_double(table.entry(element, position));
        });
    }

    void multiply(NodeId id) {
        const RealTerms& terms = terms_[static_cast<size_t>(id)];
        const size_t count = terms.variables.size();
        each(id, [&](int64_t element) {
            double sum = 0;
            for (size_t j = terms.first[static_cast<size_t>(element)];
                 j < terms.first[static_cast<size_t>(element) + 1]; ++j) {
                double product = terms.weights[j];
                for (size_t v = 0; v < count; ++v)
                    product *= values(terms.variables[v])[static_cast<size_t>(terms.elements[j * count + v])];
                sum += product;
            }
            return sum;
        });
    }

    void compute_one(NodeId id, const std::vector<Dyadic>& exact) {
        compute(id, Overloaded{
                        [&](const op::Input&) { as_exact(id, exact); },
                        [](const op::Constant&) {},  // never changes
                        [&](const op::Quantize& quantizer) { quantize(id, quantizer.formats); },
                        [&](const op::Einsum&) { multiply(id); },
                        [&](const op::Bitwise&) { as_exact(id, exact); },
                        [&](const op::Table& table) { look_up(id, table); },
                    });
    }

    std::vector<bool> left_out_;
    std::vector<bool> index_parts_;
    std::vector<RealTerms> terms_;
};

}  // namespace

void Deviation::add(double exact, double rounded) {
    const double error = std::abs(exact - rounded);
    max_error = std::max(max_error, error);
    error_sum += error;
    error_power += error * error;
    signal_power += exact * exact;
    ++count;
}

std::optional<double> Deviation::snr() const {
    if (error_power == 0) return std::nullopt;
    return 10 * std::log10(signal_power / error_power);
}

Result<RealComparison> compare_with_real(const Graph& graph, std::span<const Samples> inputs,
                                         std::span<const NodeId> quantizers) {
    RealComparison result;
    result.values.resize(graph.size());
    for (const NodeId id : quantizers) result.quantizers.emplace_back().node = id;
    RealRun real(graph, quantizers);
    const auto see = [&](int64_t, std::span<const std::vector<Dyadic>> exact) {
        ++result.samples;
        real.run(exact);
        for (size_t index = 0; index < graph.size(); ++index) {
            const Reals& reals = real.values(static_cast<NodeId>(index));
            for (size_t at = 0; at < reals.size(); ++at)
                result.values[index].add(reals[at], nearest_double(exact[index][at]));
        }
        for (QuantizerDeviation& quantizer : result.quantizers) {
            const Node& node = graph[quantizer.node];
            const FormatMap& formats = std::get<op::Quantize>(node.operation).formats;
            const std::vector<Dyadic>& before = exact[static_cast<size_t>(node.operands.front())];
            const std::vector<Dyadic>& after = exact[static_cast<size_t>(quantizer.node)];
            for (size_t at = 0; at < before.size(); ++at) {
                const Format& format = formats.at(static_cast<int64_t>(at));
                quantizer.added.add(nearest_double(before[at]), nearest_double(after[at]));
                if (format.kif.is_zero()) continue;
                const Int code = round_code(Rational(before[at]), format.kif.f, format.round);
                if (overflow_code(code, format.kif, format.overflow) != code) ++quantizer.overflows;
            }
        }
    };
    if (auto done = interpret_each(graph, inputs, see); !done) return failure(std::move(done.error()));
    return result;
}

}  // namespace dal
