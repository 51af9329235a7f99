// Independent pieces of work on several threads. The only place that starts threads for computing: no piece is lost,
// whatever is thrown, and a machine that gives no more threads makes it slower, not wrong.
#pragma once

#include <cstddef>
#include <functional>

namespace dal {

/// Calls `body(index, thread)` for each index below `count`, on at most `threads` (≥ 1) threads. The caller is thread
/// 0 and works too; no two calls at the same time have the same `thread`. Indexes are handed out in ascending order.
/// Fewer threads work where no more can be had. All have ended when it returns.
///
/// After an exception no further index is handed out, and the one of the least index that threw is thrown to the
/// caller: the same that a loop would have thrown.
void parallel_for(size_t count, int threads, const std::function<void(size_t index, size_t thread)>& body);

}  // namespace dal
