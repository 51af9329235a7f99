#include "dal/report/program_tests.hpp"

#include <algorithm>

#include "dal/driver/engines.hpp"
#include "dal/infer/forward/declared.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/jit/jit.hpp"
#include "dal/report/property_cases.hpp"
#include "dal/report/tensor_text.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/result_codes.hpp"

namespace dal::report {
namespace {

constexpr int64_t block_cases = int64_t{1} << 14;

/// The element of an expectation that is 0, if one is.
std::optional<int64_t> broken_element(const Codes& condition, int64_t sample) {
    for (int64_t element = 0; element < condition.elements(); ++element)
        if (condition.code(sample, element).is_zero()) return element;
    return std::nullopt;
}

/// The sides of the comparisons become outputs too; where each is.
struct Shown {
    size_t left;
    size_t right;
};
std::vector<std::optional<Shown>> show_sides(TestProgram& test) {
    std::vector<std::optional<Shown>> result;
    for (const Expectation& expect : test.expects) {
        result.emplace_back();
        if (!expect.sides) continue;
        const size_t first = test.graph.outputs().size();
        test.graph.output("left", expect.sides->left, expect.span);
        test.graph.output("right", expect.sides->right, expect.span);
        result.back() = {first, first + 1};
    }
    return result;
}

/// "  left   [0, 1]": a value under a name, its further lines below the first.
std::string value_line(const std::string& name, size_t name_width, const std::string& text) {
    std::string line = "    " + name + std::string(name_width - name.size(), ' ') + "  ";
    const size_t indent = line.size();
    for (const char c : text) {
        line += c;
        if (c == '\n') line += std::string(indent, ' ');
    }
    return line + "\n";
}

class Runner {
  public:
    Runner(TestProgram& test, const CaseOptions& options, const std::vector<Watch>& watches, const Progress& progress)
        : test_(test), options_(options), watches_(watches), progress_(progress) {}

    TestOutcome run() {
        if (!test_.problems.empty()) return refused(test_.problems);
        auto inferred = infer_forward(test_.graph);
        if (inferred) inferred = check_declared(test_.graph, test_.declared);
        if (!inferred) return refused(std::move(inferred.error()));
        for (const Watch& watch : watches_) test_.graph.output("watched", watch.node, test_.span);
        if (test_.graph.inputs().empty()) {
            judge({});
            return std::move(outcome_);
        }
        auto compiled = JitProgram::compile(test_.graph);
        if (!compiled) return refused(std::move(compiled.error()));
        jit_ = &*compiled;
        const CaseSpace space(test_.graph);
        const auto failing = search(space);
        if (failing) judge(space.batch({*failing}), &*failing);
        jit_ = nullptr;
        return std::move(outcome_);
    }

  private:
    TestOutcome refused(Diagnostics diagnostics) {
        outcome_.status = TestOutcome::Status::refused;
        outcome_.diagnostics = std::move(diagnostics);
        return std::move(outcome_);
    }

    /// Which of the cases fail, in their order; at most one if `first` is asked for.
    std::vector<size_t> failures(const CaseSpace& space, const std::vector<Case>& cases) const {
        const auto batch = space.batch(cases);
        const auto results = jit_->run(batch);
        DAL_CHECK(results.has_value(), "a case is not accepted: " + results.error().front().message);
        const std::span<const Codes> conditions(results->data(), test_.expects.size());
        show_watched(*results);
        std::vector<size_t> failing;
        for (size_t j = 0; j < cases.size(); ++j) {
            const auto fails = [&](const Codes& condition) {
                return broken_element(condition, static_cast<int64_t>(j)).has_value();
            };
            if (std::any_of(conditions.begin(), conditions.end(), fails)) failing.push_back(j);
        }
        return failing;
    }

    /// Watched nodes are the outputs after the conditions.
    void show_watched(const std::vector<Codes>& results) const {
        for (size_t j = 0; j < watches_.size(); ++j) watches_[j].see(results[test_.expects.size() + j]);
    }

    /// A small case that fails, if one was found.
    std::optional<Case> search(const CaseSpace& space) {
        const auto all = space.count();
        outcome_.exhaustive = all.has_value();
        const int64_t count = all.value_or(options_.samples);
        std::optional<Case> smallest;
        outcome_.cases = 0;
        while (outcome_.cases < count) {
            std::vector<Case> cases;
            const int64_t end = std::min(outcome_.cases + block_cases, count);
            for (int64_t j = outcome_.cases; j < end; ++j)
                cases.push_back(all ? space.nth(j) : space.sampled(options_.seed, j));
            tell(progress_,
                 "property \"" + test_.name + "\": " + std::to_string(outcome_.cases) + " of " + std::to_string(count));
            for (const size_t j : failures(space, cases))
                if (!smallest || CaseSpace::smaller(cases[j], *smallest)) smallest = cases[j];
            outcome_.cases = end;
            if (smallest && !all) break;
        }
        if (!smallest || all) return smallest;
        return space.shrink(std::move(*smallest), [&](const std::vector<Case>& cases) -> std::optional<size_t> {
            const auto failing = failures(space, cases);
            return failing.empty() ? std::nullopt : std::optional(failing.front());
        });
    }

    /// Runs one case with the interpreter and says what does not hold. `failed`: what the JIT found to fail.
    void judge(const std::vector<Samples>& inputs, const Case* failed = nullptr) {
        const auto sides = show_sides(test_);
        const auto results = interpret(test_.graph, inputs);
        if (!results) {
            outcome_ = refused(results.error());
            return;
        }
        show_watched(*results);
        std::string values;
        for (size_t j = 0; j < test_.expects.size(); ++j) {
            const Codes& condition = (*results)[j];
            const auto element = broken_element(condition, 0);
            if (!element) continue;
            const Expectation& expect = test_.expects[j];
            Diagnostic d = error(code::expectation_failed, expect.span, "`" + expect.text + "` does not hold");
            const std::string index = index_text(condition.shape(), *element);
            if (!index.empty()) d.label = "at " + index;
            if (sides[j]) {
                const Codes& left = (*results)[sides[j]->left];
                const Codes& right = (*results)[sides[j]->right];
                const auto at = [&](const Codes& side) {
                    return side.value(0, side.shape() == condition.shape() ? *element : 0).to_string();
                };
                const bool known = (left.shape() == condition.shape() || left.elements() == 1) &&
                                   (right.shape() == condition.shape() || right.elements() == 1);
                if (known) d.label += (d.label.empty() ? "" : ": ") + ("left " + at(left)) + ", right " + at(right);
                if (left.elements() > 1) values += value_line("left", 5, tensor_text(left, 0));
                if (right.elements() > 1) values += value_line("right", 5, tensor_text(right, 0));
            }
            outcome_.diagnostics.push_back(std::move(d));
        }
        if (outcome_.diagnostics.empty() && !failed) return;
        outcome_.status = TestOutcome::Status::failed;
        if (outcome_.diagnostics.empty()) outcome_.status = TestOutcome::Status::disagree;
        std::string parameters;
        size_t width = 5;
        for (const NodeId id : test_.graph.inputs()) width = std::max(width, test_.graph[id].name.size());
        for (size_t j = 0; j < inputs.size(); ++j) {
            const Samples& batch = inputs[j];
            parameters += value_line(
                test_.graph[test_.graph.inputs()[j]].name, width,
                tensor_text(batch.shape(), [&](int64_t element) { return batch.at(0, element)->to_string(); }));
        }
        if (failed) outcome_.details = "    with\n" + parameters;
        outcome_.details += values;
        if (failed && !outcome_.exhaustive)
            outcome_.details += "    found with --seed " + std::to_string(options_.seed) + " among " +
                                std::to_string(outcome_.cases) + " cases\n";
    }

    TestProgram& test_;
    const CaseOptions& options_;
    const std::vector<Watch>& watches_;
    const Progress& progress_;
    TestOutcome outcome_;
    const JitProgram* jit_ = nullptr;
};

}  // namespace

TestOutcome run_test(TestProgram& test, const CaseOptions& options, const std::vector<Watch>& watches,
                     const Progress& progress) {
    return Runner(test, options, watches, progress).run();
}

std::string cases_text(const TestProgram& test, const TestOutcome& outcome) {
    if (!test.is_property || test.graph.inputs().empty()) return "";
    return std::to_string(outcome.cases) + (outcome.cases == 1 ? " case" : " cases") +
           (outcome.exhaustive ? ", all there are" : "");
}

}  // namespace dal::report
