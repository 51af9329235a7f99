#include <algorithm>

#include "dal/syntax/format_expressions.hpp"

namespace dal {
namespace {

std::string_view stripped(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Ends of lines, where "\r\n" is one.
size_t line_ends(std::string_view text) {
    size_t count = 0;
    for (size_t j = 0; j < text.size(); ++j)
        if (text[j] == '\n' || (text[j] == '\r' && (j + 1 == text.size() || text[j + 1] != '\n'))) ++count;
    return count;
}

}  // namespace

FormatSource::FormatSource(std::string_view text, const TokenList& list) : text_(text), tokens_(list.tokens) {
    match_.resize(size());
    trailing_.resize(size() + 1);
    blank_.resize(size() + 1);
    std::vector<size_t> open;
    size_t comment = 0;
    size_t before = 0;  // end of what was last
    for (size_t at = 0; at <= size(); ++at) {
        first_comment_.push_back(comments_.size());
        const size_t begin = at < size() ? token(at).span.begin : text.size();
        for (; comment < list.comments.size() && list.comments[comment].begin < begin; ++comment) {
            const Span& span = list.comments[comment];
            const size_t lines = line_ends(text.substr(before, span.begin - before));
            const std::string_view content = stripped(text.substr(span.begin, span.end - span.begin));
            if (lines == 0 && at > 0)
                trailing_[at - 1] = content;
            else
                comments_.push_back({content, lines > 1});
            before = span.end;
        }
        blank_[at] = line_ends(text.substr(before, begin - before)) > 1;
        if (at == size()) break;
        before = token(at).span.end;
        if (token(at).kind == TokenKind::open) open.push_back(at);
        if (token(at).kind == TokenKind::close) {
            match_[at] = open.back();
            match_[open.back()] = at;
            open.pop_back();
        }
    }
    first_comment_.push_back(comments_.size());
}

std::string_view FormatSource::text(size_t at) const {
    const Span& span = token(at).span;
    return text_.substr(span.begin, span.end - span.begin);
}

std::span<const FormatSource::Comment> FormatSource::leading(size_t at) const {
    return std::span(comments_).subspan(first_comment_[at], first_comment_[at + 1] - first_comment_[at]);
}

bool FormatSource::blank_before_all(size_t at) const {
    const auto comments = leading(at);
    return comments.empty() ? blank_before(at) : comments.front().blank;
}

bool FormatSource::line_ends_after(size_t at) const {
    if (at + 1 >= size() || !trailing(at).empty() || !leading(at + 1).empty()) return false;
    return line_ends(text_.substr(token(at).span.end, token(at + 1).span.begin - token(at).span.end)) > 0;
}

}  // namespace dal
