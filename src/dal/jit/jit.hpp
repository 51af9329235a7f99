// The JIT: compiles a Graph, before any optimizer touches it, to native vector code, and runs batches.
// Design and measurements: docs/jit.md.
#pragma once

#include <memory>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

struct JitOptions {
    int threads = 0;  ///< for compiling and running; 0: all cores
};

class JitProgram {
  public:
    /// Compiles an inferred graph. Errors: jit_failed (the code generator refused; carries its message).
    static Result<JitProgram> compile(const Graph& graph, const JitOptions& options = {});
    JitProgram(JitProgram&&) noexcept;
    JitProgram& operator=(JitProgram&&) noexcept;
    ~JitProgram();

    /// The contract of `interpret`: one batch per input in, one per output back, same errors.
    [[nodiscard]] Result<std::vector<Codes>> run(std::span<const Samples> inputs) const;

  private:
    struct Impl;
    explicit JitProgram(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace dal
