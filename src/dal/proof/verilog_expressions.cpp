#include "dal/proof/verilog_expressions.hpp"

#include <array>

#include "dal/proof/exact.hpp"

namespace dal::proof {
namespace {

struct Level {
    std::string_view sign;
    Operator kind;
    std::string_view other_sign = {};
    Operator other_kind = Operator::unknown;
};
/// From the weakest up.
constexpr std::array<Level, 6> levels = {Level{"|", Operator::disjunction},
                                         Level{"^", Operator::difference},
                                         Level{"&", Operator::conjunction},
                                         Level{"<", Operator::less},
                                         Level{"+", Operator::plus, "-", Operator::minus},
                                         Level{"*", Operator::times}};

}  // namespace

ExpressionId VerilogExpressions::make(Expression expression) {
    // A part of a port may be wider, where nothing but `unused` reads it.
    if (expression.width > most_bits && expression.kind != Operator::part)
        at_.fail("a value of more than " + std::to_string(most_bits) + " bits");
    module_.expressions.push_back(std::move(expression));
    return static_cast<ExpressionId>(module_.expressions.size() - 1);
}

ExpressionId VerilogExpressions::read() {
    constexpr int most_depth = 100;
    if (++depth_ > most_depth) at_.fail("expressions are nested too deeply");
    const ExpressionId condition = binary(0);
    ExpressionId result = condition;
    if (at_.accept("?")) {
        if (signed_) at_.fail("only comparisons are signed");
        if (width(condition) != 1) at_.fail("a condition has one bit");
        const ExpressionId a = read();
        at_.expect(":");
        const ExpressionId b = read();
        if (width(a) != width(b)) at_.fail("the branches differ in width");
        result = make({.kind = Operator::choose, .width = width(a), .operands = {condition, a, b}});
    }
    if (signed_) at_.fail("only comparisons are signed");
    --depth_;
    return result;
}

ExpressionId VerilogExpressions::same_width(Operator kind, ExpressionId a, ExpressionId b) {
    if (width(a) != width(b))
        at_.fail("operands of " + std::to_string(width(a)) + " and " + std::to_string(width(b)) + " bits");
    return make({.kind = kind, .width = width(a), .operands = {a, b}});
}

ExpressionId VerilogExpressions::less(ExpressionId a, bool a_signed, ExpressionId b, bool b_signed) {
    if (a_signed != b_signed) at_.fail("one side of a comparison is signed");
    if (width(a) != width(b)) at_.fail("the sides of a comparison differ in width");
    return make({.kind = Operator::less, .width = 1, .is_signed = a_signed, .operands = {a, b}});
}

ExpressionId VerilogExpressions::binary(int level) {
    if (level == static_cast<int>(levels.size())) return unary();
    const Level& here = levels[static_cast<size_t>(level)];
    ExpressionId result = binary(level + 1);
    for (;;) {
        const bool first = at_.sees(here.sign);
        if (!first && (here.other_sign.empty() || !at_.sees(here.other_sign))) return result;
        const bool left_signed = std::exchange(signed_, false);
        at_.accept(first ? here.sign : here.other_sign);
        const ExpressionId right = binary(level + 1);
        const bool right_signed = std::exchange(signed_, false);
        if (here.kind == Operator::less) {
            result = less(result, left_signed, right, right_signed);
            continue;
        }
        if (left_signed || right_signed) at_.fail("only comparisons are signed");
        result = same_width(first ? here.kind : here.other_kind, result, right);
    }
}

ExpressionId VerilogExpressions::unary() {
    constexpr std::array<std::pair<std::string_view, Operator>, 3> signs = {
        std::pair{std::string_view("~"), Operator::inverse}, {"|", Operator::any}, {"&", Operator::unknown}};
    for (const auto& [sign, kind] : signs) {
        if (!at_.accept(sign)) continue;
        const ExpressionId operand = primary();
        if (signed_) at_.fail("only comparisons are signed");
        const bool one_bit = kind != Operator::inverse;
        return make({.kind = kind, .width = one_bit ? 1 : width(operand), .operands = {operand}});
    }
    return primary();
}

ExpressionId VerilogExpressions::primary() {
    if (at_.accept("(")) {
        const ExpressionId inner = read();
        at_.expect(")");
        return inner;
    }
    if (at_.accept("$signed")) {
        at_.expect("(");
        const ExpressionId inner = read();
        at_.expect(")");
        signed_ = true;
        return inner;
    }
    if (at_.accept("{")) return braces();
    if (at_.sees_number()) {
        const auto literal = at_.literal();
        return make({.kind = Operator::literal, .width = literal.width, .value = literal.value});
    }
    return named();
}

/// Behind "{": a list, or a number of copies.
ExpressionId VerilogExpressions::braces() {
    Expression result{.kind = Operator::concat};
    // The list of `unused` has any length; nothing reads it.
    bool wide = false;
    do {
        const bool copies = at_.sees_number() && result.operands.empty() && !at_.sees_literal();
        if (copies) {
            const int64_t count = at_.number();
            at_.expect("{");
            const ExpressionId operand = read();
            at_.expect("}");
            at_.expect("}");
            if (count < 1 || count > most_bits) at_.fail("copies without number");
            return make(
                {.kind = Operator::repeat, .width = mul(width(operand), count), .first = count, .operands = {operand}});
        }
        const ExpressionId operand = read();
        result.width += width(operand);
        wide = wide || result.width > most_bits;
        if (wide) result.width = 1;
        result.operands.push_back(operand);
    } while (at_.accept(","));
    at_.expect("}");
    if (wide) return make({.kind = Operator::unknown, .width = 1});
    return make(std::move(result));
}

LookUp* VerilogExpressions::table(std::string_view name) {
    for (LookUp& table : module_.tables)
        if (table.name == name) return &table;
    return nullptr;
}

SignalId VerilogExpressions::signal() {
    const std::string name = at_.name();
    const auto found = module_.by_name.find(name);
    if (found == module_.by_name.end()) at_.fail("`" + name + "` is not declared");
    return found->second;
}

std::pair<int64_t, int64_t> VerilogExpressions::part(int64_t width) {
    if (!at_.accept("[")) return {0, width};
    const int64_t last = at_.number();
    const int64_t first = at_.accept(":") ? at_.number() : last;
    at_.expect("]");
    if (first > last || last >= width) at_.fail("bits that are not there");
    return {first, last - first + 1};
}

ExpressionId VerilogExpressions::named() {
    const std::string name = at_.name();
    if (const LookUp* look_up = table(name)) {
        const bool is_function = look_up->has_default;
        at_.expect(is_function ? "(" : "[");
        const ExpressionId argument = read();
        at_.expect(is_function ? ")" : "]");
        if (width(argument) != look_up->argument_width) at_.fail("an argument of another width");
        return make({.kind = Operator::look_up,
                     .width = look_up->width,
                     .first = look_up - module_.tables.data(),
                     .operands = {argument}});
    }
    const auto found = module_.by_name.find(name);
    if (found == module_.by_name.end()) at_.fail("`" + name + "` is not declared");
    const auto [first, count] = part(module_.signals[found->second].width);
    return make({.kind = Operator::part, .width = count, .first = first, .signal = found->second});
}

}  // namespace dal::proof
