// `table squash(v: fixed(1, 2, 5)) -> fixed(0, 0, 8) = 1 / (1 + exp(-v))`, as a value: a function that is looked up.
// What it is made from and how it is called: table_functions.hpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/support/source.hpp"

namespace dal::sema {

/// All entries that a table may have.
inline constexpr int64_t max_table_entries = int64_t{1} << 20;

struct Table {
    struct Parameter {
        std::string name;
        Kif kif;
        Span span;  ///< its type, as written
    };
    std::string name;
    Span span;  ///< the name in its declaration
    std::vector<Parameter> parameters;
    /// One for each combination of codes: ascending code values, the first parameter slowest.
    std::shared_ptr<const std::vector<Dyadic>> entries;
};

/// What a Value holds.
using TableRef = std::shared_ptr<const Table>;

}  // namespace dal::sema
