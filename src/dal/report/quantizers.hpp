// The quantizers that the author of a program wrote: op::Quantize nodes that are a call of `quantize`, and not made by
// `bits`, a table of several parameters or the like. Told from the text of the program, so for commands only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dal/sema/elaborate.hpp"

namespace dal::report {

std::vector<NodeId> written_quantizers(const Program& program, const SourceMap& sources);

/// Every op::Quantize.
std::vector<NodeId> all_quantizers(const Graph& graph);

/// Adds Program::constant_quantizers to the graph and to the written formats, where no output needs them; the
/// quantizers among them, in their order there.
std::vector<NodeId> join_constant_quantizers(Program& program);

/// Adds what `measure(graph, quantizers)`, a result with a vector, finds of the quantizers of constants, where `node`
/// names each. They become nodes of the program's graph, and are named as such.
template <class Found, class Measure>
Result<void> add_constants(Program& program, const Measure& measure, std::vector<Found>& into) {
    const Graph& constants = program.constant_quantizers;
    auto found = measure(constants, all_quantizers(constants));
    if (!found) return failure(std::move(found.error()));
    const std::vector<NodeId> joined = join_constant_quantizers(program);
    for (size_t j = 0; j < joined.size(); ++j) {
        (*found)[j].node = joined[j];
        into.push_back(std::move((*found)[j]));
    }
    return {};
}

/// The call of `quantize` in the text of such a node, which may be the end of a `|>`.
Span quantize_call(const SourceMap& sources, const Span& span);

/// The name of the value that a node is (`let h = …`), else its line: "h", "line 14". Names are made
/// distinct by a number in the order of the nodes.
std::vector<std::string> names_of(const Program& program, const SourceMap& sources, const std::vector<NodeId>& nodes);

}  // namespace dal::report
