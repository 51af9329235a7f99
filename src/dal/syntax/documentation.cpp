#include "dal/syntax/documentation.hpp"

#include <algorithm>
#include <span>

namespace dal {
namespace {

/// "/// Text " to "Text".
std::string_view without_slashes(std::string_view comment) {
    comment.remove_prefix(std::min(comment.find_first_not_of('/'), comment.size()));
    if (!comment.empty() && comment.front() == ' ') comment.remove_prefix(1);
    while (!comment.empty() && (comment.back() == ' ' || comment.back() == '\r')) comment.remove_suffix(1);
    return comment;
}

/// Whether a comment has its line for itself.
bool is_alone(const SourceFile& source, const Span& comment, uint32_t line) {
    const uint32_t start = source.line_start(line);
    return source.text().substr(start, comment.begin - start).find_first_not_of(" \t") == std::string_view::npos;
}

std::string joined(const SourceFile& source, std::span<const Span> comments) {
    std::string text;
    for (const Span& comment : comments) {
        if (!text.empty()) text += '\n';
        text += without_slashes(source.text().substr(comment.begin, comment.end - comment.begin));
    }
    return text;
}

}  // namespace

std::string comments_above(const SourceFile& source, const Ast& ast, uint32_t offset) {
    const auto after = std::lower_bound(ast.comments.begin(), ast.comments.end(), offset,
                                        [](const Span& comment, uint32_t at) { return comment.begin < at; });
    auto first = after;
    for (uint32_t line = source.position(offset).line; first != ast.comments.begin(); --first, --line) {
        const Span& comment = *(first - 1);
        if (source.position(comment.begin).line + 1 != line || !is_alone(source, comment, line - 1)) break;
    }
    return joined(source, {first, after});
}

std::vector<FreeComment> free_comments(const SourceFile& source, const Ast& ast) {
    std::vector<FreeComment> result;
    const auto line_of = [&](const Span& comment) { return source.position(comment.begin).line; };
    for (auto first = ast.comments.begin(); first != ast.comments.end();) {
        uint32_t line = line_of(*first);
        auto end = first;
        for (; end != ast.comments.end() && line_of(*end) == line && is_alone(source, *end, line); ++end) ++line;
        if (end == first) {  // beside something
            ++first;
            continue;
        }
        const std::string_view text = source.text();
        const size_t next = text.find('\n', (end - 1)->end);
        const size_t after = next == std::string_view::npos ? text.size() : next + 1;
        const std::string_view below = text.substr(after, text.find('\n', after) - after);
        if (below.find_first_not_of(" \t\r") == std::string_view::npos)
            result.push_back({Span::join(*first, *(end - 1)), joined(source, {first, end})});
        first = end;
    }
    return result;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!space)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    while (!line.empty() && (line.back() == ' ' || line.back() == '=')) line.pop_back();
    return line;
}

}  // namespace dal
