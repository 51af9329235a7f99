#include "dal/interp/interpreter.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

#include "dal/graph/inputs.hpp"
#include "dal/interp/element_wise.hpp"
#include "dal/numeric/bitwise.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"
#include "dal/support/parallel.hpp"

namespace dal {
namespace {

/// What a thread takes at once.
constexpr int64_t samples_per_piece = 16;

/// The elements of one node, row-major.
using Values = std::vector<Dyadic>;

/// The terms of an einsum. With at most one variable operand the products of the constants are worked out once: then
/// the terms of result e are terms[first[e]] up to terms[first[e + 1]], without those that are always 0.
struct Products {
    struct Term {
        int64_t element;  ///< of the variable operand
        Dyadic weight;
    };
    std::optional<NodeId> variable;  ///< nothing: several
    std::vector<size_t> first{0};
    std::vector<Term> terms;
    std::optional<EinsumTerms> all;  ///< if there are several variables
};

Products products_of(const Graph& graph, const Node& node, const EinsumSpec& spec) {
    std::vector<Shape> shapes;
    std::vector<const std::vector<Dyadic>*> constants;  // per operand; null for a variable
    size_t variable = 0;                                // if all are constant, the first is as good
    for (size_t j = 0; j < node.operands.size(); ++j) {
        const Node& operand = graph[node.operands[j]];
        shapes.push_back(operand.shape);
        const auto* constant = std::get_if<op::Constant>(&operand.operation);
        constants.push_back(constant != nullptr ? &constant->values : nullptr);
        if (constant == nullptr) variable = j;
    }
    Products products;
    products.all.emplace(spec, shapes);
    if (std::count(constants.begin(), constants.end(), nullptr) > 1) return products;
    products.variable = node.operands[variable];
    for (int64_t result = 0; result < products.all->results(); ++result) {
        products.all->for_each(result, [&](std::span<const int64_t> at) {
            Dyadic weight = 1;
            for (size_t j = 0; j < at.size(); ++j)
                if (j != variable) weight = weight * (*constants[j])[static_cast<size_t>(at[j])];
            if (!weight.is_zero()) products.terms.push_back({at[variable], std::move(weight)});
        });
        products.first.push_back(products.terms.size());
    }
    products.all.reset();
    return products;
}

/// Per node; empty unless it is an einsum.
std::vector<Products> products_of(const Graph& graph) {
    std::vector<Products> products(graph.size());
    for (size_t index = 0; index < graph.size(); ++index) {
        const Node& node = graph.nodes()[index];
        if (const auto* einsum = std::get_if<op::Einsum>(&node.operation))
            products[index] = products_of(graph, node, einsum->spec);
    }
    return products;
}

Dyadic apply(BitFunction function, const Dyadic& a, const Dyadic& b) {
    switch (function) {
        case BitFunction::bit_and: return bit_and(a, b);
        case BitFunction::bit_or: return bit_or(a, b);
        case BitFunction::bit_xor: return bit_xor(a, b);
    }
    internal_error("function", __FILE__, __LINE__, "no such bit function");
}

/// Runs a graph sample by sample. What does not depend on the sample is worked out once.
class Interpreter : public ElementWise<Dyadic> {
  public:
    /// `products`: as products_of(graph) gives them, shared by all threads.
    Interpreter(const Graph& graph, std::span<const Samples> inputs, const std::vector<Products>& products,
                const std::vector<bool>& unbounded = {})
        : ElementWise(graph), inputs_(inputs), unbounded_(unbounded), products_(products) {
        for (size_t index = 0; index < graph.size(); ++index) {
            const Node& node = graph.nodes()[index];
            if (const auto* constant = std::get_if<op::Constant>(&node.operation)) values_[index] = constant->values;
        }
    }

    /// Computes all nodes for one sample.
    Result<void> run(int64_t sample) {
        for (size_t j = 0; j < inputs_.size(); ++j) {
            const NodeId id = graph_.inputs()[j];
            Values& values = values_[static_cast<size_t>(id)];
            values.clear();
            for (int64_t element = 0; element < graph_[id].size(); ++element) {
                auto value = read_sample(graph_[id], inputs_[j], sample, element);
                if (!value) return failure(std::move(value.error()));
                values.push_back(std::move(*value));
            }
        }
        for (size_t index = 0; index < graph_.size(); ++index) {
            const auto id = static_cast<NodeId>(index);
            compute_one(id);
            if (unbounded_.empty()) check(id, sample);
        }
        return {};
    }

    [[nodiscard]] std::span<const Values> all_values() const { return values_; }

    /// Of the sample that was run.
    void write_outputs(int64_t sample, std::vector<Codes>& outputs) const {
        for (size_t j = 0; j < outputs.size(); ++j) {
            const Values& output = values(graph_.outputs()[j].node);
            for (int64_t element = 0; element < outputs[j].elements(); ++element) {
                const auto code =
                    output[static_cast<size_t>(element)].code(outputs[j].f()[static_cast<size_t>(element)]);
                outputs[j].set_code(sample, element, code.value());
            }
        }
    }

  private:
    void compute_one(NodeId id) {
        compute(id, Overloaded{
                        [](const op::Input&) {},     // read already
                        [](const op::Constant&) {},  // never changes
                        [&](const op::Quantize& quantizer) { quantize(id, quantizer.formats); },
                        [&](const op::Einsum&) { multiply(id); },
                        [&](const op::Bitwise& bitwise) {
                            broadcasting(
                                id, [&](const Dyadic& a, const Dyadic& b) { return apply(bitwise.function, a, b); });
                        },
                        [&](const op::Table& table) { look_up(id, table); },
                    });
    }

    void quantize(NodeId id, const FormatMap& formats) {
        const Values& x = values(graph_[id].operands[0]);
        each(id, [&](int64_t element) {
            const Format& format = formats.at(element);
            const Dyadic& value = x[static_cast<size_t>(element)];
            if (is_unbounded(id) && !format.kif.is_zero())
                return Dyadic(round_code(Rational(value), format.kif.f, format.round), -int64_t{format.kif.f});
            return Dyadic(quantize_code(Rational(value), format), -int64_t{format.kif.f});
        });
    }

    [[nodiscard]] bool is_unbounded(NodeId id) const {
        return !unbounded_.empty() && unbounded_[static_cast<size_t>(id)];
    }

    void look_up(NodeId id, const op::Table& table) {
        const Values& x = values(graph_[id].operands[0]);
        each(id, [&](int64_t element) {
            const Dyadic& value = x[static_cast<size_t>(element)];
            if (!unbounded_.empty()) {
                const Int position = round_code(Rational(value), table.f, Round::trn) - table.first;
                return table.entry(element, std::clamp(position, Int(0), Int(table.size - 1)).to_int64());
            }
            const auto code = value.code(table.f);
            const bool is_inside = code && table.first <= *code && *code < table.first + table.size;
            DAL_CHECK(is_inside, value.to_string() + " is not in the table");
            return table.entry(element, (*code - table.first).to_int64());
        });
    }

    void multiply(NodeId id) {
        const Products& products = products_[static_cast<size_t>(id)];
        if (!products.variable) return multiply_variables(id, *products.all);
        const Values& x = values(*products.variable);
        each(id, [&](int64_t element) {
            Dyadic sum;
            for (size_t j = products.first[static_cast<size_t>(element)];
                 j < products.first[static_cast<size_t>(element) + 1]; ++j)
                sum = sum + x[static_cast<size_t>(products.terms[j].element)] * products.terms[j].weight;
            return sum;
        });
    }

    void multiply_variables(NodeId id, const EinsumTerms& terms) {
        const std::vector<NodeId>& operands = graph_[id].operands;
        each(id, [&](int64_t element) {
            Dyadic sum;
            terms.for_each(element, [&](std::span<const int64_t> at) {
                Dyadic product = values(operands[0])[static_cast<size_t>(at[0])];
                for (size_t j = 1; j < at.size() && !product.is_zero(); ++j)
                    product = product * values(operands[j])[static_cast<size_t>(at[j])];
                sum = sum + product;
            });
            return sum;
        });
    }

    /// Inference promised an interval for each value.
    void check(NodeId id, int64_t sample) const {
        const Node& node = graph_[id];
        if (node.real) return;
        for (int64_t element = 0; element < node.size(); ++element) {
            const Dyadic& value = values(id)[static_cast<size_t>(element)];
            const Interval& range = node.range[static_cast<size_t>(element)];
            DAL_CHECK(range.contains(value), "node %" + std::to_string(static_cast<uint32_t>(id)) + " (" +
                                                 std::string(operation_name(node.operation)) +
                                                 (node.name.empty() ? "" : " " + node.name) + ") element " +
                                                 std::to_string(element) + " of sample " + std::to_string(sample) +
                                                 " is " + value.to_string() + ", inferred " + range.to_string());
        }
    }

    std::span<const Samples> inputs_;
    std::vector<bool> unbounded_;  // per node; empty: none, and all values are checked
    const std::vector<Products>& products_;
};

}  // namespace

Result<std::vector<Codes>> interpret(const Graph& graph, std::span<const Samples> inputs, int threads) {
    const auto samples = check_batches(graph, inputs);
    if (!samples) return failure(samples.error());
    std::vector<Codes> outputs;
    for (const Output& output : graph.outputs()) {
        const Node& node = graph[output.node];
        DAL_CHECK(!node.real && static_cast<int64_t>(node.range.size()) == node.size(),
                  "output " + output.name + " has no inferred ranges");
        outputs.push_back(make_output(node.shape, *samples, node.range));
    }
    const std::vector<Products> products = products_of(graph);
    std::vector<std::unique_ptr<Interpreter>> interpreters(static_cast<size_t>(threads));
    const auto pieces = static_cast<size_t>((*samples + samples_per_piece - 1) / samples_per_piece);
    std::vector<Result<void>> results(pieces);
    std::atomic<bool> failed = false;
    parallel_for(pieces, threads, [&](size_t piece, size_t thread) {
        if (failed) return;
        auto& interpreter = interpreters[thread];
        if (!interpreter) interpreter = std::make_unique<Interpreter>(graph, inputs, products);
        const auto first = static_cast<int64_t>(piece) * samples_per_piece;
        for (int64_t sample = first; sample < std::min(*samples, first + samples_per_piece); ++sample) {
            if (results[piece] = interpreter->run(sample); !results[piece]) {
                failed = true;
                return;
            }
            interpreter->write_outputs(sample, outputs);
        }
    });
    for (Result<void>& result : results)
        if (!result) return failure(std::move(result.error()));
    return outputs;
}

Result<void> interpret_each(const Graph& graph, std::span<const Samples> inputs, const SeeValues& see,
                            const std::vector<bool>& unbounded) {
    DAL_CHECK(unbounded.empty() || unbounded.size() == graph.size(), "not one flag per node");
    const auto samples = check_batches(graph, inputs);
    if (!samples) return failure(samples.error());
    const std::vector<Products> products = products_of(graph);
    Interpreter interpreter(graph, inputs, products, unbounded);
    for (int64_t sample = 0; sample < *samples; ++sample) {
        if (auto done = interpreter.run(sample); !done) return failure(std::move(done.error()));
        see(sample, interpreter.all_values());
    }
    return {};
}

}  // namespace dal
