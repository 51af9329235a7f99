// How much a program may still compute: bounds the time and memory of elaboration. Internal to this layer.
#pragma once

#include <optional>

#include "dal/sema/elaborate.hpp"

namespace dal::sema {

class WorkBudget {
  public:
    explicit WorkBudget(const ElaborateOptions& options) : options_(options) {}

    /// Takes `elements` from it, in a graph of `nodes` operations; a diagnostic if that is too much.
    std::optional<Diagnostic> charge(int64_t elements, int64_t nodes, const Span& span);
    /// The same of one function call.
    std::optional<Diagnostic> charge_call(const Span& span);
    /// Nothing is computed any more.
    void exhaust() noexcept { exhausted_ = true; }
    [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }

  private:
    const ElaborateOptions& options_;
    int64_t work_ = 0;
    int64_t calls_ = 0;
    bool exhausted_ = false;
};

}  // namespace dal::sema
