#include "dal/interp/real_run.hpp"

#include <algorithm>
#include <cmath>

#include "dal/graph/inputs.hpp"
#include "dal/interp/column_run.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/overloaded.hpp"
#include "dal/support/parallel.hpp"

namespace dal {
namespace {

/// The values of one element in the samples of a block.
struct Reals {
    BlockReals value{};

    Reals() = default;
    explicit Reals(double all) { value.fill(all); }
};

template <class Function>
Reals each_of(const Function& function) {
    Reals result;
    for (size_t s = 0; s < block_samples; ++s) result.value[s] = function(s);
    return result;
}

// What ElementWise asks for; comparisons are false for NaN.
Reals operator+(const Reals& a, const Reals& b) {
    return each_of([&](size_t s) { return a.value[s] + b.value[s]; });
}
Reals operator-(const Reals& a, const Reals& b) {
    return each_of([&](size_t s) { return a.value[s] - b.value[s]; });
}
Reals operator*(const Reals& a, const Reals& b) {
    return each_of([&](size_t s) { return a.value[s] * b.value[s]; });
}
Reals operator-(const Reals& a) {
    return each_of([&](size_t s) { return -a.value[s]; });
}
Reals shifted(const Reals& a, int amount) {
    return each_of([&](size_t s) { return std::ldexp(a.value[s], amount); });
}
Reals positive(const Reals& a) {
    return each_of([&](size_t s) { return a.value[s] < 0 ? 0 : a.value[s]; });
}
Reals magnitude(const Reals& a) {
    return each_of([&](size_t s) { return std::abs(a.value[s]); });
}
Reals smaller(const Reals& a, const Reals& b) {
    return each_of([&](size_t s) { return b.value[s] < a.value[s] ? b.value[s] : a.value[s]; });
}
Reals larger(const Reals& a, const Reals& b) {
    return each_of([&](size_t s) { return a.value[s] < b.value[s] ? b.value[s] : a.value[s]; });
}
Reals holding(Relation relation, const Reals& a, const Reals& b) {
    return each_of([&](size_t s) { return holds(relation, a.value[s], b.value[s]) ? 1 : 0; });
}
Reals chosen(const Reals& condition, const Reals& if_true, const Reals& if_false) {
    return each_of([&](size_t s) { return condition.value[s] == 0 ? if_false.value[s] : if_true.value[s]; });
}

double nearest_double_of(const Rational& value) {
    constexpr int64_t bits = 70;
    if (value.is_dyadic()) return nearest_double(value.numerator());
    const int64_t magnitude =
        value.numerator().mantissa().bit_length() + value.numerator().exponent() - value.denominator().bit_length();
    return nearest_double(value.stand_in(bits - magnitude));
}

/// The numbers that a constant stands for.
std::vector<double> meant_values(const op::Constant& constant) {
    std::vector<double> result;
    result.reserve(constant.values.size());
    if (!constant.meant) {
        for (const Dyadic& value : constant.values) result.push_back(nearest_double(value));
        return result;
    }
    for (const Rational& number : *constant.meant) result.push_back(nearest_double_of(number));
    return result;
}

/// The operands and the constant factor of each term of an einsum; the terms of result e are those from first[e].
struct RealTerms {
    std::vector<NodeId> variables;
    std::vector<size_t> first{0};
    std::vector<int64_t> elements;  ///< variables.size() per term
    std::vector<double> weights;
};

RealTerms terms_of(const Graph& graph, const Node& node, const EinsumSpec& spec) {
    RealTerms result;
    std::vector<Shape> shapes;
    std::vector<std::optional<std::vector<double>>> constants;
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

/// Runs a graph beside an exact run, node by node.
class RealRun : public ElementWise<Reals> {
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
                for (const double value : meant_values(*constant)) values_[index].emplace_back(value);
        }
        find_index_parts();
    }

    /// Forgets what the exact run has forgotten.
    void release_operands(NodeId id, const ColumnRun& exact) {
        for (const NodeId operand : graph_[id].operands)
            if (exact.values(operand).empty() && !std::holds_alternative<op::Constant>(graph_[operand].operation))
                values_[static_cast<size_t>(operand)] = {};
    }

    void compute_node(NodeId id, const std::vector<Column>& exact) {
        compute(id, Overloaded{
                        [&](const op::Input&) { as_exact(id, exact); },
                        [](const op::Constant&) {},  // never changes
                        [&](const op::Quantize& quantizer) { quantize(id, quantizer.formats); },
                        [&](const op::Einsum&) { multiply(id); },
                        [&](const op::Bitwise&) { as_exact(id, exact); },
                        [&](const op::Table& table) { look_up(id, table); },
                    });
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

    void as_exact(NodeId id, const std::vector<Column>& exact) {
        each(id, [&](int64_t element) {
            Reals reals;
            exact[static_cast<size_t>(element)].to_reals(reals.value);
            return reals;
        });
    }

    void quantize(NodeId id, const FormatMap& formats) {
        const std::vector<Reals>& x = values(graph_[id].operands[0]);
        const auto index = static_cast<size_t>(id);
        each(id, [&](int64_t element) {
            const BlockReals& real = x[static_cast<size_t>(element)].value;
            if (left_out_[index]) return x[static_cast<size_t>(element)];
            Format format = formats.at(element);
            if (index_parts_[index]) format = {format.kif, Round::rnd, Overflow::sat};
            return each_of([&](size_t s) {
                const auto dyadic = Dyadic::from_double(real[s]);
                if (!dyadic) return real[s];
                return nearest_double(Dyadic(quantize_code(Rational(*dyadic), format), -int64_t{format.kif.f}));
            });
        });
    }

    void look_up(NodeId id, const op::Table& table) {
        const std::vector<Reals>& x = values(graph_[id].operands[0]);
        const double first = nearest_double(Dyadic(table.first));
        each(id, [&](int64_t element) {
            const BlockReals& real = x[static_cast<size_t>(element)].value;
            return each_of([&](size_t s) {
                const double code = std::nearbyint(std::ldexp(real[s], table.f)) - first;
                const auto last = static_cast<double>(table.size - 1);
                // The comparison is false for NaN too.
                const auto position = code > 0 ? static_cast<int64_t>(std::min(code, last)) : 0;
                return nearest_double(table.entry(element, position));
            });
        });
    }

    void multiply(NodeId id) {
        const RealTerms& terms = terms_[static_cast<size_t>(id)];
        const size_t count = terms.variables.size();
        each(id, [&](int64_t element) {
            Reals sum;
            for (size_t j = terms.first[static_cast<size_t>(element)];
                 j < terms.first[static_cast<size_t>(element) + 1]; ++j) {
                const auto factor = [&](size_t v) -> const Reals& {
                    return values(terms.variables[v])[static_cast<size_t>(terms.elements[j * count + v])];
                };
                if (count == 1) {
                    kernel::add_product(sum.value, factor(0).value, terms.weights[j]);
                    continue;
                }
                Reals product(terms.weights[j]);
                for (size_t v = 0; v < count; ++v) product = product * factor(v);
                sum = sum + product;
            }
            return sum;
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

void Deviation::add(const Deviation& other) {
    max_error = std::max(max_error, other.max_error);
    error_sum += other.error_sum;
    error_power += other.error_power;
    signal_power += other.signal_power;
    count += other.count;
}

Deviation Deviation::times(int64_t factor) const {
    const auto f = static_cast<double>(factor);
    return {max_error, error_sum * f, error_power * f, signal_power * f, count * factor};
}

std::optional<double> Deviation::snr() const {
    if (error_power == 0) return std::nullopt;
    return 10 * std::log10(signal_power / error_power);
}

namespace {

/// What some samples give.
struct Deviations {
    std::vector<Deviation> values;  ///< per node; nothing for constants
    std::vector<QuantizerDeviation> quantizers;

    void add(const Deviations& other) {
        for (size_t j = 0; j < values.size(); ++j) values[j].add(other.values[j]);
        for (size_t j = 0; j < quantizers.size(); ++j) {
            quantizers[j].added.add(other.quantizers[j].added);
            quantizers[j].overflows += other.quantizers[j].overflows;
        }
    }
};

/// Sums are made of groups of so many blocks, one after the other.
constexpr int64_t blocks_per_group = 8;
constexpr int64_t groups_at_once = 256;

int64_t count_overflows(const Column& before, const Format& format, int64_t count) {
    if (format.kif.is_zero()) return 0;
    const Column rounded = before.rounded(format.kif.f, format.round);
    if (format.overflow != Overflow::sat_sym && rounded.is_in(Interval::of(format.kif))) return 0;
    int64_t overflows = 0;
    for (int64_t s = 0; s < count; ++s) {
        const Int code = rounded.at(static_cast<size_t>(s)).code(format.kif.f).value();
        if (overflow_code(code, format.kif, format.overflow) != code) ++overflows;
    }
    return overflows;
}

}  // namespace

struct RealComparer::State {
    const Graph& graph;
    std::vector<NodeId> quantizers;
    int threads;
    ColumnPlan plan;
    std::vector<std::vector<size_t>> which;  // per node: its places among the quantizers
    int64_t samples = 0;
    Deviations nothing;
    Deviations all;

    /// The two runs of a thread.
    struct Runs {
        ColumnRun exact;
        RealRun real;
    };

    State(const Graph& of, std::span<const NodeId> some, int most_threads)
        : graph(of), quantizers(some.begin(), some.end()), threads(most_threads), plan(graph), which(graph.size()) {
        nothing.values.resize(graph.size());
        for (size_t j = 0; j < quantizers.size(); ++j) {
            which[static_cast<size_t>(quantizers[j])].push_back(j);
            nothing.quantizers.emplace_back().node = quantizers[j];
        }
        all = nothing;
    }

    void see(const Runs& runs, NodeId id, int64_t count, Deviations& deviations) const {
        const Node& node = graph[id];
        if (std::holds_alternative<op::Constant>(node.operation)) return;
        BlockReals exact;
        const std::vector<Column>& columns = runs.exact.values(id);
        for (size_t at = 0; at < columns.size(); ++at) {
            columns[at].to_reals(exact);
            const BlockReals& real = runs.real.values(id)[at].value;
            Deviation& deviation = deviations.values[static_cast<size_t>(id)];
            for (int64_t s = 0; s < count; ++s)
                deviation.add(real[static_cast<size_t>(s)], exact[static_cast<size_t>(s)]);
        }
        for (const size_t j : which[static_cast<size_t>(id)]) {
            const std::vector<Column>& before = runs.exact.values(node.operands.front());
            QuantizerDeviation& quantizer = deviations.quantizers[j];
            BlockReals unrounded;
            for (size_t at = 0; at < before.size(); ++at) {
                before[at].to_reals(unrounded);
                columns[at].to_reals(exact);
                for (int64_t s = 0; s < count; ++s)
                    quantizer.added.add(unrounded[static_cast<size_t>(s)], exact[static_cast<size_t>(s)]);
                const FormatMap& formats = std::get<op::Quantize>(node.operation).formats;
                quantizer.overflows += count_overflows(before[at], formats.at(static_cast<int64_t>(at)), count);
            }
        }
    }
};

RealComparer::RealComparer(const Graph& graph, std::span<const NodeId> quantizers, int threads)
    : state_(std::make_unique<State>(graph, quantizers, threads)) {}
RealComparer::~RealComparer() = default;

Result<void> RealComparer::add(std::span<const Samples> inputs) {
    State& state = *state_;
    const auto samples = check_batches(state.graph, inputs);
    if (!samples) return failure(samples.error());
    std::vector<std::unique_ptr<State::Runs>> runs(static_cast<size_t>(state.threads));
    constexpr int64_t group_samples = blocks_per_group * static_cast<int64_t>(block_samples);
    for (int64_t begin = 0; begin < *samples; begin += groups_at_once * group_samples) {
        const int64_t end = std::min(*samples, begin + groups_at_once * group_samples);
        std::vector<Deviations> groups(static_cast<size_t>((end - begin + group_samples - 1) / group_samples));
        std::vector<Result<void>> results(groups.size());
        parallel_for(groups.size(), state.threads, [&](size_t group, size_t thread) {
            auto& own = runs[thread];
            if (!own)
                own = std::make_unique<State::Runs>(ColumnRun(state.plan), RealRun(state.graph, state.quantizers));
            groups[group] = state.nothing;
            const int64_t from = begin + static_cast<int64_t>(group) * group_samples;
            const int64_t to = std::min(end, from + group_samples);
            for (int64_t first = from; first < to; first += static_cast<int64_t>(block_samples)) {
                const int64_t count = std::min(static_cast<int64_t>(block_samples), to - first);
                results[group] = own->exact.load(inputs, first, count);
                if (!results[group]) return;
                for (size_t index = 0; index < state.graph.size(); ++index) {
                    const auto id = static_cast<NodeId>(index);
                    own->exact.compute_node(id);
                    own->real.compute_node(id, own->exact.values(id));
                    state.see(*own, id, count, groups[group]);
                    own->exact.release_operands(id);
                    own->real.release_operands(id, own->exact);
                }
            }
        });
        for (Result<void>& result : results)
            if (!result) return failure(std::move(result.error()));
        for (const Deviations& group : groups) state.all.add(group);
    }
    state.samples += *samples;
    return {};
}

RealComparison RealComparer::result() const {
    const State& state = *state_;
    RealComparison result{state.samples, state.all.values, state.all.quantizers};
    const RealRun real(state.graph, state.quantizers);
    for (size_t index = 0; index < state.graph.size(); ++index) {
        const auto* constant = std::get_if<op::Constant>(&state.graph.nodes()[index].operation);
        if (constant == nullptr) continue;
        Deviation once;
        const std::vector<Reals>& reals = real.values(static_cast<NodeId>(index));
        for (size_t at = 0; at < reals.size(); ++at)
            once.add(reals[at].value.front(), nearest_double(constant->values[at]));
        result.values[index] = once.times(state.samples);
    }
    return result;
}

Result<RealComparison> compare_with_real(const Graph& graph, std::span<const Samples> inputs,
                                         std::span<const NodeId> quantizers) {
    RealComparer comparer(graph, quantizers);
    if (auto done = comparer.add(inputs); !done) return failure(std::move(done.error()));
    return comparer.result();
}

}  // namespace dal
