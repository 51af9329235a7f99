// Turns a scheduled Plan into machine code for this processor: several small functions, compiled in parallel,
// linked by one look-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dal/jit/calls.hpp"

namespace dal::jit {

// What emit.hpp describes.
using ComputeFunction = void (*)(std::byte* scratch, const int64_t* table);
using ConvertFunction = void (*)(const void* rows, std::byte* scratch, uint8_t* suspect, const int64_t* table);
using DeliverFunction = void (*)(const std::byte* scratch, uint64_t* words, const int64_t* table);

/// A function with its table.
template <class Function>
struct BoundCall {
    Function function;
    std::vector<int64_t> table;

    template <class... Arguments>
    void operator()(Arguments... arguments) const {
        function(arguments..., table.data());
    }
};

struct EngineOptions {
    int threads = 1;
    std::string processor;  ///< as JitOptions::processor
    bool quick = false;     ///< to compile, rather than to run
};

/// The machine code of a program. It lives as long as this object.
class Engine {
  public:
    /// `inputs`: one for each. Error: jit_failed, with LLVM's words.
    static Result<Engine> compile(const Plan& plan, const Schedule& schedule, const std::vector<InputRows>& inputs,
                                  const EngineOptions& options);
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;
    ~Engine();

    std::vector<BoundCall<ComputeFunction>> compute;               ///< to be called in order
    std::vector<std::vector<BoundCall<ConvertFunction>>> convert;  ///< per input, any order
    std::vector<std::vector<BoundCall<DeliverFunction>>> deliver;  ///< per output, any order; none: not fast
    int64_t functions = 0;
    int64_t operations = 0;  ///< arithmetic of `compute` for one sample
    int64_t code_bytes = 0;

  private:
    struct Session;  // LLVM's, and the tables that the code reads
    explicit Engine(std::unique_ptr<Session> session);
    std::unique_ptr<Session> session_;
};

}  // namespace dal::jit
