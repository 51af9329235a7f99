#include "dal/syntax/foreign/words.hpp"

#include <algorithm>
#include <array>

namespace dal::foreign {
namespace {

constexpr std::array<std::string_view, 21> operators{"===", "!==", ">>>", "...", "**", "&&", "||",
                                                     "==",  "!=",  "<=",  ">=",  "<>", "<<", ">>",
                                                     "->",  "=>",  "..",  "::",  "++", "--", "|>"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_open(const Word& word) { return word.is("(") || word.is("[") || word.is("{"); }
bool is_close(const Word& word) { return word.is(")") || word.is("]") || word.is("}"); }

/// How long the word is that starts the text.
size_t length_of(std::string_view text) {
    const char c = text.front();
    if (is_letter(c) || is_digit(c)) {
        size_t end = 1;
        const auto part = [&](size_t at) {
            if (is_letter(text[at]) || is_digit(text[at])) return true;
            return is_digit(c) && text[at] == '.' && at + 1 < text.size() && is_digit(text[at + 1]);
        };
        while (end < text.size() && part(end)) ++end;
        const bool signed_power = is_digit(c) && end + 1 < text.size() && (text[end - 1] == 'e') &&
                                  (text[end] == '-' || text[end] == '+') && is_digit(text[end + 1]);
        if (signed_power)
            for (++end; end < text.size() && is_digit(text[end]);) ++end;
        return end;
    }
    if (c == '"' || c == '\'') {
        const size_t end = text.find(c, 1);
        return end == std::string_view::npos ? 1 : end + 1;
    }
    for (const std::string_view one : operators)
        if (text.starts_with(one)) return one.size();
    size_t end = 1;
    if ((static_cast<unsigned char>(c) & 0x80U) != 0)
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) ++end;
    return end;
}

}  // namespace

bool Word::is_name() const { return !text.empty() && is_letter(text.front()); }
bool Word::is_number() const { return !text.empty() && is_digit(text.front()); }

Words words_of(std::string_view text) {
    Words words;
    for (size_t at = 0; at < text.size();) {
        if (text[at] == ' ' || text[at] == '\t') {
            ++at;
            continue;
        }
        const size_t length = length_of(text.substr(at));
        words.push_back(
            {std::string(text.substr(at, length)), at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')});
        at += length;
    }
    return words;
}

std::string text_of(std::span<const Word> words) {
    std::string text;
    for (const Word& word : words) text += (word.space && !text.empty() ? " " : "") + word.text;
    return text;
}

size_t behind_bracket(const Words& words, size_t open) {
    int depth = 0;
    for (size_t at = open; at < words.size(); ++at) {
        depth += is_open(words[at]) ? 1 : is_close(words[at]) ? -1 : 0;
        if (depth == 0) return at + 1;
    }
    return words.size();
}

size_t behind_operand(const Words& words, size_t first) {
    if (first >= words.size()) return first;
    const Word& start = words[first];
    const bool is_string = start.text.front() == '"' || start.text.front() == '\'';
    size_t at = first;
    if (is_open(start))
        at = behind_bracket(words, first);
    else if (start.is_name() || start.is_number() || is_string)
        ++at;
    while (at > first && at < words.size()) {
        if (words[at].is("(") || words[at].is("["))
            at = behind_bracket(words, at);
        else if (words[at].is(".") && at + 1 < words.size() && words[at + 1].is_name())
            at += 2;
        else
            break;
    }
    return at;
}

size_t first_of_operand(const Words& words, size_t end) {
    size_t at = end;
    while (at > 0) {
        const Word& last = words[at - 1];
        if (is_close(last)) {
            int depth = 0;
            size_t open = at;
            while (open > 0) {
                --open;
                depth += is_close(words[open]) ? 1 : is_open(words[open]) ? -1 : 0;
                if (depth == 0) break;
            }
            at = open;
            const bool is_called = at > 0 && !words[at].is("{") && (words[at - 1].is_name() || is_close(words[at - 1]));
            if (!is_called) return at;
            continue;
        }
        if (!last.is_name() && !last.is_number()) return end;
        --at;
        if (at < 2 || !words[at - 1].is(".")) return at;
        --at;
    }
    return at;
}

std::vector<Words> arguments(const Words& words, size_t open, size_t end) {
    std::vector<Words> parts(1);
    int depth = 0;
    for (size_t at = open + 1; at + 1 < end; ++at) {
        depth += is_open(words[at]) ? 1 : is_close(words[at]) ? -1 : 0;
        if (depth == 0 && words[at].is(","))
            parts.emplace_back();
        else
            parts.back().push_back(words[at]);
    }
    if (parts.back().empty()) parts.pop_back();
    for (Words& part : parts)
        if (!part.empty()) part.front().space = false;
    return parts;
}

void replace(Words& words, size_t first, size_t end, Words with) {
    if (!with.empty()) with.front().space = first < words.size() && words[first].space;
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(first);
    words.insert(words.erase(at, words.begin() + static_cast<std::ptrdiff_t>(end)), with.begin(), with.end());
}

void replace(Words& words, size_t first, size_t end, const std::string& with) {
    replace(words, first, end, words_of(with));
}

}  // namespace dal::foreign
