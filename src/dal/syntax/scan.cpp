#include "dal/syntax/scan.hpp"

#include <algorithm>

#include "dal/support/check.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/syntax_codes.hpp"
#include "dal/syntax/parse.hpp"

namespace dal {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Length of the UTF-8 sequence at `at`; 0 if it is malformed (overlong forms and surrogates included).
size_t utf8_length(std::string_view text, size_t at) {
    const auto byte = [&](size_t j) { return j < text.size() ? static_cast<unsigned char>(text[j]) : 0U; };
    const unsigned first = byte(at);
    if (first < 0x80) return 1;
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4) return 0;
    for (size_t j = 1; j < length; ++j)
        if ((byte(at + j) & 0xC0U) != 0x80) return 0;
    const unsigned second = byte(at + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
        (first == 0xF4 && second > 0x8F))
        return 0;
    return length;
}

Span span_at(FileId file, size_t begin, size_t end) {
    return {file, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

std::optional<Diagnostic> check_utf8(std::string_view text, FileId file) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (size_t at = 0; at < text.size();) {
        const size_t length = utf8_length(text, at);
        if (length == 0) {
            const auto value = static_cast<unsigned char>(text[at]);
            return error(code::not_utf8, span_at(file, at, at + 1),
                         "byte " + std::to_string(at) + " (0x" + hex[value / 16] + hex[value % 16] +
                             ") is not valid UTF-8")
                .with_rule("source text is UTF-8");
        }
        at += length;
    }
    return std::nullopt;
}

/// End of the comment or string at `at`; both end with their line at the latest.
size_t comment_end(std::string_view text, size_t at) { return std::min(text.find_first_of("\r\n", at), text.size()); }
size_t string_end(std::string_view text, size_t at) {
    for (++at; at < text.size() && text[at] != '\n' && text[at] != '\r'; ++at) {
        if (text[at] == '"') return at + 1;
        if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n' && text[at + 1] != '\r') ++at;
    }
    return at;
}

bool starts_comment(std::string_view text, size_t at) { return text.substr(at, 2) == "//"; }

/// One open bracket. A square one stays `pure` while it could be an array literal.
struct Open {
    size_t at;
    bool pure;
    bool after_value = false;  ///< an item is complete: a comma or the end may follow
    bool after_minus = false;
};

}  // namespace

size_t space_end(std::string_view text, size_t at) noexcept {
    while (at < text.size() && is_space(text[at])) ++at;
    return at;
}

size_t number_end(std::string_view text, size_t at) noexcept {
    const auto digits = [&](size_t from) {
        if (from >= text.size() || !is_digit(text[from])) return from;
        while (from < text.size() && (is_digit(text[from]) || text[from] == '_')) ++from;
        return from;
    };
    size_t end = digits(at);
    if (end == at) return at;
    const auto range_at = [&](size_t place) { return text.substr(place, 2) == ".."; };
    if (end < text.size() && text[end] == '.' && !range_at(end)) {
        const size_t fraction = digits(end + 1);
        if (fraction == end + 1) return at;
        end = fraction;
    }
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
        size_t exponent = end + 1;
        if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
        if (const size_t stop = digits(exponent); stop > exponent) end = stop;
    }
    if (end < text.size() && (is_word(text[end]) || (text[end] == '.' && !range_at(end)))) return at;
    return end;
}

Result<std::vector<Span>> scan(std::string_view text, FileId file) {
    if (text.size() > max_source_bytes)
        return failure(error(code::program_too_large, span_at(file, 0, 0),
                             "the file has " + std::to_string(text.size()) + " bytes")
                           .with_rule("a source file has at most " + std::to_string(max_source_bytes) + " bytes")
                           .with_help("keep large arrays in an archive: `param w = load(\"weights.npz\")`"));
    if (auto problem = check_utf8(text, file)) return failure(std::move(*problem));
    std::vector<Span> arrays;
    std::vector<Open> open;
    for (size_t at = 0; at < text.size();) {
        const char c = text[at];
        size_t end = at + 1;
        if (is_space(c)) {
            at = end;
            continue;
        }
        if (starts_comment(text, at)) {
            at = comment_end(text, at);
            continue;
        }
        Open* inner = open.empty() ? nullptr : &open.back();
        if (c == '(' || c == '{' || c == '[') {
            if (open.size() == max_nesting)
                return failure(error(code::nesting_too_deep, span_at(file, at, end),
                                     "brackets are nested " + std::to_string(max_nesting + 1) + " deep")
                                   .with_rule("at most " + std::to_string(max_nesting) + " levels of nesting")
                                   .with_help("name inner parts with `let`"));
            if (inner && (c != '[' || inner->after_value || inner->after_minus)) inner->pure = false;
            open.push_back({at, c == '['});
        } else if (c == ')' || c == '}' || c == ']') {
            if (inner) {
                const bool pure = c == ']' && inner->pure && inner->after_value && !inner->after_minus;
                const size_t begin = inner->at;
                open.pop_back();
                if (pure) {
                    while (!arrays.empty() && arrays.back().begin > begin) arrays.pop_back();
                    arrays.push_back(span_at(file, begin, end));
                }
                if (!open.empty()) {
                    open.back().pure = open.back().pure && pure;
                    open.back().after_value = true;
                }
            }
        } else if (c == '"') {
            end = string_end(text, at);
            if (inner) inner->pure = false;
        } else if (is_word(c)) {
            const size_t stop = number_end(text, at);
            end = std::max(stop, end);
            if (stop == at)
                while (end < text.size() && is_word(text[end])) ++end;
            if (inner) {
                inner->pure = inner->pure && stop > at && !inner->after_value;
                inner->after_value = true;
                inner->after_minus = false;
            }
        } else if (inner && c == ',') {
            inner->pure = inner->pure && inner->after_value;
            inner->after_value = false;
        } else if (inner && c == '-') {
            inner->pure = inner->pure && !inner->after_value && !inner->after_minus;
            inner->after_minus = true;
        } else if (inner) {
            inner->pure = false;
        }
        at = end;
    }
    return arrays;
}

namespace {

/// Reads the items of an array literal one after the other.
class ArrayReader {
  public:
    ArrayReader(std::string_view text, const Span& span) : text_(text), span_(span), at_(span.begin) {}

    enum class Item : uint8_t { open, close, comma, number, end };
    struct Next {
        Item item;
        Span span;
        size_t digits = 0;  ///< where the number itself begins
        bool negative = false;
    };

    Next next() {
        bool negative = false;
        size_t sign = 0;
        while (at_ < span_.end) {
            const char c = text_[at_];
            if (starts_comment(text_, at_)) {
                at_ = comment_end(text_, at_);
            } else if (is_space(c)) {
                ++at_;
            } else if (c == '-') {
                negative = true;
                sign = at_++;
            } else if (is_digit(c)) {
                const size_t begin = at_;
                at_ = number_end(text_, at_);
                DAL_CHECK(at_ > begin, "not an array literal");
                return {Item::number, span_at(span_.file, negative ? sign : begin, at_), begin, negative};
            } else {
                ++at_;
                return {c == '['   ? Item::open
                        : c == ']' ? Item::close
                                   : Item::comma,
                        span_at(span_.file, at_ - 1, at_), at_};
            }
        }
        return {Item::end, span_at(span_.file, at_, at_), at_};
    }

    /// The value of a number; nothing if it is too large.
    [[nodiscard]] std::optional<Rational> value(const Next& next) const {
        const std::string_view digits = text_.substr(next.digits, next.span.end - next.digits);
        constexpr size_t fits_int64 = 18;
        if (digits.size() <= fits_int64 && std::all_of(digits.begin(), digits.end(), is_digit)) {
            int64_t value = 0;
            for (const char c : digits) value = value * 10 + (c - '0');
            return Rational(Dyadic(Int(next.negative ? -value : value)));
        }
        auto result = Rational::from_decimal(digits);
        return result && next.negative ? -*result : result;
    }

  private:
    std::string_view text_;
    Span span_;
    size_t at_;
};

int64_t bits_of(const Rational& value) {
    return value.numerator().mantissa().bit_length() + value.denominator().bit_length();
}

}  // namespace

Result<ast::ArrayLiteral> decode_array(std::string_view text, const Span& span) {
    using Item = ArrayReader::Item;
    const auto bad = [](const Span& at, std::string message) {
        return failure(error(code::bad_literal, at, std::move(message)).with_rule("all rows of an array are alike"));
    };
    constexpr int64_t free_bits = 128;
    constexpr int64_t most_bits = int64_t{1} << 28;  // of the numbers past free_bits: 32 MB
    int64_t large_bits = 0;
    std::vector<Rational> values;
    Shape shape;                  // -1: not known yet
    std::vector<int64_t> counts;  // items so far in each open row
    size_t leaf_depth = 0;        // depth at which numbers stand; 0: not known yet
    ArrayReader reader(text, span);
    for (auto next = reader.next(); next.item != Item::end; next = reader.next()) {
        switch (next.item) {
            case Item::open:
                if (leaf_depth != 0 && counts.size() >= leaf_depth)
                    return bad(next.span, "a row where the array has numbers");
                if (!counts.empty()) ++counts.back();
                counts.push_back(0);
                if (shape.size() < counts.size()) shape.push_back(-1);
                break;
            case Item::number: {
                if (leaf_depth == 0) leaf_depth = counts.size();
                if (leaf_depth != counts.size() || shape.size() > leaf_depth)
                    return bad(next.span, "a number where the array has rows");
                auto value = reader.value(next);
                if (!value)
                    return failure(error(code::bad_literal, next.span, "number is out of range")
                                       .with_rule("numbers have at most 10000 digits and exponents up to 10000"));
                if (const int64_t bits = bits_of(*value); bits > free_bits) large_bits += bits;
                if (large_bits > most_bits)
                    return failure(error(code::bad_literal, next.span, "the numbers of this array are too large")
                                       .with_rule("beyond 128 bits each, they may have 2^28 bits in all"));
                values.push_back(std::move(*value));
                ++counts.back();
                break;
            }
            case Item::close: {
                int64_t& extent = shape[counts.size() - 1];
                if (extent < 0) extent = counts.back();
                if (extent != counts.back())
                    return bad(next.span, "a row of length " + std::to_string(counts.back()) +
                                              " among rows of length " + std::to_string(extent));
                counts.pop_back();
                break;
            }
            case Item::comma:
            case Item::end: break;
        }
    }
    return ast::ArrayLiteral{std::move(shape), std::make_shared<const std::vector<Rational>>(std::move(values))};
}

std::vector<Span> array_items(std::string_view text, const Span& span) {
    using Item = ArrayReader::Item;
    std::vector<Span> result;
    ArrayReader reader(text, span);
    size_t depth = 0;
    for (auto next = reader.next(); next.item != Item::end; next = reader.next()) {
        if (next.item == Item::open && ++depth == 2) result.push_back(next.span);
        if (next.item == Item::number && depth == 1) result.push_back(next.span);
        if (next.item == Item::close && depth-- == 2) result.back().end = next.span.end;
    }
    return result;
}

std::optional<Rational> decode_number(std::string_view text, const Span& span) {
    ArrayReader reader(text, span);
    return reader.value(reader.next());
}

}  // namespace dal
