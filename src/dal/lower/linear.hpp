// Constant linear maps of wires as adder graphs: the sparse rows of an einsum, or products with constants, are
// split into independent blocks, solved by cmvm and built into the circuit. Private to this layer.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dal/circuit/circuit.hpp"
#include "dal/cmvm/tables/tables.hpp"

namespace dal {

/// One term of a sum: wire · weight.
struct LinearTerm {
    circuit::WireId wire;
    Dyadic weight;
};
using LinearRow = std::vector<LinearTerm>;

class LinearMaps {
  public:
    /// A connected map with more terms than this is divided into its groups.
    static constexpr int64_t most_shared_terms = 32768;

    /// `cache` may be null.
    LinearMaps(circuit::Circuit& circuit, const cmvm::Options& options, cmvm::Cache* cache)
        : circuit_(circuit), options_(options), cache_(cache == nullptr ? own_cache_ : *cache) {}

    /// One wire per row: the sum of its terms. A wire may occur several times in a row. ranges[r] holds every
    /// value of row r; the wire's range lies within. Blocks that are equal up to order, signs
    /// and powers of two are solved once, over all calls. constant_follows[r], if given: the caller will add a constant
    /// to row r, beyond those that it has, for which place is left in the sum (circuit/passes/place_constants.hpp).
    /// groups[r], if given: rows of different groups are one map at different places (the positions of a convolution),
    /// and share adders only in small maps: what is gained in large ones is not worth the time.
    std::vector<circuit::WireId> build(std::vector<LinearRow> rows, const std::vector<Interval>& ranges,
                                       uint32_t origin, const std::vector<bool>& constant_follows,
                                       std::span<const int64_t> groups = {});

  private:
    struct Block;
    void build_block(const Block& block, const std::vector<Dyadic>& offsets, const std::vector<Interval>& ranges,
                     const std::vector<bool>& constant_follows, uint32_t origin, std::vector<circuit::WireId>& result);
    /// A wire with the value of a table of some of the block's inputs.
    circuit::WireId build_table(const Block& block, const cmvm::BitTable& table, uint32_t origin);
    /// Adders, and tables in their place, on the longest path to a wire.
    int depth(circuit::WireId wire);
    /// Of the sum of a row and a constant, which will be added where that takes no time.
    [[nodiscard]] std::optional<int> depth_with_constant(const circuit::Operation& operation) const;

    circuit::Circuit& circuit_;
    cmvm::Options options_;
    std::vector<int> depths_;  // of the first wires of the circuit, as far as anybody asked
    std::unordered_set<circuit::WireId> packed_tables_;
    std::unordered_map<circuit::WireId, int> depth_with_constant_;  // of the rows
    cmvm::Cache own_cache_;                                         // in memory, unless the caller has one
    cmvm::Cache& cache_;
};

}  // namespace dal
