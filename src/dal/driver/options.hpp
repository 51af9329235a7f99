// What running and building can be told, and what building answers. Plain data, shared by the command line and C++
// programs.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "dal/lower/optimizer_options.hpp"
#include "dal/support/number.hpp"

namespace dal {

namespace circuit {
class Circuit;
struct PassRecord;
}  // namespace circuit

enum class Engine : uint8_t {
    interpreter,  ///< the definition of the language; slow
    jit,          ///< native code of the program as written
    circuit,      ///< the optimized circuit
};

/// Told what is being done, for progress lines; may be empty.
using Progress = std::function<void(std::string_view)>;
/// Told how many samples are done, and how many there are in all, if that is known; may be empty.
using Advance = std::function<void(int64_t done, std::optional<int64_t> all)>;

struct RunOptions {
    Engine engine = Engine::jit;
    int threads = 0;     ///< 0: all cores; at most 1,024
    bool check = false;  ///< compare with the interpreter
    bool demand = true;  ///< of the circuit: leave out what no output can see
    Progress progress{};
    Advance advance{};
};

/// A length of time in adder levels, as somebody gives it: any number, which building checks.
class AdderLevels {
  public:
    AdderLevels(double levels);           // NOLINT(google-explicit-constructor)
    AdderLevels(const Rational& levels);  // NOLINT(google-explicit-constructor)
    /// Numbers that may not be rational (edsl::Number).
    template <class Number>
        requires requires(const Number& number) {
            { number.rational() } -> std::same_as<std::optional<Rational>>;
            { number.to_string() } -> std::same_as<std::string>;
        }
    AdderLevels(const Number& levels)  // NOLINT(google-explicit-constructor)
        : text_(levels.to_string()), thousandths_(in_thousandths(levels.rational())) {}

    /// In the unit of the delay model; nothing if not positive, or not a whole number of them.
    [[nodiscard]] std::optional<int64_t> thousandths() const noexcept { return thousandths_; }
    [[nodiscard]] const std::string& to_string() const noexcept { return text_; }

  private:
    static std::optional<int64_t> in_thousandths(const std::optional<Rational>& levels);

    std::string text_;
    std::optional<int64_t> thousandths_;
};

/// What becomes of a design that cannot be proven to compute its program.
enum class ProofMode : uint8_t {
    off,      ///< no proof is tried
    attempt,  ///< it counts as verified by vectors only
    require   ///< an error
};

struct BuildOptions {
    std::filesystem::path directory{};  ///< where the files go; replaced only if dal made it
    std::string top{};                  ///< module name; empty: from `source`
    std::string source{};               ///< file that headers name
    std::optional<uint32_t> stages{};   ///< of a pipeline, 1 to 10,000; without them the design is combinational
    std::optional<AdderLevels> adder_levels_per_stage{};  ///< instead of `stages`
    int64_t random_vectors = 1000;                        ///< at most 100,000,000
    uint64_t seed = 1;                                    ///< of the random vectors
    bool verify = true;                                   ///< simulate the Verilog and compare it with the JIT
    ProofMode proof = ProofMode::off;
    double proof_seconds = 10;       ///< at most 100,000
    int64_t proof_megabytes = 1024;  ///< about; at most 1,000,000
    bool cache = true;               ///< use and keep solutions of constant products on disk
    bool best = false;  ///< of these, the best that any search has found: the design depends on what there is then
    std::filesystem::path locked{};  ///< a manifest: build exactly that design, or say why not; empty: whatever it is
    OptimizerOptions optimizer{};
    Progress progress{};
    bool verify_passes = false;  ///< compare the circuit with itself after each pass over it
    /// Called after each pass, and after what makes the first circuit; may be empty.
    std::function<void(const circuit::PassRecord& pass, const circuit::Circuit& after)> after_pass{};
};

/// What became of a program, in numbers. Neither pipelined nor limited, it is combinational: no stages.
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
    bool proven = false;     ///< for all inputs
    std::string unproven{};  ///< why not, if it was tried
    int64_t wires = 0;       ///< assignments that the proof is about
    int64_t cuts = 0;        ///< functions of linear forms in which program and design meet
    double proof_seconds = 0;

    /// The lines that `dal build` prints; nothing about a verification that was not done.
    [[nodiscard]] std::string to_string() const;
};

}  // namespace dal
