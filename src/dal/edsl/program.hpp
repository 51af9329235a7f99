// A program built in C++, or compiled from text: the same Graph, the same engines, the same Verilog. Make inputs,
// compute with Tensors (functions.hpp), name outputs; then check, run and build. check() settles a program: nothing can
// be added afterwards. run() and build() check first if that was not done.
#pragma once

#include <concepts>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/driver/named_type.hpp"
#include "dal/driver/options.hpp"
#include "dal/edsl/functions.hpp"
#include "dal/edsl/table.hpp"

namespace dal::edsl {

using dal::BuildOptions;
using dal::NamedType;
using dal::RunOptions;

class State;

/// For programs in the language.
struct CompileOptions {
    /// Where `load` and `use` may read, besides the folder of the program and the library.
    std::vector<std::filesystem::path> allowed_folders{};
};

/// A batch of samples for one input; the first axis of arrays is the batch.
class Batch {
  public:
    Batch(Samples samples) : data_(std::move(samples)) {}     // NOLINT(google-explicit-constructor)
    Batch(Array array) : data_(Samples(std::move(array))) {}  // NOLINT(google-explicit-constructor)
    Batch(Codes codes) : data_(Samples(std::move(codes))) {}  // NOLINT(google-explicit-constructor)
    /// Sample after sample, each as many as the input has elements; exactly these numbers. Error bad_sample: a Number
    /// that is no multiple of a power of two.
    Batch(std::vector<double> values) : data_(std::move(values)) {}   // NOLINT(google-explicit-constructor)
    Batch(std::vector<int64_t> values) : data_(std::move(values)) {}  // NOLINT(google-explicit-constructor)
    Batch(std::vector<Number> values) : data_(std::move(values)) {}   // NOLINT(google-explicit-constructor)
    template <class T>
        requires(std::is_arithmetic_v<T> && sizeof(T) <= 8)
    Batch(const std::vector<T>& values) : data_(exactly(values)) {}  // NOLINT(google-explicit-constructor)
    Batch(std::initializer_list<double> values) : data_(std::vector<double>(values)) {}
    /// A .npy or .npz file.
    Batch(std::filesystem::path file) : data_(std::move(file)) {}    // NOLINT(google-explicit-constructor)
    Batch(const char* file) : data_(std::filesystem::path(file)) {}  // NOLINT(google-explicit-constructor)

  private:
    friend class State;
    template <class T>
    static auto exactly(const std::vector<T>& values) {
        using Exact = std::conditional_t<std::floating_point<T>, double,
                                         std::conditional_t<sizeof(T) == sizeof(int64_t), Number, int64_t>>;
        std::vector<Exact> list;
        list.reserve(values.size());
        for (const T value : values) list.push_back(value);
        return list;
    }

    std::variant<Samples, std::vector<double>, std::vector<int64_t>, std::vector<Number>, std::filesystem::path> data_;
};
/// One per input, by its name. Error bad_batch where it is used: two of the same name.
using Batches = std::multimap<std::string, Batch>;

/// The outputs of a run, by name; exact.
class Outputs {
  public:
    explicit Outputs(std::map<std::string, Codes> codes) : codes_(std::move(codes)) {}
    /// Integers of any width with their binary points. Error unknown_name.
    [[nodiscard]] const Codes& operator[](const MemberName& output) const;
    /// Sample after sample, row-major. Error inexact_output if a value has no exact float64.
    [[nodiscard]] std::vector<double> doubles(const MemberName& output) const;
    [[nodiscard]] const std::map<std::string, Codes>& all() const noexcept { return codes_; }

  private:
    std::map<std::string, Codes> codes_;
};

/// Names made while it lives begin with its own, "block1.": functions that are used twice make distinct names.
class Scope {
  public:
    Scope(Scope&& other) noexcept = default;
    Scope& operator=(Scope&&) = delete;
    ~Scope();

  private:
    friend class Program;
    Scope(std::shared_ptr<State> state, uint64_t id) : state_(std::move(state)), id_(id) {}
    std::shared_ptr<State> state_;
    uint64_t id_;
};

/// A handle: copies are the same program.
class Program {
  public:
    Program();
    Program(const Program&) = default;  // and no moves: a handle always has its program
    Program& operator=(const Program&) = default;
    ~Program() = default;
    explicit Program(std::shared_ptr<State> state) : state_(std::move(state)) {}

    // Building. Errors: duplicate_name, bad_extent, bad_shape; program_settled after check().

    /// An input that carries any number, to be quantized before any arithmetic.
    Tensor input(const std::string& name, RealPort type, const Shape& shape = {}, Location at = Location::current());
    /// An input whose values are exactly those of the format.
    Tensor input(const std::string& name, const Formats& type, const Shape& shape = {},
                 Location at = Location::current());
    /// Constant numbers with a name, `param name = value` of the language. Numbers that no format holds exactly, such
    /// as 0.1_exact, take the format that the `quantize` of this tensor ask for, wherever it is used as it is; check()
    /// fails if none does, or if they do not agree. Only for this program. Error: not_constant.
    Tensor param(const std::string& name, const Tensor& value, Location at = Location::current());
    /// Every number must be one of the format. Error: does_not_fit.
    Tensor param(const std::string& name, const Formats& type, const Tensor& value, Location at = Location::current());
    void output(const std::string& name, const Tensor& value, Location at = Location::current());
    /// check() fails with does_not_fit if some value may not be one of the format.
    void output(const std::string& name, const Formats& type, const Tensor& value, Location at = Location::current());
    [[nodiscard]] Scope scope(const std::string& name, Location at = Location::current());

    // Settling. Errors: those of inference (real_in_arithmetic, width_cap, does_not_fit, …); no_output.

    void check(Location at = Location::current());
    [[nodiscard]] bool is_checked() const noexcept;

    // Looking. Types and ranges are there once it is checked.

    [[nodiscard]] std::vector<NamedType> types() const;
    /// What `dal check` warns about unasked, such as constants that wrap; each with its place, as it is printed.
    [[nodiscard]] std::vector<std::string> warnings() const;
    /// What `dal check --graph` prints: one line per node.
    [[nodiscard]] std::string graph_text() const;

    // Using. Errors: bad_batch, bad_sample; those of building (lint_failed, verification_failed, …).

    /// Bit-exact outputs for a batch per input. The compiled program is kept for the next run.
    Outputs run(const Batches& inputs, const RunOptions& options = {}, Location at = Location::current());
    /// Writes Verilog that was simulated and compared with the JIT; `vectors`, if there are any, as well.
    DesignReport build(const BuildOptions& options, const Batches& vectors = {}, Location at = Location::current());

  private:
    Tensor parameter(const std::string& name, const Formats* type, const Tensor& value, const Location& at);
    Tensor port(const std::string& name, const Formats* type, const Shape& shape, const Location& at);

    std::shared_ptr<State> state_;
};

}  // namespace dal::edsl

namespace dal {

/// The program in a text of the language. `load` and `use` are relative to `directory`, and stay below it. It is
/// checked.
edsl::Program compile(std::string_view text, const std::filesystem::path& directory = ".",
                      const edsl::CompileOptions& options = {});
/// The same for a .da file.
edsl::Program compile_file(const std::filesystem::path& file, edsl::Location at = edsl::Location::current());
edsl::Program compile_file(const std::filesystem::path& file, const edsl::CompileOptions& options,
                           edsl::Location at = edsl::Location::current());

}  // namespace dal
