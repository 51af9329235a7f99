// Tests and properties that programs hold: which cases are tried, and what is said of a failure.
#include "dal/report/program_tests.hpp"

#include "dal/report/property_cases.hpp"
#include "dal/support/codes/result_codes.hpp"
#include "settled.hpp"

using namespace dal;
using namespace dal::report;
using dal::test::Settled;
using dal::test::with_tests;

namespace {

TestOutcome outcome_of(const std::string& text, const CaseOptions& options = {}) {
    Settled settled(text, with_tests());
    REQUIRE(settled.program.tests.size() == 1);
    return run_test(settled.program.tests.front(), options);
}

}  // namespace

TEST_CASE("a test passes, or says what does not hold") {
    CHECK(outcome_of("test \"t\" { expect 1 + 1 == 2 }\n").status == TestOutcome::Status::passed);
    const TestOutcome failed = outcome_of("test \"t\" { expect [1, 2] == [1, 3]; expect 1 == 1 }\n");
    CHECK(failed.status == TestOutcome::Status::failed);
    REQUIRE(failed.diagnostics.size() == 1);
    CHECK(failed.diagnostics.front().code == code::expectation_failed);
    CHECK(failed.diagnostics.front().label == "at [1]: left 2, right 3");
    CHECK(failed.details == "    left   [1, 2]\n    right  [1, 3]\n");
}

TEST_CASE("a property of few bits is tried with all values, and fails with the smallest") {
    const TestOutcome passed = outcome_of("property \"p\" (a: uint(3), b: int(2)) { expect a + b >= -2 }\n");
    CHECK(passed.status == TestOutcome::Status::passed);
    CHECK(passed.exhaustive);
    CHECK(passed.cases == 32);
    const TestOutcome failed = outcome_of("property \"p\" (a: uint(8)) { expect a < 37 }\n");
    CHECK(failed.status == TestOutcome::Status::failed);
    CHECK(failed.details == "    with\n    a      37\n");
}

TEST_CASE("a property of many bits is sampled, and its failure shrinks") {
    const std::string text = "property \"p\" (a: uint(40)) { expect a < 1000 }\n";
    const TestOutcome failed = outcome_of(text, {.seed = 3, .samples = 200});
    CHECK(failed.status == TestOutcome::Status::failed);
    CHECK(!failed.exhaustive);
    CHECK(failed.details.starts_with("    with\n    a      1000\n    found with --seed 3 among 200 cases\n"));
    CHECK(outcome_of("property \"p\" (a: uint(40)) { expect a >= 0 }\n", {.samples = 7}).cases == 7);
}

TEST_CASE("watches see every case that is tried") {
    Settled settled("property \"p\" (a: uint(3)) { expect a >= 0 }\n", with_tests());
    TestProgram& test = settled.program.tests.front();
    std::vector<bool> seen(8);
    const Watch watch{test.graph.inputs().front(), [&](const Codes& values) {
                          for (int64_t sample = 0; sample < values.samples(); ++sample)
                              seen[static_cast<size_t>(values.code(sample, 0).to_int64())] = true;
                      }};
    std::vector<std::string> told;
    run_test(test, {}, {watch}, [&](std::string_view text) { told.emplace_back(text); });
    CHECK(seen == std::vector<bool>(8, true));
    CHECK(told == std::vector<std::string>{"property \"p\": 0 of 8"});
}

TEST_CASE("how many cases there were is said of properties only") {
    Settled settled("test \"t\" { expect 1 == 1 }\nproperty \"p\" (a: uint(2)) { expect a >= 0 }\n", with_tests());
    CHECK(cases_text(settled.program.tests[0], {}) == "");
    TestOutcome outcome;
    outcome.cases = 4;
    CHECK(cases_text(settled.program.tests[1], outcome) == "4 cases, all there are");
    outcome.cases = 1;
    outcome.exhaustive = false;
    CHECK(cases_text(settled.program.tests[1], outcome) == "1 case");
}

TEST_CASE("all cases of a space are different, corners are inside, samples depend on seed and number only") {
    Settled settled("property \"p\" (a: int(3), b: uint(2)[2]) { expect a >= -4; expect all(b >= 0) }\n", with_tests());
    Graph& graph = settled.program.tests.front().graph;
    run_test(settled.program.tests.front());  // infers the graph
    const CaseSpace space(graph);
    REQUIRE(space.count() == 128);
    std::set<std::vector<std::string>> all;
    for (int64_t index = 0; index < 128; ++index) {
        std::vector<std::string> codes;
        for (const Int& code : space.nth(index)) codes.push_back(code.to_string());
        all.insert(codes);
    }
    CHECK(all.size() == 128);
    for (int64_t index = 0; index < 100; ++index) {
        const Case sample = space.sampled(9, index);
        REQUIRE(sample.size() == 3);
        CHECK((sample[0] >= Int(-4) && sample[0] <= Int(3)));
        CHECK((sample[2] >= Int(0) && sample[2] <= Int(3)));
        CHECK(sample == space.sampled(9, index));
    }
    CHECK(space.sampled(9, 1) == Case{-4, 0, 0});  // the corner of all least values
    CHECK(CaseSpace::smaller({0, 1, 0}, {0, -1, 0}));
    CHECK(CaseSpace::smaller({0, -1, 0}, {2, 0, 0}));
}
