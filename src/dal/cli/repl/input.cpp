#include "dal/cli/repl/input.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace dal::cli::repl {
namespace {

constexpr std::array<std::string_view, 10> declaration_words{"use", "param", "input", "output",   "let",
                                                             "fn",  "table", "test",  "property", "with"};
/// Words after which something follows.
constexpr std::array<std::string_view, 16> open_words{"use",   "param", "input", "output",  "let", "fn",
                                                      "table", "test",  "with",  "for",     "in",  "fold",
                                                      "if",    "then",  "else",  "property"};

bool is_word(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// A rough division into tokens: words and numbers, strings, single characters. Comments and space are left out.
std::vector<std::string_view> tokens(std::string_view text) {
    std::vector<std::string_view> result;
    for (size_t at = 0; at < text.size();) {
        const size_t begin = at;
        if (is_space(text[at])) {
            ++at;
            continue;
        }
        if (text.substr(at, 2) == "//") {
            at = std::min(text.find('\n', at), text.size());
            continue;
        }
        if (text[at] == '"') {
            for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
                if (text[at] == '\\') ++at;
            at = std::min(at + 1, text.size());
        } else if (is_word(text[at])) {
            while (at < text.size() && is_word(text[at])) ++at;
        } else {
            ++at;
        }
        result.push_back(text.substr(begin, at - begin));
    }
    return result;
}

/// The words with points between them that end at `end`: "w.fc1".
std::string path_before(std::string_view line, size_t end) {
    size_t begin = end;
    while (begin > 0 && (is_word(line[begin - 1]) || line[begin - 1] == '.')) --begin;
    return std::string(line.substr(begin, end - begin));
}

template <class List>
bool contains(const List& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

bool is_name(std::string_view text) {
    return !text.empty() && (text.front() < '0' || text.front() > '9') &&
           std::all_of(text.begin(), text.end(), is_word);
}

bool is_unfinished(std::string_view text) {
    int64_t open = 0;
    int64_t choices = 0;
    const auto list = tokens(text);
    for (const std::string_view token : list) {
        if (token == "(" || token == "[" || token == "{") ++open;
        if (token == ")" || token == "]" || token == "}") --open;
        if (token == "if") ++choices;
        if (token == "else") --choices;
    }
    if (open != 0) return open > 0;
    if (list.empty()) return false;
    constexpr std::string_view operators = "+-*/%@<>&^|=,.!~:";
    const std::string_view last = list.back();
    return choices > 0 || contains(open_words, last) ||
           (last.size() == 1 && operators.find(last[0]) != std::string_view::npos);
}

bool is_declaration(std::string_view text) {
    const auto list = tokens(text);
    if (list.empty() || !contains(declaration_words, list[0])) return false;
    // `table` is also the name of a place for a format.
    return list.size() > 1 && (list[0] != "table" || is_word(list[1][0]));
}

bool is_blank(std::string_view text) { return tokens(text).empty(); }

Command parse_command(std::string_view text) {
    text = trimmed(text);
    text.remove_prefix(1);
    size_t end = 0;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end == 0 && !text.empty() && !is_space(text[0])) end = 1;  // ":?"
    return {std::string(text.substr(0, end)), std::string(trimmed(text.substr(end)))};
}

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> result;
    bool quoted = false;
    bool inside = false;
    for (const char c : text) {
        if (c == '"') {
            quoted = !quoted;
            if (!inside) result.emplace_back();
            inside = true;
        } else if (is_space(c) && !quoted) {
            inside = false;
        } else {
            if (!inside) result.emplace_back();
            inside = true;
            result.back() += c;
        }
    }
    return result;
}

Before before_cursor(std::string_view line) {
    Before before;
    const size_t start = std::min(line.find_first_not_of(" \t"), line.size());
    if (start < line.size() && line[start] == ':') {
        const size_t space = line.find_first_of(" \t", start);
        if (space == std::string_view::npos) {
            before.kind = Before::Kind::command;
            before.prefix = line.substr(start);
            return before;
        }
        if (line.substr(start, space - start) == ":load") {
            before.kind = Before::Kind::file;
            before.prefix = line.substr(line.find_last_of(" \t\"") + 1);
            return before;
        }
    }
    if (std::count(line.begin(), line.end(), '"') % 2 == 1) {
        const size_t quote = line.rfind('"');
        before.prefix = line.substr(quote + 1);
        before.kind = Before::Kind::file;
        if (quote > 0 && line[quote - 1] == '[') before.owner = path_before(line, quote - 1);
        if (!before.owner.empty()) before.kind = Before::Kind::key;
        return before;
    }
    size_t first = line.size();
    while (first > 0 && is_word(line[first - 1])) --first;
    before.prefix = line.substr(first);
    if (first > 0 && line[first - 1] == '.' && (first < 2 || line[first - 2] != '.')) {
        before.kind = Before::Kind::member;
        before.owner = path_before(line, first - 1);
    }
    return before;
}

}  // namespace dal::cli::repl
