#include "dal/syntax/parse.hpp"

#include <algorithm>

#include "dal/syntax/antlr.hpp"
#include "dal/syntax/build.hpp"
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

/// What could stand there, in the language's own terms.
std::string expectation(const Parser& parser, const Stop& stop) {
    if (contains(stop, Parser::NUMBER)) return "an expression";
    if (contains(stop, Parser::NAME)) return contains(stop, Parser::CLOSE) ? "a name or `)`" : "a name";
    if (contains(stop, antlr4::Token::EOF)) return "an operator or a new declaration";
    const bool list = stop.rule == Parser::RuleSuffix || stop.rule == Parser::RuleAtom ||
                      stop.rule == Parser::RuleShape || stop.rule == Parser::RuleFnDeclaration;
    std::vector<std::string> words;
    if (list && (contains(stop, Parser::CLOSE) || contains(stop, Parser::CLOSE_SQUARE)) &&
        !contains(stop, Parser::COMMA))
        words.push_back("`,`");
    for (const size_t symbol : stop.expected) words.push_back(quoted(parser, symbol));
    std::string text;
    for (size_t j = 0; j < words.size(); ++j) text += (j == 0 ? "" : j + 1 == words.size() ? " or " : ", ") + words[j];
    return text;
}

Diagnostic explain(const Parser& parser, const Stop& stop, const Chunk& chunk, std::string_view text) {
    const std::string expected = "expected " + expectation(parser, stop);
    if (stop.found->getType() == antlr4::Token::EOF) {
        const std::string_view next = text.substr(chunk.next.begin, chunk.next.end - chunk.next.begin);
        return error(
                   Code::syntax_error, chunk.tokens.back().span,
                   expected + ", found " + (chunk.next.known() ? "`" + std::string(next) + "`" : "the end of the file"))
            .with_label("after this");
    }
    const Span span{chunk.next.file == FileId::none ? chunk.tokens.front().span.file : chunk.next.file,
                    static_cast<uint32_t>(stop.found->getStartIndex()),
                    static_cast<uint32_t>(stop.found->getStopIndex() + 1)};
    constexpr uint32_t most = 24;
    const std::string found =
        span.end - span.begin > most ? "this" : "`" + std::string(text.substr(span.begin, span.end - span.begin)) + "`";
    const bool complete = !contains(stop, Parser::NUMBER) && !contains(stop, Parser::NAME);
    const size_t type = stop.found->getType();
    if (complete && (type == Parser::ARRAY || type == Parser::OPEN_SQUARE))
        return error(Code::unsupported, span, "indexing is not supported yet");
    Diagnostic result = error(Code::syntax_error, span, expected + ", found " + found);
    if (type == Parser::ASSIGN && stop.rule == Parser::RuleSuffix)
        result.help.push_back("named arguments are written with a colon: `f(a, name: b)`");
    if (contains(stop, Parser::SEMICOLON)) result.rules.push_back("in a block, each `let` ends with `;`");
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

/// Parses one declaration into `ast`.
Result<void> parse_chunk(const Chunk& chunk, std::string_view text, Ast& ast) {
    antlr4::ListTokenSource source(parser_tokens(chunk));
    antlr4::CommonTokenStream stream(&source);
    Parser parser(&stream);
    parser.removeErrorListeners();
    const auto strategy = std::make_shared<StopAtFirst>();
    parser.setErrorHandler(strategy);
    try {
        auto* program = parser.program();
        return build_declaration(*program->declaration(0), text, ast);
    } catch (const antlr4::ParseCancellationException&) {
        if (chunk.tokens.size() > 1 && chunk.tokens[1].kind == TokenKind::name) {
            const Span& name = chunk.tokens[1].span;
            ast.broken.push_back({std::string(text.substr(name.begin, name.end - name.begin)), name});
        }
        return failure(explain(parser, strategy->stop, chunk, text));
    }
}

}  // namespace

Parsed parse(const SourceMap& sources, FileId file) {
    const std::string_view text = sources.file(file).text();
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
    add(std::move(chunks.diagnostics));
    const auto lock = lock_antlr();
    for (const Chunk& chunk : chunks.chunks) {
        if (result.diagnostics.size() >= max_diagnostics) break;
        if (auto built = parse_chunk(chunk, text, result.ast); !built) add(std::move(built.error()));
    }
    std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
    return result;
}

}  // namespace dal
