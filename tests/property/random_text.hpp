// Random programs as text, in the whole language: loops, indices, functions, tables, places of formats, reductions.
// They are right: the compiler has to accept them. For programs with any syntax, right or wrong, see the fuzz test of
// the parser; for graphs of wide values random_program.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dal/array/array.hpp"

namespace dal::property {

struct RandomText {
    struct Input {
        std::string name;
        std::string declaration;  ///< occurs once in the text
    };
    std::string text;
    std::vector<Input> inputs;
};

/// The same for the same seed (and compiler: order of evaluation). Tensors are small, and values that are named have at
/// most 8 bits.
RandomText random_text(uint64_t seed);

}  // namespace dal::property
