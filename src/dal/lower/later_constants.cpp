#include "dal/lower/later_constants.hpp"

#include "dal/graph/op_info.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

/// Whether rounding x adds the same to all of its values.
bool adds_constant(const Format& format, const Interval& x) {
    if (x.f() <= format.kif.f) return false;
    switch (format.round) {
        case Round::rnd:
        case Round::rnd_conv:
        case Round::rnd_min_inf: return true;
        case Round::rnd_zero:
        case Round::rnd_inf: return !x.lo().is_negative();
        case Round::trn:
        case Round::trn_zero: return false;
    }
    return false;
}

}  // namespace

LaterConstants::LaterConstants(const Graph& graph, const Demand& demand) : graph_(graph), users_(graph.size()) {
    for (size_t id = 0; id < graph.size(); ++id)
        users_[id].resize(static_cast<size_t>(graph[static_cast<NodeId>(id)].size()), Users::none);
    for (const Output& output : graph.outputs())
        for (Users& users : users_[static_cast<size_t>(output.node)]) users = Users::other;
    for (size_t id = graph.size(); id-- > 0;)
        if (!graph[static_cast<NodeId>(id)].real) pass_on(static_cast<NodeId>(id), demand);
}

bool LaterConstants::of(NodeId id, int64_t element) const {
    const Users users = users_[static_cast<size_t>(id)][static_cast<size_t>(element)];
    return users == Users::adding || users == Users::rounding;
}

void LaterConstants::use(NodeId id, int64_t element, Users user) {
    Users& users = at(id, element);
    users = users == Users::none ? user : Users::other;
}

void LaterConstants::pass_on(NodeId id, const Demand& demand) {
    const Node& node = graph_[id];
    const auto each = [&](auto&& visit) {
        for (int64_t e = 0; e < node.size(); ++e)
            if (demand.is_needed(id, e)) visit(e);
    };
    const auto unary = [&](auto&& user_of) { each([&](int64_t e) { use(node.operands[0], e, user_of(e)); }); };
    const auto through = [&](int64_t e) { return at(id, e); };
    const auto sum = [&] {
        const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
        each([&](int64_t e) {
            const ElementOf operands[] = {{node.operands[0], in_a(e)}, {node.operands[1], in_b(e)}};
            for (size_t j = 0; j < 2; ++j) {
                const ElementOf& other = operands[1 - j];
                const Interval& range = graph_[other.node].range[static_cast<size_t>(other.element)];
                const Users user = !range.is_constant() ? Users::other : range.is_zero() ? at(id, e) : Users::adding;
                use(operands[j].node, operands[j].element, user);
            }
        });
    };
    const auto other = [&] {
        for (const NodeId operand : node.operands)
            for (Users& users : users_[static_cast<size_t>(operand)]) users = Users::other;
    };
    std::visit(Overloaded{
                   [](const op::Input&) {},
                   [](const op::Constant&) {},
                   [&](const op::Quantize& quantize) {
                       const Node& x = graph_[node.operands[0]];
                       if (x.real) return;
                       unary([&](int64_t e) {
                           return adds_constant(quantize.formats.at(e), x.range[static_cast<size_t>(e)])
                                      ? Users::rounding
                                      : Users::other;
                       });
                   },
                   [&](const op::Relu&) {
                       unary([&](int64_t e) { return at(id, e) == Users::rounding ? Users::rounding : Users::other; });
                   },
                   [&](const op::Add&) { sum(); },
                   [&](const op::Sub&) { sum(); },
                   [&](const op::Neg&) { unary(through); },
                   [&](const op::Shift&) { unary(through); },
                   [&](const op::Move& move) {
                       each([&](int64_t e) {
                           const Source& source = move.sources[static_cast<size_t>(e)];
                           use(node.operands[source.operand], source.element, at(id, e));
                       });
                   },
                   [&](const op::Einsum&) { other(); },
                   [&](const op::Mul&) { other(); },
                   [&](const NeverLinear auto&) { other(); },
               },
               node.operation);
}

}  // namespace dal
