#include "dal/sema/names/mentioned.hpp"

#include <algorithm>
#include <vector>

namespace dal::sema {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_part(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// The word that starts at `at` or behind it; empty at the end.
std::string_view next_word(std::string_view text, size_t& at) {
    while (at < text.size() && !is_letter(text[at])) ++at;
    const size_t begin = at;
    while (at < text.size() && is_part(text[at])) ++at;
    return text.substr(begin, at - begin);
}

struct Declared {
    size_t begin;
    size_t end;
    std::string name;  ///< empty: always needed
    bool is_needed = false;
};

/// `fn f…`, `let c = …`, `table t…`, `use m`; of a test nobody asks, anything else stays.
std::vector<Declared> declarations(std::string_view text) {
    std::vector<Declared> found;
    for (size_t line = 0; line < text.size();) {
        if (is_letter(text[line])) {
            if (!found.empty()) found.back().end = line;
            size_t at = line;
            const std::string_view keyword = next_word(text, at);
            const bool is_named =
                keyword == "fn" || keyword == "let" || keyword == "table" || keyword == "use" || keyword == "param";
            found.push_back({line, text.size(), is_named ? std::string(next_word(text, at)) : ""});
        }
        line = std::min(text.find('\n', line), text.size() - 1) + 1;
    }
    return found;
}

}  // namespace

void add_words(std::string_view text, WordSet& words) {
    for (size_t at = 0; at < text.size();)
        if (const std::string_view word = next_word(text, at); !word.empty() && !words.contains(word))
            words.emplace(word);
}

std::string only_mentioned(std::string_view module, WordSet& words) {
    std::vector<Declared> all = declarations(module);
    for (bool changed = true; changed;) {
        changed = false;
        for (Declared& one : all) {
            if (one.is_needed || !(one.name.empty() || words.contains(one.name))) continue;
            one.is_needed = changed = true;
            add_words(module.substr(one.begin, one.end - one.begin), words);
        }
    }
    std::string text(module);
    for (const Declared& one : all)
        if (!one.is_needed)
            for (size_t at = one.begin; at < one.end; ++at)
                if (text[at] != '\n') text[at] = ' ';
    return text;
}

}  // namespace dal::sema
