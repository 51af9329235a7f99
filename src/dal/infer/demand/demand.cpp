// One walk from the last node to the first: when a node is visited, all of its consumers have said what they see of it.
// x' below is any value that agrees with x in what is seen of x; a rule is right if the result of x' agrees with that
// of x in what is seen of the result.
#include "dal/infer/demand/demand.hpp"

#include <algorithm>
#include <array>

#include "dal/graph/op_info.hpp"
#include "dal/infer/demand/products.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {

void SeenBits::join(const SeenBits& other) {
    if (other.top > top) {
        top = other.top;
        top_by = other.top_by;
    }
    if (other.fine > fine) {
        fine = other.fine;
        fine_by = other.fine_by;
    }
}

namespace {

/// What an operand shows, made from what is seen of the result: the same, and changed by the rules of the operation.
struct Ask : SeenBits {
    Ask(const SeenBits& result, NodeId consumer) : SeenBits(result), me{consumer} {}
    Asker me;

    /// The sign, or a carry out of all bits, decides.
    Ask& every_high_bit() { return top_from(unbounded); }
    /// Whether anything is left below decides.
    Ask& every_digit() { return fine_from(unbounded); }
    Ask& by_kind(Seen kind) {
        if (kind == Seen::high_bits || kind == Seen::all) every_high_bit();
        if (kind == Seen::digits || kind == Seen::all) every_digit();
        return *this;
    }
    /// The operation itself looks up (down) to there, whatever is seen of the result.
    Ask& top_from(int64_t weight) {
        top = weight;
        top_by = me;
        return *this;
    }
    Ask& fine_from(int64_t weight) {
        fine = weight;
        fine_by = me;
        return *this;
    }
    /// No bit from 2^weight up reaches the result.
    Ask& no_higher_than(int64_t weight) { return weight <= top ? top_from(weight) : *this; }
    /// No digit below 2^-weight reaches the result.
    Ask& no_finer_than(int64_t weight) { return weight <= fine ? fine_from(weight) : *this; }
    Ask& at_least_as_fine_as(int64_t weight) { return weight > fine ? fine_from(weight) : *this; }
    /// The operand is the result divided by 2^amount.
    Ask& shifted(int64_t amount) {
        static_cast<Window&>(*this) = before_shift(*this, amount);
        return *this;
    }
};

/// What quantize(x, format) sees of x.
Ask ask_of_quantize(Ask ask, const Interval& x, const Format& format) {
    const Kif& kif = format.kif;
    const bool rounds = !x.is_zero() && x.f() > kif.f;
    const bool by_sign = rounds && (format.round == Round::trn_zero || format.round == Round::rnd_zero ||
                                    format.round == Round::rnd_inf);
    // What rounding adds carries upwards only, so the low bits of the rounded value come from the low bits of x.
    if (format.overflow == Overflow::wrap && !by_sign)
        ask.no_higher_than(top_of(kif));
    else
        ask.every_high_bit();
    if (!rounds) {
        ask.no_finer_than(kif.f);
    } else {
        switch (format.round) {
            case Round::trn: ask.no_finer_than(kif.f); break;
            case Round::rnd: ask.fine_from(int64_t{kif.f} + 1); break;
            case Round::rnd_conv:
            case Round::rnd_min_inf:
            case Round::trn_zero:
            case Round::rnd_zero:
            case Round::rnd_inf: ask.every_digit(); break;
        }
    }
    // Floor commutes with the limits of a saturation, which is monotone; what becomes 0 is decided at 2^i. (Demand::of
    // says no less: it adds the sign bit of signed values, and of unsigned ones no bit below 2^i decides it.)
    if (format.overflow == Overflow::sat_zero) ask.at_least_as_fine_as(-int64_t{kif.i});
    return ask;
}

}  // namespace

class DemandWalk {
  public:
    DemandWalk(const Graph& graph, Demand& demand) : graph_(graph), demand_(demand) {
        for (const Output& output : graph.outputs())
            for (int64_t e = 0; e < graph[output.node].size(); ++e) {
                const Asker by{output.node, true};
                see({output.node, e}, {SeenBits::unbounded, SeenBits::unbounded, by, by});
            }
        for (size_t id = graph.size(); id-- > 0;) pass_on(static_cast<NodeId>(id));
    }

  private:
    void see(const ElementOf& element, const SeenBits& bits) { demand_.at(element.node, element.element).join(bits); }
    [[nodiscard]] const Interval& range(const ElementOf& element) const {
        return graph_[element.node].range[static_cast<size_t>(element.element)];
    }

    /// Calls `visit(element, ask)` for each element that is needed.
    template <class Visit>
    void each(NodeId id, Visit&& visit) const {
        for (int64_t e = 0; e < graph_[id].size(); ++e)
            if (demand_.is_needed(id, e)) visit(e, Ask(demand_.of(id, e), id));
    }

    /// `rule` makes of what is seen of the result what is seen of operand[0].
    template <class Rule>
    void unary(NodeId id, Rule&& rule) {
        each(id, [&](int64_t e, const Ask& ask) {
            const ElementOf x{graph_[id].operands[0], e};
            see(x, rule(ask, x));
        });
    }

    /// The same for operands that are broadcast; `rule` gets the position of the operand and its element, and those of
    /// the others by position.
    template <class Rule>
    void broadcasting(NodeId id, Rule&& rule) {
        const Node& node = graph_[id];
        std::vector<BroadcastMap> in;
        for (const NodeId operand : node.operands) in.emplace_back(graph_[operand].shape, node.shape);
        std::vector<ElementOf> x(in.size());
        each(id, [&](int64_t e, const Ask& ask) {
            for (size_t j = 0; j < in.size(); ++j) x[j] = {node.operands[j], in[j](e)};
            for (size_t j = 0; j < in.size(); ++j) see(x[j], rule(ask, j, x));
        });
    }

    using Operands = std::vector<ElementOf>;

    /// a ± b: a change by m·2^top changes the result by that.
    Ask ask_of_sum(Ask ask, size_t position, const Operands& x, bool minus) const {
        const Interval& other = range(x[1 - position]);
        if (minus && position == 1) return ask.fine_from(fine_of_subtrahend);
        return ask.at_least_as_fine_as(fine_of_addend(other));
    }

    /// A sum of products. A change of a factor by m·2^t changes its term by m·2^t times a multiple of the grid of the
    /// other factors, and changes of several factors multiply to multiples of 2^top too. Low digits of a term count
    /// only if it is its factor, shifted, and no other term is off the grid.
    void see_terms(const Ask& ask, std::span<const ProductTerm> terms) {
        int64_t finest = -SeenBits::unbounded;
        int64_t second = -SeenBits::unbounded;
        for (const ProductTerm& term : terms) {
            const int64_t f = grid_of(graph_, term);
            second = std::max(second, std::min(f, finest));
            finest = std::max(finest, f);
        }
        for (const ProductTerm& term : terms) {
            const int64_t f = grid_of(graph_, term);
            if (ask.top <= -f) continue;  // a multiple of 2^top
            const int64_t others = f == finest ? second : finest;
            const bool is_shift = term.factors.size() == 1 && term.weight.mantissa() == Int(1);
            for (const ElementOf& factor : term.factors) {
                const int64_t f_other = f - range(factor).f();
                Ask wanted = ask;
                if (is_shift) {
                    wanted.at_least_as_fine_as(others).shifted(term.weight.exponent());
                } else {
                    wanted.every_digit();
                    wanted.top = top_of_factor(wanted.top, f_other);
                }
                see(factor, wanted);
            }
        }
    }

    void einsum(NodeId id, const op::Einsum& operation) {
        const Node& node = graph_[id];
        const EinsumTerms terms(operation.spec, operand_shapes(graph_, node));
        std::vector<ProductTerm> found;
        each(id, [&](int64_t e, const Ask& ask) {
            found.clear();
            terms.for_each(e, [&](std::span<const int64_t> at) {
                if (auto term = product_term(graph_, node, at)) found.push_back(std::move(*term));
            });
            see_terms(ask, found);
        });
    }

    void product(NodeId id) {
        const Node& node = graph_[id];
        const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
        each(id, [&](int64_t e, const Ask& ask) {
            if (const auto term = product_term(graph_, node, std::array{in_a(e), in_b(e)})) see_terms(ask, {&*term, 1});
        });
    }

    /// The result is one of the values; of those only the ones that can be taken.
    void select(NodeId id) {
        const Node& node = graph_[id];
        std::vector<BroadcastMap> in;
        for (const NodeId operand : node.operands) in.emplace_back(graph_[operand].shape, node.shape);
        each(id, [&](int64_t e, const Ask& ask) {
            const ElementOf condition{node.operands[0], in[0](e)};
            see(condition, Ask(ask).every_high_bit().every_digit());
            if (!range(condition).is_zero()) see({node.operands[1], in[1](e)}, ask);
            if (range(condition).contains(Dyadic(0))) see({node.operands[2], in[2](e)}, ask);
        });
    }

    /// A real operand may have been moved; what counts is where its elements come from.
    void quantize(NodeId id, const FormatMap& formats) {
        each(id, [&](int64_t e, const Ask& ask) {
            ElementOf x{graph_[id].operands[0], e};
            if (graph_[x.node].real) x = trace(graph_, x);
            see(x, graph_[x.node].real ? Ask(ask).every_high_bit().every_digit()
                                       : ask_of_quantize(ask, range(x), formats.at(e)));
        });
    }

    void move(NodeId id, const op::Move& operation) {
        if (graph_[id].real) return;
        each(id, [&](int64_t e, const Ask& ask) {
            const Source& source = operation.sources[static_cast<size_t>(e)];
            see({graph_[id].operands[source.operand], source.element}, ask);
        });
    }

    void pass_on(NodeId id) {
        std::visit(Overloaded{
                       [](const op::Input&) {},
                       [](const op::Constant&) {},
                       [&](const op::Quantize& operation) { quantize(id, operation.formats); },
                       [&](const op::Einsum& operation) { einsum(id, operation); },
                       [&](const op::Add&) {
                           broadcasting(id, [&](const Ask& ask, size_t position, const Operands& x) {
                               return ask_of_sum(ask, position, x, false);
                           });
                       },
                       [&](const op::Sub&) {
                           broadcasting(id, [&](const Ask& ask, size_t position, const Operands& x) {
                               return ask_of_sum(ask, position, x, true);
                           });
                       },
                       [&](const op::Mul&) { product(id); },
                       [&](const op::Shift& shift) {
                           unary(id, [&](Ask ask, const ElementOf&) { return ask.shifted(shift.amount); });
                       },
                       [&](const op::Select&) { select(id); },
                       [&](const op::Move& operation) { move(id, operation); },
                       [&]<SeenByKind Op>(const Op&) {
                           broadcasting(id,
                                        [](Ask ask, size_t, const Operands&) { return ask.by_kind(op_info<Op>.seen); });
                       },
                   },
                   graph_[id].operation);
    }

    const Graph& graph_;
    Demand& demand_;
};

Demand::Demand(const Graph& graph, Unwalked) : graph_(&graph), first_(graph.size()) {
    size_t elements = 0;
    for (size_t id = 0; id < graph.size(); ++id) {
        first_[id] = elements;
        elements += static_cast<size_t>(graph.nodes()[id].size());
    }
    seen_.resize(elements);
}

Demand::Demand(const Graph& graph) : Demand(graph, Unwalked()) { DemandWalk(graph, *this); }

Demand Demand::everything(const Graph& graph) {
    Demand demand(graph, Unwalked());
    std::vector<bool> is_used(graph.size());
    for (const Output& output : graph.outputs()) is_used[static_cast<size_t>(output.node)] = true;
    for (size_t index = graph.size(); index-- > 0;) {
        if (!is_used[index]) continue;
        const auto id = static_cast<NodeId>(index);
        for (const NodeId operand : graph[id].operands) is_used[static_cast<size_t>(operand)] = true;
        const Asker by{id, true};
        for (int64_t e = 0; e < graph[id].size(); ++e)
            demand.at(id, e) = {SeenBits::unbounded, SeenBits::unbounded, by, by};
    }
    return demand;
}

SeenBits Demand::of(NodeId id, int64_t element) const {
    SeenBits seen = at(id, element);
    const Node& node = (*graph_)[id];
    if (node.real) return seen;
    const Interval& range = node.range[static_cast<size_t>(element)];
    if (range.is_constant()) return {};
    // The value is known to lie in its range, so that there is only one with these bits modulo 2^top.
    const int64_t top = top_of(range);
    if (seen.top >= top) {
        seen.top = top;
        const int64_t sign = fine_of_sign(range, top);
        if (seen.fine < sign && seen.fine > -SeenBits::unbounded) {
            seen.fine = sign;
            seen.fine_by = seen.top_by;
        }
    }
    seen.fine = std::min<int64_t>(seen.fine, range.f());
    return seen;
}

bool Demand::is_needed(NodeId id, int64_t element) const {
    const SeenBits& seen = at(id, element);
    const Node& node = (*graph_)[id];
    if (node.real) return seen.top > -SeenBits::unbounded;
    const Interval& range = node.range[static_cast<size_t>(element)];
    return !range.is_constant() && seen.top > -int64_t{range.f()};
}

bool Demand::is_whole(NodeId id, int64_t element) const {
    return at(id, element).top >= top_of((*graph_)[id].range[static_cast<size_t>(element)]);
}

}  // namespace dal
