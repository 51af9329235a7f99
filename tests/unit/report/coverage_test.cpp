// Coverage: added up over tests and files, as text and in LCOV's format.
#include "dal/report/coverage_report.hpp"
#include "dal/support/resources.hpp"
#include "settled.hpp"

using namespace dal;
using namespace dal::report;
using dal::test::Settled;
using dal::test::with_tests;

namespace {

/// Runs the tests of a text whose numbers are given.
std::vector<FileCoverage> covered(const std::string& text, const std::vector<size_t>& tests) {
    Coverage coverage;
    Settled settled(text, with_tests(&coverage));
    CoverageSum sum({"test.da"}, resource_directory("stdlib"));
    sum.add_files(coverage, settled.sources);
    for (const size_t index : tests) {
        TestProgram& test = settled.program.tests[index];
        Coverage::Reached reached = coverage.reached(index);
        const auto watches = watches_of(reached, test.graph);
        REQUIRE(run_test(test, {}, watches).status == TestOutcome::Status::passed);
        sum.add(coverage, reached);
    }
    return sum.files();
}

const char* text =
    "fn pick(v) = if v > 3 then v else 3\n"
    "table half(v: int(2)) = v >> 1\n"
    "property \"small\" (a: uint(1)) { expect pick(a) == 3 }\n"
    "property \"large\" (a: uint(3)) { expect pick(a) >= 3 }\n"
    "test \"table\" { expect half(-1) == -0.5 }\n";

}  // namespace

TEST_CASE("what no test reaches, chooses or reads is named") {
    const std::string none = coverage_text(covered(text, {}));
    CHECK(none.find("fn pick: 0 of 6\n      not reached: 1:14-35\n") != std::string::npos);
    const std::string small = coverage_text(covered(text, {0}));
    CHECK(small.find("fn pick: 6 of 6\n      never chosen: `then` at 1:28\n") != std::string::npos);
    CHECK(small.find("table half: 0 of 3, 0 of 4 entries") != std::string::npos);
    const std::string all = coverage_text(covered(text, {0, 1, 2}));
    CHECK(all.find("never chosen") == std::string::npos);
    CHECK(all.find("table half: 3 of 3, 1 of 4 entries\n      not read: 0, 2-3 ") != std::string::npos);
}

TEST_CASE("LCOV counts tests per line, function and arm") {
    const std::string lcov = coverage_lcov(covered(text, {0, 1}));
    CHECK(lcov.find("FN:1,pick\n") != std::string::npos);
    CHECK(lcov.find("FNDA:2,pick\n") != std::string::npos);
    CHECK(lcov.find("DA:1,2\n") != std::string::npos);
    CHECK(lcov.find("DA:2,0\n") != std::string::npos);
    CHECK(lcov.find("BRF:2\nBRH:2\n") != std::string::npos);
    CHECK(lcov.ends_with("end_of_record\n"));
    CHECK(coverage_lcov(covered(text, {2})).find("FNF:1\nFNH:0\n") != std::string::npos);
}
