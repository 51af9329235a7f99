// What stands behind Program and Tensor: the elaborator of the language, fed by C++ calls instead of an AST. So every
// operation means the same in both, and is the same node of the graph. Internal to this layer.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dal/edsl/program.hpp"
#include "dal/jit/jit.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/cpp_sources.hpp"

namespace dal::edsl {

/// Source texts, and the places of C++ lines in them.
using Sources = CppSources;

/// A value and the line that made it. What is no tensor of a graph belongs to no program, except for parameters that
/// take a format from it.
struct TensorData {
    std::shared_ptr<State> state;
    sema::Value value;
    Location at;
    uint32_t call = UINT32_MAX;  ///< of State::calls, that made it
    bool is_temporary = false;   ///< handed over as an operand, and gone afterwards
    [[nodiscard]] bool made_nodes() const noexcept { return state && call != UINT32_MAX; }
};

/// The nodes that one call made, [begin, end). Calls whose results are temporaries belong where they are used: C++ may
/// have made them in any order.
struct Call {
    uint32_t begin = 0;
    uint32_t end = 0;
    std::vector<uint32_t> temporaries;  ///< calls whose results are operands of this one only, from left to right
    bool is_temporary = false;
    bool is_kept = false;  ///< used through a variable, so that it is no temporary
};

/// An argument of a built-in function, by the name of its parameter.
struct Argument {
    std::string_view name;
    TensorData value;
};

class State {
  public:
    State() : elaborator_(std::make_unique<sema::TensorOps>(sources_.map(), options_)) {
        options_.meant_constants = true;
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    [[nodiscard]] Sources& sources() noexcept { return sources_; }
    [[nodiscard]] sema::TensorOps& elaborator() noexcept { return *elaborator_; }
    [[nodiscard]] dal::Program& program() noexcept { return compiled_ ? *compiled_ : elaborator_->program(); }
    [[nodiscard]] bool is_settled() const noexcept { return settled_; }
    /// Becomes the program in a text, settled.
    void compile(std::string name, std::string text, const std::filesystem::path& directory,
                 const CompileOptions& options);
    void compile(const std::filesystem::path& file, const CompileOptions& options, const Location& at);
    /// Throws program_settled if nothing may be added any more.
    void need_open(const Location& at);

    /// Throws if `name` is none, or taken (duplicate_name).
    void need_new(const std::string& name, const Location& at);
    /// Gives a value its name in the program: the Scopes around, then `name`. Throws duplicate_name.
    void bind(const std::string& name, const sema::Value& value, const Location& at);
    [[nodiscard]] std::string full_name(const std::string& name) const;
    /// The tensor that has this name, if one does.
    [[nodiscard]] std::optional<NodeId> node_named(const std::string& full) const;
    void check(const Location& at);
    std::vector<std::string> warnings();
    Outputs run(const Batches& inputs, const RunOptions& options, const Location& at);
    DesignReport build(BuildOptions options, const Batches& vectors, const Location& at);

    /// The node of a handle: checking the program gives nodes their places.
    [[nodiscard]] NodeId node(const sema::Variable& variable) const {
        return places_.empty() ? variable.node : places_[static_cast<size_t>(variable.node)];
    }

    struct NamedScope {
        std::string name;
        uint64_t id;
    };
    std::vector<NamedScope> scopes;  ///< outermost first
    uint64_t next_scope = 0;
    std::vector<Call> calls;  ///< in the order of their nodes

  private:
    void order_nodes();
    [[noreturn]] void refuse(Diagnostics diagnostics, const Location& at);
    [[nodiscard]] Samples samples_of(const Batch& batch, const Node& input, const Location& at);
    [[nodiscard]] Codes codes_of(const std::vector<Number>& values, const Node& input, int64_t samples,
                                 const Location& at);
    [[nodiscard]] std::vector<Samples> samples(const Batches& inputs, const Location& at);
    /// Throws if an option is out of its range: those that the command line has.
    void need_within(const char* option, int64_t value, int64_t least, int64_t most, const Location& at);

    Sources sources_;
    ElaborateOptions options_;
    std::unique_ptr<sema::TensorOps> elaborator_;  // null: compiled from text
    std::optional<dal::Program> compiled_;
    std::string file_;  // of the text
    bool settled_ = false;
    std::vector<NodeId> places_;  ///< of the nodes of handles, once they are ordered
    struct Named {
        Span span;
        std::optional<NodeId> node;  ///< none: a constant
    };
    std::map<std::string, Named> names_;
    std::mutex jit_mutex_;
    std::optional<JitProgram> jit_;
    int jit_threads_ = 0;
};

}  // namespace dal::edsl
