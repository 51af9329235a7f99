#include "dal/support/places.hpp"

namespace dal {

void put_first(Diagnostic& diagnostic, size_t secondary) {
    const auto at = diagnostic.secondary.begin() + static_cast<std::ptrdiff_t>(secondary);
    Label first = std::move(*at);
    diagnostic.secondary.erase(at);
    diagnostic.secondary.insert(diagnostic.secondary.begin(),
                                Label{diagnostic.span, diagnostic.label.empty() ? "found here" : diagnostic.label});
    diagnostic.span = first.span;
    diagnostic.label = std::move(first.text);
}

void add_calls(Diagnostic& diagnostic, const Span& entry, const Span& outermost) {
    if (entry.known()) {
        diagnostic.secondary.push_back({entry, "in this call"});
        put_first(diagnostic, diagnostic.secondary.size() - 1);
    }
    if (outermost.known() && outermost != entry) diagnostic.secondary.push_back({outermost, "in this call"});
}

}  // namespace dal
