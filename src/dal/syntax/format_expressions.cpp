#include "dal/syntax/format_expressions.hpp"

#include <algorithm>
#include <array>

namespace dal {
namespace {

using Flat = Layout::Flat;

constexpr int pipe_rank = 2;
constexpr int tightest = 9;  // no operator

/// From loosest to tightest.
int rank_of(std::string_view op) {
    constexpr std::array<std::pair<std::string_view, int>, 19> ranks{{{"..", 0},
                                                                      {"==", 1},
                                                                      {"!=", 1},
                                                                      {"<", 1},
                                                                      {"<=", 1},
                                                                      {">", 1},
                                                                      {">=", 1},
                                                                      {"|>", pipe_rank},
                                                                      {"|", 3},
                                                                      {"^", 4},
                                                                      {"&", 5},
                                                                      {"<<", 6},
                                                                      {">>", 6},
                                                                      {"+", 7},
                                                                      {"-", 7},
                                                                      {"*", 8},
                                                                      {"/", 8},
                                                                      {"%", 8},
                                                                      {"@", 8}}};
    const auto* found = std::find_if(ranks.begin(), ranks.end(), [&](const auto& entry) { return entry.first == op; });
    return found == ranks.end() ? tightest : found->second;
}

bool is_number(std::string_view token) { return token.front() >= '0' && token.front() <= '9'; }

}  // namespace

DeclarationLayout::DeclarationLayout(const FormatSource& source, size_t begin, size_t end)
    : source_(source), led_(begin) {
    lead(begin, true);
    declaration(begin, end);
    flush();
}

// What is put down

/// Comments on their own lines before a token, once, outside of the groups that it starts.
void DeclarationLayout::lead(size_t at, bool statement) {
    if (at < led_) return;
    led_ = at + 1;
    const auto comments = source_.leading(at);
    if (comments.empty()) return;
    flush();
    const bool inside = source_.token(at).kind == TokenKind::close;
    for (size_t j = 0; j < comments.size(); ++j)
        layout_.own_comment(comments[j].text, statement && j > 0 && comments[j].blank, inside);
    if (statement && source_.blank_before(at)) layout_.own_comment({}, false, false);
}

void DeclarationLayout::flush() {
    if (!pending_.empty()) layout_.trailing_comment(pending_);
    pending_ = {};
}

void DeclarationLayout::text(size_t at, bool statement) {
    flush();
    lead(at, statement);
    if (source_.text(at).starts_with('[') && source_.token(at).kind == TokenKind::literal) {
        arrays_.push_back(array_layout(source_.whole(), source_.token(at).span));
        layout_.array(arrays_.back().get());
    } else {
        layout_.text(source_.text(at));
    }
    pending_ = source_.trailing(at);
}

void DeclarationLayout::open(size_t at, size_t indent) {
    flush();
    lead(at);
    layout_.open(indent);
}

void DeclarationLayout::close() { layout_.close(); }

void DeclarationLayout::line(Flat flat, bool dedent, bool blank) {
    flush();
    layout_.line(flat, dedent, blank);
}

void DeclarationLayout::space() {
    flush();
    layout_.space();
}

// Where parts begin and end

size_t DeclarationLayout::after(size_t at) const {
    return source_.token(at).kind == TokenKind::open ? source_.match(at) + 1 : at + 1;
}

/// The first `word` outside of brackets that does not belong to an `opener` before it; `end` if there is none.
size_t DeclarationLayout::find(std::string_view word, std::string_view opener, size_t begin, size_t end) const {
    size_t inner = 0;
    for (size_t at = begin; at < end; at = after(at)) {
        if (!opener.empty() && source_.is(at, opener)) ++inner;
        if (source_.is(at, word) && inner-- == 0) return at;
    }
    return end;
}

/// Commas, semicolons or colons outside of brackets; not the commas between the clauses of a fold.
std::vector<size_t> DeclarationLayout::separators(std::string_view text, size_t begin, size_t end) const {
    std::vector<size_t> result;
    size_t waiting = 0;
    for (size_t at = begin; at < end; at = after(at)) {
        if (source_.is(at, "fold")) ++waiting;
        if (source_.is(at, "=>") && waiting > 0) --waiting;
        if (source_.is(at, text) && waiting == 0) result.push_back(at);
    }
    return result;
}

bool DeclarationLayout::ends_operand(size_t at) const {
    const Token& token = source_.token(at);
    return token.kind == TokenKind::name || token.kind == TokenKind::literal || token.kind == TokenKind::close ||
           token.kind == TokenKind::declaration_word;
}

DeclarationLayout::Split DeclarationLayout::loosest(size_t begin, size_t end) const {
    Split result{{}, tightest};
    for (size_t at = begin; at < end; at = after(at)) {
        if (source_.token(at).kind != TokenKind::other || at == begin || !ends_operand(at - 1)) continue;
        const int rank = rank_of(source_.text(at));
        if (rank < result.rank) result = {{}, rank};
        if (rank == result.rank && rank != tightest) result.at.push_back(at);
    }
    return result;
}

/// Whether an expression stays on the line of what introduces it and breaks inside.
bool DeclarationLayout::hugs(size_t begin, size_t end) const {
    if (source_.is(begin, "if") || source_.is(begin, "fold")) return false;
    const int rank = loosest(begin, end).rank;
    return rank == tightest || rank == pipe_rank;
}

// Declarations and statements

void DeclarationLayout::declaration(size_t begin, size_t end) {
    const std::string_view word = source_.text(begin);
    if (word == "test" || word == "property") {
        text(begin);
        space();
        text(begin + 1);
        space();
        size_t body = begin + 2;
        if (word == "property") {
            list(body, false);
            space();
            body = after(body);
        }
        const size_t statements = separators(";", body + 1, end - 1).size() + (source_.is(end - 2, ";") ? 0 : 1);
        braces(body, statements > 1);
    } else if (word == "with") {
        open(begin, 2 * format_indent);
        text(begin);
        space();
        size_t from = begin + 1;
        auto commas = separators(",", from, end - 1);
        commas.push_back(end - 1);
        for (const size_t comma : commas) {
            item(from, comma, false);
            if (comma < end - 1) {
                text(comma);
                line(Flat::space);
            }
            from = comma + 1;
        }
        close();
        space();
        text(end - 1);
    } else {
        definition(begin, end, word == "fn" || word == "table");
    }
}

void DeclarationLayout::statement(size_t begin, size_t end) {
    if (source_.is(begin, "let")) {
        definition(begin, end, false);
    } else if (source_.is(begin, "expect")) {
        text(begin);
        space();
        expression(begin + 1, end);
    } else {
        expression(begin, end);
    }
}

/// `let name: type = value`, `fn name(…) -> type = value` and all that is part of these.
void DeclarationLayout::definition(size_t begin, size_t end, bool keeps_break) {
    const size_t assign = find("=", "", begin, end);
    text(begin);
    space();
    text(begin + 1);
    size_t at = begin + 2;
    if (source_.is(at, "(")) {
        list(at, false);
        at = after(at);
    }
    if (at < assign) {
        if (source_.is(at, "->")) space();
        text(at);
        space();
        expression(at + 1, assign);
    }
    if (assign < end) value(assign, end, keeps_break);
}

void DeclarationLayout::value(size_t assign, size_t end, bool keeps_break) {
    space();
    const bool comments = !source_.trailing(assign).empty() || !source_.leading(assign + 1).empty();
    const bool broken = comments || (keeps_break && source_.line_ends_after(assign));
    if (!broken && hugs(assign + 1, end)) {
        text(assign);
        space();
        expression(assign + 1, end);
        return;
    }
    open(assign, format_indent);
    text(assign);
    line(Flat::space);
    if (broken) layout_.force();
    expression(assign + 1, end);
    close();
}

/// `{ let a = 1; a }` and the body of a test.
void DeclarationLayout::braces(size_t open, bool force) {
    const size_t end = source_.match(open);
    this->open(open, format_indent);
    text(open);
    if (force || source_.line_ends_after(open)) layout_.force();
    line(Flat::space);
    auto ends = separators(";", open + 1, end);
    if (ends.empty() || ends.back() + 1 < end) ends.push_back(end);
    size_t from = open + 1;
    for (const size_t semicolon : ends) {
        if (from > open + 1) line(Flat::space, false, source_.blank_before_all(from));
        lead(from, true);
        statement(from, semicolon);
        if (semicolon < end) text(semicolon);
        from = semicolon + 1;
    }
    line(Flat::space, true);
    text(end);
    close();
}

// Lists

/// Arguments, parameters, items, indices, or one expression in parentheses.
void DeclarationLayout::list(size_t open, bool index) {
    const size_t end = source_.match(open);
    this->open(open, format_indent);
    text(open);
    if (open + 1 < end) {
        line(Flat::nothing);
        size_t from = open + 1;
        auto commas = separators(",", from, end);
        commas.push_back(end);
        for (const size_t comma : commas) {
            item(from, comma, index);
            if (comma < end) {
                text(comma);
                line(Flat::space);
            }
            from = comma + 1;
        }
        line(Flat::nothing, true);
    }
    text(end);
    close();
}

/// `name: value`, `name: type = value`, `name = value`, `value`; in an index `first:last:step`.
void DeclarationLayout::item(size_t begin, size_t end, bool index) {
    if (index) {
        auto colons = separators(":", begin, end);
        colons.push_back(end);
        for (const size_t colon : colons) {
            if (begin < colon) expression(begin, colon);
            if (colon < end) text(colon);
            begin = colon + 1;
        }
        return;
    }
    if (source_.is(begin + 1, ":") && begin + 1 < end) {
        text(begin);
        text(begin + 1);
        space();
        begin += 2;
    }
    const size_t assign = find("=", "", begin, end);
    if (assign < end && find("fold", "", begin, assign) == assign) {
        expression(begin, assign);
        space();
        text(assign);
        space();
        begin = assign + 1;
    }
    expression(begin, end);
}

/// `[for i in 0..8 => x[i]]`.
void DeclarationLayout::comprehension(size_t open) {
    const size_t end = source_.match(open);
    const size_t arm = find("=>", "fold", open + 1, end);
    this->open(open, format_indent);
    text(open);
    line(Flat::nothing);
    clauses(open + 1, arm);
    space();
    text(arm);
    line(Flat::space);
    expression(arm + 1, end);
    line(Flat::nothing, true);
    text(end);
    close();
}

void DeclarationLayout::clauses(size_t begin, size_t end) {
    open(begin, 2 * format_indent);
    text(begin);
    space();
    size_t from = begin + 1;
    auto commas = separators(",", from, end);
    commas.push_back(end);
    for (const size_t comma : commas) {
        text(from);
        space();
        text(from + 1);
        space();
        expression(from + 2, comma);
        if (comma < end) {
            text(comma);
            line(Flat::space);
        }
        from = comma + 1;
    }
    close();
}

// Expressions

void DeclarationLayout::expression(size_t begin, size_t end) {
    if (source_.is(begin, "if"))
        choice(begin, end);
    else if (source_.is(begin, "fold"))
        fold(begin, end);
    else
        chain(begin, end);
}

void DeclarationLayout::choice(size_t begin, size_t end) {
    const size_t then = find("then", "if", begin + 1, end);
    const size_t otherwise = find("else", "if", then + 1, end);
    open(begin, 0);
    text(begin);
    space();
    expression(begin + 1, then);
    line(Flat::space);
    text(then);
    space();
    expression(then + 1, otherwise);
    line(Flat::space);
    text(otherwise);
    space();
    expression(otherwise + 1, end);
    close();
}

void DeclarationLayout::fold(size_t begin, size_t end) {
    const size_t loop = find("for", "fold", begin + 1, end);
    const size_t arm = find("=>", "fold", loop + 1, end);
    open(begin, format_indent);
    text(begin);
    space();
    text(begin + 1);
    space();
    text(begin + 2);
    space();
    expression(begin + 3, loop);
    space();
    clauses(loop, arm);
    space();
    text(arm);
    line(Flat::space);
    expression(arm + 1, end);
    close();
}

void DeclarationLayout::chain(size_t begin, size_t end) {
    const Split split = loosest(begin, end);
    if (split.at.empty()) {
        operand(begin, end);
        return;
    }
    const bool tight = split.rank == 0;  // `0..8`
    open(begin, format_indent);
    size_t from = begin;
    for (const size_t op : split.at) {
        chain(from, op);
        if (!tight) line(Flat::space);
        text(op);
        if (!tight) space();
        from = op + 1;
    }
    chain(from, end);
    close();
}

/// Signs, an atom and what follows it, all without spaces.
void DeclarationLayout::operand(size_t begin, size_t end) {
    for (size_t at = begin; at < end; at = after(at)) {
        const bool suffix = at > begin && ends_operand(at - 1);
        if (suffix && source_.is(at, ".") && is_number(source_.text(at - 1))) space();  // `0 .x`: no decimal point
        if (source_.is(at, "("))
            list(at, false);
        else if (source_.is(at, "[") && source_.is(at + 1, "for"))
            comprehension(at);
        else if (source_.is(at, "["))
            list(at, suffix);
        else if (source_.is(at, "{"))
            braces(at, false);
        else
            text(at);
    }
}

}  // namespace dal
