#include "dal/jit/plan.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "dal/jit/lanes.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::jit {
namespace {

/// Sums with more terms are made in parts: the code of one value stays small enough to compile quickly.
constexpr size_t longest_sum = 192;

/// What an element of a node is: a constant, a value seen at some binary point, or an element of a real
/// input.
struct Ref {
    enum class Kind : uint8_t { constant, value, real };
    Kind kind = Kind::constant;
    ValueId value = 0;
    int f = 0;  // the number is code · 2^-f: shifts change it without touching the code
    Dyadic constant;
    size_t input = 0;
    int64_t element = 0;
};

/// Ends of a range as codes on binary point f. A coarser f than the range's rounds outwards.
CodeRange codes_at(const Interval& range, int f) {
    if (range.is_zero()) return {};
    if (f >= range.f()) return {range.lo_at(f), range.hi_at(f)};
    const int coarser = range.f() - f;
    return {range.lo() >> coarser, -(-range.hi() >> coarser)};
}

class Planner {
  public:
    explicit Planner(const Graph& graph) : graph_(graph), elements_(graph.size()) {
        last_use_.resize(graph.size());
        for (size_t index = 0; index < graph.size(); ++index)
            for (const NodeId operand : graph.nodes()[index].operands) last_use_[static_cast<size_t>(operand)] = index;
        for (const Output& output : graph.outputs()) last_use_[static_cast<size_t>(output.node)] = graph.size();
    }

    Plan run() {
        for (size_t index = 0; index < graph_.size(); ++index) {
            const Node& node = graph_.nodes()[index];
            elements_[index] = take_apart(static_cast<NodeId>(index));
            for (const NodeId operand : node.operands)
                if (last_use_[static_cast<size_t>(operand)] == index) elements_[static_cast<size_t>(operand)].clear();
        }
        for (const Output& output : graph_.outputs()) plan_.outputs.push_back(deliver(output.node));
        drop_dead_values();
        std::stable_sort(plan_.leaves.begin(), plan_.leaves.end(), [](const Leaf& a, const Leaf& b) {
            return std::tie(a.input, a.element) < std::tie(b.input, b.element);
        });
        for (uint32_t leaf = 0; leaf < plan_.leaves.size(); ++leaf)
            if (const auto value = plan_.leaves[leaf].value) plan_.values[*value].definition = Load{leaf};
        return std::move(plan_);
    }

  private:
    std::vector<Ref> take_apart(NodeId id) {
        const Node& node = graph_[id];
        return std::visit(
            Overloaded{
                [&](const op::Input& port) { return input(id, port); },
                [&](const op::Constant& constant) {
                    return each(
                        node, [&](int64_t e) { return constant_ref(constant.values[static_cast<size_t>(e)]); }, true);
                },
                [&](const op::Quantize& quantize) {
                    return each(node, [&](int64_t e) {
                        return requantize(operand(node, 0, e), quantize.formats.at(e), range(node, e));
                    });
                },
                [&](const op::Einsum& einsum) { return multiply(node, einsum.spec); },
                [&](const op::Add&) { return sum(node, Dyadic(1)); },
                [&](const op::Sub&) { return sum(node, Dyadic(-1)); },
                [&](const op::Mul&) { return product(node); },
                [&](const op::Shift& shift) {
                    return each(node, [&](int64_t e) {
                        Ref ref = operand(node, 0, e);
                        ref.f -= shift.amount;
                        return ref;
                    });
                },
                [&](const op::Neg&) {
                    return each(node, [&](int64_t e) {
                        begin_sum();
                        add_term(operand(node, 0, e), Dyadic(-1));
                        return end_sum(range(node, e));
                    });
                },
                [&](const op::Relu&) {
                    return each(node, [&](int64_t e) { return relu(operand(node, 0, e), range(node, e)); });
                },
            },
            node.operation);
    }

    [[nodiscard]] const Ref& operand(const Node& node, size_t position, int64_t element) const {
        return elements_[static_cast<size_t>(node.operands[position])][static_cast<size_t>(element)];
    }
    static const Interval& range(const Node& node, int64_t element) { return node.range[static_cast<size_t>(element)]; }
    static Ref constant_ref(const Dyadic& value) {
        Ref ref;
        ref.constant = value;
        return ref;
    }
    static Ref value_ref(ValueId value, int f) {
        Ref ref;
        ref.kind = Ref::Kind::value;
        ref.value = value;
        ref.f = f;
        return ref;
    }

    /// The elements of a node; those that can only have one value become constants and cost nothing.
    template <class Make>
    static std::vector<Ref> each(const Node& node, Make&& make, bool real = false) {
        std::vector<Ref> refs;
        refs.reserve(static_cast<size_t>(node.size()));
        for (int64_t e = 0; e < node.size(); ++e)
            refs.push_back(!real && range(node, e).is_constant() ? constant_ref(range(node, e).min()) : make(e));
        return refs;
    }

    std::vector<Ref> input(NodeId id, const op::Input& port) {
        const Node& node = graph_[id];
        const auto inputs = graph_.inputs();
        const auto position = static_cast<size_t>(std::find(inputs.begin(), inputs.end(), id) - inputs.begin());
        if (!port.real)  // all elements become leaves, since all are checked
            return each(
                node,
                [&](int64_t e) {
                    const bool constant = range(node, e).is_constant();
                    const Ref ref = leaf(position, e, port.formats.at(e), true, range(node, e));
                    return constant ? constant_ref(range(node, e).min()) : ref;
                },
                true);
        return each(
            node,
            [&](int64_t e) {
                Ref ref;
                ref.kind = Ref::Kind::real;
                ref.input = position;
                ref.element = e;
                return ref;
            },
            true);
    }

    Ref leaf(size_t input, int64_t element, const Format& format, bool declared, const Interval& range) {
        const auto value = append(Load{}, codes_at(range, format.kif.f), format.kif.f);
        plan_.leaves.push_back({input, element, format, declared, value});
        return value_ref(value, format.kif.f);
    }

    ValueId append(Definition definition, CodeRange codes, int f) {
        DAL_CHECK(plan_.values.size() < UINT32_MAX, "too many values");
        const int lane = lane_for(bits_of(codes.lo, codes.hi));
        plan_.values.push_back({std::move(definition), std::move(codes.lo), std::move(codes.hi), f, lane});
        return static_cast<ValueId>(plan_.values.size() - 1);
    }

    // --- Sums -----------------------------------------------------------------------------------

    void begin_sum() {
        terms_.clear();
        constant_ = Dyadic();
    }
    /// Adds factor · ref.
    void add_term(const Ref& ref, const Dyadic& factor) {
        DAL_CHECK(ref.kind != Ref::Kind::real, "arithmetic on a real value");
        if (ref.kind == Ref::Kind::constant)
            constant_ = constant_ + factor * ref.constant.shifted(-int64_t{ref.f});
        else
            terms_.emplace_back(ref.value, factor.shifted(-int64_t{ref.f}));
    }
    Ref end_sum(const Interval& range) {
        if (range.is_constant()) return constant_ref(range.min());
        std::stable_sort(terms_.begin(), terms_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<std::pair<ValueId, Dyadic>> merged;
        for (auto& [value, factor] : terms_)
            if (!merged.empty() && merged.back().first == value)
                merged.back().second = merged.back().second + factor;
            else
                merged.emplace_back(value, std::move(factor));
        std::erase_if(merged, [](const auto& term) { return term.second.is_zero(); });

        // Terms may cancel where inference, which keeps no correlations here, still sees a range: that
        // is a sum without terms.
        int64_t f = constant_.is_zero() && !merged.empty() ? INT64_MIN : -constant_.exponent();
        for (const auto& [value, factor] : merged) f = std::max(f, -factor.exponent());
        if (merged.size() == 1 && constant_.is_zero() && merged.front().second.mantissa() == Int(1))
            return value_ref(merged.front().first, static_cast<int>(f));
        Linear linear;
        for (const auto& [value, factor] : merged) linear.terms.push_back({value, factor.code(f).value()});
        linear.constant = constant_.code(f).value();
        CodeRange codes = codes_at(range, static_cast<int>(f));
        if (linear.terms.size() > longest_sum) linear = in_parts(std::move(linear), codes);
        return value_ref(append(std::move(linear), std::move(codes), static_cast<int>(f)), static_cast<int>(f));
    }
    Linear in_parts(Linear linear, const CodeRange& codes) {
        Linear sum;
        sum.constant = std::move(linear.constant);
        for (size_t from = 0; from < linear.terms.size(); from += longest_sum) {
            const size_t to = std::min(from + longest_sum, linear.terms.size());
            Linear part;
            part.terms.assign(linear.terms.begin() + static_cast<std::ptrdiff_t>(from),
                              linear.terms.begin() + static_cast<std::ptrdiff_t>(to));
            const ValueId id = append(std::move(part), codes, 0);
            plan_.values[id].modular = true;
            sum.terms.push_back({id, 1});
        }
        return sum;
    }

    std::vector<Ref> sum(const Node& node, const Dyadic& second) {
        const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
        return each(node, [&](int64_t e) {
            begin_sum();
            add_term(operand(node, 0, in_a(e)), Dyadic(1));
            add_term(operand(node, 1, in_b(e)), second);
            return end_sum(range(node, e));
        });
    }

    /// Adds a · b, one of which is constant.
    void add_product(const Ref& a, const Ref& b) {
        const bool second = b.kind == Ref::Kind::constant;
        const Ref& factor = second ? b : a;
        DAL_CHECK(factor.kind == Ref::Kind::constant, "a product of two variables");
        if (!factor.constant.is_zero()) add_term(second ? a : b, factor.constant.shifted(-int64_t{factor.f}));
    }
    std::vector<Ref> product(const Node& node) {
        const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
        return each(node, [&](int64_t e) {
            begin_sum();
            add_product(operand(node, 0, in_a(e)), operand(node, 1, in_b(e)));
            return end_sum(range(node, e));
        });
    }
    std::vector<Ref> multiply(const Node& node, const EinsumSpec& spec) {
        const std::array<Shape, 2> shapes{graph_[node.operands[0]].shape, graph_[node.operands[1]].shape};
        const EinsumTerms terms(spec, shapes);
        return each(node, [&](int64_t e) {
            begin_sum();
            terms.for_each(
                e, [&](std::span<const int64_t> at) { add_product(operand(node, 0, at[0]), operand(node, 1, at[1])); });
            return end_sum(range(node, e));
        });
    }

    // --- The rest -------------------------------------------------------------------------------

    Ref relu(const Ref& x, const Interval& range) {
        if (range.is_constant()) return constant_ref(range.min());
        DAL_CHECK(x.kind == Ref::Kind::value, "relu of a constant with a range");
        if (plan_.values[x.value].is_unsigned()) return x;
        return value_ref(append(Relu{x.value}, codes_at(range, x.f), plan_.values[x.value].f), x.f);
    }

    Ref requantize(const Ref& x, const Format& format, const Interval& range) {
        if (range.is_constant()) return constant_ref(range.min());
        const Kif& kif = format.kif;
        if (x.kind == Ref::Kind::real) {
            const auto key = std::make_tuple(x.input, x.element, kif.k, kif.i, kif.f, format.round, format.overflow);
            if (const auto known = quantized_inputs_.find(key); known != quantized_inputs_.end()) return known->second;
            return quantized_inputs_[key] = leaf(x.input, x.element, format, false, range);
        }
        DAL_CHECK(x.kind == Ref::Kind::value, "quantize of a constant with a range");
        Requantize step{x.value,     0,     std::max(x.f - kif.f, 0), format.round,  format.overflow,
                        kif.width(), kif.k, kif.min_code(),           kif.max_code()};
        if (format.overflow == Overflow::sat_sym) step.lo = kif.k ? -step.hi : Int(0);
        int f = kif.f;
        const Value& value = plan_.values[x.value];
        const int coarser = std::max(kif.f - x.f, 0);
        const Int lo_on_grid = -(-step.lo >> coarser);  // the limits, rounded inwards to the operand's grid
        const Int hi_on_grid = step.hi >> coarser;
        if (step.drop == 0 && lo_on_grid <= value.lo && value.hi <= hi_on_grid) return x;
        if (coarser > 0 && (format.overflow == Overflow::wrap || format.overflow == Overflow::sat_zero)) {
            f = x.f;  // the results are on the operand's grid: work there
            step.bits -= coarser;
            step.lo = lo_on_grid;
            step.hi = hi_on_grid;
        } else {
            // A limit may be off the operand's grid. Beyond width + 1 binary places every code but 0
            // saturates whatever the distance is.
            step.raise = std::min(coarser, kif.width() + 1);
        }
        if (step.drop > 0) {
            // |code| ≤ 2^(w-1) with w bits including a sign: dropping more than w + 1 bits rounds as
            // dropping w + 1 does, and floor needs no more than w - 1.
            const int w = bits_of(value.lo, value.hi) + (value.is_unsigned() ? 1 : 0);
            step.drop = std::min(step.drop, format.round == Round::trn ? std::max(w - 1, 0) : w + 1);
        }
        return value_ref(append(std::move(step), codes_at(range, f), f), f);
    }

    /// An output has the binary point that inference declared.
    OutputPlan deliver(NodeId id) {
        const Node& node = graph_[id];
        OutputPlan output{node.shape, node.range, {}};
        for (int64_t e = 0; e < node.size(); ++e) {
            const Ref& ref = elements_[static_cast<size_t>(id)][static_cast<size_t>(e)];
            const Interval& wanted = range(node, e);
            if (wanted.is_constant()) {
                output.elements.push_back({std::nullopt, wanted.lo()});
                continue;
            }
            DAL_CHECK(ref.kind == Ref::Kind::value, "a constant output with a range");
            ValueId value = ref.value;
            const int finer = wanted.f() - ref.f;
            if (finer > 0)
                value = append(Linear{{{value, Int::pow2(finer)}}, {}}, {wanted.lo(), wanted.hi()}, wanted.f());
            if (finer < 0)  // exact: the range promises that the dropped bits are zero
                value =
                    append(Requantize{value, 0, -finer, Round::trn, Overflow::sat, 0, false, wanted.lo(), wanted.hi()},
                           {wanted.lo(), wanted.hi()}, wanted.f());
            output.elements.push_back({value, {}});
        }
        return output;
    }

    void drop_dead_values() {
        std::vector<bool> live(plan_.values.size(), false);
        for (const OutputPlan& output : plan_.outputs)
            for (const OutputElement& element : output.elements)
                if (element.value) live[*element.value] = true;
        for (size_t id = plan_.values.size(); id-- > 0;)
            if (live[id]) for_each_operand(plan_.values[id].definition, [&](ValueId operand) { live[operand] = true; });
        std::vector<ValueId> renamed(plan_.values.size());
        std::vector<Value> kept;
        for (size_t id = 0; id < plan_.values.size(); ++id) {
            if (!live[id]) continue;
            renamed[id] = static_cast<ValueId>(kept.size());
            kept.push_back(std::move(plan_.values[id]));
            std::visit(Overloaded{
                           [](Load&) {},
                           [&](Linear& linear) {
                               for (Linear::Term& term : linear.terms) term.value = renamed[term.value];
                           },
                           [&](Relu& relu) { relu.x = renamed[relu.x]; },
                           [&](Requantize& requantize) { requantize.x = renamed[requantize.x]; },
                       },
                       kept.back().definition);
        }
        plan_.values = std::move(kept);
        for (Leaf& leaf : plan_.leaves)
            if (live[*leaf.value])
                leaf.value = renamed[*leaf.value];
            else
                leaf.value.reset();
        std::erase_if(plan_.leaves, [](const Leaf& leaf) { return !leaf.value && !leaf.declared; });
        for (OutputPlan& output : plan_.outputs)
            for (OutputElement& element : output.elements)
                if (element.value) element.value = renamed[*element.value];
    }

    using QuantizedInput = std::tuple<size_t, int64_t, bool, int, int, Round, Overflow>;

    const Graph& graph_;
    std::vector<std::vector<Ref>> elements_;  // per node, until its last use
    std::vector<size_t> last_use_;
    std::map<QuantizedInput, Ref> quantized_inputs_;
    std::vector<std::pair<ValueId, Dyadic>> terms_;  // of the sum being made
    Dyadic constant_;
    Plan plan_;
};

}  // namespace

Plan make_plan(const Graph& graph) {
    Plan plan = Planner(graph).run();
    choose_lanes(plan);
    return plan;
}

}  // namespace dal::jit
