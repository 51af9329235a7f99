// Which place of a diagnostic its reader sees first.
#pragma once

#include "dal/support/message.hpp"

namespace dal {

/// Makes one of the secondary places the primary one, which becomes the first secondary one.
void put_first(Diagnostic& diagnostic, size_t secondary);

/// Shows the calls that something comes from: the outermost one, and `entry`, which led into the library, or points
/// nowhere. What is found inside the library is shown at `entry` first. The rule of docs/diagnostics.md.
void add_calls(Diagnostic& diagnostic, const Span& entry, const Span& outermost);

}  // namespace dal
