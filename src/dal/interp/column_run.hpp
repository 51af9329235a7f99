// The exact run of a graph over blocks of samples: the same arithmetic as the interpreter's, on integers of 64 bits
// where the values fit and on numbers of any size where not. For what has to see every value of many samples:
// comparison, calibration, the run without rounding. Internal to interp.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "dal/array/samples.hpp"
#include "dal/interp/column.hpp"
#include "dal/interp/element_wise.hpp"

namespace dal {

/// What does not depend on samples; shared by the runs of all threads.
class ColumnPlan {
  public:
    /// Of an inferred graph, which must outlive it. The nodes of `unbounded` (per node; empty: none) are quantizers
    /// that only round: then no range is checked, and a table takes the nearest entry for what it does not have.
    explicit ColumnPlan(const Graph& graph, std::vector<bool> unbounded = {});
    ~ColumnPlan();

  private:
    friend class ColumnRun;
    struct Sum;
    struct Entries;
    [[nodiscard]] std::unique_ptr<const Sum> sum_of(const Node& node, const EinsumSpec& spec, size_t variable) const;

    const Graph& graph_;
    std::vector<bool> unbounded_;
    std::vector<NodeId> last_reader_;                      // per node; itself: nobody reads it
    std::vector<bool> is_output_;                          // per node
    std::vector<bool> wanted_;                             // per node: false for constants that only sums have in them
    std::vector<std::unique_ptr<const Sum>> sums_;         // per node; of einsums with at most one variable operand
    std::vector<std::unique_ptr<const Entries>> entries_;  // per node; of tables
};

class ColumnRun : public ElementWise<Column> {
  public:
    explicit ColumnRun(const ColumnPlan& plan);

    /// Takes `count` (1 to block_samples) samples from the first on; the rest of a short block repeats its first.
    /// Error: bad_sample, of the first bad one.
    Result<void> load(std::span<const Samples> inputs, int64_t first, int64_t count);
    /// Computes a node from its operands. An InternalError if inference had promised otherwise.
    void compute_node(NodeId id);
    /// Forgets the operands that nobody reads after this node.
    void release_operands(NodeId id);
    /// The value of an output, as codes.
    void write_output(NodeId id, int64_t first, int64_t count, Codes& codes) const;

  private:
    void quantize(NodeId id, const FormatMap& formats);
    void multiply(NodeId id);
    void multiply_variables(NodeId id);
    void look_up(NodeId id, const op::Table& table);
    void check(NodeId id) const;

    const ColumnPlan& plan_;
    int64_t first_ = 0;  // sample of the block, for messages
};

/// Calls `run` for each block of samples, on `threads` threads at most; no two calls at the same time have the same
/// `thread`. After an error no more blocks are begun; returns that of the first block that has one.
using RunBlock = std::function<Result<void>(size_t block, size_t thread, int64_t first, int64_t count)>;
Result<void> for_each_block(int64_t samples, int threads, const RunBlock& run);

}  // namespace dal
