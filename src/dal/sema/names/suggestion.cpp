#include "dal/sema/names/suggestion.hpp"

#include <algorithm>

#include "dal/support/message.hpp"

namespace dal::sema {

std::string suggestion(const std::string& name, std::vector<std::string> candidates) {
    std::sort(candidates.begin(), candidates.end());
    const std::string_view best = nearest(name, candidates);
    return best.empty() ? "" : "did you mean `" + std::string(best) + "`?";
}

std::string listed_names(const std::vector<std::string>& names) {
    constexpr size_t most = 12;
    std::string text;
    for (size_t j = 0; j < std::min(most, names.size()); ++j) text += (j > 0 ? ", `" : "`") + names[j] + "`";
    if (names.size() > most) text += ", … (" + std::to_string(names.size() - most) + " more)";
    return text;
}

}  // namespace dal::sema
