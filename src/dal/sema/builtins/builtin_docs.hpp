// What is built into the language, to be listed: by documentation, completion and the interactive prompt.
#pragma once

#include <string>
#include <vector>

namespace dal {

struct BuiltinDoc {
    std::string group;      ///< "data movement"
    std::string name;       ///< "clip"
    std::string signature;  ///< "clip(x, lo, hi)"; the name alone if it is no function
    std::string doc;        ///< one line
};

/// All built-in names, by group, in the order in which they are best read.
const std::vector<BuiltinDoc>& builtin_docs();

}  // namespace dal
