// Habits about names: libraries, functions under other names, methods.
#include <algorithm>
#include <array>
#include <map>

#include "dal/syntax/foreign/rules.hpp"

namespace dal::foreign {
namespace {

constexpr std::array<std::string_view, 14> libraries{"np", "numpy", "jnp", "jax",  "torch", "tf",  "F",
                                                     "K",  "keras", "hls", "math", "std",   "ops", "self"};
constexpr std::array<std::string_view, 9> parts_of_libraries{"nn",     "functional", "math",  "activations", "layers",
                                                             "linalg", "backend",    "numpy", "special"};
/// Modules of this language: what stands behind their point is a function.
constexpr std::array<std::string_view, 5> modules{"nn", "dsp", "lut", "trees", "codes"};

template <size_t count>
bool is_one_of(const std::array<std::string_view, count>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

struct Name {
    std::string_view here;
    std::string_view note;
};

const std::map<std::string_view, Name>& names() {
    constexpr std::string_view rounding =
        "rounding modes are `trn`, `rnd`, `rnd_conv`, `trn_zero`, `rnd_zero`, `rnd_inf`, `rnd_min_inf`";
    constexpr std::string_view overflow = "modes of overflow are `wrap`, `sat`, `sat_sym`, `sat_zero`";
    constexpr std::string_view other = "the function has another name here";
    static const std::map<std::string_view, Name> list{
        {"AP_TRN", {"trn", rounding}},
        {"AP_TRN_ZERO", {"trn_zero", rounding}},
        {"AP_RND", {"rnd", rounding}},
        {"AP_RND_ZERO", {"rnd_zero", rounding}},
        {"AP_RND_INF", {"rnd_inf", rounding}},
        {"AP_RND_MIN_INF", {"rnd_min_inf", rounding}},
        {"AP_RND_CONV", {"rnd_conv", rounding}},
        {"AC_TRN", {"trn", rounding}},
        {"AC_RND", {"rnd", rounding}},
        {"AC_RND_CONV", {"rnd_conv", rounding}},
        {"TRN", {"trn", rounding}},
        {"RND", {"rnd", rounding}},
        {"RND_CONV", {"rnd_conv", rounding}},
        {"RND_ZERO", {"rnd_zero", rounding}},
        {"TRN_ZERO", {"trn_zero", rounding}},
        {"round_half_up", {"rnd", rounding}},
        {"round_half_even", {"rnd_conv", rounding}},
        {"half_even", {"rnd_conv", rounding}},
        {"nearest", {"rnd", "to nearest: `rnd` (ties up) or `rnd_conv` (ties to even)"}},
        {"convergent", {"rnd_conv", rounding}},
        {"truncate", {"trn", rounding}},
        {"trunc", {"trn", rounding}},
        {"AP_SAT", {"sat", overflow}},
        {"AP_SAT_SYM", {"sat_sym", overflow}},
        {"AP_SAT_ZERO", {"sat_zero", overflow}},
        {"AP_WRAP", {"wrap", overflow}},
        {"AC_SAT", {"sat", overflow}},
        {"AC_WRAP", {"wrap", overflow}},
        {"SAT", {"sat", overflow}},
        {"SAT_SYM", {"sat_sym", overflow}},
        {"WRAP", {"wrap", overflow}},
        {"saturate", {"sat", overflow}},
        {"saturation", {"sat", overflow}},
        {"wrap_around", {"wrap", overflow}},
        {"True", {"true", "truth is written in small letters"}},
        {"False", {"false", "truth is written in small letters"}},
        {"TRUE", {"true", "truth is written in small letters"}},
        {"FALSE", {"false", "truth is written in small letters"}},
        {"maximum", {"max", other}},
        {"minimum", {"min", other}},
        {"fmax", {"max", other}},
        {"fmin", {"min", other}},
        {"amax", {"max", other}},
        {"amin", {"min", other}},
        {"reduce_max", {"max", other}},
        {"reduce_min", {"min", other}},
        {"reduce_sum", {"sum", other}},
        {"reduce_mean", {"mean", other}},
        {"absolute", {"abs", other}},
        {"fabs", {"abs", other}},
        {"ReLU", {"relu", other}},
        {"Relu", {"relu", other}},
        {"clamp", {"clip", "the function is `clip(x, lo, hi)`; the mode of overflow is `sat`"}},
        {"clip_by_value", {"clip", other}},
        {"arange", {"iota", "the integers from 0 are `iota(n)`, or `0..n` in a loop"}},
        {"swapaxes", {"transpose", "`transpose(x, axes)` takes the order of all axes"}},
        {"permute", {"transpose", "`transpose(x, axes)` takes the order of all axes"}},
        {"ravel", {"flatten", other}},
        {"Flatten", {"flatten", other}},
        {"Reshape", {"reshape", other}},
        {"prod_all", {"prod", other}},
    };
    return list;
}

struct Call {
    size_t arguments;
    std::string_view here;  ///< with $0, $1, … for the arguments
    std::string_view note;
};

const std::multimap<std::string_view, Call>& calls() {
    constexpr std::string_view product = "products of matrices and vectors are `a @ b`";
    constexpr std::string_view joined = "`concat(a, b, …)` joins tensors along the first axis, or along `axis: n`";
    constexpr std::string_view axes = "a new axis is `_` in an index";
    constexpr std::string_view choice = "a choice is `if c then a else b`, element by element where `c` is a tensor";
    static const std::multimap<std::string_view, Call> list{
        {"matmul", {2, "$0 @ $1", product}},
        {"dot", {2, "$0 @ $1", product}},
        {"mm", {2, "$0 @ $1", product}},
        {"mv", {2, "$0 @ $1", product}},
        {"bmm", {2, "$0 @ $1", product}},
        {"inner", {2, "$0 @ $1", product}},
        {"multiply", {2, "$0 * $1", "element by element, as operators are"}},
        {"mul", {2, "$0 * $1", "element by element, as operators are"}},
        {"add", {2, "$0 + $1", "element by element, as operators are"}},
        {"subtract", {2, "$0 - $1", "element by element, as operators are"}},
        {"sub", {2, "$0 - $1", "element by element, as operators are"}},
        {"negative", {1, "-$0", "element by element, as operators are"}},
        {"square", {1, "$0 * $0", "powers of variables are products"}},
        {"logical_and", {2, "$0 & $1", "both: `a & b`"}},
        {"logical_or", {2, "$0 | $1", "one or both: `a | b`"}},
        {"logical_not", {1, "!$0", "not is `!`"}},
        {"bitwise_and", {2, "$0 & $1", "bit by bit: `a & b`"}},
        {"bitwise_or", {2, "$0 | $1", "bit by bit: `a | b`"}},
        {"bitwise_xor", {2, "$0 ^ $1", "bit by bit: `a ^ b`"}},
        {"greater", {2, "$0 > $1", "comparisons are operators"}},
        {"less", {2, "$0 < $1", "comparisons are operators"}},
        {"equal", {2, "$0 == $1", "comparisons are operators"}},
        {"left_shift", {2, "$0 << $1", "shifts are operators"}},
        {"right_shift", {2, "$0 >> $1", "shifts are operators"}},
        {"where", {3, "if $0 then $1 else $2", choice}},
        {"mux", {3, "if $0 then $1 else $2", choice}},
        {"Mux", {3, "if $0 then $1 else $2", choice}},
        {"concatenate", {1, "concat($0)", joined}},
        {"concatenate", {2, "concat($0, $1)", joined}},
        {"cat", {1, "concat($0)", joined}},
        {"cat", {2, "concat($0, $1)", joined}},
        {"Concatenate", {1, "concat($0)", joined}},
        {"hstack", {1, "concat($0)", joined}},
        {"vstack", {1, "stack($0)", "a list of tensors of one shape is a tensor with a new first axis"}},
        {"expand_dims", {2, "$0[_]", axes}},
        {"unsqueeze", {2, "$0[_]", axes}},
        {"squeeze", {2, "$0[0]", "an axis goes by an index: `x[0]`, `x[:, 0]`"}},
        {"range", {1, "0..$0", "the integers from a to before b are `a..b`"}},
        {"range", {2, "$0..$1", "the integers from a to before b are `a..b`"}},
        {"squeeze", {1, "$0[0]", "an axis goes by an index: `x[0]`, `x[:, 0]`"}},
        {"var", {1, "mean($0 * $0) - mean($0) * mean($0)", "the variance is made of means"}},
        {"one_hot", {2, "$0[.., _] == iota($1)", "a comparison with all positions"}},
        {"count_nonzero", {1, "sum($0 != 0)", "a comparison is 1 or 0"}},
        {"dot_product", {2, "$0 @ $1", product}},
        {"dropout", {1, "$0", "dropout does nothing once a network is trained"}},
        {"dropout", {2, "$0", "dropout does nothing once a network is trained"}},
        {"Dropout", {1, "$0", "dropout does nothing once a network is trained"}},
        {"reg",
         {1, "$0", "registers are placed by `dal build --stages N` or `--latency-per-stage N`, and change no value"}},
        {"Reg",
         {1, "$0", "registers are placed by `dal build --stages N` or `--latency-per-stage N`, and change no value"}},
        {"RegNext",
         {1, "$0", "registers are placed by `dal build --stages N` or `--latency-per-stage N`, and change no value"}},
        {"pipeline",
         {1, "$0", "registers are placed by `dal build --stages N` or `--latency-per-stage N`, and change no value"}},
        {"tensor", {1, "$0", "an array is written `[1, 2.5]`"}},
        {"array", {1, "$0", "an array is written `[1, 2.5]`"}},
        {"asarray", {1, "$0", "an array is written `[1, 2.5]`"}},
        {"constant", {1, "$0", "an array is written `[1, 2.5]`"}},
        {"identity", {1, "$0", "nothing has to be called"}},
        {"stop_gradient", {1, "$0", "there are no gradients here"}},
        {"detach", {1, "$0", "there are no gradients here"}},
    };
    return list;
}

/// Whether an argument has to stand in parentheses beside an operator.
bool is_simple(const Words& words) { return behind_operand(words, 0) == words.size(); }

std::string filled(std::string_view pattern, const std::vector<Words>& given) {
    const bool is_call = pattern.starts_with("concat(") || pattern.starts_with("if ") || pattern == "$0";
    std::string text;
    for (size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] != '$') {
            text += pattern[at];
            continue;
        }
        const Words& words = given[static_cast<size_t>(pattern[++at] - '0')];
        text += is_call || is_simple(words) ? text_of(words) : "(" + text_of(words) + ")";
    }
    return text;
}

/// "concat(…)" of a tuple or list of tensors is the one of the tensors.
void unpack(std::vector<Words>& given) {
    if (given.size() != 1 || given[0].size() < 2) return;
    const Words list = given[0];
    if ((list[0].is("[") || list[0].is("(")) && behind_bracket(list, 0) == list.size())
        given = arguments(list, 0, list.size());
}

bool starts_call(const Words& words, size_t at) {
    return words[at].is_name() && at + 1 < words.size() && words[at + 1].is("(") && (at == 0 || !words[at - 1].is("."));
}

}  // namespace

std::optional<std::string> drop_libraries(Words& words) {
    for (size_t at = 0; at + 2 < words.size(); ++at) {
        const bool is_torch = words[at].is("nn") && words[at + 2].is("functional");
        if ((!is_one_of(libraries, words[at].text) && !is_torch) || (at > 0 && words[at - 1].is("."))) continue;
        size_t end = at;
        while (end + 2 < words.size() && (words[end + 1].is(".") || words[end + 1].is("::")) &&
               words[end + 2].is_name() && (end == at || is_one_of(parts_of_libraries, words[end].text)))
            end += 2;
        if (end == at) continue;
        Words rest{words[end]};
        const bool is_new_axis = rest[0].is("newaxis");
        replace(words, at, end + 1, is_new_axis ? words_of("_") : rest);
        return is_new_axis ? "a new axis is `_` in an index" : "functions stand alone, without the name of a library";
    }
    return std::nullopt;
}

std::optional<std::string> rename(Words& words) {
    for (size_t at = 0; at < words.size(); ++at) {
        const auto known = names().find(words[at].text);
        if (known == names().end() || (at > 0 && words[at - 1].is("."))) continue;
        words[at].text = known->second.here;
        return std::string(known->second.note);
    }
    return std::nullopt;
}

std::optional<std::string> rewrite_call(Words& words) {
    for (size_t at = 0; at < words.size(); ++at) {
        if (!starts_call(words, at)) continue;
        const size_t end = behind_bracket(words, at + 1);
        std::vector<Words> given = arguments(words, at + 1, end);
        const auto [first, last] = calls().equal_range(words[at].text);
        for (auto known = first; known != last; ++known) {
            if (known->second.arguments != given.size()) continue;
            std::string text;
            if (known->second.here == "concat($0)") {
                unpack(given);
                for (const Words& one : given) text += (text.empty() ? "concat(" : ", ") + text_of(one);
                text += ")";
            } else {
                text = filled(known->second.here, given);
            }
            const bool alone = at == 0 && end == words.size();
            const bool in_brackets =
                at > 0 && (words[at - 1].is("(") || words[at - 1].is("[") || words[at - 1].is(","));
            const Words made = words_of(text);
            if (!alone && !in_brackets && !is_simple(made) && known->first != "range") text = "(" + text + ")";
            replace(words, at, end, text);
            return std::string(known->second.note);
        }
    }
    return std::nullopt;
}

std::optional<std::string> rewrite_method(Words& words) {
    constexpr std::array<std::string_view, 22> methods{
        "reshape", "sum",    "max", "min", "mean",   "transpose", "flatten", "dot",  "clip", "abs",   "argmax",
        "argmin",  "cumsum", "any", "all", "matmul", "ravel",     "squeeze", "view", "mm",   "clamp", "prod"};
    constexpr std::string_view note = "a tensor has no methods; functions take it as their argument";
    for (size_t at = 1; at + 1 < words.size(); ++at) {
        if (!words[at].is(".") || !words[at + 1].is_name()) continue;
        const size_t first = first_of_operand(words, at);
        if (first == at || is_one_of(modules, words[first].text) || is_one_of(libraries, words[first].text)) continue;
        const std::string operand = text_of(std::span(words).subspan(first, at - first));
        const bool is_called = at + 2 < words.size() && words[at + 2].is("(");
        const std::string method = words[at + 1].text;
        if (!is_called && (method == "T" || method == "shape" || method == "size")) {
            replace(words, first, at + 2, (method == "T" ? "transpose" : method) + ("(" + operand + ")"));
            return std::string(note);
        }
        if (!is_called) continue;
        const size_t end = behind_bracket(words, at + 2);
        if (method == "astype" || method == "to" || method == "float" || method == "int" || method == "cuda" ||
            method == "cpu" || method == "numpy" || method == "detach" || method == "copy") {
            replace(words, first, end, operand);
            return "numbers are exact: there is nothing to convert; `quantize(x, format)` rounds";
        }
        if (!is_one_of(methods, method)) continue;
        const std::vector<Words> given = arguments(words, at + 2, end);
        std::string text;
        for (const Words& one : given) text += (text.empty() ? "" : ", ") + text_of(one);
        const bool is_shape = (method == "reshape" || method == "view") && (given.size() > 1 || !given.empty());
        if (is_shape && !text.starts_with("[") && !text.starts_with("(")) text = "[" + text + "]";
        if (is_shape && text.starts_with("(")) text = "[" + text.substr(1, text.size() - 2) + "]";
        const std::string function = method == "view" ? "reshape" : method;
        replace(words, first, end, function + "(" + operand + (text.empty() ? "" : ", " + text) + ")");
        return std::string(note);
    }
    return std::nullopt;
}

std::optional<std::string> label_modes(Words& words) {
    constexpr std::array<std::string_view, 7> rounding{"trn",      "rnd",     "rnd_conv",   "trn_zero",
                                                       "rnd_zero", "rnd_inf", "rnd_min_inf"};
    constexpr std::array<std::string_view, 4> overflow{"wrap", "sat", "sat_sym", "sat_zero"};
    for (size_t at = 1; at + 1 < words.size(); ++at) {
        const bool rounds = is_one_of(rounding, words[at].text);
        if (!rounds && !is_one_of(overflow, words[at].text)) continue;
        if (!words[at - 1].is(",") || !(words[at + 1].is(",") || words[at + 1].is(")"))) continue;
        replace(words, at, at + 1, (rounds ? "round: " : "overflow: ") + words[at].text);
        return "modes of a format are given by name: `round: rnd, overflow: sat`";
    }
    for (size_t at = 2; at < words.size(); ++at) {
        if (!words[at - 1].is(":") || !(words[at - 2].is("round") || words[at - 2].is("overflow"))) continue;
        std::string mode = words[at].text;
        if (mode.size() < 3 || (mode.front() != '"' && mode.front() != '\'')) continue;
        words[at].text = mode.substr(1, mode.size() - 2);
        return "modes are words, not strings";
    }
    return std::nullopt;
}

}  // namespace dal::foreign
