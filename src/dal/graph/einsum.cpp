#include "dal/graph/einsum.hpp"

#include <algorithm>
#include <map>

#include "dal/support/check.hpp"
#include "dal/support/codes/call_codes.hpp"

namespace dal {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Diagnostic bad(const Span& span, std::string message) { return error(code::bad_einsum, span, std::move(message)); }

}  // namespace

std::string EinsumSpec::to_string() const {
    std::string text;
    for (size_t j = 0; j < operands.size(); ++j) text += (j > 0 ? "," : "") + operands[j];
    return text + "->" + result;
}

Result<EinsumSpec> parse_einsum(std::string_view equation, const Span& span) {
    constexpr std::string_view form = "an equation names the axes of each operand and of the result: \"i,io->o\"";
    std::string text;
    for (const char c : equation)
        if (c != ' ') text += c;
    const size_t arrow = text.find("->");
    if (arrow == std::string::npos)
        return failure(
            bad(span, "einsum equation \"" + std::string(equation) + "\" has no `->`").with_rule(std::string(form)));
    EinsumSpec spec;
    spec.result = text.substr(arrow + 2);
    spec.operands.emplace_back();
    for (const char c : text.substr(0, arrow)) {
        if (c == ',')
            spec.operands.emplace_back();
        else
            spec.operands.back() += c;
    }
    const auto check_letters = [&](const std::string& letters) -> const char* {
        for (const char& c : letters)
            if (!is_letter(c)) return &c;
        return nullptr;
    };
    for (const std::string& letters : spec.operands)
        if (const char* c = check_letters(letters))
            return failure(bad(span, "`" + std::string(1, *c) + "` in einsum equation \"" + std::string(equation) +
                                         "\" is not a letter")
                               .with_rule(std::string(form)));
    if (const char* c = check_letters(spec.result))
        return failure(bad(span, "`" + std::string(1, *c) + "` in einsum equation \"" + std::string(equation) +
                                     "\" is not a letter")
                           .with_rule(std::string(form)));
    for (size_t j = 0; j < spec.result.size(); ++j) {
        const char c = spec.result[j];
        if (spec.result.find(c) != j)
            return failure(bad(span, "axis `" + std::string(1, c) + "` occurs twice in the result of \"" +
                                         std::string(equation) + "\""));
        const bool known = std::any_of(spec.operands.begin(), spec.operands.end(), [&](const std::string& letters) {
            return letters.find(c) != std::string::npos;
        });
        if (!known)
            return failure(bad(span, "axis `" + std::string(1, c) + "` of the result of \"" + std::string(equation) +
                                         "\" is in no operand")
                               .with_rule("each axis of the result comes from an operand"));
    }
    return spec;
}

Result<Shape> einsum_shape(const EinsumSpec& spec, std::span<const Shape> operands, const Span& span) {
    if (spec.operands.size() != operands.size())
        return failure(bad(span, "einsum equation \"" + spec.to_string() + "\" has " +
                                     std::to_string(spec.operands.size()) + " operands, the call has " +
                                     std::to_string(operands.size())));
    struct Seen {
        int64_t extent;
        size_t operand;
    };
    std::map<char, Seen> seen;
    for (size_t j = 0; j < operands.size(); ++j) {
        const std::string& letters = spec.operands[j];
        const std::string which = "operand " + std::to_string(j + 1);
        if (letters.size() != operands[j].size())
            return failure(bad(span, which + " has " + std::to_string(operands[j].size()) + " axes " +
                                         to_string(operands[j]) + ", the equation \"" + spec.to_string() + "\" names " +
                                         std::to_string(letters.size()) + " (`" + letters + "`)"));
        for (size_t axis = 0; axis < letters.size(); ++axis) {
            const int64_t extent = operands[j][axis];
            const auto [at, is_new] = seen.try_emplace(letters[axis], Seen{extent, j});
            if (!is_new && at->second.extent != extent)
                return failure(bad(span, "axis `" + std::string(1, letters[axis]) + "` of \"" + spec.to_string() +
                                             "\" is " + std::to_string(at->second.extent) + " in operand " +
                                             std::to_string(at->second.operand + 1) + " and " + std::to_string(extent) +
                                             " in " + which)
                                   .with_rule("a letter has one extent in all operands"));
        }
    }
    Shape result;
    for (const char c : spec.result) result.push_back(seen.at(c).extent);
    return result;
}

EinsumTerms::EinsumTerms(const EinsumSpec& spec, std::span<const Shape> operands) : operands_(operands.size()) {
    DAL_CHECK(spec.operands.size() == operands.size(), "operands of " + spec.to_string());
    std::map<char, Axis> axes;
    std::string order;
    for (size_t j = 0; j < operands.size(); ++j) {
        const Shape strides = strides_of(operands[j]);
        for (size_t axis = 0; axis < strides.size(); ++axis) {
            const char letter = spec.operands[j][axis];
            const auto [at, is_new] =
                axes.try_emplace(letter, Axis{operands[j][axis], std::vector<int64_t>(operands.size())});
            if (is_new) order += letter;
            at->second.strides[j] += strides[axis];  // a repeated letter walks the diagonal
        }
    }
    for (const char letter : spec.result) outer_.push_back(axes.at(letter));
    for (const char letter : order)
        if (spec.result.find(letter) == std::string::npos) inner_.push_back(axes.at(letter));
    for (const Axis& axis : outer_) results_ *= axis.extent;
    for (const Axis& axis : inner_) terms_ *= axis.extent;
}

}  // namespace dal
