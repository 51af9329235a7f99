// Where the graph quantizes: a wire to a wire, or a number of a real input where it enters.
#include "dal/lower/lowering.hpp"
#include "dal/lower/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal {

void Lowering::build(NodeId id, const op::Quantize& quantize, Wires& result) {
    const NodeId x = graph_[id].operands[0];
    if (!graph_[x].real) {
        each(id, [&](int64_t e, const Interval&) { quantize_wire(id, {x, e}, quantize.formats.at(e), e, result); });
        return;
    }
    // What is moved around before it is quantized may be mixed with ordinary elements.
    each(id, [&](int64_t e, const Interval&) {
        const ElementOf from = trace(graph_, {x, e});
        if (graph_[from.node].real)
            result[static_cast<size_t>(e)] = quantized_port(from, quantize.formats.at(e));
        else
            quantize_wire(id, from, quantize.formats.at(e), e, result);
    });
}

void Lowering::quantize_wire(NodeId id, const ElementOf& from, const Format& format, int64_t e, Wires& result) {
    const WireId x = wire(from.node, from.element);
    const bool loose = is_loose(from);
    const Interval range = loose ? circuit_[x].range.quantized(format) : graph_[id].range[static_cast<size_t>(e)];
    set(id, result, e, build_quantize(circuit_, x, format, range, origin_), loose);
}

circuit::WireId Lowering::quantized_port(const ElementOf& from, const Format& format) {
    DAL_CHECK(std::holds_alternative<op::Input>(graph_[from.node].operation), "a real value that is no input");
    const uint32_t tensor = tensors_.at(from.node);
    const auto key =
        std::make_tuple(tensor, from.element, format.kif.k, format.kif.i, format.kif.f, format.round, format.overflow);
    const auto [known, fresh] = ports_.try_emplace(key);
    if (fresh) known->second = circuit_.input(tensor, from.element, format, false, origin_);
    return known->second;
}

}  // namespace dal
