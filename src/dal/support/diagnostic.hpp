// What dal says to its users: an observed fact at a place, the rule that it breaks, and help that can be
// pasted. All kinds are in support/codes. Style: lower case, no full stop, names in
// backticks, the observed fact first. A function that can fail returns a Result.
#pragma once

#include <tl/expected.hpp>

#include "dal/support/message.hpp"

namespace dal {

/// A value, or the diagnostics that say why there is none (never empty).
template <class T>
using Result = tl::expected<T, Diagnostics>;

inline tl::unexpected<Diagnostics> failure(Diagnostic diagnostic) {
    Diagnostics list;
    list.push_back(std::move(diagnostic));
    return tl::unexpected<Diagnostics>(std::move(list));
}
inline tl::unexpected<Diagnostics> failure(Diagnostics diagnostics) {
    return tl::unexpected<Diagnostics>(std::move(diagnostics));
}

}  // namespace dal
