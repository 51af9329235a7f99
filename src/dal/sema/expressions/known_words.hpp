// The strings that a program compares others with: the words that have a meaning where one was given. Internal to this
// layer.
#pragma once

#include <map>
#include <set>
#include <string>

#include "dal/support/diagnostic.hpp"

namespace dal::sema {

class KnownWords {
  public:
    /// `text` was compared with a different string.
    void compared(const std::string& text, const std::string& other) { others_[text].insert(other); }
    /// Says which words `text` could have been.
    void explain(Diagnostic& diagnostic, const std::string& text) const;

  private:
    std::map<std::string, std::set<std::string>> others_;
};

}  // namespace dal::sema
