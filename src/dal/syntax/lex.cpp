#include "dal/support/codes/limit_codes.hpp"
#include "dal/syntax/antlr.hpp"
#include "dal/syntax/parse.hpp"
#include "dal/syntax/scan.hpp"
#include "dal/syntax/tokens.hpp"

namespace dal {
namespace {

using Lexer = generated::DalLexer;
constexpr size_t array_symbol = generated::DalParser::ARRAY;  // the lexer itself never makes one

TokenKind kind_of(size_t symbol) {
    switch (symbol) {
        case Lexer::NAME:
        case Lexer::ANY: return TokenKind::name;
        case Lexer::NUMBER:
        case Lexer::STRING:
        case array_symbol: return TokenKind::literal;
        case Lexer::USE:
        case Lexer::PARAM:
        case Lexer::INPUT:
        case Lexer::LET:
        case Lexer::OUTPUT:
        case Lexer::FN:
        case Lexer::TABLE:
        case Lexer::TEST:
        case Lexer::PROPERTY:
        case Lexer::WITH: return TokenKind::declaration_word;
        case Lexer::EXPECT:
        case Lexer::FOR:
        case Lexer::IN:
        case Lexer::FOLD:
        case Lexer::IF:
        case Lexer::THEN:
        case Lexer::ELSE: return TokenKind::keyword;
        case Lexer::RESERVED: return TokenKind::reserved;
        case Lexer::OPEN:
        case Lexer::OPEN_SQUARE:
        case Lexer::OPEN_CURLY: return TokenKind::open;
        case Lexer::CLOSE:
        case Lexer::CLOSE_SQUARE:
        case Lexer::CLOSE_CURLY: return TokenKind::close;
        case Lexer::BAD_NUMBER: return TokenKind::bad_number;
        case Lexer::BAD_STRING: return TokenKind::bad_string;
        case Lexer::BAD: return TokenKind::bad_character;
        default: return TokenKind::other;
    }
}

/// End of the letters, digits, `_` and `.` at `at`: the grammar's BAD_NUMBER.
size_t word_end(std::string_view text, size_t at) {
    const auto in_word = [](char c) {
        return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    while (at < text.size() && in_word(text[at])) ++at;
    return at;
}

bool digit_at(std::string_view text, size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; }

}  // namespace

std::unique_lock<std::mutex> lock_antlr() {
    static std::mutex mutex;
    return std::unique_lock(mutex);
}

Result<TokenList> lex(std::string_view text, FileId file, std::span<const Span> arrays) {
    const auto lock = lock_antlr();
    ByteStream stream(text);
    if (text.starts_with(byte_order_mark)) stream.seek(byte_order_mark.size());
    Lexer lexer(&stream);
    lexer.removeErrorListeners();
    TokenList result;
    auto array = arrays.begin();
    for (;;) {
        Token token;
        if (array != arrays.end() && stream.index() == array->begin) {
            token = {TokenKind::literal, static_cast<uint16_t>(array_symbol), *array};
            stream.seek(array->end);
            ++array;
        } else if (const size_t after = space_end(text, stream.index()); after > stream.index()) {
            stream.seek(after);
            continue;
        } else if (digit_at(text, stream.index())) {
            const size_t at = stream.index();
            const size_t end = number_end(text, at);
            const Span span{file, static_cast<uint32_t>(at),
                            static_cast<uint32_t>(end > at ? end : word_end(text, at))};
            token = end > at ? Token{TokenKind::literal, Lexer::NUMBER, span}
                             : Token{TokenKind::bad_number, Lexer::BAD_NUMBER, span};
            stream.seek(span.end);
        } else {
            const auto next = lexer.nextToken();
            if (next->getType() == antlr4::Token::EOF) return result;
            token.span = {file, static_cast<uint32_t>(next->getStartIndex()),
                          static_cast<uint32_t>(next->getStopIndex() + 1)};
            if (next->getType() == Lexer::COMMENT) result.comments.push_back(token.span);
            if (next->getChannel() != antlr4::Token::DEFAULT_CHANNEL) continue;
            token.symbol = static_cast<uint16_t>(next->getType());
            token.kind = kind_of(next->getType());
        }
        if (result.tokens.size() == max_tokens)
            return failure(error(code::program_too_large, token.span,
                                 "the file has more than " + std::to_string(max_tokens) + " tokens")
                               .with_help("keep large arrays in an archive: `param w = load(\"weights.npz\")`"));
        result.tokens.push_back(token);
    }
}

}  // namespace dal
