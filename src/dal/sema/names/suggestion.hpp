// Names that may have been meant. Internal to this layer.
#pragma once

#include <string>
#include <vector>

namespace dal::sema {

/// "did you mean `…`?", of the candidate that is nearest; empty if none is near.
std::string suggestion(const std::string& name, std::vector<std::string> candidates);

/// "`a`, `b`, … (12 more)".
std::string listed_names(const std::vector<std::string>& names);

}  // namespace dal::sema
