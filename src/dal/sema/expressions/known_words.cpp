#include "dal/sema/expressions/known_words.hpp"

#include <vector>

namespace dal::sema {

void KnownWords::explain(Diagnostic& diagnostic, const std::string& text) const {
    const auto known = others_.find(text);
    if (known == others_.end()) return;
    const std::vector<std::string> words(known->second.begin(), known->second.end());
    std::string list;
    for (const std::string& word : words) list += (list.empty() ? "\"" : ", \"") + word + "\"";
    diagnostic.rules.push_back("the words that have a meaning here: " + list);
    std::string small = text;
    for (char& c : small)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (const std::string_view best = nearest(small, words); !best.empty())
        diagnostic.help.push_back("did you mean `\"" + std::string(best) + "\"`?");
}

}  // namespace dal::sema
