#include "dal/syntax/foreign/translate.hpp"

#include <algorithm>

#include "dal/syntax/foreign/rules.hpp"

namespace dal::foreign {

std::optional<Translation> translate(std::string_view expression) {
    constexpr int most_steps = 64;
    constexpr size_t most_words = 400;
    Words words = words_of(expression);
    if (words.empty() || words.size() > most_words) return std::nullopt;
    std::string note;
    int steps = 0;
    for (bool changed = true; changed && steps < most_steps && words.size() <= most_words;) {
        changed = false;
        for (const Rule rule : rules()) {
            const auto said = rule(words);
            if (!said) continue;
            if (note.empty()) note = *said;
            changed = true;
            ++steps;
            break;
        }
    }
    if (steps == 0 || words.empty()) return std::nullopt;
    words.front().space = false;
    return Translation{text_of(words), std::move(note)};
}

std::optional<Extent> expression_around(std::string_view text, size_t place) {
    if (place > text.size()) return std::nullopt;
    const size_t before = text.rfind('\n', place == 0 ? 0 : place - 1);
    const size_t line = before == std::string_view::npos || place == 0 ? 0 : before + 1;
    size_t end = std::min(text.find('\n', place), text.size());
    if (const size_t comment = text.substr(0, end).find("//", line);
        comment != std::string_view::npos && comment > place)
        end = comment;
    int depth = 0;
    for (size_t at = line; at < end; ++at) {
        const char c = text[at];
        depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
        if (c != '=' || depth != 0) continue;
        size_t begin = at + 1;
        while (begin < end && (text[begin] == ' ' || text[begin] == '\t')) ++begin;
        while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\t' || text[end - 1] == '\r')) --end;
        if (begin >= end || text[begin] == '=' || place < begin || place > end) return std::nullopt;
        return Extent{begin, end};
    }
    return std::nullopt;
}

}  // namespace dal::foreign
