// From the tokens of a declaration to its layout. Internal to the formatter.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "dal/syntax/format_array.hpp"
#include "dal/syntax/layout.hpp"
#include "dal/syntax/tokens.hpp"

namespace dal {

/// The tokens of a file that parses, with what is between them.
class FormatSource {
  public:
    FormatSource(std::string_view text, const TokenList& list);

    struct Comment {
        std::string_view text;
        bool blank;  ///< an empty line stands before it
    };

    [[nodiscard]] size_t size() const { return tokens_.size(); }
    [[nodiscard]] const Token& token(size_t at) const { return tokens_[at]; }
    [[nodiscard]] std::string_view whole() const { return text_; }
    [[nodiscard]] std::string_view text(size_t at) const;
    [[nodiscard]] bool is(size_t at, std::string_view text) const { return at < size() && this->text(at) == text; }
    /// The bracket that belongs to the one at `at`.
    [[nodiscard]] size_t match(size_t at) const { return match_[at]; }
    /// Comments on their own lines before a token; `size()` stands for the end of the file.
    [[nodiscard]] std::span<const Comment> leading(size_t at) const;
    /// The comment behind a token, on its line; empty if there is none.
    [[nodiscard]] std::string_view trailing(size_t at) const { return trailing_[at]; }
    /// Whether an empty line stands before a token, behind its leading comments.
    [[nodiscard]] bool blank_before(size_t at) const { return blank_[at]; }
    /// Whether an empty line stands before a token and its leading comments.
    [[nodiscard]] bool blank_before_all(size_t at) const;
    /// Whether the next token, without a comment between, is on another line.
    [[nodiscard]] bool line_ends_after(size_t at) const;

  private:
    std::string_view text_;
    std::span<const Token> tokens_;
    std::vector<size_t> match_;
    std::vector<Comment> comments_;
    std::vector<size_t> first_comment_;  // of each token; one more at the end
    std::vector<std::string_view> trailing_;
    std::vector<bool> blank_;
};

/// Lays out the tokens [begin, end): a declaration, or the head of a `with` including its `{`.
class DeclarationLayout {
  public:
    DeclarationLayout(const FormatSource& source, size_t begin, size_t end);
    [[nodiscard]] const Layout& layout() const { return layout_; }

  private:
    struct Split {
        std::vector<size_t> at;
        int rank = 0;  ///< of the operator; larger is tighter
    };

    void text(size_t at, bool statement = false);
    void lead(size_t at, bool statement = false);
    void flush();
    void open(size_t at, size_t indent);
    void close();
    void line(Layout::Flat flat, bool dedent = false, bool blank = false);
    void space();

    void declaration(size_t begin, size_t end);
    void statement(size_t begin, size_t end);
    void definition(size_t begin, size_t end, bool keeps_break);
    void value(size_t assign, size_t end, bool keeps_break);
    void list(size_t open, bool index);
    void item(size_t begin, size_t end, bool index);
    void braces(size_t open, bool force);
    void expression(size_t begin, size_t end);
    void choice(size_t begin, size_t end);
    void fold(size_t begin, size_t end);
    void comprehension(size_t open);
    void clauses(size_t begin, size_t end);
    void chain(size_t begin, size_t end);
    void operand(size_t begin, size_t end);
    [[nodiscard]] Split loosest(size_t begin, size_t end) const;
    [[nodiscard]] bool ends_operand(size_t at) const;
    [[nodiscard]] size_t find(std::string_view word, std::string_view opener, size_t begin, size_t end) const;
    [[nodiscard]] std::vector<size_t> separators(std::string_view text, size_t begin, size_t end) const;
    [[nodiscard]] size_t after(size_t at) const;
    [[nodiscard]] bool hugs(size_t begin, size_t end) const;

    const FormatSource& source_;
    Layout layout_;
    std::vector<std::unique_ptr<ArrayLayout>> arrays_;
    std::string_view pending_;  // a trailing comment that waits for the end of its groups
    size_t led_ = 0;            // leading comments of tokens before this one are out
};

}  // namespace dal
