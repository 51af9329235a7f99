// Reads a program in the text form of its graph, as `dal check --graph` prints it. A reader of its own, so that the
// checker depends on no other part of dal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dal/numeric/kif.hpp"
#include "dal/proof/unproven.hpp"
#include "dal/support/number.hpp"

namespace dal::proof {

struct GraphNode {
    std::string name;       ///< the user's, or empty
    std::string operation;  ///< "einsum", "relu"; "move" for all movements
    std::vector<uint32_t> operands;
    std::vector<int64_t> shape;
    bool real = false;                                  ///< input: it is `real`
    std::vector<Format> formats;                        ///< input, quantize: one, or one per element
    std::vector<Dyadic> values;                         ///< constant: elements; table: entries
    std::string equation;                               ///< einsum
    int64_t amount = 0;                                 ///< shift
    std::vector<std::pair<uint32_t, int64_t>> sources;  ///< move: operand and element of each
    Int first;                                          ///< table: its least code
    int64_t f = 0;                                      ///< table: binary point of the codes
    int64_t size = 0;                                   ///< table: entries of one
    std::vector<uint32_t> which;                        ///< table: of each element; empty: 0

    [[nodiscard]] int64_t elements() const {
        int64_t count = 1;
        for (const int64_t extent : shape) count *= extent;
        return count;
    }
};

struct GraphText {
    std::vector<GraphNode> nodes;
    std::vector<std::pair<std::string, uint32_t>> outputs;
};

/// Throws Unproven with the line. Counts are checked: formats, values, sources and choices fit the shapes.
GraphText read_graph(std::string_view text, Budget& budget);

}  // namespace dal::proof
