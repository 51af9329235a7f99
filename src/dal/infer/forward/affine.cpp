// Affine arithmetic (de Figueiredo and Stolfi, "Affine arithmetic: concepts and applications", 2004) with two
// deviations: symbols are values of the program, not rounding errors, as everything here is exact; and what is not
// linear makes a new symbol instead of an approximation. Which nodes need forms is found before: per node the set of
// nodes that its symbols come from, and two operands whose sets overlap meet.
#include "dal/infer/forward/affine.hpp"

#include <algorithm>
#include <utility>

#include "dal/graph/op_info.hpp"
#include "dal/infer/forward/meetings.hpp"
#include "dal/numeric/intersection.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

/// Terms that may be looked at: so many, and so many more for each term or element of the nodes that need forms.
constexpr int64_t base_budget = int64_t{1} << 21;
constexpr int64_t budget_per_work = 8;

}  // namespace

AffineForms::AffineForms(const Graph& graph, const Roots& roots)
    : graph_(graph),
      roots_(roots),
      meets_(graph.size()),
      wanted_(graph.size()),
      free_after_(graph.size()),
      first_(graph.size()),
      forms_(graph.size()),
      budget_(base_budget) {
    const Meetings meetings = find_meetings(graph);
    std::vector<size_t> last(graph.size());
    bool any = false;
    for (size_t at = graph.size(); at-- > 0;) {
        const auto id = static_cast<NodeId>(at);
        meets_[at] = meetings.meets[at];
        any = any || meets_[at];
        if (!meets_[at] && !wanted_[at]) continue;
        const bool is_move = std::holds_alternative<op::Move>(graph[id].operation);
        if (wanted_[at] && !is_move) free_after_[last[at]].push_back(id);
        for (const NodeId operand : graph[id].operands) {
            const auto of = static_cast<size_t>(operand);
            if (!meetings.linear[of]) continue;
            wanted_[of] = true;
            last[of] = std::max(last[of], is_move ? last[at] : at);
        }
    }
    if (!any) return;
    size_t elements = 0;
    for (size_t at = 0; at < graph.size(); ++at) {
        first_[at] = elements;
        elements += static_cast<size_t>(graph.nodes()[at].size());
    }
    slot_.resize(elements);
}

AffineForms::Rows AffineForms::rows_of(NodeId id) const {
    const Node& node = graph_[id];
    const auto range_of = [this](NodeId operand, int64_t element) -> const Interval& {
        return graph_[operand].range[static_cast<size_t>(element)];
    };
    const auto none = []() -> Rows { return {}; };
    const auto sum = [&](const Dyadic& sign) -> Rows {
        const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
        return [&node, in_a, in_b, sign](int64_t element, const Add& add) {
            add(ElementOf{node.operands[0], in_a(element)}, 1);
            add(ElementOf{node.operands[1], in_b(element)}, sign);
            return true;
        };
    };
    const auto scaled = [&](const Dyadic& factor) -> Rows {
        return [&node, factor](int64_t element, const Add& add) {
            add(ElementOf{node.operands[0], element}, factor);
            return true;
        };
    };
    return std::visit(Overloaded{
                          [&](const op::Add&) { return sum(1); },
                          [&](const op::Sub&) { return sum(-1); },
                          [&](const op::Shift& shift) { return scaled(Dyadic(1, shift.amount)); },
                          [&](const op::Neg&) { return scaled(-1); },
                          [&](const op::Mul&) -> Rows {
                              const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
                              const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
                              return [&node, in_a, in_b, range_of](int64_t element, const Add& add) {
                                  const Interval& a = range_of(node.operands[0], in_a(element));
                                  const Interval& b = range_of(node.operands[1], in_b(element));
                                  if (a.is_constant())
                                      add(ElementOf{node.operands[1], in_b(element)}, a.min());
                                  else if (b.is_constant())
                                      add(ElementOf{node.operands[0], in_a(element)}, b.min());
                                  return a.is_constant() || b.is_constant();
                              };
                          },
                          [&](const op::Einsum& einsum) -> Rows {
                              std::vector<Shape> shapes;
                              for (const NodeId operand : node.operands) shapes.push_back(graph_[operand].shape);
                              return [&node, terms = EinsumTerms(einsum.spec, shapes), range_of](int64_t element,
                                                                                                 const Add& add) {
                                  bool linear = true;
                                  terms.for_each(element, [&](std::span<const int64_t> at) {
                                      Dyadic weight = 1;
                                      std::optional<ElementOf> variable;
                                      for (size_t j = 0; j < at.size(); ++j) {
                                          const Interval& factor = range_of(node.operands[j], at[j]);
                                          if (factor.is_constant())
                                              weight = weight * factor.min();
                                          else if (!variable)
                                              variable = ElementOf{node.operands[j], at[j]};
                                          else
                                              linear = false;
                                      }
                                      if (!weight.is_zero()) add(variable, weight);
                                  });
                                  return linear;
                              };
                          },
                          [&](const op::Move&) { return none(); },  // seen through: see Roots
                          [&](const NeverLinear auto&) { return none(); },
                      },
                      node.operation);
}

void AffineForms::add_symbol(const ElementOf& symbol, const Dyadic& factor) {
    uint32_t& slot = slot_[first_[static_cast<size_t>(symbol.node)] + static_cast<size_t>(symbol.element)];
    --budget_;
    if (slot == 0) {
        sum_.terms.push_back({symbol, factor});
        slot = static_cast<uint32_t>(sum_.terms.size());
        return;
    }
    Dyadic& sum = sum_.terms[slot - 1].factor;
    sum = sum + factor;
}

void AffineForms::add(const std::optional<ElementOf>& element, const Dyadic& weight) {
    if (!element) {
        sum_.constant = sum_.constant + weight;
        return;
    }
    const ElementOf root = roots_.of(element->node, element->element);
    const Interval& range = graph_[root.node].range[static_cast<size_t>(root.element)];
    const std::vector<Form>& forms = forms_[static_cast<size_t>(root.node)];
    if (range.is_constant()) {
        sum_.constant = sum_.constant + range.min() * weight;
    } else if (forms.empty()) {
        add_symbol(root, weight);
    } else {
        const Form& form = forms[static_cast<size_t>(root.element)];
        sum_.constant = sum_.constant + form.constant * weight;
        for (const Term& term : form.terms) {
            if (budget_ <= 0) return;
            add_symbol(term.symbol, term.factor * weight);
        }
    }
}

/// Cheap: whether the form of an element can say more than its range.
bool AffineForms::may_meet(int64_t element, const Rows& rows) {
    bool found = false;
    std::vector<uint32_t*> marked;
    const bool linear = rows(element, [&](const std::optional<ElementOf>& operand, const Dyadic&) {
        if (found || !operand) return;
        const ElementOf root = roots_.of(operand->node, operand->element);
        uint32_t& slot = slot_[first_[static_cast<size_t>(root.node)] + static_cast<size_t>(root.element)];
        found = slot != 0 || !forms_[static_cast<size_t>(root.node)].empty();
        slot = 1;
        marked.push_back(&slot);
    });
    for (uint32_t* slot : marked) *slot = 0;
    return found && linear;
}

AffineForms::Form AffineForms::take_sum() {
    for (const Term& term : sum_.terms)
        slot_[first_[static_cast<size_t>(term.symbol.node)] + static_cast<size_t>(term.symbol.element)] = 0;
    std::erase_if(sum_.terms, [](const Term& term) { return term.factor.is_zero(); });
    return std::exchange(sum_, Form());
}

Interval AffineForms::range_of(const Form& form) const {
    Interval range = Interval::constant(form.constant);
    for (const Term& term : form.terms)
        range = range + graph_[term.symbol.node].range[static_cast<size_t>(term.symbol.element)].scaled(term.factor);
    return range;
}

void AffineForms::refine(NodeId id, std::vector<Interval>& ranges) {
    const auto at = static_cast<size_t>(id);
    const Rows rows = meets_[at] || wanted_[at] ? rows_of(id) : Rows();
    if (rows) {
        std::vector<Form>& forms = forms_[at];
        if (wanted_[at]) forms.resize(ranges.size());
        const int64_t paid = budget_per_work * work_per_element(id);
        for (size_t e = 0; e < ranges.size(); ++e) {
            const auto element = static_cast<int64_t>(e);
            if (ranges[e].is_constant()) continue;  // the range says it all
            const int64_t before = budget_;
            bool known = budget_ > 0 && (wanted_[at] || may_meet(element, rows));
            if (known)
                known = rows(element, [this](const auto& operand, const Dyadic& weight) { add(operand, weight); });
            Form form = take_sum();
            known = known && budget_ > 0;
            // What is paid for by the size of the program: an element, or the terms of an einsum with short forms.
            budget_ += std::min(before - budget_, paid);
            if (known && meets_[at]) ranges[e] = intersection(ranges[e], range_of(form)).value();
            if (!wanted_[at]) continue;
            if (!known) form = {{}, {{{id, element}, 1}}};
            forms[e] = std::move(form);
        }
    }
    for (const NodeId done : free_after_[at]) std::vector<Form>().swap(forms_[static_cast<size_t>(done)]);
}

int64_t AffineForms::work_per_element(NodeId id) const {
    const Node& node = graph_[id];
    const auto* einsum = std::get_if<op::Einsum>(&node.operation);
    if (einsum == nullptr) return 1;
    std::vector<Shape> shapes;
    for (const NodeId operand : node.operands) shapes.push_back(graph_[operand].shape);
    return EinsumTerms(einsum->spec, shapes).terms_per_result();
}

}  // namespace dal
