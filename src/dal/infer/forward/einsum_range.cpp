#include "dal/infer/forward/einsum_range.hpp"

#include <algorithm>

#include "dal/infer/forward/linear_range.hpp"

namespace dal {
namespace {

bool is_constant(const Node& node) {
    return std::all_of(node.range.begin(), node.range.end(), [](const Interval& range) { return range.is_constant(); });
}

bool contains(const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; }

/// The product of all constant factors, summed over the letters that only they have.
struct Weights {
    std::string letters;
    Shape shape;
    std::vector<Dyadic> values;
};

Weights weights_of(const Graph& graph, std::span<const NodeId> operands, const EinsumSpec& spec,
                   const std::vector<size_t>& constants, const std::string& used) {
    Weights weights;
    EinsumSpec product;
    std::vector<Shape> shapes;
    for (const size_t j : constants) {
        const Shape& shape = graph[operands[j]].shape;
        for (size_t axis = 0; axis < shape.size(); ++axis) {
            const char letter = spec.operands[j][axis];
            if (!contains(used, letter) || contains(weights.letters, letter)) continue;
            weights.letters += letter;
            weights.shape.push_back(shape[axis]);
        }
        product.operands.push_back(spec.operands[j]);
        shapes.push_back(shape);
    }
    if (constants.empty()) {
        weights.values.emplace_back(1);
        return weights;
    }
    product.result = weights.letters;
    const EinsumTerms terms(product, shapes);
    weights.values.resize(static_cast<size_t>(terms.results()));
    for (int64_t element = 0; element < terms.results(); ++element)
        terms.for_each(element, [&](std::span<const int64_t> at) {
            Dyadic factor = 1;
            for (size_t k = 0; k < constants.size() && !factor.is_zero(); ++k)
                factor = factor * graph[operands[constants[k]]].range[static_cast<size_t>(at[k])].min();
            Dyadic& sum = weights.values[static_cast<size_t>(element)];
            sum = sum + factor;
        });
    return weights;
}

/// Sums of products of several variables.
std::vector<Interval> product_ranges(const Graph& graph, std::span<const NodeId> operands, const EinsumSpec& spec,
                                     const std::vector<size_t>& variables, const Weights& weights, const Roots& roots) {
    EinsumSpec product{{}, spec.result};
    std::vector<Shape> shapes;
    bool may_share = false;
    for (size_t k = 0; k < variables.size(); ++k) {
        product.operands.push_back(spec.operands[variables[k]]);
        shapes.push_back(graph[operands[variables[k]]].shape);
        for (size_t before = 0; before < k; ++before)
            may_share = may_share || roots.may_share(operands[variables[before]], operands[variables[k]]);
    }
    product.operands.push_back(weights.letters);
    shapes.push_back(weights.shape);
    const EinsumTerms terms(product, shapes);
    const auto node = [&](size_t k) { return operands[variables[k]]; };
    const auto range_of_term = [&](std::span<const int64_t> at) {
        const Dyadic& weight = weights.values[static_cast<size_t>(at.back())];
        if (weight.is_zero()) return Interval();
        Interval range = Interval::constant(weight);
        for (size_t k = 0; k < variables.size(); ++k) {
            int exponent = 1;
            if (may_share) {  // a factor that has been seen before is part of its power
                const auto same = [&](size_t other) { return roots.is_same(node(k), at[k], node(other), at[other]); };
                bool is_first = true;
                for (size_t before = 0; before < k && is_first; ++before) is_first = !same(before);
                if (!is_first) continue;
                for (size_t after = k + 1; after < variables.size(); ++after) exponent += same(after) ? 1 : 0;
            }
            range = range * graph[node(k)].range[static_cast<size_t>(at[k])].power(exponent);
        }
        return range;
    };
    std::vector<Interval> ranges;
    ranges.reserve(static_cast<size_t>(terms.results()));
    for (int64_t element = 0; element < terms.results(); ++element) {
        Interval sum;
        terms.for_each(element, [&](std::span<const int64_t> at) { sum = sum + range_of_term(at); });
        ranges.push_back(std::move(sum));
    }
    return ranges;
}

}  // namespace

std::vector<Interval> einsum_ranges(const Graph& graph, std::span<const NodeId> operands, const EinsumSpec& spec,
                                    const Roots& roots) {
    std::vector<size_t> constants;
    std::vector<size_t> variables;
    for (size_t j = 0; j < operands.size(); ++j) (is_constant(graph[operands[j]]) ? constants : variables).push_back(j);
    if (variables.empty()) {  // any of them can stand for the variable
        variables.push_back(constants.front());
        constants.erase(constants.begin());
    }
    std::string used = spec.result;
    for (const size_t j : variables) used += spec.operands[j];
    const Weights weights = weights_of(graph, operands, spec, constants, used);
    if (variables.size() > 1) return product_ranges(graph, operands, spec, variables, weights, roots);
    const Node& x = graph[operands[variables.front()]];
    return linear_ranges(spec.operands[variables.front()], x.shape, x.range, weights.letters, weights.shape,
                         weights.values, spec.result);
}

}  // namespace dal
