// What running and building can be told, and what building answers. Plain data, shared with the command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dal {

enum class Engine : uint8_t {
    interpreter,  ///< the definition of the language; slow
    jit,          ///< native code of the program as written
    circuit,      ///< the optimized circuit
};

/// The most adders in a chain of a constant product.
enum class SumDepth : uint8_t {
    minimum,      ///< what its deepest output needs
    each_output,  ///< for each output what it needs: shorter paths, a few more adders
    free,         ///< any number
};

/// Told what is being done, for progress lines; may be empty.
using Progress = std::function<void(std::string_view)>;

struct EngineOptions {
    Engine engine = Engine::jit;
    int threads = 0;     ///< 0: all cores
    bool demand = true;  ///< of the circuit: leave out what no output can see
    Progress progress{};
};

struct DesignOptions {
    std::filesystem::path directory;  ///< where the files go; replaced only if dal made it
    std::string top{};                ///< module name; empty: from `source`
    std::string source{};             ///< file that headers name
    std::optional<uint32_t> stages{};
    std::optional<int64_t> limit{};  ///< of a pipeline stage, in thousandths of an adder level
    int64_t random_vectors = 1000;
    uint64_t seed = 1;
    bool verify = true;
    int effort = 1;      ///< of the optimizer of constant products, 0 to 3
    bool cache = true;   ///< use and keep solutions of constant products on disk
    bool demand = true;  ///< leave out what no output can see
    bool area = false;   ///< adders of three operands: fewer LUTs, longer paths
    SumDepth depth = SumDepth::minimum;
    int extra_depth = 0;  ///< levels over `depth`, ≥ 0: fewer adders, longer paths
    Progress progress{};
};

/// What became of a program. Neither pipelined nor limited, it is combinational: no stages.
struct DesignReport {
    std::filesystem::path directory;
    std::string top;
    int64_t adders = 0;
    int64_t depth = 0;  ///< adders in the longest chain
    int64_t adder_bits = 0;
    int64_t luts = 0;  ///< estimated
    int64_t register_bits = 0;
    uint32_t stages = 0;
    int64_t slowest = 0;  ///< path between registers, in thousandths of an adder level
    double build_seconds = 0;
    bool verified = false;
    int64_t vectors = 0;  ///< compared, bit for bit
    double verify_seconds = 0;

    /// The lines that `dal build` prints; nothing about a verification that was not done.
    [[nodiscard]] std::string to_string() const;
};

}  // namespace dal
