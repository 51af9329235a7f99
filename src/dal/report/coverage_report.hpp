// Coverage as text for a person, and in the format of LCOV for other programs.
#pragma once

#include <string>
#include <vector>

#include "dal/report/coverage.hpp"

namespace dal::report {

/// Per file and declaration: how much is reached, and where what is not reached stands; at the end the sum.
std::string coverage_text(const std::vector<FileCoverage>& files);

/// Lines (DA) count the tests that reach an expression which starts there, functions (FN) those that reach the body,
/// branches (BRDA) those that choose an arm.
std::string coverage_lcov(const std::vector<FileCoverage>& files);

}  // namespace dal::report
