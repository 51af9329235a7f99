#include "dal/lower/lower.hpp"

#include "dal/lower/lowering.hpp"

namespace dal {

Result<circuit::Circuit> lower_unoptimized(const Graph& graph, const LowerOptions& options) {
    return circuit::watched("lower", nullptr, [&] { return Lowering(graph, options).run(); }, options.watch);
}

Result<circuit::Circuit> lower(const Graph& graph, const LowerOptions& options) {
    auto circuit = lower_unoptimized(graph, options);
    if (!circuit) return circuit;
    const OptimizerOptions& asked = options.optimizer;
    circuit::Circuit result = circuit::optimize(
        std::move(*circuit), {.demand = asked.demand, .merge_adders = asked.area, .watch = options.watch});
    circuit::verify(result);
    return result;
}

}  // namespace dal
