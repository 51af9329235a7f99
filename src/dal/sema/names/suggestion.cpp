#include "dal/sema/names/suggestion.hpp"

#include <algorithm>

#include "dal/support/message.hpp"

namespace dal::sema {

std::string suggestion(const std::string& name, std::vector<std::string> candidates) {
    std::sort(candidates.begin(), candidates.end());
    const std::string_view best = nearest(name, candidates);
    return best.empty() ? "" : "did you mean `" + std::string(best) + "`?";
}

}  // namespace dal::sema
