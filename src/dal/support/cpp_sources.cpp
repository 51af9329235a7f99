#include "dal/support/cpp_sources.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "dal/support/file.hpp"

namespace dal {
namespace {

bool is_word(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Of a bracket, its partner; brackets in strings do not count. Gives up after a while.
constexpr size_t farthest = 4000;

std::optional<size_t> opening(std::string_view text, size_t close) {
    int depth = 0;
    bool quoted = false;
    for (size_t at = close + 1; at-- > 0 && close - at < farthest;) {
        const char c = text[at];
        if (c == '"' && (at == 0 || text[at - 1] != '\\')) quoted = !quoted;
        if (quoted) continue;
        if (c == ')' || c == ']' || c == '}') ++depth;
        if ((c == '(' || c == '[' || c == '{') && --depth == 0) return at;
    }
    return std::nullopt;
}

std::optional<size_t> closing(std::string_view text, size_t open) {
    int depth = 0;
    bool quoted = false;
    for (size_t at = open; at < text.size() && at - open < farthest; ++at) {
        const char c = text[at];
        if (c == '"' && text[at - 1] != '\\') quoted = !quoted;
        if (quoted) continue;
        if (c == '(' || c == '[' || c == '{') ++depth;
        if ((c == ')' || c == ']' || c == '}') && --depth == 0) return at;
    }
    return std::nullopt;
}

/// The first byte of the name (`a`, `p.input`, `edsl::relu`) that ends before `end`.
size_t name_start(std::string_view text, size_t end) {
    size_t at = end;
    while (at > 0 && (is_word(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == ':')) --at;
    return at;
}

/// The call, index or name at a place: GCC gives a call by its `(` and an index by its `]`, Clang both by their first
/// letter.
std::pair<size_t, size_t> expression(std::string_view text, size_t at) {
    if (text[at] == '(')
        if (const auto close = closing(text, at)) return {name_start(text, at), *close + 1};
    if (text[at] == ')' || text[at] == ']')
        if (const auto open = opening(text, at)) return {name_start(text, *open), at + 1};
    size_t end = at;
    while (end < text.size() && (is_word(text[end]) || text[end] == '.' || text[end] == ':')) ++end;
    if (end == at) return {at, at + 1};
    if (end < text.size() && text[end] == '(')
        if (const auto close = closing(text, end)) end = *close + 1;
    return {at, end};
}

}  // namespace

Span CppSources::span(const std::source_location& at) {
    if (at.line() == 0) return {};
    const auto [known, is_new] = files_.try_emplace(at.file_name());
    if (is_new) {
        auto text = read_file(at.file_name());
        known->second =
            map_.add(text ? SourceFile(at.file_name(), std::move(*text)) : SourceFile::unseen(at.file_name()));
    }
    const SourceFile& file = map_.file(known->second);
    if (!file.is_seen()) return {known->second, at.line(), at.line()};
    const auto lines = file.position(static_cast<uint32_t>(file.text().size())).line;
    if (at.line() > lines) return {known->second, 0, 0};  // the file has changed
    const std::string_view line = file.line(at.line());
    const uint32_t start = file.line_start(at.line());
    if (at.column() == 0 || at.column() > line.size())
        return {known->second, start, start + static_cast<uint32_t>(line.size())};
    const auto [begin, end] = expression(file.text(), start + at.column() - 1);
    return {known->second, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

}  // namespace dal
