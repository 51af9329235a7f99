#include "dal/sema/reports.hpp"

#include <optional>
#include <utility>

#include "dal/support/places.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::sema {

Poison Reports::add(Diagnostic diagnostic) {
    if (diagnostics_.size() >= max_diagnostics) {
        overflown_ = true;
        return {};
    }
    constexpr size_t most_frames = 4;
    const bool in_library = is_library(diagnostic.span.file);
    std::optional<size_t> entry;  // the call that leads into the library
    size_t passed = 0;
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame, ++passed) {
        const bool enters = in_library && !entry && !is_library(frame->call.file);
        if (!frame->call.known() || (passed >= most_frames && !enters)) continue;
        if (enters) entry = diagnostic.secondary.size();
        diagnostic.secondary.push_back({frame->call, "in this call of `" + frame->function + "`"});
    }
    if (entry) put_first(diagnostic, *entry);
    const Span& span = diagnostic.span;
    if (reported_.emplace(diagnostic.code, span.file, span.begin, span.end).second)
        diagnostics_.push_back(std::move(diagnostic));
    return {};
}

Poison Reports::add(Diagnostics diagnostics) {
    for (Diagnostic& diagnostic : diagnostics) add(std::move(diagnostic));
    return {};
}

Diagnostics Reports::take() {
    reported_.clear();
    return std::exchange(diagnostics_, {});
}

std::string Reports::source_text(const Span& span) const {
    constexpr size_t most = 80;
    const std::string_view text = sources_.text(span);
    if (text.size() > most || text.find('\n') != std::string_view::npos) return "…";
    return std::string(text);
}

}  // namespace dal::sema
