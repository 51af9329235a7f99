#include "dal/jit/plan.hpp"

#include <algorithm>
#include <array>

#include "dal/jit/choices.hpp"
#include "dal/jit/lanes.hpp"
#include "dal/jit/prune.hpp"
#include "dal/jit/quantizers.hpp"
#include "dal/jit/ref.hpp"
#include "dal/jit/sums.hpp"
#include "dal/jit/tables.hpp"
#include "dal/support/check.hpp"

namespace dal::jit {
namespace {

/// Walks over the nodes of a graph and hands their elements to the planner of their kind.
class Planner {
  public:
    explicit Planner(const Graph& graph) : graph_(graph), elements_(graph.size()), last_use_(graph.size()) {
        for (size_t index = 0; index < graph.size(); ++index)
            for (const NodeId operand : graph.nodes()[index].operands) last_use_[static_cast<size_t>(operand)] = index;
        for (const Output& output : graph.outputs()) last_use_[static_cast<size_t>(output.node)] = graph.size();
    }

    Plan run() {
        size_t input = 0;
        for (size_t index = 0; index < graph_.size(); ++index) {
            const Node& node = graph_.nodes()[index];
            const auto* port = std::get_if<op::Input>(&node.operation);
            elements_[index] = port != nullptr ? take_in(node, *port, input++) : take_apart(node);
            for (const NodeId operand : node.operands)
                if (last_use_[static_cast<size_t>(operand)] == index)
                    elements_[static_cast<size_t>(operand)] = std::vector<Ref>();
        }
        for (const Output& output : graph_.outputs()) plan_.outputs.push_back(deliver(output.node));
        prune(plan_);
        return std::move(plan_);
    }

  private:
    std::vector<Ref> take_apart(const Node& node) {
        return std::visit(
            Overloaded{
                [](const op::Input&) -> std::vector<Ref> {
                    internal_error("input", __FILE__, __LINE__, "inputs are taken in elsewhere");
                },
                [&](const op::Constant& constant) {
                    std::vector<Ref> refs;
                    for (const Dyadic& value : constant.values) refs.push_back(constant_ref(value));
                    return refs;
                },
                [&](const op::Quantize& quantize) {
                    return each(node, [&](int64_t e) {
                        return quantizers_.quantize(operand(node, 0, e), quantize.formats.at(e), range(node, e));
                    });
                },
                [&](const op::Einsum& einsum) { return multiply(node, einsum.spec); },
                [&](const op::Add&) { return sum(node, Dyadic(1)); },
                [&](const op::Sub&) { return sum(node, Dyadic(-1)); },
                [&](const op::Mul&) {
                    return broadcasting<2>(node, [&](const std::array<Ref, 2>& x, const Interval& range) {
                        sums_.begin();
                        sums_.add_product(x);
                        return sums_.end(range);
                    });
                },
                [&](const op::Shift& shift) {
                    return each(node, [&](int64_t e) {
                        Ref ref = operand(node, 0, e);
                        if (ref.is_constant())
                            ref.constant = ref.constant.shifted(shift.amount);
                        else
                            ref.f -= shift.amount;
                        return ref;
                    });
                },
                [&](const op::Neg&) {
                    return each(node, [&](int64_t e) {
                        return sums_.affine(operand(node, 0, e), Dyadic(-1), Dyadic(), range(node, e));
                    });
                },
                [&](const op::Relu&) {
                    return each(node, [&](int64_t e) { return choices_.relu(operand(node, 0, e), range(node, e)); });
                },
                [&](const op::Abs&) {
                    return each(node, [&](int64_t e) { return choices_.abs(operand(node, 0, e), range(node, e)); });
                },
                [&](const op::Min&) { return extremum(node, false); },
                [&](const op::Max&) { return extremum(node, true); },
                [&](const op::Compare& compare) {
                    return broadcasting<2>(node, [&](const std::array<Ref, 2>& x, const Interval& range) {
                        return choices_.compare(compare.relation, x[0], x[1], range);
                    });
                },
                [&](const op::Select&) {
                    return broadcasting<3>(node, [&](const std::array<Ref, 3>& x, const Interval& range) {
                        return choices_.select(x[0], x[1], x[2], range);
                    });
                },
                [&](const op::Bitwise& bitwise) {
                    return broadcasting<2>(node, [&](const std::array<Ref, 2>& x, const Interval& range) {
                        return choices_.bitwise(bitwise.function, x[0], x[1], range);
                    });
                },
                [&](const op::Move& move) {
                    return each(node, [&](int64_t e) {
                        const Source& source = move.sources[static_cast<size_t>(e)];
                        return operand(node, source.operand, source.element);
                    });
                },
                [&](const op::Table& table) {
                    return each(
                        node, [&](int64_t e) { return tables_.lookup(table, e, operand(node, 0, e), range(node, e)); });
                },
            },
            node.operation);
    }

    [[nodiscard]] const Ref& operand(const Node& node, size_t position, int64_t element) const {
        return elements_[static_cast<size_t>(node.operands[position])][static_cast<size_t>(element)];
    }
    static const Interval& range(const Node& node, int64_t element) { return node.range[static_cast<size_t>(element)]; }

    /// The elements of a node; those that can only have one value become constants and cost nothing.
    template <class Make>
    static std::vector<Ref> each(const Node& node, Make&& make) {
        std::vector<Ref> refs;
        refs.reserve(static_cast<size_t>(node.size()));
        for (int64_t e = 0; e < node.size(); ++e)
            refs.push_back(!node.real && range(node, e).is_constant() ? constant_ref(range(node, e).min()) : make(e));
        return refs;
    }

    /// The same where `count` operands broadcast: make(their elements, the result's range).
    template <size_t count, class Make>
    std::vector<Ref> broadcasting(const Node& node, Make&& make) {
        std::vector<BroadcastMap> maps;
        for (const NodeId operand : node.operands) maps.emplace_back(graph_[operand].shape, node.shape);
        DAL_CHECK(maps.size() == count, "operands of " + std::string(operation_name(node.operation)));
        return each(node, [&](int64_t e) {
            std::array<Ref, count> refs;
            for (size_t j = 0; j < count; ++j) refs[j] = operand(node, j, maps[j](e));
            return make(refs, range(node, e));
        });
    }

    /// The elements of an input. Those of a declared one all become leaves, since all are checked.
    std::vector<Ref> take_in(const Node& node, const op::Input& port, size_t position) {
        std::vector<Ref> refs(static_cast<size_t>(node.size()));
        for (int64_t e = 0; e < node.size(); ++e) {
            Ref& ref = refs[static_cast<size_t>(e)];
            if (port.real) {
                ref.kind = Ref::Kind::real;
                ref.input = position;
                ref.element = e;
            } else {
                ref = quantizers_.load(position, e, port.formats.at(e), true, range(node, e));
                if (range(node, e).is_constant()) ref = constant_ref(range(node, e).min());
            }
        }
        return refs;
    }

    std::vector<Ref> sum(const Node& node, const Dyadic& second) {
        return broadcasting<2>(node, [&](const std::array<Ref, 2>& x, const Interval& range) {
            sums_.begin();
            sums_.add(x[0], Dyadic(1));
            sums_.add(x[1], second);
            return sums_.end(range);
        });
    }

    std::vector<Ref> extremum(const Node& node, bool larger) {
        return broadcasting<2>(node, [&](const std::array<Ref, 2>& x, const Interval& range) {
            return choices_.extremum(larger, x[0], x[1], range);
        });
    }

    std::vector<Ref> multiply(const Node& node, const EinsumSpec& spec) {
        std::vector<Shape> shapes;
        for (const NodeId operand : node.operands) shapes.push_back(graph_[operand].shape);
        const EinsumTerms terms(spec, shapes);
        std::vector<Ref> factors(shapes.size());
        return each(node, [&](int64_t e) {
            sums_.begin();
            terms.for_each(e, [&](std::span<const int64_t> at) {
                for (size_t j = 0; j < factors.size(); ++j) factors[j] = operand(node, j, at[j]);
                sums_.add_product(factors);
            });
            return sums_.end(range(node, e));
        });
    }

    /// An output has the binary point that inference declared.
    OutputPlan deliver(NodeId id) {
        const Node& node = graph_[id];
        OutputPlan output{node.shape, node.range, {}};
        for (int64_t e = 0; e < node.size(); ++e) {
            Ref ref = elements_[static_cast<size_t>(id)][static_cast<size_t>(e)];
            const Interval& wanted = range(node, e);
            DAL_CHECK(ref.kind != Ref::Kind::real, "a real output");
            if (wanted.is_constant() || ref.is_constant()) {
                output.elements.push_back({std::nullopt, wanted.is_constant() ? wanted.lo() : code_of(ref, wanted)});
                continue;
            }
            const int finer = wanted.f() - ref.f;
            if (finer > 0)
                ref =
                    append(plan_, Linear{{{ref.value, Int::pow2(finer)}}, {}}, {wanted.lo(), wanted.hi()}, wanted.f());
            if (finer < 0)  // exact: the range promises that the dropped bits are zero
                ref = drop_zeros(plan_, ref, -finer);
            output.elements.push_back({ref.value, {}});
        }
        return output;
    }
    static Int code_of(const Ref& ref, const Interval& wanted) { return ref.constant.code(wanted.f()).value(); }

    const Graph& graph_;
    std::vector<std::vector<Ref>> elements_;  // per node, until its last use
    std::vector<size_t> last_use_;
    Plan plan_;
    SumPlanner sums_{plan_};
    ChoicePlanner choices_{plan_, sums_};
    QuantizePlanner quantizers_{plan_};
    TablePlanner tables_{plan_, sums_};
};

}  // namespace

CodeRange range_of(const Plan& plan, const Operand& operand) {
    if (!operand.value) return {operand.constant, operand.constant};
    const Value& value = plan.values[*operand.value];
    return {value.lo << operand.shift, value.hi << operand.shift};
}

Plan make_plan(const Graph& graph) {
    Plan plan = Planner(graph).run();
    choose_loops(plan);
    choose_lanes(plan);
    return plan;
}

}  // namespace dal::jit
