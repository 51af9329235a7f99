// What the names of a program stand for, said for a person: for the prompt and its completion. Internal to this layer.
#pragma once

#include "dal/sema/elaborate.hpp"
#include "dal/sema/values/value.hpp"

namespace dal::sema {

/// Of all names of the main module.
std::vector<NameSummary> summaries(const SourceMap& sources, const Program& program, const Module& main);
/// What "m.k.f" stands for in the main module.
FoundName found_name(const std::string& path, const SourceMap& sources, const Program& program, const Module& main);

}  // namespace dal::sema
