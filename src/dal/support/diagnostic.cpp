#include "dal/support/diagnostic.hpp"

#include <algorithm>
#include <array>

namespace dal {

Diagnostic&& Diagnostic::with_label(std::string text) && {
    label = std::move(text);
    return std::move(*this);
}
Diagnostic&& Diagnostic::with_place(Span place, std::string text) && {
    secondary.push_back({place, std::move(text)});
    return std::move(*this);
}
Diagnostic&& Diagnostic::with_rule(std::string text) && {
    rules.push_back(std::move(text));
    return std::move(*this);
}
Diagnostic&& Diagnostic::with_help(std::string text) && {
    help.push_back(std::move(text));
    return std::move(*this);
}

Diagnostic error(Code code, const Span& span, std::string message) {
    Diagnostic result{};
    result.code = code;
    result.message = std::move(message);
    result.span = span;
    return result;
}

std::string_view nearest(std::string_view name, std::span<const std::string> candidates) {
    // Edit distance with transpositions (Damerau, restricted), one row pair at a time.
    const auto distance = [](std::string_view a, std::string_view b) {
        std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
        for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
        for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
        for (size_t i = 1; i <= a.size(); ++i)
            for (size_t j = 1; j <= b.size(); ++j) {
                d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        return d[a.size()][b.size()];
    };
    constexpr size_t longest = 100;                           // nobody misspells more, and the table is quadratic
    if (name.size() < 2 || name.size() > longest) return {};  // one letter is like any other
    std::string_view best;
    size_t best_distance = std::max<size_t>(1, name.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > longest) continue;
        const size_t d = distance(name, candidate);
        if (d < best_distance) {
            best = candidate;
            best_distance = d;
        }
    }
    return best;
}

}  // namespace dal
