// Names that may have been meant. Internal to this layer.
#pragma once

#include <string>
#include <vector>

namespace dal::sema {

/// "did you mean `…`?", of the candidate that is nearest; empty if none is near.
std::string suggestion(const std::string& name, std::vector<std::string> candidates);

}  // namespace dal::sema
