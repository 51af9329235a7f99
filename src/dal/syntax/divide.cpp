#include <algorithm>
#include <optional>
#include <set>

#include "dal/support/codes/syntax_codes.hpp"
#include "dal/syntax/parse.hpp"
#include "dal/syntax/tokens.hpp"

namespace dal {
namespace {

constexpr std::string_view declaration_words =
    "`use`, `param`, `input`, `let`, `output`, `fn`, `table`, `test`, `property` or `with`";

/// A bracket that is open, or the declaration itself.
struct Level {
    size_t token;
    size_t prefixes = 0;  ///< `if` and `fold` forms that are open here: they end with it, or at a comma
    size_t waiting = 0;   ///< those of them whose `=>` has not come: a comma is one of their own
};

class Divider {
  public:
    Divider(std::string_view text, std::span<const Token> tokens) : text_(text), tokens_(tokens) {}

    Chunks run() {
        size_t begin = 0;
        while (begin < tokens_.size() && result_.diagnostics.size() < max_diagnostics) {
            if (closes_with(begin)) {
                result_.chunks.push_back({Chunk::Kind::with_end, tokens_.subspan(begin, 1), next_span(begin + 1)});
                withs_.pop_back();
                ++begin;
            } else if (!starts_declaration(begin)) {
                const size_t first = begin;
                begin = is(begin, "#") ? end_of_line(begin) : begin + 1;
                while (begin < tokens_.size() && !starts_declaration(begin) && !closes_with(begin) && !is(begin, "#"))
                    ++begin;
                report_outside(first, begin);
            } else {
                begin = one(begin);
            }
        }
        for (; !withs_.empty(); withs_.pop_back()) {
            const Token& open = tokens_[withs_.back()];
            if (begin == tokens_.size())
                result_.diagnostics.push_back(
                    error(code::unbalanced_bracket, open.span, "`{` is never closed").with_label("opened here"));
            result_.chunks.push_back({Chunk::Kind::with_end, tokens_.last(1), {}});
        }
        return std::move(result_);
    }

  private:
    [[nodiscard]] std::string_view text_of(const Token& token) const {
        return text_.substr(token.span.begin, token.span.end - token.span.begin);
    }
    [[nodiscard]] bool is(size_t at, std::string_view text) const {
        return at < tokens_.size() && text_of(tokens_[at]) == text;
    }
    [[nodiscard]] Span next_span(size_t at) const { return at < tokens_.size() ? tokens_[at].span : Span{}; }
    static bool is_declaration(const Token& token) {
        return token.kind == TokenKind::declaration_word || token.kind == TokenKind::reserved;
    }
    static bool ends_expression(const Token& token) {
        return token.kind == TokenKind::name || token.kind == TokenKind::literal || token.kind == TokenKind::close ||
               token.kind == TokenKind::bad_number || token.kind == TokenKind::bad_string;
    }
    [[nodiscard]] bool is_string(size_t at) const { return at < tokens_.size() && text_of(tokens_[at]).front() == '"'; }

    /// Whether what it declares stands after the keyword at `at`.
    [[nodiscard]] bool declares(size_t at) const {
        if (is(at, "test") || is(at, "property")) return is_string(at + 1);
        if (is(at, "with") && is(at + 1, "table")) return is(at + 2, ":");
        return at + 1 < tokens_.size() && (tokens_[at + 1].kind == TokenKind::name ||
                                           (tokens_[at].kind == TokenKind::reserved && is_string(at + 1)));
    }
    /// Whether the keyword at `at` opens a new declaration, rather than being misused as a name: something
    /// complete stands before it, or something that it declares stands after it.
    [[nodiscard]] bool starts_declaration(size_t at) const {
        if (!is_declaration(tokens_[at])) return false;
        return at == 0 || declares(at) || ends_expression(tokens_[at - 1]) || is(at - 1, "{");
    }
    [[nodiscard]] bool closes_with(size_t at) const { return !withs_.empty() && is(at, "}"); }

    void report(Diagnostic diagnostic) {
        if (!failed_) result_.diagnostics.push_back(std::move(diagnostic));
        failed_ = true;
    }

    /// The first token after the line of the one at `at`.
    [[nodiscard]] size_t end_of_line(size_t at) const {
        const size_t end = std::min(text_.find('\n', tokens_[at].span.begin), text_.size());
        while (at < tokens_.size() && tokens_[at].span.begin < end) ++at;
        return at;
    }

    /// What stands between declarations: the tokens from `begin` up to `end`.
    void report_outside(size_t begin, size_t end) {
        if (is(begin, "#")) {  // all lines that start so are one mistake
            failed_ = reported_hash_;
            reported_hash_ = true;
        } else {
            failed_ = false;
        }
        const Token& token = tokens_[begin];
        if (token.kind == TokenKind::close) {
            report(closes_nothing(token));
            return;
        }
        if (static_cast<unsigned char>(text_[token.span.begin]) >= 0x80) {  // the token is one byte of the character
            report(bad_character(token));
            return;
        }
        Diagnostic d = error(code::syntax_error, token.span, "expected a declaration, found `" + shown(token) + "`")
                           .with_rule("a declaration starts with " + std::string(declaration_words));
        if (is(begin, "expect")) d.help.emplace_back("write `expect` in a test: `test \"name\" { expect a == b }`");
        if (is(begin, "#")) d.help.emplace_back("a comment starts with `//`");
        const std::span<const Token> outside = tokens_.subspan(begin, end - begin);
        if (std::string help = habit_of_declaring(text_, outside); !help.empty()) d.help.push_back(std::move(help));
        for (const Token& name : names_declared_otherwise(text_, outside))
            result_.broken.push_back({std::string(text_of(name)), name.span});
        report(std::move(d));
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
        return error(code::reserved_word, token.span, "`" + word + "` is reserved for a later version of the language")
            .with_rule("a reserved word is no name, and has no meaning yet");
    }

    /// Takes the declaration that starts at `begin`; returns where the next one starts.
    size_t one(size_t begin) {
        failed_ = false;
        open_.clear();
        level_ = {begin};
        const bool is_with = is(begin, "with");
        if (tokens_[begin].kind == TokenKind::reserved) report(reserved(tokens_[begin]));
        for (at_ = begin + 1; at_ < tokens_.size(); ++at_) {
            if (closes_with(at_) &&
                std::none_of(open_.begin(), open_.end(), [&](const Level& o) { return is(o.token, "{"); })) {
                if (!open_.empty()) unclosed(tokens_[at_]);
                open_.clear();
                break;
            }
            if (is_with && open_.empty() && is(at_, "{") && ends_expression(tokens_[at_ - 1])) {
                withs_.push_back(at_);
                ++at_;
                const auto head = tokens_.subspan(begin, at_ - begin);
                result_.chunks.push_back({Chunk::Kind::with_head, head, next_span(at_), failed_});
                return at_;
            }
            if (is(at_, "let") && in_block()) continue;
            if (open_.empty() ? starts_declaration(at_) : is_declaration(tokens_[at_]) && declares(at_)) {
                if (!open_.empty()) unclosed(tokens_[at_]);
                break;
            }
            check(tokens_[at_]);
        }
        if (at_ == tokens_.size() && !open_.empty()) unclosed({});
        const std::span<const Token> chunk = tokens_.subspan(begin, at_ - begin);
        if (!failed_) {
            result_.chunks.push_back({Chunk::Kind::declaration, chunk, next_span(at_)});
            return at_;
        }
        if (begins_test(text_, chunk)) result_.broken_tests.push_back(chunk);
        for (size_t j = 1; j < chunk.size(); ++j) {  // whatever it may have declared
            if (is(begin + j, "#")) j = end_of_line(begin + j) - begin;
            if (j < chunk.size() && is_declaration(chunk[j - 1]) && chunk[j].kind == TokenKind::name &&
                text_of(chunk[j - 1]) != "with")
                result_.broken.push_back({std::string(text_of(chunk[j])), chunk[j].span});
        }
        return at_;
    }

    /// Whether a `let` at at_ is a step of a block or a test. Brackets that are open inside of that are closed with a
    /// report.
    bool in_block() {
        const auto block = std::find_if(open_.rbegin(), open_.rend(), [&](const Level& o) { return is(o.token, "{"); });
        if (block == open_.rend()) return false;
        while (!is(open_.back().token, "{")) {
            unclosed(tokens_[at_]);
            open_.pop_back();
        }
        return true;
    }

    Level& level() { return open_.empty() ? level_ : open_.back(); }

    /// `if` and `fold` forms may be nested without brackets; nothing may be nested too deeply.
    void count_prefixes(const Token& token) {
        const std::string_view text = text_of(token);
        Level& here = level();
        if (text == "fold") ++here.waiting;
        if (text == "=>" && here.waiting > 0) --here.waiting;
        if (text == ";" || (text == "," && here.waiting == 0)) here = {here.token};
        if (text != "if" && text != "fold") return;
        ++here.prefixes;
        size_t depth = open_.size() + withs_.size() + level_.prefixes;
        for (const Level& open : open_) depth += open.prefixes;
        if (depth > max_nesting)
            report(error(code::nesting_too_deep, token.span,
                         "`" + shown(token) + "` is nested " + std::to_string(depth) + " deep")
                       .with_rule("at most " + std::to_string(max_nesting) + " levels of nesting")
                       .with_help("name inner parts with `let`, or look the values up in an array"));
    }

    void check(const Token& token) {
        count_prefixes(token);
        switch (token.kind) {
            case TokenKind::open: open_.push_back({at_}); break;
            case TokenKind::close: close(token); break;
            case TokenKind::declaration_word:
                if (text_of(token) == "table") break;                         // may be the name of a place
                if (!misused_.insert(text_of(token)).second) failed_ = true;  // said once
                report(keyword_as_name(text_, token.span));
                break;
            case TokenKind::reserved: report(reserved(token)); break;
            case TokenKind::bad_number:
                report(
                    error(code::bad_literal, token.span, "`" + shown(token) + "` is neither a number nor a name")
                        .with_rule("numbers are `12`, `0.1`, `1_000` or `2.5e-3`; a name does not start with a digit"));
                break;
            case TokenKind::bad_string:
                report(error(code::bad_literal, token.span, "the string that starts here does not end on its line")
                           .with_help("close it with `\"`"));
                break;
            case TokenKind::bad_character:
                report(bad_character(token));
                if (text_of(token) == "#") at_ = end_of_line(at_) - 1;
                break;
            case TokenKind::name:
            case TokenKind::literal:
            case TokenKind::keyword:
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
        if (text_.substr(span.begin, span.end - span.begin) == byte_order_mark)
            text = "a byte order mark after the start of the file";  // shown as nothing
        if (byte < 0x20 || byte == 0x7F) text = std::string("control character 0x") + hex[byte / 16] + hex[byte % 16];
        Diagnostic result =
            error(code::syntax_error, span, text + " has no meaning here")
                .with_rule(
                    "outside of strings and comments, programs are letters, digits and the operators of the language");
        if (byte == '?') result.help.emplace_back("a choice is written `if c then a else b`");
        if (byte == '\'') result.help.emplace_back("strings have double quotes: `\"text\"`");
        if (byte == '#') result.help.emplace_back("comments start with `//`");
        return result;
    }

    [[nodiscard]] Diagnostic closes_nothing(const Token& token) const {
        return error(code::unbalanced_bracket, token.span, "`" + shown(token) + "` closes nothing");
    }

    void close(const Token& token) {
        const std::string_view text = text_of(token);
        if (open_.empty()) {
            report(closes_nothing(token));
            return;
        }
        const Token& open = tokens_[open_.back().token];
        const std::string_view opened = text_of(open);
        const bool match =
            (opened == "(" && text == ")") || (opened == "[" && text == "]") || (opened == "{" && text == "}");
        if (!match)
            report(error(code::unbalanced_bracket, token.span,
                         "`" + shown(token) + "` does not close `" + shown(open) + "`")
                       .with_place(open.span, "opened here"));
        open_.pop_back();
    }

    void unclosed(std::optional<Token> next) {
        const Token& open = tokens_[open_.back().token];
        report(error(code::unbalanced_bracket, open.span, "`" + shown(open) + "` is never closed")
                   .with_label("opened here")
                   .with_place(next ? next->span : Span{}, next && next->kind == TokenKind::close
                                                               ? "`with` ends before it is closed"
                                                               : "this declaration starts before it is closed"));
    }

    std::string_view text_;
    std::span<const Token> tokens_;
    size_t at_ = 0;
    std::vector<Level> open_;    // brackets open at at_
    Level level_{0};             // the declaration outside of them
    std::vector<size_t> withs_;  // the `{` of each `with` around it
    bool failed_ = false;        // this declaration has been reported
    bool reported_hash_ = false;
    std::set<std::string_view> misused_;  // keywords that were said to be no names
    Chunks result_;
};

}  // namespace

bool begins_test(std::string_view text, std::span<const Token> tokens) {
    if (tokens.size() < 2 || tokens[1].kind != TokenKind::literal || text[tokens[1].span.begin] != '"') return false;
    const Span& word = tokens[0].span;
    const std::string_view kind = text.substr(word.begin, word.end - word.begin);
    return kind == "test" || kind == "property";
}

Chunks divide(std::string_view text, std::span<const Token> tokens) { return Divider(text, tokens).run(); }

Diagnostic keyword_as_name(std::string_view text, const Span& word) {
    const std::string keyword(text.substr(word.begin, word.end - word.begin));
    const std::string_view before = text.substr(0, word.begin);
    const size_t last = before.find_last_not_of(" \t\r\n");
    const bool is_member = last != std::string_view::npos && before[last] == '.';
    return error(code::syntax_error, word, "`" + keyword + "` is a keyword, not a name")
        .with_help(is_member ? "a member of an archive: `[\"" + keyword + "\"]`"
                             : "choose another name: `" + keyword + "_`");
}

std::string habit_of_declaring(std::string_view text, std::span<const Token> tokens) {
    const auto word = [&](const Token& token) {
        return text.substr(token.span.begin, token.span.end - token.span.begin);
    };
    if (tokens.empty() || tokens.front().kind != TokenKind::name) return "";
    const std::string_view first = word(tokens.front());
    if (first == "def" || first == "func" || first == "function") return "a function is `fn name(x) = …`";
    const bool is_typed = first == "const" || first == "var" || first == "val" || first == "auto";
    if (is_typed && tokens.size() > 1 && tokens[1].kind == TokenKind::name)
        return "a value is declared with `let`: `let " + std::string(word(tokens[1])) + " = …`";
    if (tokens.size() > 1 && word(tokens[1]) == "=")
        return "a value is declared with `let`: `let " + std::string(first) + " = …`";
    return "";
}

std::vector<Token> names_declared_otherwise(std::string_view text, std::span<const Token> tokens) {
    const auto word = [&](size_t at) {
        return text.substr(tokens[at].span.begin, tokens[at].span.end - tokens[at].span.begin);
    };
    std::vector<Token> names;
    int depth = 0;
    for (size_t at = 0; at < tokens.size(); ++at) {
        depth += tokens[at].kind == TokenKind::open ? 1 : tokens[at].kind == TokenKind::close ? -1 : 0;
        if (depth > 0 || tokens[at].kind != TokenKind::name) continue;
        const bool is_function =
            at > 0 && (word(at - 1) == "def" || word(at - 1) == "func" || word(at - 1) == "function");
        if (is_function || (at + 1 < tokens.size() && word(at + 1) == "=")) names.push_back(tokens[at]);
    }
    return names;
}

}  // namespace dal
