#include "dal/syntax/parse.hpp"

#include <algorithm>
#include <set>

#include "dal/support/codes/syntax_codes.hpp"
#include "dal/syntax/antlr.hpp"
#include "dal/syntax/build.hpp"
#include "dal/syntax/foreign/translate.hpp"
#include "dal/syntax/scan.hpp"
#include "dal/syntax/tokens.hpp"

namespace dal {
namespace {

using Parser = generated::DalParser;

/// Where and why the parser stopped.
struct Stop {
    antlr4::Token* found = nullptr;
    antlr4::Token* before = nullptr;  ///< the last token that was accepted
    std::vector<size_t> expected;
    size_t rule = 0;
};

/// Keeps the first error and ends the parse.
class StopAtFirst : public antlr4::DefaultErrorStrategy {
  public:
    void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& e) override {
        stop.found = e.getOffendingToken();
        if (const size_t index = stop.found->getTokenIndex(); index > 0)
            stop.before = parser->getTokenStream()->get(index - 1);
        const auto expected = e.getExpectedTokens();
        for (const ssize_t symbol : expected.toList()) stop.expected.push_back(static_cast<size_t>(symbol));
        stop.rule = parser->getContext()->getRuleIndex();
    }
    void recover(antlr4::Parser*, std::exception_ptr) override {
        throw antlr4::ParseCancellationException("syntax error");
    }
    antlr4::Token* recoverInline(antlr4::Parser* parser) override { throw antlr4::InputMismatchException(parser); }
    void sync(antlr4::Parser*) override {}

    Stop stop;
};

bool contains(const Stop& stop, size_t symbol) {
    return std::find(stop.expected.begin(), stop.expected.end(), symbol) != stop.expected.end();
}

std::string quoted(const Parser& parser, size_t symbol) {
    std::string text = parser.getVocabulary().getLiteralName(symbol);
    return text.size() > 2 ? "`" + text.substr(1, text.size() - 2) + "`" : "`" + text + "`";
}

bool is_keyword(size_t symbol) { return symbol >= Parser::USE && symbol <= Parser::RESERVED; }

/// What could stand there, in the language's own terms.
std::string expectation(const Parser& parser, const Stop& stop) {
    if (stop.rule == Parser::RuleSubscript || (stop.rule == Parser::RuleIndex && contains(stop, Parser::NUMBER)))
        return "an index";
    if (contains(stop, Parser::NUMBER)) return contains(stop, Parser::ANY) ? "a type" : "an expression";
    if (stop.rule == Parser::RuleType) return "a type";
    if (contains(stop, Parser::STRING)) return "a name in quotes";
    if (contains(stop, Parser::NAME)) {
        if (contains(stop, Parser::TABLE)) return "`weight`, `bias`, `data` or `table`";
        return contains(stop, Parser::CLOSE) ? "a name or `)`" : "a name";
    }
    if (contains(stop, Parser::EXPECT))
        return contains(stop, Parser::CLOSE_CURLY) ? "`let`, `expect` or `}`" : "`let` or `expect`";
    if (contains(stop, antlr4::Token::EOF)) return "an operator or a new declaration";
    const bool list = stop.rule == Parser::RuleSuffix || stop.rule == Parser::RuleAtom ||
                      stop.rule == Parser::RuleIndex || stop.rule == Parser::RuleParameters;
    std::vector<std::string> words;
    if (list && (contains(stop, Parser::CLOSE) || contains(stop, Parser::CLOSE_SQUARE)) &&
        !contains(stop, Parser::COMMA))
        words.emplace_back("`,`");
    if (contains(stop, Parser::ARM) && stop.rule != Parser::RuleExpression && !contains(stop, Parser::COMMA))
        words.emplace_back("`,`");
    for (const size_t symbol : stop.expected) words.push_back(quoted(parser, symbol));
    std::string text;
    for (size_t j = 0; j < words.size(); ++j) text += (j == 0 ? "" : j + 1 == words.size() ? " or " : ", ") + words[j];
    return text;
}

/// Help for what people write by habit from other languages.
std::string habit(const Stop& stop, std::string_view found) {
    const bool operand = contains(stop, Parser::NUMBER);
    const size_t type = stop.found->getType();
    const bool adjacent = stop.before && stop.before->getStopIndex() + 1 == stop.found->getStartIndex();
    const size_t before = adjacent ? stop.before->getType() : 0;
    if (operand && type == Parser::BIT_AND && before == Parser::BIT_AND)
        return "both: `(a < b) & (b < c)`; `&` binds tighter than comparisons";
    if (operand && type == Parser::BIT_OR && before == Parser::BIT_OR)
        return "one or both: `(a < b) | (b < c)`; `|` binds tighter than comparisons";
    if (operand && type == Parser::TIMES && before == Parser::TIMES)
        return "powers of constants are `pow(a, b)`; of variables, products: `x * x`";
    if (operand && type == Parser::ASSIGN && before == Parser::EQUAL) return "equality is `a == b`";
    if (operand && type == Parser::GREATER && before == Parser::LESS) return "inequality is `a != b`";
    if (operand && type == Parser::RANGE) return "a range has both ends: `0..n`; all of an axis is `x[:]`";
    if (operand && type == Parser::FOR)
        return "a comprehension stands in square brackets: `[for i in 0..8 => x[i]]`; a loop that carries a value is "
               "`fold a = 0 for i in 0..8 => a + x[i]`";
    if (operand && (type == Parser::IF || type == Parser::FOLD))
        return "put `" + std::string(found) + " …` in parentheses";
    if (operand && type == Parser::ANY) return "`_` is a type, or a new axis in an index";
    if (operand || contains(stop, Parser::NAME)) return "";
    if (type == Parser::FOR && stop.rule == Parser::RuleAtom)
        return "the clauses come first: `[for i in 0..8 => x[i]]`";
    if (type == Parser::ARM) return "greater or equal is `>=`";
    if (type == Parser::RANGE) return "a range is written `a..b`";
    if (type == Parser::IF) return "a choice is `if c then a else b`";
    if (type == Parser::NAME && found == "and") return "both: `a & b`";
    if (type == Parser::NAME && found == "or") return "one or both: `a | b`";
    if (type == Parser::NAME && found == "mod") return "the remainder of constants is `a % b`";
    if (type == Parser::ASSIGN && (stop.rule == Parser::RuleSuffix || stop.rule == Parser::RuleArgument))
        return "named arguments are written with a colon: `f(a, name: b)`";
    if (type == Parser::ASSIGN && stop.rule == Parser::RuleAtom) return "equality is `a == b`";
    if (type == Parser::ASSIGN && !contains(stop, Parser::COLON) && !contains(stop, Parser::IN))
        return "equality is `a == b`";
    return "";
}

Diagnostic with_advice(Diagnostic result, const Stop& stop, std::string_view found) {
    if (std::string help = habit(stop, found); !help.empty()) result.help.push_back(std::move(help));
    if (contains(stop, Parser::SEMICOLON) && stop.found->getType() != Parser::ASSIGN)
        result.rules.emplace_back(stop.rule == Parser::RuleBlock ? "in a block, each `let` ends with `;`"
                                                                 : "in a test, `;` stands between the steps");
    if (contains(stop, Parser::THEN) || contains(stop, Parser::ELSE))
        result.rules.emplace_back("a choice is `if c then a else b`, always with both values");
    if (contains(stop, Parser::ARM))
        result.rules.emplace_back("the value of each step follows `=>`: `[for i in 0..8 => x[i]]`");
    if (contains(stop, Parser::FOR) && stop.rule == Parser::RuleClauses)
        result.rules.emplace_back("a fold is `fold a = start for i in 0..8 => a + x[i]`");
    return result;
}

/// The tokens of a chunk from the place on where the parser stopped.
std::span<const Token> rest_of(const Chunk& chunk, const Stop& stop) {
    const auto token = std::find_if(chunk.tokens.begin(), chunk.tokens.end(),
                                    [&](const Token& one) { return one.span.begin == stop.found->getStartIndex(); });
    return chunk.tokens.subspan(static_cast<size_t>(token - chunk.tokens.begin()));
}

/// `a if c else b` and `not a` as they are written here, if that is what stands where the parser stopped.
std::string rewritten(const Stop& stop, const Chunk& chunk, std::string_view text) {
    const std::span<const Token> rest = rest_of(chunk, stop);
    const std::span<const Token> before = chunk.tokens.first(chunk.tokens.size() - rest.size());
    const auto word = [&](const Token& token) {
        return text.substr(token.span.begin, token.span.end - token.span.begin);
    };
    const auto text_of = [&](std::span<const Token> tokens) {
        return std::string(text.substr(tokens.front().span.begin, tokens.back().span.end - tokens.front().span.begin));
    };
    if (before.empty() || rest.empty() || contains(stop, Parser::NUMBER)) return "";
    if (word(before.back()) == "not") return "not is `!`: `!" + std::string(word(rest.front())) + "`";
    if (rest.front().symbol != Parser::IF) return "";
    size_t start = before.size();
    while (start > 0 && before[start - 1].symbol != Parser::ASSIGN && before[start - 1].kind != TokenKind::open &&
           before[start - 1].symbol != Parser::COMMA)
        --start;
    int depth = 0;
    size_t other = 0;
    size_t end = 1;
    for (; end < rest.size() && depth >= 0; ++end) {
        depth += rest[end].kind == TokenKind::open ? 1 : rest[end].kind == TokenKind::close ? -1 : 0;
        if (depth < 0 || (depth == 0 && rest[end].symbol == Parser::COMMA)) break;
        if (depth == 0 && other == 0 && rest[end].symbol == Parser::ELSE) other = end;
    }
    if (start == before.size() || other < 2 || other + 1 >= end) return "";
    const std::string result = "if " + text_of(rest.subspan(1, other - 1)) + " then " + text_of(before.subspan(start)) +
                               " else " + text_of(rest.subspan(other + 1, end - other - 1));
    return result.find('\n') != std::string::npos ? "" : "a choice is `" + result + "`";
}

Diagnostic explain(const Parser& parser, const Stop& stop, const Chunk& chunk, std::string_view text) {
    const std::string expected = "expected " + expectation(parser, stop);
    if (stop.found->getType() == antlr4::Token::EOF) {
        const std::string_view next = text.substr(chunk.next.begin, chunk.next.end - chunk.next.begin);
        return with_advice(
            error(code::syntax_error, chunk.tokens.back().span,
                  expected + ", found " + (chunk.next.known() ? "`" + std::string(next) + "`" : "the end of the file"))
                .with_label("after this"),
            stop, next);
    }
    const Span span{chunk.tokens.front().span.file, static_cast<uint32_t>(stop.found->getStartIndex()),
                    static_cast<uint32_t>(stop.found->getStopIndex() + 1)};
    constexpr uint32_t most = 24;
    const std::string_view word = text.substr(span.begin, span.end - span.begin);
    const std::string found = word.size() > most ? "this" : "`" + std::string(word) + "`";
    if (is_keyword(stop.found->getType()) && contains(stop, Parser::NAME) && !contains(stop, Parser::NUMBER))
        return keyword_as_name(text, span);
    Diagnostic result = with_advice(error(code::syntax_error, span, expected + ", found " + found), stop, word);
    if (std::string help = rewritten(stop, chunk, text); !help.empty()) result.help = {std::move(help)};
    if (contains(stop, antlr4::Token::EOF) && result.help.empty())
        if (std::string help = habit_of_declaring(text, rest_of(chunk, stop)); !help.empty())
            result.help.push_back(std::move(help));
    return result;
}

std::vector<std::unique_ptr<antlr4::Token>> parser_tokens(const Chunk& chunk) {
    std::vector<std::unique_ptr<antlr4::Token>> result;
    result.reserve(chunk.tokens.size() + 1);
    const auto add = [&](size_t symbol, const Span& span) {
        auto token = std::make_unique<antlr4::CommonToken>(symbol);
        token->setStartIndex(span.begin);
        token->setStopIndex(span.end - 1);
        result.push_back(std::move(token));
    };
    for (const Token& token : chunk.tokens) add(token.symbol, token.span);
    add(antlr4::Token::EOF, chunk.tokens.back().span);
    return result;
}

/// Parses one declaration, or the head of a `with`. `parser`: the same for all of them, which is faster. `misused`:
/// keywords that were reported as names; another error at one of them has no diagnostic.
Result<ast::Declaration> parse_chunk(Parser& parser, const Chunk& chunk, std::string_view text, Ast& ast,
                                     std::set<size_t>& misused) {
    antlr4::ListTokenSource source(parser_tokens(chunk));
    antlr4::CommonTokenStream stream(&source);
    parser.setTokenStream(&stream);
    parser.setState(INVALID_INDEX);  // as of a new one: a new stream does not reset it
    const auto strategy = std::make_shared<StopAtFirst>();
    parser.setErrorHandler(strategy);
    try {
        if (chunk.kind == Chunk::Kind::with_head) return build_with_head(*parser.withHead(), text, ast);
        auto* program = parser.program();
        return build_declaration(*program->declaration(0), text, ast);
    } catch (const antlr4::ParseCancellationException&) {
        const bool named = chunk.tokens.size() > 1 && chunk.tokens[1].kind == TokenKind::name;
        if (named && chunk.tokens[0].symbol != Parser::WITH) {
            const Span& name = chunk.tokens[1].span;
            ast.broken.push_back({std::string(text.substr(name.begin, name.end - name.begin)), name});
        }
        const Stop& stop = strategy->stop;
        if (stop.found->getType() != antlr4::Token::EOF)
            for (const Token& name : names_declared_otherwise(text, rest_of(chunk, stop)))
                ast.broken.push_back(
                    {std::string(text.substr(name.span.begin, name.span.end - name.span.begin)), name.span});
        Diagnostic problem = explain(parser, stop, chunk, text);
        const bool is_keyword_here = is_keyword(stop.found->getType());
        // A keyword that is meant as a name stands wherever the name is used: one message is enough.
        if (is_keyword_here && misused.contains(stop.found->getType())) return failure(Diagnostics{});
        if (problem.message.ends_with("is a keyword, not a name")) misused.insert(stop.found->getType());
        return failure(std::move(problem));
    }
}

/// A chunk that begins a test.
BrokenTest broken_test(std::string_view text, std::span<const Token> chunk) {
    const Span& name = chunk[1].span;
    return {std::string(text.substr(name.begin + 1, name.end - name.begin - 2)), name, text[chunk[0].span.begin] == 'p',
            Span::join(chunk.front().span, chunk.back().span)};
}

/// Puts declarations where they belong: in the file, or in the innermost `with`.
class Collector {
  public:
    explicit Collector(Ast& ast) : ast_(ast) {}

    void open(ast::Declaration head, bool broken) { open_.push_back({std::move(head), broken}); }
    /// Nothing means what it should under a head with an error: only names are kept then.
    void add(ast::Declaration declaration) {
        if (open_.empty())
            ast_.declarations.push_back(std::move(declaration));
        else
            std::get<ast::With>(open_.back().head.kind).declarations.push_back(std::move(declaration));
    }
    void close(const Span& end) {
        Open last = std::move(open_.back());
        open_.pop_back();
        last.head.span = Span::join(last.head.span, end);
        if (last.broken)
            forget(std::get<ast::With>(last.head.kind));
        else
            add(std::move(last.head));
    }

  private:
    struct Open {
        ast::Declaration head;
        bool broken;
    };
    void forget(const ast::With& with) {
        std::vector<const ast::With*> todo{&with};
        while (!todo.empty()) {
            const ast::With& next = *todo.back();
            todo.pop_back();
            for (const ast::Declaration& declaration : next.declarations) {
                if (const ast::Name* name = ast::declared_name(declaration)) ast_.broken.push_back(*name);
                if (const auto* inner = std::get_if<ast::With>(&declaration.kind)) todo.push_back(inner);
            }
        }
    }

    Ast& ast_;
    std::vector<Open> open_;
};

}  // namespace

namespace {

Parsed parse_text(std::string_view text, FileId file) {
    Parsed result;
    result.ast.file = file;
    const auto add = [&](Diagnostics diagnostics) {
        result.diagnostics.insert(result.diagnostics.end(), std::make_move_iterator(diagnostics.begin()),
                                  std::make_move_iterator(diagnostics.end()));
    };
    auto arrays = scan(text, file);
    if (!arrays) {
        add(std::move(arrays.error()));
        return result;
    }
    auto tokens = lex(text, file, *arrays);
    if (!tokens) {
        add(std::move(tokens.error()));
        return result;
    }
    result.ast.comments = std::move(tokens->comments);
    Chunks chunks = divide(text, tokens->tokens);
    result.ast.broken = std::move(chunks.broken);
    for (const std::span<const Token> test : chunks.broken_tests)
        result.broken_tests.push_back(broken_test(text, test));
    add(std::move(chunks.diagnostics));
    const auto lock = lock_antlr();
    Collector collector(result.ast);
    std::set<size_t> misused;
    Parser parser(nullptr);
    parser.removeErrorListeners();
    for (const Chunk& chunk : chunks.chunks) {
        if (chunk.kind == Chunk::Kind::with_end) {
            collector.close(chunk.tokens.front().span);
            continue;
        }
        const bool is_head = chunk.kind == Chunk::Kind::with_head;
        std::optional<ast::Declaration> declaration;
        if (!chunk.broken && result.diagnostics.size() < max_diagnostics) {
            auto built = parse_chunk(parser, chunk, text, result.ast, misused);
            if (built) {
                declaration = std::move(*built);
            } else {
                add(std::move(built.error()));
                if (begins_test(text, chunk.tokens)) result.broken_tests.push_back(broken_test(text, chunk.tokens));
            }
        }
        const bool broken = !declaration;
        if (is_head)
            collector.open(broken ? ast::Declaration{ast::With{}, chunk.tokens.front().span} : std::move(*declaration),
                           broken);
        else if (!broken)
            collector.add(std::move(*declaration));
    }
    std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
    return result;
}

/// Adds what the expressions with errors are in this language, if they are written as in another one.
void translate_habits(std::string_view text, FileId file, Diagnostics& diagnostics) {
    for (Diagnostic& diagnostic : diagnostics) {
        if (diagnostic.code != code::syntax_error && diagnostic.code != code::bad_literal) continue;
        const auto extent = foreign::expression_around(text, diagnostic.span.begin);
        if (!extent) continue;
        const auto translated = foreign::translate(text.substr(extent->begin, extent->end - extent->begin));
        if (!translated || !parse_text("let it = " + translated->text, file).diagnostics.empty()) continue;
        diagnostic.rules.push_back(translated->note);
        diagnostic.help = {"`" + translated->text + "`"};
    }
}

}  // namespace

Parsed parse(const SourceMap& sources, FileId file) { return parse(sources.file(file).text(), file); }

Parsed parse(std::string_view text, FileId file) {
    Parsed result = parse_text(text, file);
    translate_habits(text, file, result.diagnostics);
    return result;
}

}  // namespace dal
