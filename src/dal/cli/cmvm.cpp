// dal cmvm: a matrix becomes an adder graph.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "dal/cli/cmvm_input.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/console.hpp"
#include "dal/cli/interrupt.hpp"
#include "dal/cmvm/tables/tables.hpp"
#include "dal/support/file.hpp"
#include "dal/support/printable.hpp"

namespace dal::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct Improvement {
    double seconds;
    int64_t adders;
    int64_t bits;
};

Json interval_json(const Interval& range) {
    return {{"lo", range.lo().to_string()}, {"hi", range.hi().to_string()}, {"f", range.f()}};
}

std::string graph_text(const cmvm::PackedSolution& packed, const Weights& weights, const Kif& kif,
                       const std::vector<cmvm::InputInfo>& inputs) {
    const cmvm::Solution& solution = packed.solution;
    Json document;
    document["format"] = "dal adder graph 1";
    document["inputs"] = Json::array();
    for (const cmvm::InputInfo& input : inputs) {
        Json entry = interval_json(input.range);
        entry["format"] = kif.to_string();
        document["inputs"].push_back(std::move(entry));
    }
    document["tables"] = Json::array();
    for (const cmvm::BitTable& table : packed.tables) {
        Json entry{{"inputs", table.inputs}, {"depth", table.depth}, {"entries", Json::array()}};
        for (const Int& code : table.entries) entry["entries"].push_back(code.to_string());
        entry.update(interval_json(table.range));
        entry["f"] = table.f;  // of the entries as well
        document["tables"].push_back(std::move(entry));
    }
    document["adders"] = Json::array();
    for (const cmvm::Adder& adder : solution.graph.adders) {
        Json entry{{"a", adder.a},
                   {"b", adder.b},
                   {"shift_a", adder.shift_a},
                   {"shift_b", adder.shift_b},
                   {"subtract", adder.subtract},
                   {"merged", adder.merged},
                   {"depth", adder.depth}};
        entry.update(interval_json(adder.range));
        document["adders"].push_back(std::move(entry));
    }
    document["outputs"] = Json::array();
    for (const cmvm::OutputTap& tap : solution.graph.outputs) {
        Json entry;
        entry["node"] = tap.node ? Json(*tap.node) : Json();
        entry["shift"] = tap.node ? tap.shift + weights.exponent : 0;
        entry["negate"] = tap.negate;
        document["outputs"].push_back(std::move(entry));
    }
    return document.dump(1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string seconds_text(double seconds) {
    std::array<char, 32> buffer{};
    const bool tiny = seconds < 0.1;
    std::snprintf(buffer.data(), buffer.size(), tiny ? "%.3f ms" : "%.2f s", tiny ? seconds * 1000 : seconds);
    return buffer.data();
}

std::string cost_text(int64_t adders, int64_t bits) {
    return std::to_string(adders) + " adders, " + std::to_string(bits) + " bits";
}

/// Exit code 2 with a message, or the depth part of the options.
bool set_depth(const std::string& text, const cmvm::Matrix& matrix, const std::vector<cmvm::InputInfo>& inputs,
               cmvm::Options& options) {
    if (text == "min" || text == "each" || text == "free") {
        options.depth = text == "free"   ? cmvm::Depth::free
                        : text == "each" ? cmvm::Depth::each_output
                                         : cmvm::Depth::minimum;
        return true;
    }
    int depth = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), depth);
    if (problem != std::errc() || end != text.data() + text.size() || depth < 0 || depth > 1'000'000) {
        std::fprintf(stderr, "--depth: `%s` is not a number of adders, `min`, `each` or `free`\n", text.c_str());
        return false;
    }
    const int least = cmvm::minimum_depth(matrix, inputs, options.constant_follows);
    if (depth < least) {
        std::fprintf(stderr, "--depth: %d is less than the minimum of this matrix, %d\n", depth, least);
        return false;
    }
    options.extra_depth = depth - least;
    return true;
}

/// What was found, and what is said about it.
struct Found {
    cmvm::PackedSolution packed;
    int depth = 0;         ///< of the deepest output, its constant included
    int least_depth = 0;   ///< that is possible
    int64_t bound = 0;     ///< no solution has fewer adders; 0: none is known
    int64_t of_three = 0;  ///< adders of three operands
    double seconds = 0;
    bool cached = false;
    bool repeatable = false;  ///< the same result for the same arguments, on all machines
    std::string digest{};
    bool interrupted = false;
    std::vector<Improvement> improvements{};

    void note(double at, int64_t adders, int64_t bits) {
        if (improvements.empty() || improvements.back().adders != adders || improvements.back().bits != bits)
            improvements.push_back({at, adders, bits});
    }
};

Found search(const CmvmOptions& options, const cmvm::Matrix& matrix, const std::vector<cmvm::InputInfo>& inputs,
             cmvm::Options solver, Console& console) {
    Found found;
    std::atomic<bool> stop = false;
    solver.progress = [&](const cmvm::Progress& progress) {
        found.note(progress.seconds, progress.adders, progress.bits);
        console.progress(seconds_text(progress.seconds) + ": " + cost_text(progress.adders, progress.bits) + ", " +
                         std::to_string(progress.moves) + " moves (Ctrl-C ends the search)");
        return !stop;
    };
    const InterruptAction action([&stop] { stop = true; });

    cmvm::Cache cache(options.cache ? cmvm::Cache::default_directory() : std::nullopt,
                      options.best ? cmvm::Cache::Use::best : cmvm::Cache::Use::same);
    const auto start = Clock::now();
    found.packed = cmvm::solve_packed(matrix, inputs, {}, solver, cache);
    const cmvm::Solution& solution = found.packed.solution;
    found.least_depth = cmvm::minimum_depth(matrix, inputs, solver.constant_follows);
    found.depth = solution.depth;
    if (options.bias)
        for (const int with_constant : cmvm::depths_with_constants(solution.graph, found.packed.inputs))
            found.depth = std::max(found.depth, with_constant);
    found.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    found.note(found.seconds, solution.adders, solution.bits);
    found.of_three =
        std::ranges::count_if(solution.graph.adders, [](const cmvm::Adder& adder) { return adder.merged; });
    // Tables replace any number of adders, an adder of three operands two.
    found.bound = found.packed.tables.empty() ? cmvm::lower_bound(matrix, inputs) : 0;
    if (options.solver.area) found.bound = (found.bound + 1) / 2;
    found.cached = cache.statistics().from_disk > 0;
    found.interrupted = stop;
    found.repeatable = solver.seconds <= 0 && !options.best && !found.interrupted;
    found.digest = cache.blocks().at(0).digest;
    return found;
}

std::string json_text(const Found& found, const CmvmOptions& options, const cmvm::Matrix& matrix) {
    const cmvm::Solution& solution = found.packed.solution;
    Json document{{"adders", solution.adders},
                  {"bits", solution.bits},
                  {"depth", found.depth},
                  {"tables", found.packed.tables.size()},
                  {"table_luts", found.packed.table_luts},
                  {"three_operands", found.of_three},
                  {"seconds", found.seconds},
                  {"lower_bound", found.bound},
                  {"effort", options.solver.effort},
                  {"inputs", matrix.inputs},
                  {"outputs", matrix.outputs},
                  {"certified", true},
                  {"cached", found.cached},
                  {"from_best", solution.from_best},
                  {"repeatable", found.repeatable},
                  {"digest", found.digest},
                  {"interrupted", found.interrupted}};
    document["improvements"] = Json::array();
    for (const Improvement& step : found.improvements)
        document["improvements"].push_back({{"seconds", step.seconds}, {"adders", step.adders}, {"bits", step.bits}});
    return document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// At most a dozen of the steps, and the last.
void print_improvements(const std::vector<Improvement>& improvements) {
    constexpr size_t most_shown = 12;
    const size_t step = (improvements.size() + most_shown - 1) / most_shown;
    const auto print = [&](const char* title, const Improvement& shown) {
        std::printf("  %-10s %s: %s\n", title, seconds_text(shown.seconds).c_str(),
                    cost_text(shown.adders, shown.bits).c_str());
    };
    for (size_t n = 0; n < improvements.size(); n += step) print(n == 0 ? "progress" : "", improvements[n]);
    if ((improvements.size() - 1) % step != 0) print("", improvements.back());
}

void print_found(const Found& found, const CmvmOptions& options, const cmvm::Matrix& matrix, bool quiet) {
    const cmvm::PackedSolution& packed = found.packed;
    std::printf("%s: %zu inputs, %zu outputs\n", printable(options.matrix).c_str(), matrix.inputs, matrix.outputs);
    // With tables there may be fewer of both.
    const bool bounded = packed.tables.empty();
    std::printf(
        "  adders     %lld%s%s\n", static_cast<long long>(packed.solution.adders),
        bounded ? (", at least " + std::to_string(found.bound)).c_str() : "",
        options.solver.area ? (", " + std::to_string(found.of_three) + " of them of three operands").c_str() : "");
    std::printf("  bits       %lld\n", static_cast<long long>(packed.solution.bits));
    if (!bounded)
        std::printf("  tables     %zu of single-bit inputs, %lld LUTs\n", packed.tables.size(),
                    static_cast<long long>(packed.table_luts));
    std::printf("  depth      %d%s%s\n", found.depth,
                bounded ? (", at least " + std::to_string(found.least_depth)).c_str() : "",
                options.bias ? ", with a constant at each output" : "");
    std::printf("  time       %s%s%s%s\n", seconds_text(found.seconds).c_str(), found.cached ? ", from the cache" : "",
                found.interrupted ? ", interrupted" : "",
                found.repeatable ? "" : ", another run may find another graph");
    if (found.improvements.size() > 1 && !quiet) print_improvements(found.improvements);
    std::printf("  certified  each output, interval and depth was recomputed from the graph\n");
}

}  // namespace

int cmvm_command(const CmvmOptions& options, const CommonOptions& common) {
    Console console(common);
    const auto kif = parse_format(options.input_format);
    if (!kif) {
        std::fprintf(stderr,
                     "--input-format: `%s` is not a format; try `fixed(1, 7, 0)`, `1,7,0`, `int(8)` or `uint(8)`\n",
                     options.input_format.c_str());
        return exit_usage;
    }
    console.progress("reading " + options.matrix);
    auto weights = read_weights(options.matrix);
    if (!weights) return console.report(weights.error());
    const cmvm::Matrix& matrix = weights->matrix;
    const std::vector<cmvm::InputInfo> inputs(matrix.inputs, {Interval::of(*kif), 0});
    cmvm::Options solver = options.solver;
    if (options.bias) solver.constant_follows.assign(matrix.outputs, true);
    const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    if (solver.threads == 0) solver.threads = solver.seconds > 0 && solver.effort < 3 ? 1 : cores;
    if (!set_depth(options.depth, matrix, inputs, solver)) return exit_usage;

    const Found found = search(options, matrix, inputs, std::move(solver), console);
    if (!options.output.empty())
        if (auto written = write_file(options.output, graph_text(found.packed, *weights, *kif, inputs)); !written)
            return console.report(written.error());
    console.clear_progress();
    if (options.json)
        std::puts(json_text(found, options, matrix).c_str());
    else
        print_found(found, options, matrix, console.quiet());
    return exit_ok;
}

}  // namespace dal::cli
