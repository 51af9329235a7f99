// The outputs of a program by exact arithmetic, many samples at a time: what the interpreter gives, some fifty times as
// fast, by other code (column.hpp). The interpreter stays the definition; the tests compare the two on random programs.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

class ColumnPlan;

class ExactRun {
  public:
    /// Of an inferred graph, which must outlive it.
    explicit ExactRun(const Graph& graph);
    ExactRun(ExactRun&&) noexcept;
    ~ExactRun();
    /// The contract of `interpret`.
    [[nodiscard]] Result<std::vector<Codes>> run(std::span<const Samples> inputs, int threads = 1) const;

  private:
    const Graph* graph_;
    std::unique_ptr<ColumnPlan> plan_;
};

}  // namespace dal
