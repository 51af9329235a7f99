// dal test: the tests and properties of programs and modules.
#include <cstdio>

#include "dal/cli/commands.hpp"
#include "dal/cli/console.hpp"
#include "dal/driver/load.hpp"
#include "dal/report/coverage.hpp"
#include "dal/report/coverage_report.hpp"
#include "dal/report/program_tests.hpp"
#include "dal/support/file.hpp"
#include "dal/support/printable.hpp"
#include "dal/support/resources.hpp"

namespace dal::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// For JUnit's XML; control characters are not allowed there at all.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : printable_lines(text)) {
        switch (c) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '"': result += "&quot;"; break;
            case '\n': result += "&#10;"; break;
            default: result += c; break;
        }
    }
    return result;
}

class TestCommand {
  public:
    TestCommand(const TestOptions& options, const CommonOptions& common)
        : options_(options), common_(common), coverage_(options.files, resource_directory("stdlib")) {}

    int run() {
        for (const std::string& path : options_.files) file(path);
        std::string summary = std::to_string(passed_) + " passed, " + std::to_string(failed_) + " failed";
        if (broken_files_ > 0)
            summary +=
                ", " + std::to_string(broken_files_) + (broken_files_ == 1 ? " file" : " files") + " not compiled";
        if (skipped_ > 0) summary += ", " + std::to_string(skipped_) + " not selected";
        if (!common_.quiet || failed_ > 0) std::puts(summary.c_str());
        int code = failed_ > 0 || broken_files_ > 0 ? exit_failed : exit_ok;
        if (disagree_) code = exit_mismatch;
        // Of files that do not compile nothing is known: an empty report would say that there is nothing to cover.
        const bool knows_any = broken_files_ < static_cast<int64_t>(options_.files.size());
        if (options_.coverage && knows_any) std::fputs(report::coverage_text(coverage_.files()).c_str(), stdout);
        Console console(common_);
        if (!options_.lcov.empty() && knows_any)
            if (auto written = write_file(options_.lcov, report::coverage_lcov(coverage_.files())); !written)
                code = console.report(written.error());
        if (!options_.junit.empty()) {
            const std::string xml =
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n" + junit_ + "</testsuites>\n";
            if (auto written = write_file(options_.junit, xml); !written) code = console.report(written.error());
        }
        return code;
    }

  private:
    [[nodiscard]] bool covers() const { return options_.coverage || !options_.lcov.empty(); }

    Result<Program> compile(Console& console, const std::string& path, Coverage* coverage) const {
        console.progress("checking " + path);
        ElaborateOptions options = elaborate_options(common_.allowed);
        options.tests = true;
        options.needs_output = false;
        options.coverage = coverage;
        auto program = compile_file(console.sources(), path, options);
        if (!program) return program;
        if (auto settled = settle(*program); !settled) return failure(std::move(settled.error()));
        return program;
    }

    void file(const std::string& path) {
        Console console(common_);
        Coverage coverage;
        auto program = compile(console, path, covers() ? &coverage : nullptr);
        console.clear_progress();
        if (!program) {
            console.report(program.error());
            ++broken_files_;
            junit_ += "  <testsuite name=\"" + escaped(path) + "\" tests=\"1\" failures=\"0\" errors=\"1\">\n" +
                      "    <testcase name=\"compiles\" classname=\"" + escaped(path) + "\">\n      <error message=\"" +
                      escaped(program.error().front().message) + "\"/>\n    </testcase>\n  </testsuite>\n";
            return;
        }
        if (!console.quiet())
            std::printf("%s%s\n", printable(path).c_str(), program->tests.empty() ? ": no tests" : "");
        if (covers()) coverage_.add_files(coverage, console.sources());
        std::string cases;
        int64_t selected = 0;
        const int64_t failed_before = failed_;
        for (size_t j = 0; j < program->tests.size(); ++j) {
            TestProgram& test = program->tests[j];
            if (test.name.find(options_.filter) == std::string::npos) {
                ++skipped_;
                continue;
            }
            ++selected;
            if (!covers()) {
                cases += one(console, path, test, {});
                continue;
            }
            Coverage::Reached reached = coverage.reached(j);
            cases += one(console, path, test, report::watches_of(reached, test.graph));
            coverage_.add(coverage, reached);
        }
        junit_ += "  <testsuite name=\"" + escaped(path) + "\" tests=\"" + std::to_string(selected) + "\" failures=\"" +
                  std::to_string(failed_ - failed_before) + "\" errors=\"0\">\n" + cases + "  </testsuite>\n";
    }

    /// Runs and prints one test; its element of the JUnit report.
    std::string one(Console& console, const std::string& path, TestProgram& test,
                    const std::vector<report::Watch>& watches) {
        const auto start = Clock::now();
        const report::TestOutcome outcome = report::run_test(test, options_.cases, watches, console.progress_lines());
        console.clear_progress();
        const bool passed = outcome.status == report::TestOutcome::Status::passed;
        ++(passed ? passed_ : failed_);
        const std::string kind = test.is_property ? "property" : "test";
        const std::string cases = report::cases_text(test, outcome);
        if (!passed || !console.quiet())
            std::printf("  %s  %s \"%s\"%s\n", passed ? "ok  " : "FAIL", kind.c_str(), printable(test.name).c_str(),
                        cases.empty() ? "" : (" (" + cases + ")").c_str());
        std::string text;
        for (const Diagnostic& diagnostic : outcome.diagnostics)
            text += render(diagnostic, console.sources(), console.color()) + "\n";
        if (outcome.status == report::TestOutcome::Status::disagree) {
            text +=
                "engines disagree (a bug in dal): the JIT says that an expectation does not hold, the interpreter "
                "that it does\n";
            disagree_ = true;
        }
        text += outcome.details;
        if (!outcome.details.empty()) text += "\n";
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::string xml = "    <testcase name=\"" + escaped(test.name) + "\" classname=\"" + escaped(path) +
                          "\" time=\"" + seconds_since(start).substr(0, seconds_since(start).size() - 2) + "\"";
        if (passed) return xml + "/>\n";
        std::string plain;
        for (const Diagnostic& diagnostic : outcome.diagnostics) plain += render(diagnostic, console.sources(), false);
        plain += outcome.details;
        const std::string message =
            outcome.diagnostics.empty() ? "engines disagree" : outcome.diagnostics.front().message;
        return xml + ">\n      <failure message=\"" + escaped(message) + "\">" + escaped(plain) +
               "</failure>\n    </testcase>\n";
    }

    const TestOptions& options_;
    const CommonOptions& common_;
    int64_t passed_ = 0;
    int64_t failed_ = 0;
    int64_t skipped_ = 0;
    int64_t broken_files_ = 0;
    bool disagree_ = false;
    std::string junit_;
    report::CoverageSum coverage_;
};

}  // namespace

int test_command(const TestOptions& options, const CommonOptions& common) { return TestCommand(options, common).run(); }

}  // namespace dal::cli
