// Every built-in name of the language is in the C++ interface under its name, and means the same there: or it is in the
// list of those that are written in another way, with that way.
#include <doctest/doctest.h>

#include <dal/dal.hpp>
#include <map>

#include "dal/sema/builtins/builtin_docs.hpp"

using namespace dal::edsl;

namespace {

/// One expression written in both languages.
struct Both {
    std::string text;
    std::function<Tensor(const Tensor& x)> built;
};

Tensor constants() { return constant({0.25, 0.5, 0.75, 1}); }
Tensor quantized(const Tensor& real) { return quantize(real, fixed(1, 3, 8, {.round = rnd_conv})); }

/// A function of constants: its rounded values times x.
Both of_constants(const std::string& name, const std::function<Tensor(const Tensor&)>& function) {
    return {"x * quantize(" + name + "([0.25, 0.5, 0.75, 1]), fixed(1, 3, 8, round: rnd_conv))",
            [function](const Tensor& x) { return x * quantized(function(constants())); }};
}

using List = std::map<std::string, Both>;

const List& real_functions() {
    static const List list{
        {"exp", of_constants("exp", [](const Tensor& c) { return exp(c); })},
        {"exp2", of_constants("exp2", [](const Tensor& c) { return exp2(c); })},
        {"log", of_constants("log", [](const Tensor& c) { return log(c); })},
        {"log2", of_constants("log2", [](const Tensor& c) { return log2(c); })},
        {"sqrt", of_constants("sqrt", [](const Tensor& c) { return sqrt(c); })},
        {"pow",
         {"x * quantize(pow([2, 3], 0.5)[0], fixed(1, 3, 8, round: rnd_conv))",
          [](const Tensor& x) { return x * quantized(pow(constant({2, 3}), 0.5)[0]); }}},
        {"sin", of_constants("sin", [](const Tensor& c) { return sin(c); })},
        {"cos", of_constants("cos", [](const Tensor& c) { return cos(c); })},
        {"tan", of_constants("tan", [](const Tensor& c) { return tan(c); })},
        {"asin", of_constants("asin", [](const Tensor& c) { return asin(c); })},
        {"acos", of_constants("acos", [](const Tensor& c) { return acos(c); })},
        {"atan", of_constants("atan", [](const Tensor& c) { return atan(c); })},
        {"atan2",
         {"x * quantize(atan2([1, 2], 3)[1], fixed(1, 3, 8, round: rnd_conv))",
          [](const Tensor& x) { return x * quantized(atan2(constant({1, 2}), 3)[1]); }}},
        {"sinh", of_constants("sinh", [](const Tensor& c) { return sinh(c); })},
        {"cosh", of_constants("cosh", [](const Tensor& c) { return cosh(c); })},
        {"tanh", of_constants("tanh", [](const Tensor& c) { return tanh(c); })},
        {"sigmoid", of_constants("sigmoid", [](const Tensor& c) { return sigmoid(c); })},
        {"erf", of_constants("erf", [](const Tensor& c) { return erf(c); })},
        {"pi",
         {"x * quantize(pi, fixed(1, 3, 8, round: rnd_conv))", [](const Tensor& x) { return x * quantized(pi()); }}},
        {"e", {"x * quantize(e, fixed(1, 3, 8, round: rnd_conv))", [](const Tensor& x) { return x * quantized(e()); }}},
    };
    return list;
}

const List& other_functions() {
    static const List list{
        {"fixed", {"quantize(x, fixed(1, 1, 0))", [](const Tensor& x) { return quantize(x, fixed(1, 1, 0)); }}},
        {"kbi", {"quantize(x, kbi(1, 2, 2))", [](const Tensor& x) { return quantize(x, kbi(1, 2, 2)); }}},
        {"quantize",
         {"quantize(x, fixed(1, 2, 0, round: trn_zero, overflow: sat_zero))",
          [](const Tensor& x) { return quantize(x, fixed(1, 2, 0, {.round = trn_zero, .overflow = sat_zero})); }}},
        {"ternary", {"quantize(x, ternary)", [](const Tensor& x) { return quantize(x, ternary); }}},
        {"einsum", {"einsum(\"i->\", x)", [](const Tensor& x) { return einsum("i->", x); }}},
        {"relu", {"relu(x)", [](const Tensor& x) { return relu(x); }}},
        {"abs", {"abs(x)", [](const Tensor& x) { return abs(x); }}},
        {"sign", {"sign(x)", [](const Tensor& x) { return sign(x); }}},
        {"is_negative", {"is_negative(x)", [](const Tensor& x) { return is_negative(x); }}},
        {"clip", {"clip(x, -2, 3)", [](const Tensor& x) { return clip(x, -2, 3); }}},
        {"select", {"select(x, 1, x)", [](const Tensor& x) { return select(x, 1, x); }}},
        {"floor", of_constants("floor", [](const Tensor& c) { return floor(c); })},
        {"ceil", of_constants("ceil", [](const Tensor& c) { return ceil(c); })},
        {"round", of_constants("round", [](const Tensor& c) { return round(c); })},
        {"bits", {"bits(x, 1, 2)", [](const Tensor& x) { return bits(x, 1, 2); }}},
        {"bit", {"bit(x, 1)", [](const Tensor& x) { return bit(x, 1); }}},
        {"to_bits", {"to_bits(x, 3)", [](const Tensor& x) { return to_bits(x, 3); }}},
        {"from_bits", {"from_bits(x > 0)", [](const Tensor& x) { return from_bits(x > 0); }}},
        {"sum", {"sum(x)", [](const Tensor& x) { return sum(x); }}},
        {"mean", {"mean(x)", [](const Tensor& x) { return mean(x); }}},
        {"prod", {"prod(x)", [](const Tensor& x) { return prod(x); }}},
        {"max", {"max(x)", [](const Tensor& x) { return max(x); }}},
        {"min", {"min(x, 2)", [](const Tensor& x) { return min(x, 2); }}},
        {"any", {"any(x)", [](const Tensor& x) { return any(x); }}},
        {"all", {"all(x)", [](const Tensor& x) { return all(x); }}},
        {"argmax", {"argmax(x)", [](const Tensor& x) { return argmax(x); }}},
        {"argmin", {"argmin(x)", [](const Tensor& x) { return argmin(x); }}},
        {"sort", {"sort(x)", [](const Tensor& x) { return sort(x); }}},
        {"cumsum", {"cumsum(x)", [](const Tensor& x) { return cumsum(x); }}},
        {"reshape", {"reshape(x[0], [])", [](const Tensor& x) { return reshape(x[0], {}); }}},
        {"flatten", {"flatten(x)", [](const Tensor& x) { return flatten(x); }}},
        {"transpose", {"transpose(x)", [](const Tensor& x) { return transpose(x); }}},
        {"gather", {"gather(x, [1, 0])", [](const Tensor& x) { return gather(x, constant({1, 0})); }}},
        {"concat", {"concat(x, x)", [](const Tensor& x) { return concat({x, x}); }}},
        {"stack", {"stack(x, x)", [](const Tensor& x) { return stack({x, x}); }}},
        {"pad", {"pad(x, 1, 2)", [](const Tensor& x) { return pad(x, {1}, {2}); }}},
        {"repeat", {"repeat(x, 2)", [](const Tensor& x) { return repeat(x, 2); }}},
        {"tile", {"tile(x, 2)", [](const Tensor& x) { return tile(x, 2); }}},
        {"flip", {"flip(x)", [](const Tensor& x) { return flip(x); }}},
        {"broadcast_to", {"broadcast_to(x[0], [])", [](const Tensor& x) { return broadcast_to(x[0], {}); }}},
        {"windows", {"windows(x, [2])", [](const Tensor& x) { return windows(x, {2}); }}},
        {"zeros", {"x + zeros([2, 4])", [](const Tensor& x) { return x + zeros({2, 4}); }}},
        {"ones", {"x + ones(4)", [](const Tensor& x) { return x + ones({4}); }}},
        {"full", {"x + full([], 3)", [](const Tensor& x) { return x + full({}, 3); }}},
        {"iota", {"x + iota([2, 4])", [](const Tensor& x) { return x + iota({2, 4}); }}},
        {"eye", {"x + eye(4)", [](const Tensor& x) { return x + eye(4); }}},
        {"lookup",
         {"lookup(x, iota(16) % 5, int(4), care: iota(16) > 3)",
          [](const Tensor& x) { return lookup(x, iota(16) % 5, integer(4), {.care = iota(16) > 3}); }}},
        {"thresholds",
         {"thresholds(x, [-1, 3], base: 2, step: 0.5, below: true)",
          [](const Tensor& x) { return thresholds(x, constant({-1, 3}), {.base = 2, .step = 0.5, .below = true}); }}},
    };
    return list;
}

/// x is int(4)[4].
const List& built() {
    static const List list = [] {
        List all = real_functions();
        all.insert(other_functions().begin(), other_functions().end());
        return all;
    }();
    return list;
}

/// Written in another way, and how.
const std::map<std::string, std::string>& otherwise() {
    static const std::map<std::string, std::string> list{
        {"int", "a keyword of C++: integer(n)"},
        {"uint", "unsigned_integer(n), beside integer(n)"},
        {"bool", "a keyword of C++: boolean"},
        {"real", "the type of an input: p.input(\"x\", real)"},
        {"_", "any type: a Tensor has no declared type"},
        {"weight", "Place::weight"},
        {"bias", "Place::bias"},
        {"data", "Place::data"},
        {"table", "Place::table"},
        {"true", "C++ has it: true is the number 1"},
        {"false", "C++ has it: false is the number 0"},
        {"shape", "x.shape()"},
        {"rank", "x.shape().size()"},
        {"size", "C++ computes it from x.shape()"},
        {"len", "x.shape().front(); lists are C++ containers"},
        {"load", "load(file, {.type = \"…\"}), which has archives and arrays in one type: tests of `load`"},
        {"trn", "a value of Round, {.round = trn}"},
        {"rnd", "a value of Round"},
        {"rnd_conv", "a value of Round"},
        {"trn_zero", "a value of Round"},
        {"rnd_zero", "a value of Round"},
        {"rnd_inf", "a value of Round"},
        {"rnd_min_inf", "a value of Round"},
        {"wrap", "a value of Overflow, {.overflow = wrap}"},
        {"sat", "a value of Overflow"},
        {"sat_sym", "a value of Overflow"},
        {"sat_zero", "a value of Overflow"},
    };
    return list;
}

}  // namespace

TEST_CASE("every built-in name is in the C++ interface, or has a way of its own there") {
    std::map<std::string, int> known;
    for (const dal::BuiltinDoc& builtin : dal::builtin_docs()) {
        ++known[builtin.name];
        CHECK_MESSAGE(built().count(builtin.name) + otherwise().count(builtin.name) == 1,
                      "`" << builtin.name << "` of the language: add it to edsl and to built(), or to otherwise()");
    }
    for (const auto& [name, both] : built()) CHECK_MESSAGE(known.contains(name), name << " is no built-in name");
    for (const auto& [name, way] : otherwise()) CHECK_MESSAGE(known.contains(name), name << " is no built-in name");
}

TEST_CASE("a function has the same graph in both languages") {
    for (const auto& [name, both] : built()) {
        CAPTURE(name);
        CHECK(both.text.find(name) != std::string::npos);
        Program p;
        const Tensor x = p.input("x", integer(4), {4});
        p.output("y", both.built(x));
        p.check();
        CHECK(p.graph_text() == dal::compile("input x: int(4)[4]\noutput y = " + both.text).graph_text());
    }
}
