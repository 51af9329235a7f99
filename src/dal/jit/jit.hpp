// The JIT: compiles a Graph, before any optimizer touches it, to native vector code, and runs batches.
// Design and measurements: docs/jit.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

struct JitOptions {
    int threads = 0;             ///< for compiling and running; 0: all cores
    int width = 0;               ///< samples per vector: 8, 16, 32 or 64; 0: chosen for the program
    std::string processor = {};  ///< LLVM's name of one to compile for, "x86-64-v3"; empty: this machine's
    /// That are expected in all, if that is known: for few of them, code that is quick to make beats quick code.
    int64_t samples = INT64_MAX;
    /// Of the numbers that come for each input, if that is known; empty: doubles. float32 and float64 need no
    /// conversion then. Other types than these give the same results, more slowly.
    std::vector<DType> types = {};
};

/// What a compilation made, for benchmarks and reports.
struct JitStats {
    int64_t operations = 0;  ///< arithmetic, comparisons and conversions for one sample, without input and output
    int64_t code_bytes = 0;
    int64_t functions = 0;
    int64_t scratch_bytes = 0;  ///< per thread
    int width = 0;              ///< samples per vector
    double compile_seconds = 0;
};

class JitProgram {
  public:
    /// Compiles an inferred graph. Errors: jit_failed (the code generator refused; carries its message).
    static Result<JitProgram> compile(const Graph& graph, const JitOptions& options = {});
    JitProgram(JitProgram&&) noexcept;
    JitProgram& operator=(JitProgram&&) noexcept;
    ~JitProgram();

    /// The contract of `interpret`: one batch per input in, one per output back, same errors. The results do
    /// not depend on the number of threads. May be called from several threads at once.
    [[nodiscard]] Result<std::vector<Codes>> run(std::span<const Samples> inputs) const;

    [[nodiscard]] const JitStats& stats() const noexcept;

  private:
    struct Impl;
    explicit JitProgram(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace dal
