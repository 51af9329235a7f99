// One call of the interface: finds the program that its operands belong to, lets the elaborator work, and throws what
// it reports. Constants belong to no program; what is computed of them alone needs none. Internal to this layer.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "dal/edsl/state.hpp"

namespace dal::edsl {

class Session {
  public:
    /// Throws program_settled, or mixed_programs if operands belong to different ones.
    Session(std::vector<TensorData> operands, const Location& at, std::shared_ptr<State> state = nullptr);

    [[nodiscard]] sema::TensorOps& elaborator() noexcept { return state_ ? state_->elaborator() : *own_; }
    [[nodiscard]] bool has_program() const noexcept { return state_ != nullptr; }
    [[nodiscard]] Span span() { return sources().span(at_); }
    [[nodiscard]] Span span(const Location& at) { return sources().span(at); }
    [[nodiscard]] sema::Placed placed(const TensorData& data) { return {data.value, sources().span(data.at)}; }
    /// Throws what was reported.
    void finish();
    /// The value, unless something was reported.
    TensorData finish(sema::Value value);
    /// The same for a tensor; a real constant counts as one.
    Tensor tensor(sema::Value value);

  private:
    [[nodiscard]] Sources& sources();

    std::vector<TensorData> operands_;
    std::shared_ptr<State> state_;
    std::unique_ptr<sema::TensorOps> own_;  // if there is no program
    uint32_t begin_ = 0;                    // of the nodes that this call makes
    Location at_;
};

/// A function of the language. `rest`: for its parameter that takes any number of arguments.
TensorData call(const char* function, std::span<const Argument> arguments, std::span<const Operand> rest,
                const Location& at);
inline TensorData call(const char* function, std::initializer_list<Argument> arguments, std::span<const Operand> rest,
                       const Location& at) {
    return call(function, std::span(arguments.begin(), arguments.size()), rest, at);
}
Tensor apply(const char* function, std::initializer_list<Argument> arguments, const Location& at);
Tensor apply(const char* function, std::initializer_list<Argument> arguments, std::span<const Operand> rest,
             const Location& at);

// Arguments that are no tensors.
TensorData integer_argument(int64_t value, const Location& at);
/// An array of integers.
TensorData integers_argument(const std::vector<int64_t>& values, const Location& at);
TensorData formats_argument(const Formats& formats, const Location& at);

Tensor tensor_of(TensorData data);

/// Text that somebody gave, for a message: in quotes, without control characters, not much of it.
std::string in_quotes(std::string_view text);

/// Throws if `name` is none: words as in the language, with points between them.
void need_name(const std::string& name, const Location& at);

/// While it lives, an entry of a table is computed: what is thrown meanwhile says for which arguments.
class EntryOfTable {
  public:
    EntryOfTable(const std::string& name, std::span<const Number> arguments, const Location& at);
    EntryOfTable(const EntryOfTable&) = delete;
    EntryOfTable& operator=(const EntryOfTable&) = delete;
    ~EntryOfTable();

  private:
    friend void name_entry(Diagnostics& diagnostics, Sources& sources);
    const std::string& name_;
    std::span<const Number> arguments_;
    const Location& at_;
    const EntryOfTable* around_;  ///< a table may be made inside the function of another one
};

/// Throws a diagnostic that needs no program.
[[noreturn]] void fail(Diagnostic diagnostic, const Location& at);

}  // namespace dal::edsl
