// Runs one `test` or `property` of a program and says what came of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/driver/options.hpp"
#include "dal/sema/elaborate.hpp"

namespace dal::report {

struct TestOutcome {
    enum class Status : uint8_t {
        passed,
        failed,   ///< an expectation does not hold
        refused,  ///< the test is no valid program
        disagree  ///< the JIT and the interpreter do not compute the same: a bug in dal
    };
    Status status = Status::passed;
    int64_t cases = 1;
    bool exhaustive = true;   ///< the cases are all there are
    Diagnostics diagnostics;  ///< unless passed
    std::string details;      ///< lines after the diagnostics: values that show the failure
};

/// A node of the graph, and who is shown its values for all cases that are tried.
struct Watch {
    NodeId node;
    std::function<void(const Codes& values)> see;
};

/// Of properties that have too many cases to try all.
struct CaseOptions {
    uint64_t seed = 1;
    int64_t samples = 10000;  ///< how many cases are tried
};

/// `test.graph` is inferred here. A test is run by the interpreter, a property by the JIT; the interpreter confirms its
/// failures.
TestOutcome run_test(TestProgram& test, const CaseOptions& options = {}, const std::vector<Watch>& watches = {},
                     const Progress& progress = {});

/// "64 cases, all", "10000 cases"; empty for a test.
std::string cases_text(const TestProgram& test, const TestOutcome& outcome);

}  // namespace dal::report
