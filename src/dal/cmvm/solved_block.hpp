// What a constant product of a design was solved as: what a manifest records of it.
#pragma once

#include <cstdint>
#include <string>

namespace dal::cmvm {

/// What became of a problem of `solve_packed`, for those who want to know what a design is made of.
struct SolvedBlock {
    int64_t count = 1;  ///< how often exactly this problem was asked for
    size_t inputs = 0;
    size_t outputs = 0;
    int64_t adders = 0;
    int64_t bits = 0;
    int depth = 0;
    int64_t table_luts = 0;
    int effort = 0;
    uint64_t seed = 0;
    int64_t moves = 0;       ///< of the search; 0 if an equal one, in another order, was solved before
    bool from_best = false;  ///< the cache had it from another search
    std::string digest;      ///< of graph and tables
};

}  // namespace dal::cmvm
