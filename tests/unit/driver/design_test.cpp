// Builds as one object: what was asked for, the circuit, its schedule and cost, and the files, which say the same.
#include "dal/driver/design.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "dal/circuit/optimize.hpp"
#include "dal/driver/engines.hpp"
#include "dal/driver/load.hpp"
#include "dal/support/codes/build_codes.hpp"

using namespace dal;
namespace fs = std::filesystem;

namespace {

/// A directory of its own for each test, gone afterwards.
struct Folder {
    fs::path path = fs::temp_directory_path() / ("dal_driver_" + std::to_string(std::random_device{}()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
};

struct Loaded {
    SourceMap sources;
    Program program;
};

Loaded load(const std::string& text) {
    Loaded loaded;
    auto program = compile_text(loaded.sources, "net.da", text, ".", elaborate_options());
    REQUIRE(program);
    REQUIRE(settle(*program));
    loaded.program = std::move(*program);
    return loaded;
}

constexpr const char* dense = "input x: fixed(1, 3, 4)[3]\noutput y = relu(x @ [[3, -5], [7, 2], [-1, 9]] + [1, -2])\n";

std::string message_of(const BuildOptions& options) {
    const auto checked = check_options(options);
    return checked ? "" : checked.error().front().message;
}

}  // namespace

TEST_CASE("a build carries the circuit, its schedule and cost, and the files that are written") {
    const Folder folder;
    Loaded loaded = load(dense);
    BuildOptions options;
    options.directory = folder.path / "out";
    options.source = "net.da";
    options.stages = 2;
    options.verify = false;
    options.cache = false;
    const auto build = build_design(loaded.program.graph, loaded.sources, {}, options);
    REQUIRE(build);
    CHECK(build->graph == &loaded.program.graph);
    CHECK(build->schedule.stages == 2);
    CHECK(build->design.latency == 2);
    CHECK(build->design.top == "net");
    CHECK_FALSE(build->verdict);
    for (const auto& [name, text] : build->design.files) {
        std::ifstream file(options.directory / name, std::ios::binary);
        CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == text);
    }
    const DesignReport report = build->report();
    CHECK(report.adders == circuit::report(build->circuit).adders);
    CHECK(report.register_bits == circuit::register_bits(build->circuit, build->schedule));
    CHECK_FALSE(report.verified);
    CHECK(report.to_string().find("verified") == std::string::npos);
}

TEST_CASE("each pass is a step, in the order in which passes run, and can be watched") {
    Loaded loaded = load(dense);
    BuildOptions options;
    options.cache = false;
    options.verify_passes = true;
    std::vector<std::string> seen;
    options.after_pass = [&](const circuit::PassRecord& pass, const circuit::Circuit& after) {
        seen.emplace_back(pass.name);
        CHECK(after.size() == pass.after);
    };
    const auto optimized = build_circuit(loaded.program.graph, options);
    REQUIRE(optimized);
    std::vector<std::string> steps;
    for (const StepTime& step : optimized->steps) steps.push_back(step.name);
    CHECK(steps == seen);
    REQUIRE_FALSE(steps.empty());
    CHECK(steps.front() == "lower");
    CHECK(optimized->steps.back().operations == optimized->circuit.size());
}

TEST_CASE("options out of their ranges are named") {
    CHECK(message_of({}).empty());
    CHECK(message_of({.stages = 0}) == "`stages` is 0");
    CHECK(message_of({.stages = 10'001}) == "`stages` is 10001");
    CHECK(message_of({.adder_levels_per_stage = 2.5}).empty());
    CHECK(message_of({.adder_levels_per_stage = 0.0}) == "`adder_levels_per_stage` is 0");
    CHECK(message_of({.adder_levels_per_stage = Rational(-1)}) == "`adder_levels_per_stage` is -1");
    CHECK(message_of({.adder_levels_per_stage = 0.0001}).starts_with("`adder_levels_per_stage` is "));
    CHECK(message_of({.stages = 1, .adder_levels_per_stage = 1.0}) ==
          "both `stages` and `adder_levels_per_stage` are given");
    CHECK(message_of({.random_vectors = -1}) == "`random_vectors` is -1");
    CHECK(message_of({.optimizer = {.effort = 4}}) == "`effort` is 4");
    CHECK(message_of({.optimizer = {.extra_depth = -1}}) == "`extra_depth` is -1");
    CHECK(message_of({.top = "module"}) == "`module` is not a name that Verilog tools accept");
}

TEST_CASE("what is refused writes nothing") {
    const Folder folder;
    Loaded loaded = load(dense);
    BuildOptions options;
    options.verify = false;
    CHECK_FALSE(build_design(loaded.program.graph, loaded.sources, {}, options));  // no directory
    options.directory = folder.path / "out";
    options.stages = 0;
    CHECK_FALSE(build_design(loaded.program.graph, loaded.sources, {}, options));
    CHECK(fs::is_empty(folder.path));
}

TEST_CASE("outputs that differ from the interpreter's are refused") {
    Loaded loaded = load(dense);
    const Graph& graph = loaded.program.graph;
    Codes codes({3}, 2, {4, 4, 4}, 1);
    for (int64_t element = 0; element < 3; ++element) codes.set_code(1, element, Int(element - 1));
    const std::vector<Samples> inputs{codes};
    for (const Engine engine : {Engine::interpreter, Engine::jit, Engine::circuit}) {
        auto outputs = run_engine(graph, inputs, {.engine = engine, .check = true});
        REQUIRE(outputs);
        CHECK(check_outputs(graph, inputs, *outputs, {}));
        outputs->front().set_code(1, 0, outputs->front().code(1, 0) + Int(1));
        const auto checked = check_outputs(graph, inputs, *outputs, {});
        REQUIRE_FALSE(checked);
        CHECK(checked.error().front().code == code::verification_failed);
        CHECK(checked.error().front().message.find("`y[0]` of sample 1") != std::string::npos);
    }
}
