#include "dal/infer/forward.hpp"

#include <algorithm>
#include <cstdlib>

#include "dal/infer/growth.hpp"
#include "dal/infer/linear_range.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

/// Binary points beyond ±this are refused like widths: shifts would otherwise reach any exponent, and the
/// sum of two numbers with distant points is as wide as their distance.
constexpr int64_t farthest_point = 1 << 16;

bool is_near(int64_t point) { return std::abs(point) <= farthest_point; }

class Forward {
  public:
    Forward(Graph& graph, const InferOptions& options)
        : graph_(graph), options_(options), failed_(graph.size(), false) {}

    Result<void> run() {
        for (size_t index = 0; index < graph_.size(); ++index) infer(static_cast<NodeId>(index));
        for (const Output& output : graph_.outputs()) check_output(output);
        if (!diagnostics_.empty()) return failure(std::move(diagnostics_));
        return {};
    }

  private:
    void infer(NodeId id) {
        Node& node = graph_[id];
        node.range.clear();
        const bool follows_failure = std::any_of(node.operands.begin(), node.operands.end(),
                                                 [&](NodeId operand) { return failed_[static_cast<size_t>(operand)]; });
        if (follows_failure) {  // reported where it began
            failed_[static_cast<size_t>(id)] = true;
            return;
        }
        if (node.real) {
            if (!std::holds_alternative<op::Input>(node.operation)) fail(id, real_in_arithmetic(id));
            return;
        }
        if (auto problem = implausible(id)) return fail(id, std::move(*problem));
        node.range = ranges(node);
        DAL_CHECK(static_cast<int64_t>(node.range.size()) == node.size(),
                  std::string(operation_name(node.operation)) + " has " + std::to_string(node.range.size()) +
                      " ranges for shape " + to_string(node.shape));
        check_widths(id);
    }

    void fail(NodeId id, Diagnostic diagnostic) {
        failed_[static_cast<size_t>(id)] = true;
        if (graph_[id].call.known()) diagnostic.secondary.push_back({graph_[id].call, "in this call"});
        diagnostics_.push_back(std::move(diagnostic));
    }

    // --- Ranges ---------------------------------------------------------------------------------

    std::vector<Interval> ranges(const Node& node) const {
        return std::visit(Overloaded{
                              [&](const op::Input& port) {
                                  return each(node, [&](int64_t e) { return Interval::of(port.formats.at(e).kif); });
                              },
                              [&](const op::Constant& constant) {
                                  return each(node, [&](int64_t e) {
                                      return Interval::constant(constant.values[static_cast<size_t>(e)]);
                                  });
                              },
                              [&](const op::Quantize& quantize) { return quantized(node, quantize); },
                              [&](const op::Einsum& einsum) { return linear(node, einsum); },
                              [&](const op::Add&) {
                                  return broadcasting(node, [](const Interval& a, const Interval& b) { return a + b; });
                              },
                              [&](const op::Sub&) {
                                  return broadcasting(node, [](const Interval& a, const Interval& b) { return a - b; });
                              },
                              [&](const op::Mul&) {
                                  return broadcasting(node, [](const Interval& a, const Interval& b) {
                                      return b.is_constant() ? a.scaled(b.min()) : b.scaled(a.min());
                                  });
                              },
                              [&](const op::Shift& shift) {
                                  return unary(node, [&](const Interval& a) { return a.shifted(shift.amount); });
                              },
                              [&](const op::Neg&) { return unary(node, [](const Interval& a) { return -a; }); },
                              [&](const op::Relu&) { return unary(node, [](const Interval& a) { return a.relu(); }); },
                          },
                          node.operation);
    }

    const Node& operand(const Node& node, size_t position) const { return graph_[node.operands[position]]; }

    template <class Function>
    static std::vector<Interval> each(const Node& node, Function&& range_of) {
        std::vector<Interval> result;
        result.reserve(static_cast<size_t>(node.size()));
        for (int64_t element = 0; element < node.size(); ++element) result.push_back(range_of(element));
        return result;
    }

    template <class Function>
    std::vector<Interval> unary(const Node& node, Function&& apply) const {
        const std::vector<Interval>& a = operand(node, 0).range;
        return each(node, [&](int64_t element) { return apply(a[static_cast<size_t>(element)]); });
    }

    template <class Function>
    std::vector<Interval> broadcasting(const Node& node, Function&& apply) const {
        const Node& a = operand(node, 0);
        const Node& b = operand(node, 1);
        const BroadcastMap in_a(a.shape, node.shape);
        const BroadcastMap in_b(b.shape, node.shape);
        return each(node, [&](int64_t element) {
            return apply(a.range[static_cast<size_t>(in_a(element))], b.range[static_cast<size_t>(in_b(element))]);
        });
    }

    std::vector<Interval> quantized(const Node& node, const op::Quantize& quantize) const {
        const Node& x = operand(node, 0);
        if (!x.real)
            return each(node, [&](int64_t element) {
                return x.range[static_cast<size_t>(element)].quantized(quantize.formats.at(element));
            });
        return each(node, [&](int64_t element) {  // any number comes in: every value that the format lets out
            const Format& format = quantize.formats.at(element);
            const Int hi = format.kif.max_code();
            const bool symmetric = format.overflow == Overflow::sat_sym && format.kif.k;
            return Interval(symmetric ? -hi : format.kif.min_code(), hi, format.kif.f);
        });
    }

    std::vector<Interval> linear(const Node& node, const op::Einsum& einsum) const {
        const size_t weights = graph_.is_constant(node.operands[1]) ? 1 : 0;
        const Node& w = operand(node, weights);
        const Node& x = operand(node, 1 - weights);
        const auto* constant = std::get_if<op::Constant>(&w.operation);
        DAL_CHECK(constant != nullptr, "einsum " + einsum.spec.to_string() + " of two variables");
        return linear_ranges(einsum.spec.operands[1 - weights], x.shape, x.range, einsum.spec.operands[weights],
                             w.shape, constant->values, einsum.spec.result);
    }

    // --- Errors ---------------------------------------------------------------------------------

    /// Arithmetic on an unquantized real: shows the inputs that it comes from.
    Diagnostic real_in_arithmetic(NodeId id) const {
        const Node& node = graph_[id];
        std::vector<NodeId> inputs;
        for (NodeId at : node.operands) {
            if (!graph_[at].real) continue;
            while (!std::holds_alternative<op::Input>(graph_[at].operation)) at = graph_[at].operands.front();
            if (std::find(inputs.begin(), inputs.end(), at) == inputs.end()) inputs.push_back(at);
        }
        DAL_CHECK(!inputs.empty(), "a real result without a real operand");
        const std::string& name = graph_[inputs.front()].name;
        Diagnostic result =
            error(Code::real_in_arithmetic, node.span,
                  "`" + name + "` is an unquantized real in `" + std::string(operation_symbol(node.operation)) + "`")
                .with_label("arithmetic on a real value");
        for (const NodeId input : inputs)
            result.secondary.push_back({graph_[input].span, "`" + graph_[input].name + "` is real"});
        return std::move(result)
            .with_rule("a real value can only be quantized; arithmetic needs to know its format")
            .with_help("quantize it first: `quantize(" + name + ", fixed(1, 3, 4))`");
    }

    void check_output(const Output& output) {
        const Node& node = graph_[output.node];
        if (!node.real || failed_[static_cast<size_t>(output.node)]) return;
        diagnostics_.push_back(
            error(Code::real_output, output.span, "output `" + output.name + "` is an unquantized real")
                .with_place(node.span, "it comes from here")
                .with_rule("an output has a format")
                .with_help("quantize it: `quantize(" + node.name + ", fixed(1, 3, 4))`"));
    }

    /// Numbers so far out, or formats so wide, that even computing the range would be unreasonable.
    std::optional<Diagnostic> implausible(NodeId id) const {
        const Node& node = graph_[id];
        const auto bad_format = [&](const FormatMap& formats) -> std::optional<Diagnostic> {
            for (size_t j = 0; j < formats.size(); ++j) {
                const Kif& kif = formats.at(static_cast<int64_t>(j)).kif;
                if (kif.width() <= options_.width_cap && is_near(kif.i) && is_near(kif.f)) continue;
                const std::string where =
                    formats.is_uniform() ? "" : " at " + index_text(node.shape, static_cast<int64_t>(j));
                return error(Code::width_cap, node.span,
                             "`" + kif.to_string() + "`" + where + " has " + std::to_string(kif.width()) + " bits")
                    .with_rule(cap_rule());
            }
            return std::nullopt;
        };
        const auto too_far = [&](const std::string& what) {
            return error(Code::width_cap, node.span, what + " is out of reach").with_rule(cap_rule());
        };
        return std::visit(Overloaded{
                              [&](const op::Input& port) { return bad_format(port.formats); },
                              [&](const op::Quantize& quantize) { return bad_format(quantize.formats); },
                              [&](const op::Constant& constant) -> std::optional<Diagnostic> {
                                  for (const Dyadic& value : constant.values)
                                      if (!is_near(value.exponent()) || !is_near(value.mantissa().bit_length()))
                                          return too_far("the constant " + scale_of(value));
                                  return std::nullopt;
                              },
                              [&](const op::Shift& shift) -> std::optional<Diagnostic> {
                                  for (const Interval& range : operand(node, 0).range)
                                      if (!range.is_zero() && !is_near(int64_t{range.f()} - shift.amount))
                                          return too_far("a shift by " + std::to_string(shift.amount));
                                  return std::nullopt;
                              },
                              [](const op::Einsum&) -> std::optional<Diagnostic> { return std::nullopt; },
                              [](const op::Add&) -> std::optional<Diagnostic> { return std::nullopt; },
                              [](const op::Sub&) -> std::optional<Diagnostic> { return std::nullopt; },
                              [](const op::Mul&) -> std::optional<Diagnostic> { return std::nullopt; },
                              [](const op::Neg&) -> std::optional<Diagnostic> { return std::nullopt; },
                              [](const op::Relu&) -> std::optional<Diagnostic> { return std::nullopt; },
                          },
                          node.operation);
    }

    static std::string scale_of(const Dyadic& value) {
        return "of magnitude 2^" + std::to_string(value.exponent() + value.mantissa().bit_length());
    }

    std::string cap_rule() const {
        return "a value has at most " + std::to_string(options_.width_cap) + " bits, and a binary point within 2^±" +
               std::to_string(farthest_point);
    }

    void check_widths(NodeId id) {
        const Node& node = graph_[id];
        int64_t widest = 0;
        int width = 0;
        for (int64_t element = 0; element < node.size(); ++element) {
            const Interval& range = node.range[static_cast<size_t>(element)];
            const int bits = is_near(range.f()) ? range.width() : std::max(range.width(), options_.width_cap + 1);
            if (bits > width) {
                width = bits;
                widest = element;
            }
        }
        if (width <= options_.width_cap) return;
        const std::vector<GrowthStep> steps = growth(graph_, id, widest);
        Diagnostic result = error(Code::width_cap, node.span,
                                  "`" + std::string(operation_symbol(node.operation)) + "` makes a value of " +
                                      std::to_string(steps.front().width) + " bits" +
                                      (node.shape.empty() ? "" : " at ") + index_text(node.shape, widest))
                                .with_label(std::to_string(steps.front().width) + " bits");
        for (size_t j = 1; j < steps.size(); ++j)
            result.secondary.push_back({graph_[steps[j].node].span, describe(graph_, steps[j])});
        std::string chain;
        for (const GrowthStep& step : steps) chain = describe(graph_, step) + (chain.empty() ? "" : ", then ") + chain;
        // The value to quantize is the last one before the result that has a name.
        std::string name = "x";
        for (size_t j = 1; j < steps.size(); ++j)
            if (const std::string& candidate = graph_[steps[j].node].name; !candidate.empty()) {
                name = candidate;
                break;
            }
        fail(id, std::move(result)
                     .with_rule(cap_rule())
                     .with_rule("it grew along: " + chain)
                     .with_help("quantize a value on the way, for example `quantize(" + name + ", fixed(1, 15, 16))`"));
    }

    Graph& graph_;
    const InferOptions& options_;
    std::vector<bool> failed_;
    Diagnostics diagnostics_;
};

}  // namespace

Result<void> infer_forward(Graph& graph, const InferOptions& options) { return Forward(graph, options).run(); }

}  // namespace dal
