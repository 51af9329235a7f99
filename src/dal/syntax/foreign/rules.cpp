// Habits about operators and forms: choices, loops, conditions, powers, indices.
#include "dal/syntax/foreign/rules.hpp"

#include <algorithm>
#include <array>

namespace dal::foreign {
namespace {

/// Where the part begins that an operator at `at` works on: behind the last comma or opening bracket.
size_t part_begin(const Words& words, size_t at) {
    int depth = 0;
    while (at > 0) {
        const Word& word = words[at - 1];
        if (word.is(")") || word.is("]") || word.is("}")) ++depth;
        if (word.is("(") || word.is("[") || word.is("{")) {
            if (depth == 0) return at;
            --depth;
        }
        if (depth == 0 && (word.is(",") || word.is(":"))) return at;
        --at;
    }
    return 0;
}

size_t part_end(const Words& words, size_t at) {
    int depth = 0;
    for (; at < words.size(); ++at) {
        const Word& word = words[at];
        if (word.is("(") || word.is("[") || word.is("{")) ++depth;
        if (word.is(")") || word.is("]") || word.is("}")) {
            if (depth == 0) return at;
            --depth;
        }
        if (depth == 0 && word.is(",")) return at;
    }
    return at;
}

std::string part(const Words& words, size_t first, size_t end) {
    return text_of(std::span(words).subspan(first, end - first));
}

/// The first such word from `first` to before `end` that stands in no brackets of its own; `end` if there is none.
size_t find_outside(const Words& words, size_t first, size_t end, std::string_view wanted) {
    for (size_t at = first; at < end; ++at) {
        if (words[at].is(wanted)) return at;
        if (words[at].is("(") || words[at].is("[") || words[at].is("{")) at = behind_bracket(words, at) - 1;
    }
    return end;
}

std::optional<std::string> trim(Words& words) {
    if (words[0].is("return")) {
        words.erase(words.begin());
        return "a function is its value: `fn f(a) = a + 1`";
    }
    if (words.back().is(";")) {
        words.pop_back();
        return "a declaration ends with its line";
    }
    return std::nullopt;
}

std::optional<std::string> ternary(Words& words) {
    for (size_t at = 0; at < words.size(); ++at) {
        if (!words[at].is("?")) continue;
        const size_t first = part_begin(words, at);
        const size_t end = part_end(words, at);
        const size_t colon = find_outside(words, at, end, ":");
        if (colon == end) continue;
        replace(words, first, end,
                "if " + part(words, first, at) + " then " + part(words, at + 1, colon) + " else " +
                    part(words, colon + 1, end));
        return "a choice is `if c then a else b`";
    }
    return std::nullopt;
}

/// `a if c else b`, and `if (c) a else b` without `then`.
std::optional<std::string> choice(Words& words) {
    for (size_t at = 0; at < words.size(); ++at) {
        if (!words[at].is("if")) continue;
        const size_t first = part_begin(words, at);
        const size_t end = part_end(words, at);
        const size_t other = find_outside(words, at, end, "else");
        if (other == end || find_outside(words, at, end, "then") != end) continue;
        if (first < at) {
            replace(words, first, end,
                    "if " + part(words, at + 1, other) + " then " + part(words, first, at) + " else " +
                        part(words, other + 1, end));
            return "a choice is `if c then a else b`";
        }
        if (at + 1 >= words.size()) continue;
        const auto unbraced = [&](size_t from, size_t to) {
            if (words[from].is("{") && behind_bracket(words, from) == to) return part(words, from + 1, to - 1);
            return part(words, from, to);
        };
        size_t condition = words[at + 1].is("(") ? behind_bracket(words, at + 1) : 0;
        const size_t brace = find_outside(words, at + 1, other, "{");
        if (brace != other) condition = brace;
        if (condition == 0 || condition >= other || other + 1 >= end) continue;
        replace(words, at, end,
                "if " + part(words, at + 1, condition) + " then " + unbraced(condition, other) + " else " +
                    unbraced(other + 1, end));
        return "a choice is `if c then a else b`";
    }
    return std::nullopt;
}

/// `[e for i in r]`, and `for i in r: e`.
std::optional<std::string> comprehension(Words& words) {
    for (size_t at = 0; at < words.size(); ++at) {
        if (!words[at].is("for") || at + 3 >= words.size() || !words[at + 2].is("in")) continue;
        const size_t first = part_begin(words, at);
        const size_t end = part_end(words, at);
        if (find_outside(words, at, end, "=>") != end || find_outside(words, at, end, "if") != end) continue;
        if (first > 0 && words[first - 1].is("[") && first < at) {
            replace(words, first, end, part(words, at, end) + " => " + part(words, first, at));
            return "the clauses of a comprehension come first: `[for i in 0..8 => x[i]]`";
        }
        const size_t colon = find_outside(words, at, end, ":");
        if (at == 0 && colon != end && colon + 1 < end) {
            replace(words, at, end, "[" + part(words, at, colon) + " => " + part(words, colon + 1, end) + "]");
            return "values of a loop stand in square brackets: `[for i in 0..8 => x[i]]`";
        }
    }
    return std::nullopt;
}

std::optional<std::string> logic(Words& words) {
    constexpr std::array<std::string_view, 4> both{"&&", "and", "||", "or"};
    for (size_t at = 0; at < words.size(); ++at) {
        if (words[at].is("not") && at + 1 < words.size()) {
            const size_t end = part_end(words, at);
            const size_t operand = behind_operand(words, at + 1);
            const bool simple = operand == end || words[operand].is("and") || words[operand].is("or");
            replace(words, at, simple ? operand : end,
                    simple ? "!" + part(words, at + 1, operand) : "!(" + part(words, at + 1, end) + ")");
            return "not is `!`";
        }
        const auto* known = std::find(both.begin(), both.end(), words[at].text);
        if (known == both.end() || at == 0) continue;
        const std::string here = known < both.begin() + 2 ? "&" : "|";
        const size_t first = part_begin(words, at);
        size_t end = part_end(words, at);
        for (size_t later = at + 1; later < end; ++later)
            if (std::find(both.begin(), both.end(), words[later].text) != both.end()) end = later;
        const auto side = [&](size_t from, size_t to) {
            const bool simple = behind_operand(words, from) == to;
            return simple ? part(words, from, to) : "(" + part(words, from, to) + ")";
        };
        replace(words, first, end, side(first, at) + " " + here + " " + side(at + 1, end));
        return here == "&" ? "both: `a & b`; it binds tighter than comparisons"
                           : "one or both: `a | b`; it binds tighter than comparisons";
    }
    return std::nullopt;
}

std::optional<std::string> power(Words& words) {
    for (size_t at = 1; at + 1 < words.size(); ++at) {
        if (!words[at].is("**")) continue;
        const size_t first = first_of_operand(words, at);
        const std::string base = part(words, first, at);
        const size_t end = behind_operand(words, at + 1);
        if (first == at || end == at + 1) continue;
        std::string text;
        if (words[at + 1].is("2") || words[at + 1].is("3"))
            text = base + " * " + base + (words[at + 1].is("3") ? " * " + base : "");
        else
            text = "pow(" + base + ", " + part(words, at + 1, end) + ")";
        const bool alone = first == 0 && end == words.size();
        replace(words, first, end, alone || text.starts_with("pow") ? text : "(" + text + ")");
        return "powers of variables are products, those of constants `pow(a, b)`";
    }
    return std::nullopt;
}

std::optional<std::string> symbol(Words& words) {
    struct Symbol {
        std::string_view there;
        std::string_view here;
        const char* note;
    };
    constexpr std::array<Symbol, 13> symbols{{{"===", "==", "equality is `a == b`"},
                                              {"!==", "!=", "inequality is `a != b`"},
                                              {"<>", "!=", "inequality is `a != b`"},
                                              {">>>", ">>", "a shift to the right is `>>`; it keeps the sign"},
                                              {"×", "*", "products are `a * b`"},
                                              {"·", "*", "products are `a * b`"},
                                              {"÷", "/", "quotients are `a / b`"},
                                              {"−", "-", "minus is `-`"},
                                              {"≤", "<=", "less or equal is `<=`"},
                                              {"≥", ">=", "greater or equal is `>=`"},
                                              {"≠", "!=", "inequality is `a != b`"},
                                              {"...", "..", "all axes between are `..` in an index"},
                                              {"None", "_", "a new axis is `_` in an index"}}};
    for (Word& word : words)
        for (const Symbol& known : symbols)
            if (word.is(known.there)) {
                word.text = known.here;
                return known.note;
            }
    for (size_t at = 0; at < words.size(); ++at) {
        if (words[at].text.size() > 1 && words[at].text.front() == '\'') {
            words[at].text = '"' + words[at].text.substr(1, words[at].text.size() - 2) + '"';
            return "strings have double quotes";
        }
        if ((words[at].is("++") || words[at].is("--")) && at > 0 && at + 1 == words.size()) {
            replace(words, at, at + 1, words[at].is("++") ? "+ 1" : "- 1");
            words[at].space = true;
            return "values do not change; a new one is declared";
        }
    }
    return std::nullopt;
}

/// `x += 1`, `x[0 +: 4]`, `{a, b}`.
std::optional<std::string> assembled(Words& words) {
    for (size_t at = 1; at + 2 < words.size(); ++at) {
        const bool counts = words[at].is("+") || words[at].is("-") || words[at].is("*");
        if (counts && words[at + 1].is("=") && !words[at + 1].space) {
            replace(words, at + 1, at + 2, Words{});
            return "values do not change; a new one is declared";
        }
        if (!words[at].is("+") || !words[at + 1].is(":")) continue;
        const size_t open = part_begin(words, at);
        const size_t end = part_end(words, at);
        const size_t first = open > 0 ? first_of_operand(words, open - 1) : open;
        if (open == 0 || !words[open - 1].is("[") || first + 1 > open - 1 || end >= words.size()) continue;
        replace(words, first, end + 1,
                "bits(" + part(words, first, open - 1) + ", " + part(words, open, at) + ", " +
                    part(words, at + 2, end) + ")");
        return "bits of a number are `bits(x, low, count)`";
    }
    for (size_t at = 0; at < words.size(); ++at) {
        if (!words[at].is("{")) continue;
        const size_t end = behind_bracket(words, at);
        if (end > words.size() || find_outside(words, at + 1, end - 1, ",") == end - 1 ||
            find_outside(words, at + 1, end - 1, ";") != end - 1)
            continue;
        replace(words, at, end, "[" + part(words, at + 1, end - 1) + "]");
        return "values beside each other are `[a, b]`; bits of a number are put together by `from_bits`";
    }
    return std::nullopt;
}

/// `|x|`, where an operand is missing before the first bar.
std::optional<std::string> bars(Words& words) {
    for (size_t at = 0; at + 2 < words.size(); ++at) {
        const bool starts = at == 0 || (first_of_operand(words, at) == at && !words[at - 1].is("|"));
        if (!words[at].is("|") || !starts) continue;
        const size_t end = find_outside(words, at + 1, words.size(), "|");
        if (end == words.size() || end == at + 1) continue;
        replace(words, at, end + 1, "abs(" + part(words, at + 1, end) + ")");
        return "the magnitude is `abs(x)`";
    }
    return std::nullopt;
}

/// `f(a, name=b)` and tuples.
std::optional<std::string> brackets(Words& words) {
    for (size_t at = 2; at + 1 < words.size(); ++at) {
        if (!words[at].is("=") || !words[at - 1].is_name() || !(words[at - 2].is("(") || words[at - 2].is(",")))
            continue;
        words[at] = {":", false};
        words[at + 1].space = true;
        return "named arguments are written with a colon: `f(a, name: b)`";
    }
    for (size_t at = 0; at < words.size(); ++at) {
        const bool is_call = at > 0 && (words[at - 1].is_name() || words[at - 1].is(")") || words[at - 1].is("]")) &&
                             !words[at - 1].is("in") && !words[at - 1].is("then") && !words[at - 1].is("else");
        if (!words[at].is("(") || is_call) continue;
        const size_t end = behind_bracket(words, at);
        if (find_outside(words, at + 1, end - 1, ",") == end - 1) continue;
        std::string text;
        for (const Words& one : arguments(words, at, end)) text += (text.empty() ? "" : ", ") + text_of(one);
        replace(words, at, end, "[" + text + "]");
        return "an array is written in square brackets";
    }
    return std::nullopt;
}

constexpr std::array<Rule, 18> all{
    trim,     assembled,      drop_libraries, rewrite_literal, symbol, rewrite_format, drop_cast, rename, label_modes,
    brackets, rewrite_method, rewrite_call,   comprehension,   power,  bars,           ternary,   choice, logic};

}  // namespace

std::span<const Rule> rules() { return all; }

}  // namespace dal::foreign
