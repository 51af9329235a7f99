// What is known of a named value of a checked program. Plain data, shared with C++ programs.
#pragma once

#include <string>

namespace dal {

struct NamedType {
    std::string name;
    std::string type;   ///< "fixed(1, 3, 4)[64]", "real[16]", "constant[16, 64]"
    std::string range;  ///< "[-8, 7.9375]"; empty for `real`
    std::string place;  ///< "main.cpp:14:17"
};

}  // namespace dal
