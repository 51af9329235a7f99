#include "dal/import/keras/einsum.hpp"

#include <algorithm>

namespace dal::importer::keras {
namespace {

constexpr size_t most_axes = 16;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// "bnc, cC -> bnC" in its parts; nothing if it is no equation.
std::optional<std::vector<std::string>> parts(const std::string& equation) {
    std::vector<std::string> found(1);
    bool has_arrow = false;
    for (size_t at = 0; at < equation.size(); ++at) {
        const char c = equation[at];
        if (c == ' ') continue;
        if (c == ',' && !has_arrow) {
            found.emplace_back();
        } else if (c == '-' && at + 1 < equation.size() && equation[at + 1] == '>' && !has_arrow) {
            has_arrow = true;
            found.emplace_back();
            ++at;
        } else if (is_letter(c) || c == '.') {
            found.back() += c;
        } else {
            return std::nullopt;
        }
    }
    if (!has_arrow) return std::nullopt;
    return found;
}

/// A letter that the equation does not have.
char unused(const std::string& taken) {
    for (char c = 'A'; c <= 'Z'; ++c)
        if (taken.find(c) == std::string::npos) return c;
    for (char c = 'a'; c <= 'z'; ++c)
        if (taken.find(c) == std::string::npos) return c;
    return '\0';
}

/// Letters in place of "...": as many as the first operand has axes more than letters.
bool expand(std::vector<std::string>& parts, size_t rank) {
    const size_t dots = parts.front().find("...");
    std::string letters;
    if (dots != std::string::npos) {
        const size_t named = parts.front().size() - 3;
        if (rank < named || rank > most_axes) return false;
        std::string taken;
        for (const std::string& part : parts) taken += part;
        while (letters.size() < rank - named) {
            const char letter = unused(taken);
            if (letter == '\0') return false;
            taken += letter;
            letters += letter;
        }
    }
    for (std::string& part : parts)
        if (const size_t at = part.find("..."); at != std::string::npos) part.replace(at, 3, letters);
    return std::ranges::all_of(parts, [](const std::string& part) { return part.find('.') == std::string::npos; });
}

/// Lower-case letters for all: capitals become the same small letter if it is free, else another one.
std::map<char, char> small_letters(const std::string& all) {
    std::map<char, char> letters;
    std::string taken;
    for (const char c : all)
        if (c >= 'a' && c <= 'z') {
            letters.emplace(c, c);
            taken += c;
        }
    for (const char c : all) {
        if (letters.contains(c)) continue;
        std::string wanted(1, static_cast<char>(c - 'A' + 'a'));
        wanted += "oijkmnpqrstuvwxyzabcdefghl";
        for (const char candidate : wanted)
            if (taken.find(candidate) == std::string::npos) {
                letters.emplace(c, candidate);
                taken += candidate;
                break;
            }
    }
    return letters;
}

}  // namespace

std::string Einsum::text() const {
    std::string text;
    for (const std::string& operand : operands) text += (text.empty() ? "" : ",") + operand;
    return text + "->" + result;
}

std::string Einsum::renamed(const std::string& axes) const {
    std::string text;
    for (const char axis : axes) {
        const auto found = letters.find(axis);
        text += found == letters.end() ? axis : found->second;
    }
    return text;
}

Result<Einsum> read_einsum(const LayerContext& layer, const std::string& equation, const std::vector<size_t>& ranks,
                           bool all_have_batch) {
    const auto bad = [&] { return failure(layer.bad("has the equation `" + equation + "`, which does not fit")); };
    auto found = parts(equation);
    if (!found || found->size() != ranks.size() + 1 || !expand(*found, ranks.front() + 1)) return bad();
    const char batch = found->front().empty() ? '\0' : found->front().front();
    for (size_t at = 0; at < found->size(); ++at) {
        const bool is_result = at == ranks.size();
        const bool has_batch = is_result || at == 0 || all_have_batch;
        std::string& part = (*found)[at];
        if (has_batch && (part.empty() || part.front() != batch || part.find(batch, 1) != std::string::npos))
            return failure(
                layer.unsupported("has the equation `" + equation + "`, in which the batch is not in front"));
        if (has_batch) part.erase(0, 1);
        if (part.find(batch) != std::string::npos || (!is_result && part.size() != ranks[at])) return bad();
    }
    std::string all;
    for (const std::string& part : *found) all += part;
    Einsum einsum;
    einsum.letters = small_letters(all);
    if (std::ranges::any_of(all, [&](char c) { return !einsum.letters.contains(c); })) return bad();
    for (std::string& part : *found) part = einsum.renamed(part);
    einsum.result = std::move(found->back());
    found->pop_back();
    einsum.operands = std::move(*found);
    return einsum;
}

Result<Shape> einsum_shape(const LayerContext& layer, const Einsum& einsum, const std::vector<Shape>& shapes) {
    std::map<char, int64_t> extents;
    for (size_t at = 0; at < shapes.size(); ++at)
        for (size_t axis = 0; axis < shapes[at].size(); ++axis) {
            const auto [found, is_new] = extents.emplace(einsum.operands[at][axis], shapes[at][axis]);
            if (!is_new && found->second != shapes[at][axis])
                return failure(layer.bad("has the equation `" + einsum.text() + "`, whose axes have other extents"));
        }
    Shape shape;
    for (const char axis : einsum.result) {
        const auto found = extents.find(axis);
        if (found == extents.end())
            return failure(layer.bad("has the equation `" + einsum.text() + "`, whose result has an axis of its own"));
        shape.push_back(found->second);
    }
    return shape;
}

}  // namespace dal::importer::keras
