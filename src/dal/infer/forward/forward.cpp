#include "dal/infer/forward/forward.hpp"

#include <algorithm>
#include <cstdlib>

#include "dal/graph/op_info.hpp"
#include "dal/infer/explain/growth.hpp"
#include "dal/infer/forward/affine.hpp"
#include "dal/infer/forward/compared.hpp"
#include "dal/infer/forward/ranges.hpp"
#include "dal/infer/forward/roots.hpp"
#include "dal/numeric/limits.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "dal/support/codes/real_codes.hpp"
#include "dal/support/codes/size_codes.hpp"
#include "dal/support/overloaded.hpp"
#include "dal/support/places.hpp"

namespace dal {
namespace {

bool is_near(int64_t point) { return std::abs(point) <= farthest_point; }

class Forward {
  public:
    Forward(Graph& graph, const InferOptions& options)
        : graph_(graph), options_(options), roots_(graph), affine_(graph, roots_), failed_(graph.size(), false) {}

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
        roots_.add(id);
        const bool follows_failure = std::any_of(node.operands.begin(), node.operands.end(),
                                                 [&](NodeId operand) { return failed_[static_cast<size_t>(operand)]; });
        if (follows_failure) {  // reported where it began
            failed_[static_cast<size_t>(id)] = true;
            return;
        }
        if (node.real) {
            const bool is_moved = std::holds_alternative<op::Move>(node.operation);
            if (!is_moved && !std::holds_alternative<op::Input>(node.operation)) fail(id, real_in_arithmetic(id));
            return;
        }
        if (auto problem = implausible(id)) return fail(id, std::move(*problem));
        if (std::holds_alternative<op::Compare>(node.operation))
            if (auto problem = settle_compared(graph_, id)) return fail(id, std::move(*problem));
        node.range = node_ranges(graph_, id, roots_);
        DAL_CHECK(static_cast<int64_t>(node.range.size()) == node.size(),
                  std::string(operation_name(node.operation)) + " has " + std::to_string(node.range.size()) +
                      " ranges for shape " + to_string(node.shape));
        affine_.refine(id, node.range);
        check_widths(id);
    }

    void fail(NodeId id, Diagnostic diagnostic) {
        failed_[static_cast<size_t>(id)] = true;
        add_calls(diagnostic, graph_[id].entry, graph_[id].call);
        diagnostics_.push_back(std::move(diagnostic));
    }

    const Node& operand(const Node& node, size_t position) const { return graph_[node.operands[position]]; }

    /// The inputs that a real node is made of, seen through data movement; in the order of its operands.
    std::vector<NodeId> real_inputs(NodeId id) const {
        std::vector<NodeId> inputs;
        std::vector<bool> seen(static_cast<size_t>(id) + 1);
        std::vector<NodeId> open{id};
        while (!open.empty()) {
            const NodeId at = open.back();
            open.pop_back();
            if (!graph_[at].real || seen[static_cast<size_t>(at)]) continue;
            seen[static_cast<size_t>(at)] = true;
            if (std::holds_alternative<op::Input>(graph_[at].operation)) inputs.push_back(at);
            const std::vector<NodeId>& operands = graph_[at].operands;
            open.insert(open.end(), operands.rbegin(), operands.rend());
        }
        DAL_CHECK(!inputs.empty(), "a real value without a real input");
        return inputs;
    }

    /// Arithmetic on an unquantized real: shows the inputs that it comes from.
    Diagnostic real_in_arithmetic(NodeId id) const {
        const Node& node = graph_[id];
        const std::vector<NodeId> inputs = real_inputs(id);
        const std::string& name = graph_[inputs.front()].name;
        Diagnostic result =
            error(code::real_in_arithmetic, node.span,
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
            error(code::real_output, output.span, "output `" + output.name + "` is an unquantized real")
                .with_place(node.span, "it comes from here")
                .with_rule("an output has a format")
                .with_help("quantize it: `quantize(" + graph_[real_inputs(output.node).front()].name +
                           ", fixed(1, 3, 4))`"));
    }

    /// Why the ranges of a node cannot be computed: numbers so far out, or formats so wide, that it would be
    /// unreasonable, or a value that a table does not have.
    std::optional<Diagnostic> implausible(NodeId id) const {
        const Node& node = graph_[id];
        const auto bad_format = [&](const FormatMap& formats) -> std::optional<Diagnostic> {
            for (size_t j = 0; j < formats.size(); ++j) {
                const Kif& kif = formats.at(static_cast<int64_t>(j)).kif;
                if (kif.width() <= options_.width_cap && is_near(kif.i) && is_near(kif.f)) continue;
                const std::string where =
                    formats.is_uniform() ? "" : " at " + index_text(node.shape, static_cast<int64_t>(j));
                return error(code::width_cap, node.span,
                             "`" + kif.to_string() + "`" + where + " has " + std::to_string(kif.width()) + " bits")
                    .with_rule(cap_rule());
            }
            return std::nullopt;
        };
        const auto too_far = [&](const std::string& what) {
            return error(code::width_cap, node.span, what + " is out of reach").with_rule(cap_rule());
        };
        const auto far_constant = [&](std::span<const Dyadic> values) -> std::optional<Diagnostic> {
            for (const Dyadic& value : values)
                if (!is_near(value.exponent()) || !is_near(value.mantissa().bit_length()))
                    return too_far("the constant " + scale_of(value));
            return std::nullopt;
        };
        using None = std::optional<Diagnostic>;
        return std::visit(Overloaded{
                              [&](const op::Input& port) { return bad_format(port.formats); },
                              [&](const op::Quantize& quantize) { return bad_format(quantize.formats); },
                              [&](const op::Constant& constant) { return far_constant(constant.values); },
                              [&](const op::Shift& shift) -> None {
                                  for (const Interval& range : operand(node, 0).range)
                                      if (!range.is_zero() && !is_near(int64_t{range.f()} - shift.amount))
                                          return too_far("a shift by " + std::to_string(shift.amount));
                                  return std::nullopt;
                              },
                              [&](const op::Table& table) -> None {
                                  if (auto far = far_constant(*table.entries)) return far;
                                  return outside_table(node, table);
                              },
                              [](const op::Einsum&) { return None(); },
                              [](const op::Compare&) { return None(); },
                              [](const op::Bitwise&) { return None(); },
                              [](const op::Move&) { return None(); },
                              [](const Bare auto&) { return None(); },
                          },
                          node.operation);
    }

    /// An operand with a value that the table has no entry for.
    std::optional<Diagnostic> outside_table(const Node& node, const op::Table& table) const {
        const Node& x = operand(node, 0);
        for (int64_t element = 0; element < node.size(); ++element) {
            const Interval& range = x.range[static_cast<size_t>(element)];
            if (table_positions(table, range)) continue;
            const Interval domain(table.first, table.first + (table.size - 1), table.f);
            const std::string name = x.name.empty() ? "x" : x.name;
            const std::string index = index_text(x.shape, element);
            return error(code::table_domain, node.span,
                         (x.name.empty() ? "the operand" : "`" + name + "`") + (index.empty() ? "" : " at ") + index +
                             " is not always in the domain of the table")
                .with_label("the operand is in " + range.shown() + ", the table in " + domain.to_string())
                .with_rule("a table has an entry for every value that its operand can have")
                .with_help("quantize the operand to the format of the table: `quantize(" + name + ", " +
                           Format{domain.kif(), Round::trn, Overflow::sat}.to_string() + ")`");
        }
        return std::nullopt;
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
        Diagnostic result = error(code::width_cap, node.span,
                                  "`" + std::string(operation_symbol(node.operation)) + "` makes a value of " +
                                      std::to_string(steps.front().width) + " bits" +
                                      (node.shape.empty() ? "" : " at ") + index_text(node.shape, widest))
                                .with_label(std::to_string(steps.front().width) + " bits");
        for (size_t j = 1; j < steps.size(); ++j)
            result.secondary.push_back({graph_[steps[j].node].span, describe(graph_, steps[j])});
        std::string chain;
        for (const GrowthStep& step : steps) chain = describe(graph_, step) + (chain.empty() ? "" : ", then ") + chain;
        // The value to quantize is the last one before the result that has a name; a narrow input is no cause.
        constexpr int quantized_width = 32;
        std::string name = "…";
        for (size_t j = 1; j < steps.size(); ++j)
            if (const std::string& candidate = graph_[steps[j].node].name;
                !candidate.empty() && steps[j].width > quantized_width) {
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
    Roots roots_;
    AffineForms affine_;
    std::vector<bool> failed_;
    Diagnostics diagnostics_;
};

}  // namespace

Result<void> infer_forward(Graph& graph, const InferOptions& options) { return Forward(graph, options).run(); }

}  // namespace dal
