// The names of the arrays in an archive, as a program may write them. Internal to this layer.
#pragma once

#include <string>
#include <vector>

#include "dal/sema/values/value.hpp"

namespace dal::sema {

/// What `name` can stand for among `of`, as whole names: an array (one that has exactly this name), else a prefix of
/// names, which ends before a `.` or a `/`. Two if both `fc1.weight` and `fc1/weight` fit; none if nothing does.
struct FoundMember {
    std::vector<std::string> names;
    bool is_array = false;
};
FoundMember find_member(const Members& of, const std::string& name);

/// The names of arrays as they are written among `of`: those below its prefix, without it. In their order.
std::vector<std::string> names_in(const Members& of);

/// How a program names a member of an archive: "kernel" behind a point, or "[\"fc1.weight\"]".
std::string written_member(const std::string& name);

}  // namespace dal::sema
