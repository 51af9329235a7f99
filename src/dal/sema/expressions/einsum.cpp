// einsum and `@`: the axes that `...` stands for, shapes, and the cost of computing constants.
#include <algorithm>
#include <map>

#include "dal/sema/builtins/real_functions.hpp"
#include "dal/sema/expressions/constant_quantizers.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal::sema {
namespace {

constexpr int64_t max_terms = int64_t{1} << 32;  // of one einsum with at most one variable
constexpr std::string_view ellipsis = "...";

/// "b...i,io->b...o" in parts.
struct Equation {
    std::vector<std::string> operands;
    std::string result;
};

std::optional<Equation> split(std::string_view text) {
    std::string plain;
    for (const char c : text)
        if (c != ' ') plain += c;
    const size_t arrow = plain.find("->");
    if (arrow == std::string::npos) return std::nullopt;
    Equation equation{{""}, plain.substr(arrow + 2)};
    for (const char c : plain.substr(0, arrow)) {
        if (c == ',')
            equation.operands.emplace_back();
        else
            equation.operands.back() += c;
    }
    return equation;
}

/// `count` letters that the text lacks; fewer if there are not so many.
std::string unused_letters(std::string_view text, size_t count) {
    std::string letters;
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
        if (letters.size() < count && text.find(c) == std::string_view::npos) letters += c;
    return letters;
}

std::string replaced(const std::string& text, const std::string& letters) {
    const size_t at = text.find(ellipsis);
    return at == std::string::npos ? text : text.substr(0, at) + letters + text.substr(at + ellipsis.size());
}

/// The product of all extents, INT64_MAX if it is larger.
int64_t term_count(const EinsumSpec& spec, std::span<const Shape> shapes) {
    std::map<char, int64_t> extents;
    for (size_t j = 0; j < shapes.size(); ++j)
        for (size_t axis = 0; axis < shapes[j].size(); ++axis) extents[spec.operands[j][axis]] = shapes[j][axis];
    int64_t terms = 1;
    for (const auto& [letter, extent] : extents)
        if (__builtin_mul_overflow(terms, extent, &terms)) return INT64_MAX;
    return terms;
}

Diagnostic too_many_terms(int64_t terms, int64_t most, bool are_variables, const Span& span) {
    const std::string count = terms == INT64_MAX ? "more than 2^63" : std::to_string(terms);
    return error(code::program_too_large, span, "an einsum with " + count + " products")
        .with_rule((are_variables ? "an einsum of several variables has at most " : "an einsum has at most ") +
                   std::to_string(most) + " products")
        .with_help("split it into smaller ones");
}

/// What a term costs in elements, for numbers of these sizes: multiplication is quadratic in the bits, and sums of
/// fractions need greatest common divisors.
int64_t cost_of_term(std::span<const Constant> operands) {
    constexpr int64_t small_bits = 64;
    int64_t bits = 0;
    bool dyadic = true;
    for (const Constant& operand : operands) {
        bits += most_bits(operand);
        dyadic = dyadic && is_dyadic(operand);
    }
    const int64_t words = std::min<int64_t>(1 + bits / small_bits, 4096);
    return (dyadic ? 1 : 16) * words * words;
}

}  // namespace

/// The equation with letters for `...`; operands lose axes of extent 1 that others stretch.
std::optional<std::string> TensorOps::expand_ellipsis(const Placed& equation, std::vector<Placed>& operands) {
    const std::string& text = std::get<Text>(equation.value).text;
    auto parts = split(text);
    if (text.find('.') == std::string::npos || !parts || parts->operands.size() != operands.size()) return text;
    const auto bad = [&](const std::string& message) {
        report(error(code::bad_einsum, equation.span, message)
                   .with_rule("`...` stands for any number of leading axes, which broadcast: \"...i,io->...o\""));
        return std::nullopt;
    };
    // Extents that each `...` stands for.
    Shape common;
    std::vector<Shape> stands_for(operands.size());
    for (size_t j = 0; j < operands.size(); ++j) {
        const std::string& letters = parts->operands[j];
        const size_t at = letters.find(ellipsis);
        if (at == std::string::npos) continue;
        const Shape& shape = shape_of(operands[j].value);
        const size_t named = letters.size() - ellipsis.size();
        if (named > shape.size())
            return bad("operand " + std::to_string(j + 1) + " has " + std::to_string(shape.size()) + " axes, `" +
                       letters + "` names " + std::to_string(named));
        const auto begin = shape.begin() + static_cast<std::ptrdiff_t>(at);
        stands_for[j].assign(begin, begin + static_cast<std::ptrdiff_t>(shape.size() - named));
        auto wider = broadcast(common, stands_for[j]);
        if (!wider)
            return bad("`...` is " + to_string(stands_for[j]) + " in operand " + std::to_string(j + 1) + " and " +
                       to_string(common) + " before");
        common = std::move(*wider);
    }
    if (!common.empty() && parts->result.find(ellipsis) == std::string::npos)
        return bad("the result of \"" + text + "\" lacks `...`");
    const std::string letters = unused_letters(text, common.size());
    if (letters.size() < common.size()) return bad("more axes than letters");
    for (size_t j = 0; j < operands.size(); ++j) {
        const size_t at = parts->operands[j].find(ellipsis);
        if (at == std::string::npos) continue;
        const size_t skipped = common.size() - stands_for[j].size();
        std::string kept;
        Shape shape = shape_of(operands[j].value);
        auto axis = shape.begin() + static_cast<std::ptrdiff_t>(at);
        for (size_t k = 0; k < stands_for[j].size(); ++k) {
            if (stands_for[j][k] == 1 && common[skipped + k] != 1) {
                axis = shape.erase(axis);
                continue;
            }
            kept += letters[skipped + k];
            ++axis;
        }
        parts->operands[j] = replaced(parts->operands[j], kept);
        if (shape == shape_of(operands[j].value)) continue;
        const Placed moved[] = {operands[j]};
        operands[j].value = move("reshape", reshape(shape_of(operands[j].value), shape), moved, operands[j].span);
        if (is_poison(operands[j].value)) return std::nullopt;
    }
    std::string result;
    for (const std::string& operand : parts->operands) result += (result.empty() ? "" : ",") + operand;
    return result + "->" + replaced(parts->result, letters);
}

Value TensorOps::einsum(const Placed& equation, std::span<const Placed> given, const Span& span) {
    if (is_poison(equation.value)) return Poison{};
    if (!std::holds_alternative<Text>(equation.value)) return wrong_kind(equation, "an equation, such as \"i,io->o\"");
    for (const Placed& operand : given)
        if (is_poison(operand.value) || !need_tensor(operand)) return Poison{};
    std::vector<Placed> operands(given.begin(), given.end());
    const auto text = expand_ellipsis(equation, operands);
    if (!text) return Poison{};
    auto spec = parse_einsum(*text, equation.span);
    if (!spec) return report(std::move(spec.error()));
    std::vector<Shape> shapes;
    for (const Placed& operand : operands) shapes.push_back(shape_of(operand.value));
    auto shape = einsum_shape(*spec, shapes, equation.span);
    if (!shape) {
        for (Diagnostic& d : shape.error())
            for (size_t j = 0; j < operands.size(); ++j)
                d.secondary.push_back(
                    {operands[j].span, "operand " + std::to_string(j + 1) + " has shape " + to_string(shapes[j])});
        return report(std::move(shape.error()));
    }
    if (!check_size(*shape, span)) return Poison{};
    const int64_t terms = term_count(*spec, shapes);
    const auto variables = std::count_if(operands.begin(), operands.end(), [](const Placed& operand) {
        return std::holds_alternative<Variable>(operand.value);
    });
    // Products of variables are computed one by one, as if they were the elements of a tensor.
    const int64_t most = variables > 1 ? options_.max_elements : max_terms;
    if (terms > most) {
        Diagnostic d = too_many_terms(terms, most, variables > 1, span);
        for (size_t j = 0; j < operands.size(); ++j)
            d.secondary.push_back({operands[j].span, "of shape " + to_string(shapes[j])});
        return report(std::move(d));
    }
    if (!charge(variables > 1 ? terms : element_count(*shape), span)) return Poison{};
    bool constant = true;
    bool rational = true;
    for (const Placed& operand : operands) {
        constant = constant && !std::holds_alternative<Variable>(operand.value);
        rational = rational && std::holds_alternative<Constant>(operand.value);
    }
    if (rational) {
        std::vector<Constant> constants;
        for (const Placed& operand : operands) constants.push_back(std::get<Constant>(operand.value));
        if (!charge((terms + 1) / 2 * cost_of_term(constants), span)) return Poison{};
        return checked(dal::einsum(*spec, constants, std::move(*shape)), span);
    }
    if (constant) {
        constexpr int64_t real_cost = 64;
        if (!charge(terms * real_cost, span)) return Poison{};
        std::vector<RealTensor> reals;
        for (const Placed& operand : operands) {
            const auto* known = std::get_if<Constant>(&operand.value);
            reals.push_back(known ? RealTensor::of(*known) : std::get<RealTensor>(operand.value));
        }
        const Shape result_shape = *shape;
        auto result = dal::einsum(*spec, reals, std::move(*shape));
        if (!result) return report_real(*this, result.error(), result_shape, span);
        return std::visit([](auto tensor) -> Value { return tensor; }, normalized(std::move(*result)));
    }
    std::vector<NodeId> nodes;
    for (const Placed& operand : operands) {
        const auto node = node_of(in_place(*this, operand, Place::weight));
        if (!node) return Poison{};
        nodes.push_back(*node);
    }
    return from_result(program_.graph.einsum(std::move(*spec), std::move(nodes), span));
}

Value TensorOps::matmul(const Placed& a, const Placed& b, const Span& span) {
    const Shape& x = shape_of(a.value);
    const Shape& y = shape_of(b.value);
    const auto wrong = [&](std::string rule) {
        return report(error(code::bad_shape, span, "`@` of shapes " + to_string(x) + " and " + to_string(y))
                          .with_rule(std::move(rule)));
    };
    if (x.empty() || y.empty()) return wrong("`@` multiplies matrices and vectors; `*` multiplies by a scalar");
    if (x.back() != y[y.size() == 1 ? 0 : y.size() - 2])
        return wrong("the last axis on the left is summed with the last but one on the right, or its only one");
    const Shape x_batch(x.begin(), x.end() - std::min<std::ptrdiff_t>(2, static_cast<std::ptrdiff_t>(x.size())));
    const Shape y_batch(y.begin(), y.end() - std::min<std::ptrdiff_t>(2, static_cast<std::ptrdiff_t>(y.size())));
    if (!broadcast(x_batch, y_batch)) return wrong("the axes before the matrices broadcast");
    const std::string equation = x.size() == 1   ? (y.size() == 1 ? "i,i->" : "i,...ij->...j")
                                 : y.size() == 1 ? "...ij,j->...i"
                                                 : "...ij,...jk->...ik";
    const Placed operands[] = {a, b};
    return einsum({Text{equation}, span}, operands, span);
}

}  // namespace dal::sema
