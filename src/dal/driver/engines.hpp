// The engines behind one door: a graph and a batch go in, codes come out.
#pragma once

#include <memory>

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"
#include "dal/driver/options.hpp"
#include "dal/graph/graph.hpp"
#include "dal/lower/lower.hpp"

namespace dal {

/// Tells `progress`, if there is one.
void tell(const Progress& progress, std::string_view what);

/// `threads`, or all cores for 0.
int thread_count(int threads);

/// Lowers a settled graph, and tells how far that is.
Result<circuit::Circuit> lower_graph(const Graph& graph, LowerOptions options, const Progress& progress);

/// What is known of the batches that will be run.
struct Expected {
    int64_t samples = INT64_MAX;    ///< in all, if that is known
    std::vector<DType> types = {};  ///< of the numbers for each input; empty: doubles. Others are slower, not wrong
};

/// An engine, ready to run any number of batches through a settled graph, which must outlive it.
class ReadyEngine {
  public:
    /// Errors: those of the engine.
    static Result<ReadyEngine> make(const Graph& graph, const RunOptions& options, const Expected& expected = {});
    ReadyEngine(ReadyEngine&&) noexcept;
    ReadyEngine& operator=(ReadyEngine&&) noexcept;
    ~ReadyEngine();

    /// One batch per input in, one per output back. Errors: bad_batch, bad_sample.
    [[nodiscard]] Result<std::vector<Codes>> run(std::span<const Samples> inputs) const;

  private:
    struct State;
    explicit ReadyEngine(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Prepares and runs one engine on a settled graph. Errors: bad_batch; those of the engine; with `check`
/// verification_failed if the interpreter computes anything else.
Result<std::vector<Codes>> run_engine(const Graph& graph, std::span<const Samples> inputs, const RunOptions& options);

/// Compares what an engine computed with exact arithmetic that knows no engine: all samples with the run in blocks
/// (interp/exact_run.hpp), and the first `interpreted_samples` of them with the interpreter as well.
class OutputCheck {
  public:
    static constexpr int64_t interpreted_samples = 1000;

    /// Of a settled graph, which must outlive it.
    OutputCheck(const Graph& graph, const RunOptions& options);
    ~OutputCheck();
    /// One batch after the other. Errors: verification_failed; those of `interpret`.
    Result<void> add(std::span<const Samples> inputs, const std::vector<Codes>& outputs);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Checks one batch.
Result<void> check_outputs(const Graph& graph, std::span<const Samples> inputs, const std::vector<Codes>& outputs,
                           const RunOptions& options);

}  // namespace dal
