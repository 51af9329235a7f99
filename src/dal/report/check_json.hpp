// What `dal check --json` prints: types and effective bit operations for other programs. One object; the fields are
// in docs/commands.md.
#pragma once

#include <optional>
#include <string>

#include "dal/infer/advice/ebops.hpp"
#include "dal/sema/elaborate.hpp"

namespace dal::report {

/// What the object holds. Nothing asked for: the types.
struct CheckParts {
    bool types = false;             ///< shape, type, range and seen bits of every named value
    std::optional<BiasTerm> ebops;  ///< effective bit operations
    bool widths = false;            ///< how many elements have how many bits
};

/// `program` is settled.
std::string check_json(const Program& program, const SourceMap& sources, const CheckParts& parts);

}  // namespace dal::report
