#include "dal/infer/advice/ebops.hpp"

#include <algorithm>
#include <optional>

namespace dal {
namespace {

int64_t bits_of(const Dyadic& value) { return value.mantissa().bit_length(); }

int64_t bits_of(const Kif& kif) { return std::max(kif.i + kif.f, 0); }

int64_t bits_of(const Format& format) {
    const bool counts_sign = format.overflow == Overflow::sat && format.kif.k;
    return bits_of(format.kif) + (counts_sign ? 1 : 0);
}

/// Of one element, as the header says.
int64_t element_bits(const Graph& graph, ElementOf at) {
    at = trace(graph, at);
    const Node& node = graph[at.node];
    if (const auto* constant = std::get_if<op::Constant>(&node.operation))
        return constant->formats ? bits_of(constant->formats->at(at.element))
                                 : bits_of(constant->values[static_cast<size_t>(at.element)]);
    if (const auto* quantize = std::get_if<op::Quantize>(&node.operation))
        return bits_of(quantize->formats.at(at.element));
    if (const auto* port = std::get_if<op::Input>(&node.operation); port && !port->real)
        return bits_of(port->formats.at(at.element));
    const Interval& range = node.range[static_cast<size_t>(at.element)];
    return range.is_constant() ? bits_of(range.min()) : bits_of(range.kif());
}

class Counting {
  public:
    Counting(const Graph& graph, BiasTerm bias)
        : graph_(graph), bias_(bias), layer_of_(graph.size(), none), users_(graph.size()) {
        for (const Node& node : graph.nodes())
            for (const NodeId operand : node.operands) ++users_[static_cast<size_t>(operand)];
        for (const Output& output : graph.outputs()) ++users_[static_cast<size_t>(output.node)];
    }

    std::vector<LayerEbops> run() {
        for (size_t j = 0; j < graph_.size(); ++j) {
            const auto id = static_cast<NodeId>(j);
            const Node& node = graph_[id];
            if (node.real) continue;
            if (const auto* einsum = std::get_if<op::Einsum>(&node.operation)) {
                if (node.operands.size() > 1) layer(id, products(node, einsum->spec));
            } else if (std::holds_alternative<op::Mul>(node.operation)) {
                layer(id, products(node));
            } else if (std::holds_alternative<op::Add>(node.operation) ||
                       std::holds_alternative<op::Sub>(node.operation)) {
                add(id, node);
            }
        }
        return std::move(result_);
    }

  private:
    static constexpr size_t none = SIZE_MAX;

    void layer(NodeId id, Int products) {
        layer_of_[static_cast<size_t>(id)] = result_.size();
        result_.push_back({id, std::nullopt, std::move(products), Rational(), Rational()});
    }

    [[nodiscard]] std::vector<int64_t> bits(NodeId id) const {
        std::vector<int64_t> result(static_cast<size_t>(graph_[id].size()));
        for (size_t element = 0; element < result.size(); ++element)
            result[element] = element_bits(graph_, {id, static_cast<int64_t>(element)});
        return result;
    }

    /// Of three factors and more the first two are multiplied first; a product has the bits of both together.
    [[nodiscard]] Int products(const Node& node, const EinsumSpec& spec) const {
        std::vector<Shape> shapes;
        std::vector<std::vector<int64_t>> widths;
        for (const NodeId operand : node.operands) {
            shapes.push_back(graph_[operand].shape);
            widths.push_back(bits(operand));
        }
        const EinsumTerms terms(spec, shapes);
        Int sum = 0;
        for (int64_t element = 0; element < terms.results(); ++element)
            terms.for_each(element, [&](std::span<const int64_t> at) {
                int64_t product = widths[0][static_cast<size_t>(at[0])];
                for (size_t j = 1; j < at.size() && product != 0; ++j) {
                    const int64_t factor = widths[j][static_cast<size_t>(at[j])];
                    sum += Int(product) * Int(factor);
                    product = factor == 0 ? 0 : product + factor;
                }
            });
        return sum;
    }

    /// Σ of a number for the bits of the two operands of each element.
    template <class Count>
    [[nodiscard]] Int sum_of_pairs(const Node& node, Count&& count) const {
        const BroadcastMap left(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap right(graph_[node.operands[1]].shape, node.shape);
        const std::vector<int64_t> a = bits(node.operands[0]);
        const std::vector<int64_t> b = bits(node.operands[1]);
        Int sum = 0;
        for (int64_t element = 0; element < node.size(); ++element)
            sum += count(a[static_cast<size_t>(left(element))], b[static_cast<size_t>(right(element))]);
        return sum;
    }

    /// Element by element.
    [[nodiscard]] Int products(const Node& node) const {
        return sum_of_pairs(node, [](int64_t a, int64_t b) { return Int(a) * Int(b); });
    }

    /// Also what is moved out of constants.
    [[nodiscard]] bool is_constant(NodeId id) const {
        if (graph_.is_constant(id)) return true;
        const Node& node = graph_[id];
        return std::holds_alternative<op::Move>(node.operation) &&
               std::all_of(node.operands.begin(), node.operands.end(),
                           [&](NodeId operand) { return graph_.is_constant(operand); });
    }

    /// Elements of the variable that a layer multiplies.
    [[nodiscard]] int64_t inputs_of(const Node& layer) const {
        for (const NodeId operand : layer.operands)
            if (!is_constant(operand)) return graph_[operand].size();
        return layer.size();
    }

    void add(NodeId id, const Node& node) {
        const bool first = is_constant(node.operands[0]);
        const bool second = is_constant(node.operands[1]);
        if (first && second) return;
        if (first || second)
            add_bias(id, node, node.operands[first ? 0 : 1], node.operands[first ? 1 : 0]);
        else
            result_.push_back({id, std::nullopt, 0, Rational(), add_variables(node)});
    }

    /// What a layer that adds or subtracts counts for each bit of the wider operand, element by element.
    [[nodiscard]] Rational add_variables(const Node& node) const {
        const Int sum = sum_of_pairs(node, [](int64_t a, int64_t b) { return Int(std::max(a, b)); });
        const Rational bits = Rational(Dyadic(sum));
        return std::holds_alternative<op::Sub>(node.operation) ? bits : bits * Rational(13) / Rational(20);
    }

    /// A constant belongs to the product that it is added to if nothing else sees that product.
    void add_bias(NodeId id, const Node& node, NodeId constant, NodeId variable) {
        if (graph_[constant].size() == 0) return;
        Int sum = 0;
        for (const int64_t width : bits(constant)) sum += Int(width);
        size_t layer = layer_of_[static_cast<size_t>(variable)];
        const bool alone = layer == none || users_[static_cast<size_t>(variable)] != 1;
        if (alone) {
            layer = result_.size();
            result_.push_back({id, std::nullopt, 0, Rational(), Rational()});
        }
        const int64_t inputs = alone ? graph_[variable].size() : inputs_of(graph_[variable]);
        const int64_t times = bias_ == BiasTerm::outputs ? node.size() : inputs;
        result_[layer].bias = id;
        result_[layer].bias_term =
            Rational(Dyadic(sum)) * Rational(Dyadic(Int(times))) / Rational(Dyadic(Int(graph_[constant].size())));
    }

    const Graph& graph_;
    BiasTerm bias_;
    std::vector<size_t> layer_of_;  ///< per node: the layer that it is the product of
    std::vector<size_t> users_;     ///< per node
    std::vector<LayerEbops> result_;
};

}  // namespace

std::vector<LayerEbops> count_ebops(const Graph& graph, BiasTerm bias) { return Counting(graph, bias).run(); }

std::string ebops_text(const Rational& ebops) {
    constexpr int most_digits = 20;
    Rational scaled = ebops;
    for (int digits = 0; digits <= most_digits; ++digits, scaled = scaled * Rational(10)) {
        const std::optional<Int> whole = scaled.is_dyadic() ? scaled.numerator().code(0) : std::nullopt;
        if (!whole) continue;
        std::string text = whole->to_string();  // never negative
        if (digits == 0) return text;
        const auto places = static_cast<size_t>(digits);
        if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
        return text.insert(text.size() - places, ".");
    }
    return ebops.to_string();
}

}  // namespace dal
