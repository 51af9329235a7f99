// Places in C++ files: a compiler says a line and a column, a diagnostic shows an expression.
#pragma once

#include <map>
#include <source_location>
#include <string>

#include "dal/support/source.hpp"

namespace dal {

class CppSources {
  public:
    [[nodiscard]] SourceMap& map() noexcept { return map_; }
    /// The expression at a line and column, as far as that can be told without parsing C++. A file that cannot be read
    /// is known by its lines.
    Span span(const std::source_location& at);

  private:
    SourceMap map_;
    std::map<std::string, FileId> files_;
};

}  // namespace dal
