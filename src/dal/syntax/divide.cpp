#include <algorithm>
#include <optional>

#include "dal/syntax/parse.hpp"
#include "dal/syntax/tokens.hpp"

namespace dal {
namespace {

constexpr std::string_view declaration_words = "`use`, `param`, `input`, `let`, `output` or `fn`";

class Divider {
  public:
    Divider(std::string_view text, std::span<const Token> tokens) : text_(text), tokens_(tokens) {}

    Chunks run() {
        size_t begin = 0;
        if (!tokens_.empty() && !starts_declaration(0, {})) {
            report_outside(begin);
            while (begin < tokens_.size() && !starts_declaration(begin, {})) ++begin;
        }
        while (begin < tokens_.size() && result_.diagnostics.size() < max_diagnostics) begin = one(begin);
        return std::move(result_);
    }

  private:
    [[nodiscard]] std::string_view text_of(const Token& token) const {
        return text_.substr(token.span.begin, token.span.end - token.span.begin);
    }
    static bool is_declaration(const Token& token) {
        return token.kind == TokenKind::declaration_word || token.kind == TokenKind::reserved_declaration;
    }
    static bool ends_expression(const Token& token) {
        return token.kind == TokenKind::name || token.kind == TokenKind::literal || token.kind == TokenKind::close ||
               token.kind == TokenKind::bad_number || token.kind == TokenKind::bad_string;
    }

    /// Whether the keyword at `at` opens a new declaration, rather than being misused as a name: something
    /// complete stands before it, or something that it declares stands after it.
    [[nodiscard]] bool starts_declaration(size_t at, std::span<const size_t> open) const {
        const Token& token = tokens_[at];
        if (!is_declaration(token)) return false;
        const Token* next = at + 1 < tokens_.size() ? &tokens_[at + 1] : nullptr;
        const bool declares =
            next && (next->kind == TokenKind::name ||
                     (token.kind == TokenKind::reserved_declaration && text_of(*next).starts_with('"')));
        if (!open.empty()) return declares;
        return at == 0 || declares || ends_expression(tokens_[at - 1]);
    }

    void report(Diagnostic diagnostic) {
        if (!failed_) result_.diagnostics.push_back(std::move(diagnostic));
        failed_ = true;
    }

    void report_outside(size_t begin) {
        Diagnostic d = error(Code::syntax_error, tokens_[begin].span,
                             "expected a declaration, found `" + shown(tokens_[begin]) + "`")
                           .with_rule("a declaration starts with " + std::string(declaration_words));
        if (tokens_[begin].kind == TokenKind::reserved_word) d = reserved(tokens_[begin]);
        result_.diagnostics.push_back(std::move(d));
    }

    [[nodiscard]] std::string shown(const Token& token) const {
        constexpr size_t most = 24;
        std::string text(text_of(token).substr(0, most));
        if (token.span.end - token.span.begin > most) {
            while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) text.pop_back();
            text += "…";
        }
        return text;
    }

    [[nodiscard]] Diagnostic reserved(const Token& token) const {
        const std::string word(text_of(token));
        return error(Code::reserved_word, token.span, "`" + word + "` is reserved for a later version of the language")
            .with_rule("a reserved word is no name, and has no meaning yet");
    }

    /// Takes the declaration that starts at `begin`; returns where the next one starts.
    size_t one(size_t begin) {
        failed_ = false;
        open_.clear();
        if (tokens_[begin].kind == TokenKind::reserved_declaration) report(reserved(tokens_[begin]));
        for (at_ = begin + 1; at_ < tokens_.size(); ++at_) {
            const bool let_in_block =
                !open_.empty() && text_of(tokens_[open_.back()]) == "{" && text_of(tokens_[at_]) == "let";
            if (!let_in_block && starts_declaration(at_, open_)) {
                if (!open_.empty()) unclosed(tokens_[at_]);
                break;
            }
            if (let_in_block) continue;
            check(tokens_[at_]);
        }
        if (at_ == tokens_.size() && !open_.empty()) unclosed({});
        const std::span<const Token> chunk = tokens_.subspan(begin, at_ - begin);
        if (!failed_) {
            result_.chunks.push_back({chunk, at_ < tokens_.size() ? tokens_[at_].span : Span{}});
            return at_;
        }
        for (size_t j = 1; j < chunk.size(); ++j)  // whatever it may have declared
            if (is_declaration(chunk[j - 1]) && chunk[j].kind == TokenKind::name)
                result_.broken.push_back({std::string(text_of(chunk[j])), chunk[j].span});
        return at_;
    }

    void check(const Token& token) {
        switch (token.kind) {
            case TokenKind::open: open_.push_back(at_); break;
            case TokenKind::close: close(token); break;
            case TokenKind::declaration_word:
                report(error(Code::syntax_error, token.span, "`" + shown(token) + "` is a keyword, not a name")
                           .with_help("choose another name: `" + shown(token) + "_`"));
                break;
            case TokenKind::reserved_declaration:
            case TokenKind::reserved_word: report(reserved(token)); break;
            case TokenKind::reserved_operator:
                report(error(Code::reserved_word, token.span,
                             "operator `" + shown(token) + "` is reserved for a later version of the language"));
                break;
            case TokenKind::bad_number:
                report(
                    error(Code::bad_literal, token.span, "`" + shown(token) + "` is neither a number nor a name")
                        .with_rule("numbers are `12`, `0.1`, `1_000` or `2.5e-3`; a name does not start with a digit"));
                break;
            case TokenKind::bad_string:
                report(error(Code::bad_literal, token.span, "the string that starts here does not end on its line")
                           .with_help("close it with `\"`"));
                break;
            case TokenKind::bad_character: report(bad_character(token)); break;
            case TokenKind::name:
            case TokenKind::literal:
            case TokenKind::other: break;
        }
    }

    [[nodiscard]] Diagnostic bad_character(const Token& token) const {
        const auto byte = static_cast<unsigned char>(text_[token.span.begin]);
        Span span = token.span;
        while (byte >= 0x80 && span.end < text_.size() && (static_cast<unsigned char>(text_[span.end]) & 0xC0U) == 0x80)
            ++span.end;
        constexpr std::string_view hex = "0123456789ABCDEF";
        std::string text = "`" + std::string(text_.substr(span.begin, span.end - span.begin)) + "`";
        if (byte < 0x20 || byte == 0x7F) text = std::string("control character 0x") + hex[byte / 16] + hex[byte % 16];
        return error(Code::syntax_error, span, text + " has no meaning here")
            .with_rule(
                "outside of strings and comments, programs are letters, digits and the operators of the language");
    }

    void close(const Token& token) {
        const std::string_view text = text_of(token);
        if (open_.empty()) {
            report(error(Code::unbalanced_bracket, token.span, "`" + shown(token) + "` closes nothing"));
            return;
        }
        const Token& open = tokens_[open_.back()];
        const std::string_view opened = text_of(open);
        const bool match =
            (opened == "(" && text == ")") || (opened == "[" && text == "]") || (opened == "{" && text == "}");
        if (!match)
            report(error(Code::unbalanced_bracket, token.span,
                         "`" + shown(token) + "` does not close `" + shown(open) + "`")
                       .with_place(open.span, "opened here"));
        open_.pop_back();
    }

    void unclosed(std::optional<Token> next) {
        const Token& open = tokens_[open_.back()];
        report(error(Code::unbalanced_bracket, open.span, "`" + shown(open) + "` is never closed")
                   .with_label("opened here")
                   .with_place(next ? next->span : Span{}, "this declaration starts before it is closed"));
    }

    std::string_view text_;
    std::span<const Token> tokens_;
    size_t at_ = 0;
    std::vector<size_t> open_;  // tokens of the brackets open at at_
    bool failed_ = false;       // this declaration has been reported
    Chunks result_;
};

}  // namespace

Chunks divide(std::string_view text, std::span<const Token> tokens) { return Divider(text, tokens).run(); }

}  // namespace dal
