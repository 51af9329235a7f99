// A program that is edited: one declaration after the other is replaced, and only what depends on it is elaborated
// again. For a language server; what a program is from scratch, elaborate.hpp says.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dal/sema/elaborate.hpp"

namespace dal {

class Recheck {
  public:
    /// Elaborates all of it. `sources` and `options` must outlive this.
    Recheck(SourceMap& sources, const ElaborateOptions& options, SourceText text);
    ~Recheck();
    Recheck(const Recheck&) = delete;
    Recheck& operator=(const Recheck&) = delete;

    /// Puts another declaration of the same name in place of a `let`, `output`, `fn` or `table`, at which its text is a
    /// file of its own in the source map. The names of what was elaborated again, in the order of the program. Nothing,
    /// and nothing done, if the program has to be elaborated from scratch: another name or kind of declaration, texts
    /// that do not parse, `with`, names declared twice, tests that are wanted, or formats that are taken from
    /// consumers.
    std::optional<std::vector<std::string>> replace(std::string declaration);

    /// The program as it is now, its nodes in the order of the declarations: graph, values, constants and declared
    /// types. Else what is wrong, in the order of the declarations.
    [[nodiscard]] Result<Program> result() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dal
