#include "dal/proof/verilog_lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "dal/proof/exact.hpp"

namespace dal::proof {
namespace {

constexpr std::string_view word_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$'";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::array<std::string_view, 19> reserved = {
    "always",  "assign", "begin",  "case",   "default", "end", "endcase", "endfunction", "endmodule", "function",
    "initial", "input",  "module", "output", "posedge", "reg", "wire",    "signed",      "if"};

}  // namespace

void VerilogLexer::skip_blanks() {
    while (!rest_.empty()) {
        if (rest_.starts_with("//")) {
            rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
        } else if (rest_.front() == '\n' || rest_.front() == ' ') {
            line_ += rest_.front() == '\n' ? 1 : 0;
            rest_.remove_prefix(1);
        } else {
            return;
        }
    }
}

void VerilogLexer::next() {
    budget_.spend();
    skip_blanks();
    if (rest_.empty()) {
        token_ = {};
        return;
    }
    size_t length = std::min(rest_.find_first_not_of(word_characters), rest_.size());
    if (length == 0) length = rest_.starts_with("<=") ? 2 : 1;
    token_ = rest_.substr(0, length);
    rest_.remove_prefix(length);
}

bool VerilogLexer::accept(std::string_view token) {
    if (token_ != token) return false;
    next();
    return true;
}

void VerilogLexer::expect(std::string_view token) {
    if (!accept(token)) fail("`" + std::string(token) + "` is expected before `" + std::string(token_) + "`");
}

bool VerilogLexer::sees_name() const {
    return !token_.empty() && !is_digit(token_.front()) && word_characters.find(token_.front()) < 53 &&
           token_.find_first_of("$'") == std::string_view::npos &&
           std::find(reserved.begin(), reserved.end(), token_) == reserved.end();
}

bool VerilogLexer::sees_number() const { return !token_.empty() && is_digit(token_.front()); }

std::string VerilogLexer::name() {
    const bool underscore = token_.starts_with('_');
    if (!sees_name() && !underscore) fail("a name is expected before `" + std::string(token_) + "`");
    std::string result(token_);
    next();
    return result;
}

int64_t VerilogLexer::number() {
    int64_t value = 0;
    const auto [end, problem] = std::from_chars(token_.data(), token_.data() + token_.size(), value);
    if (problem != std::errc() || end != token_.data() + token_.size() || value < 0 || value > 1 << 28)
        fail("a number is expected before `" + std::string(token_) + "`");
    next();
    return value;
}

VerilogLexer::Literal VerilogLexer::literal() {
    Literal result;
    const char* first = token_.data();
    const char* last = first + token_.size();
    const auto [quote, problem] = std::from_chars(first, last, result.width);
    const bool binary = last - quote > 2 && quote[1] == 'b';
    const bool good = problem == std::errc() && last - quote > 2 && *quote == '\'' && (quote[1] == 'h' || binary);
    if (!good || result.width < 1) fail("a literal such as 4'hf is expected before `" + std::string(token_) + "`");
    if (result.width > most_bits) fail("a literal of more than " + std::to_string(most_bits) + " bits");
    const auto [end, wrong] = std::from_chars(quote + 2, last, result.value, binary ? 2 : 16);
    if (wrong != std::errc() || end != last || result.value < 0 || result.value >= pow2(result.width))
        fail("`" + std::string(token_) + "` does not fit its width");
    next();
    return result;
}

}  // namespace dal::proof
