// What a design was made from and how: what a manifest records of it, so that it can be made again.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dal/cmvm/solved_block.hpp"

namespace dal::emit {

struct Recipe {
    std::string program;  ///< digest of the graph: formats, constants and all
    int solver = 0;       ///< version of what finds adders
    /// Name and value of each option that decides what is made, as JSON.
    std::vector<std::pair<std::string, std::string>> options;
    std::vector<cmvm::SolvedBlock> blocks;  ///< the constant products, in the order in which they were solved
};

}  // namespace dal::emit
