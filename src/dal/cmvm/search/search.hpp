// The search: changes a solution a little at a time, keeps what is better or hardly worse, and in the end less and less
// of what is worse (simulated annealing). Internal to cmvm.
#pragma once

#include <functional>

#include "dal/cmvm/rows/row_graph.hpp"

namespace dal::cmvm {

/// How many moves there will be for each digit of the problem, and how many digits: what to try depends on it. `cool`
/// is as ample, but keeps the structure of the start.
enum class Pace : uint8_t { brief, brief_large, ample, ample_large, cool };

struct SearchLimits {
    int64_t work = 0;    ///< as RowGraph counts it; 0: no limit. It is also what the annealing follows
    int64_t moves = 0;   ///< 0: no limit
    double seconds = 0;  ///< 0: no limit
    Objective objective = Objective::adders;
    Pace pace = Pace::ample;
    bool whole = false;  ///< takes nodes from all of their users at once: now better, now worse
};

struct SearchState {
    double seconds = 0;
    int64_t moves = 0;
    int64_t cost = 0;  ///< of the best, in some unit
    const Rows& best;
};

struct SearchResult {
    Rows rows;
    int64_t moves = 0;
};

/// Calls `report` a few times a second; false ends the search. At least one limit must be given.
SearchResult search(const Problem& problem, const Rows& start, const SearchLimits& limits, uint64_t seed,
                    const std::function<bool(const SearchState&)>& report);

}  // namespace dal::cmvm
