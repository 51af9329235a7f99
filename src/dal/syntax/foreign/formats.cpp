// Habits about numbers: formats of HLS and of quantized layers, literals, casts.
#include <algorithm>
#include <array>
#include <charconv>

#include "dal/syntax/foreign/rules.hpp"

namespace dal::foreign {
namespace {

constexpr int no_integer = INT32_MIN;

int integer(const Words& words) {
    if (words.empty() || words.size() > 2 || (words.size() == 2 && !words[0].is("-"))) return no_integer;
    const std::string text = words.size() == 2 ? "-" + words[1].text : words[0].text;
    int value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return no_integer;
    return value;
}

/// Behind the `>` that closes the `<` at `open`; 0 if there is none before the brackets around it end.
size_t behind_angle(const Words& words, size_t open) {
    for (size_t at = open + 1; at < words.size(); ++at) {
        if (words[at].is("(")) at = behind_bracket(words, at) - 1;
        if (words[at].is(">")) return at + 1;
        if (words[at].is(")") || words[at].is("]")) return 0;
    }
    return 0;
}

struct Written {
    std::vector<Words> arguments;
    size_t end;
};

/// What stands behind a name in `<…>` or `(…)`.
std::optional<Written> arguments_behind(const Words& words, size_t name) {
    if (name + 1 >= words.size()) return std::nullopt;
    if (words[name + 1].is("(")) {
        const size_t end = behind_bracket(words, name + 1);
        return Written{arguments(words, name + 1, end), end};
    }
    if (!words[name + 1].is("<")) return std::nullopt;
    const size_t end = behind_angle(words, name + 1);
    if (end == 0) return std::nullopt;
    return Written{arguments(words, name + 1, end), end};
}

std::string modes_behind(const std::vector<Words>& given, size_t first) {
    std::string text;
    for (size_t at = first; at < given.size(); ++at) text += ", " + text_of(given[at]);
    return text;
}

/// A format in place of the words, or `quantize` if a value in parentheses follows.
void put_format(Words& words, size_t first, size_t end, const std::string& format) {
    if (end < words.size() && words[end].is("(")) {
        const size_t closed = behind_bracket(words, end);
        const std::string value = text_of(std::span(words).subspan(end + 1, closed - end - 2));
        replace(words, first, closed, "quantize(" + value + ", " + format + ")");
    } else {
        replace(words, first, end, format);
    }
}

std::string fixed(bool sign, int integer_bits, int fraction_bits, const std::string& modes) {
    return "fixed(" + std::to_string(sign ? 1 : 0) + ", " + std::to_string(integer_bits) + ", " +
           std::to_string(fraction_bits) + modes + ")";
}

}  // namespace

std::optional<std::string> rewrite_format(Words& words) {
    constexpr const char* counts = "`fixed(k, i, f)` counts the sign, integer bits without it, and fractional bits";
    for (size_t at = 0; at < words.size(); ++at) {
        const std::string& name = words[at].text;
        const bool is_signed = name == "ap_fixed" || name == "ac_fixed" || name == "sfixed";
        const bool is_unsigned = name == "ap_ufixed" || name == "ufixed";
        const bool is_integer = name == "ap_int" || name == "ap_uint" || name == "ac_int";
        const bool is_qkeras = name == "quantized_bits" || name == "quantized_relu" || name == "quantized_linear";
        const bool is_angled = (name == "fixed" || name == "kbi" || name == "int" || name == "uint") &&
                               at + 1 < words.size() && words[at + 1].is("<");
        const bool is_own = name == "fixed";
        if (!is_signed && !is_unsigned && !is_integer && !is_qkeras && !is_angled && !is_own) continue;
        auto given = arguments_behind(words, at);
        if (!given) continue;
        const std::vector<Words>& a = given->arguments;
        const int width = a.empty() ? no_integer : integer(a[0]);
        const int integers = a.size() < 2 ? no_integer : integer(a[1]);
        if (is_integer && width != no_integer) {
            put_format(words, at, given->end, (name == "ap_uint" ? "uint(" : "int(") + std::to_string(width) + ")");
            return "integers are `int(bits)` and `uint(bits)`";
        }
        if (is_qkeras && width != no_integer) {
            const int whole = integers == no_integer ? 0 : integers;
            const bool relu = name == "quantized_relu";
            const std::string format =
                fixed(!relu, whole, width - whole - (relu ? 0 : 1), ", round: rnd_conv, overflow: sat");
            put_format(words, at, given->end, format);
            return std::string(counts);
        }
        if (is_angled && !(is_own && a.size() == 2)) {
            const std::string text = modes_behind(a, 0);
            put_format(words, at, given->end, words[at].text + "(" + (text.empty() ? "" : text.substr(2)) + ")");
            return "arguments stand in parentheses";
        }
        if (width == no_integer || integers == no_integer ||
            (is_own && (a.size() != 2 || width < 2 || width < integers)))
            continue;
        const bool sign = !is_unsigned && !(name == "ac_fixed" && a.size() > 2 && text_of(a[2]) == "false");
        const bool own_sign =
            name == "ac_fixed" && a.size() > 2 && (text_of(a[2]) == "false" || text_of(a[2]) == "true");
        put_format(words, at, given->end,
                   fixed(sign, integers - (sign ? 1 : 0), width - integers, modes_behind(a, own_sign ? 3 : 2)));
        return std::string(counts);
    }
    return std::nullopt;
}

std::optional<std::string> rewrite_literal(Words& words) {
    constexpr const char* note = "numbers are decimal: `12`, `0.1`, `2.5e-3`";
    const auto decimal = [](std::string_view digits, int base) -> std::optional<std::string> {
        std::string plain;
        for (const char c : digits)
            if (c != '_') plain += c;
        uint64_t value = 0;
        const auto [end, failed] = std::from_chars(plain.data(), plain.data() + plain.size(), value, base);
        if (failed != std::errc() || end != plain.data() + plain.size() || plain.empty()) return std::nullopt;
        return std::to_string(value);
    };
    for (size_t at = 0; at < words.size(); ++at) {
        const std::string& text = words[at].text;
        if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X' || text[1] == 'b' || text[1] == 'B'))
            if (const auto number =
                    decimal(std::string_view(text).substr(2), text[1] == 'x' || text[1] == 'X' ? 16 : 2)) {
                words[at].text = *number;
                return note;
            }
        if (at + 2 < words.size() && words[at].is_number() && words[at + 1].is("'") && words[at + 2].text.size() > 1) {
            const char base = words[at + 2].text[0];
            const int radix = base == 'h' ? 16 : base == 'b' ? 2 : base == 'o' ? 8 : base == 'd' ? 10 : 0;
            if (radix == 0) continue;
            if (const auto number = decimal(std::string_view(words[at + 2].text).substr(1), radix)) {
                replace(words, at, at + 3, *number);
                return note;
            }
        }
        if (words[at].is_number() && text.size() > 1 && (text.back() == 'f' || text.back() == 'F') &&
            text.find('x') == std::string::npos && text.find('.') != std::string::npos) {
            words[at].text.pop_back();
            return note;
        }
    }
    return std::nullopt;
}

std::optional<std::string> drop_cast(Words& words) {
    constexpr std::array<std::string_view, 8> types{"int",   "float", "double",   "bool",
                                                    "short", "long",  "unsigned", "char"};
    constexpr const char* note = "numbers are exact: there is nothing to convert; `quantize(x, format)` rounds";
    for (size_t at = 0; at + 2 < words.size(); ++at) {
        const bool is_cast = words[at].is("(") && words[at + 2].is(")") && (at == 0 || !words[at - 1].is_name()) &&
                             std::find(types.begin(), types.end(), words[at + 1].text) != types.end();
        if (is_cast && behind_operand(words, at + 3) > at + 3) {
            replace(words, at, at + 3, Words{});
            return note;
        }
        if (words[at].is("static_cast") && words[at + 1].is("<")) {
            const size_t end = behind_angle(words, at + 1);
            if (end == 0) continue;
            replace(words, at, end, Words{});
            return note;
        }
        if (words[at].is("$") && (words[at + 1].is("signed") || words[at + 1].is("unsigned"))) {
            replace(words, at, at + 2, Words{});
            return "numbers have signs: there is nothing to convert";
        }
    }
    return std::nullopt;
}

}  // namespace dal::foreign
