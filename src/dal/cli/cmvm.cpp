// dal cmvm: a matrix becomes an adder graph.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "dal/array/npy.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/console.hpp"
#include "dal/cli/interrupt.hpp"
#include "dal/cmvm/tables/tables.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/file.hpp"

namespace dal::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

/// W = weights·2^exponent.
struct Weights {
    cmvm::Matrix matrix;
    int exponent = 0;
};

struct Improvement {
    double seconds;
    int64_t adders;
    int64_t bits;
};

Diagnostic bad_file(const std::string& path, const std::string& what) {
    return error(code::bad_array_file, {}, "`" + path + "` " + what);
}

Result<Weights> from_array(const std::string& path, const Array& array) {
    if (array.shape().size() != 2)
        return failure(bad_file(path, "has the shape " + to_string(array.shape()))
                           .with_rule("a matrix has two axes: inputs, then outputs"));
    std::vector<Dyadic> values;
    int64_t exponent = 0;
    bool first = true;
    for (int64_t n = 0; n < array.size(); ++n) {
        auto value = array.at(n);
        if (!value)
            return failure(bad_file(path, "is not finite at " + index_text(array.shape(), n))
                               .with_rule("a weight is a finite number"));
        if (!value->is_zero()) exponent = first ? value->exponent() : std::min(exponent, value->exponent());
        first = first && value->is_zero();
        values.push_back(std::move(*value));
    }
    Weights result;
    // Integers stay what they are.
    result.exponent = static_cast<int>(std::min<int64_t>(exponent, 0));
    if (exponent > 0 && array.type() >= DType::float16) result.exponent = static_cast<int>(exponent);
    result.matrix.inputs = static_cast<size_t>(array.shape()[0]);
    result.matrix.outputs = static_cast<size_t>(array.shape()[1]);
    result.matrix.weights.reserve(values.size());
    for (const Dyadic& value : values)
        result.matrix.weights.push_back(value.is_zero() ? Int(0)
                                                        : value.mantissa() << (value.exponent() - result.exponent));
    return result;
}

/// Integers between spaces or commas, one line per input.
Result<Weights> from_text(const std::string& path, std::string_view text) {
    constexpr std::string_view blank = " \t\r,";
    Weights result;
    cmvm::Matrix& matrix = result.matrix;
    for (size_t line = 1; !text.empty(); ++line) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view rest = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        size_t count = 0;
        for (;;) {
            rest.remove_prefix(std::min(rest.find_first_not_of(blank), rest.size()));
            if (rest.empty()) break;
            const std::string_view word = rest.substr(0, rest.find_first_of(blank));
            auto value = word.size() <= 10'000 ? Int::from_decimal(word) : std::nullopt;
            if (!value)
                return failure(
                    bad_file(path, "has `" + std::string(word.substr(0, 40)) + "` in line " + std::to_string(line))
                        .with_rule("a matrix is a .npy file, or text: integers, one line per input"));
            matrix.weights.push_back(std::move(*value));
            rest.remove_prefix(word.size());
            ++count;
        }
        if (count == 0) continue;
        if (matrix.inputs > 0 && count != matrix.outputs)
            return failure(bad_file(path, "has " + std::to_string(count) + " numbers in line " + std::to_string(line) +
                                              ", and " + std::to_string(matrix.outputs) + " in those before"));
        ++matrix.inputs;
        matrix.outputs = count;
    }
    if (matrix.inputs == 0) return failure(bad_file(path, "holds no numbers"));
    return result;
}

Result<Weights> read_weights(const std::string& path) {
    const bool named_npy = std::filesystem::path(path).extension() == ".npy";
    if (!named_npy) {
        auto text = read_file(path);
        if (!text) return failure(std::move(text.error()));
        if (!text->starts_with("\x93NUMPY")) return from_text(path, *text);
    }
    auto array = read_npy(path, {});
    if (!array) return failure(std::move(array.error()));
    return from_array(path, *array);
}

/// "fixed(1, 7, 0)", "1,7,0", "int(8)" or "uint(8)".
std::optional<Kif> parse_format(std::string text) {
    std::erase_if(text, [](char c) { return c == ' '; });
    std::string_view rest = text;
    std::string_view kind = "fixed";
    if (rest.ends_with(')')) {
        const size_t open = rest.find('(');
        if (open == std::string_view::npos) return std::nullopt;
        kind = rest.substr(0, open);
        rest = rest.substr(open + 1, rest.size() - open - 2);
    }
    std::vector<int> numbers;
    for (;;) {
        int number = 0;
        const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        if (problem != std::errc() || number < -10'000 || number > 10'000) return std::nullopt;
        numbers.push_back(number);
        rest.remove_prefix(static_cast<size_t>(end - rest.data()));
        if (rest.empty()) break;
        if (rest.front() != ',') return std::nullopt;
        rest.remove_prefix(1);
    }
    if (kind == "fixed" && numbers.size() == 3 && (numbers[0] == 0 || numbers[0] == 1))
        return Kif(numbers[0] == 1, numbers[1], numbers[2]);
    if (kind == "int" && numbers.size() == 1 && numbers[0] > 0) return Kif(true, numbers[0] - 1, 0);
    if (kind == "uint" && numbers.size() == 1 && numbers[0] > 0) return Kif(false, numbers[0], 0);
    return std::nullopt;
}

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
    return document.dump(1) + "\n";
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

    cmvm::Options solver;
    if (options.bias) solver.constant_follows.assign(matrix.outputs, true);
    if (!set_depth(options.depth, matrix, inputs, solver)) return exit_usage;
    solver.objective = options.bits ? cmvm::Objective::bits : cmvm::Objective::adders;
    solver.area = options.area;
    solver.effort = options.effort;
    solver.seconds = options.seconds;
    solver.seed = options.seed;
    const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    solver.threads = options.threads > 0 ? options.threads : options.seconds > 0 && options.effort < 3 ? 1 : cores;
    std::vector<Improvement> improvements;
    std::atomic<bool> stop = false;
    const auto note = [&](double seconds, int64_t adders, int64_t bits) {
        if (improvements.empty() || improvements.back().adders != adders || improvements.back().bits != bits)
            improvements.push_back({seconds, adders, bits});
    };
    solver.progress = [&](const cmvm::Progress& progress) {
        note(progress.seconds, progress.adders, progress.bits);
        console.progress(seconds_text(progress.seconds) + ": " + cost_text(progress.adders, progress.bits) + ", " +
                         std::to_string(progress.moves) + " moves (Ctrl-C ends the search)");
        return !stop;
    };
    const InterruptAction action([&stop] { stop = true; });

    cmvm::Cache cache(options.cache ? cmvm::Cache::default_directory() : std::nullopt,
                      options.best ? cmvm::Cache::Use::best : cmvm::Cache::Use::same);
    const auto start = Clock::now();
    const cmvm::PackedSolution packed = cmvm::solve_packed(matrix, inputs, {}, solver, cache);
    const cmvm::Solution& solution = packed.solution;
    const int least_depth = cmvm::minimum_depth(matrix, inputs, solver.constant_follows);
    int depth = solution.depth;
    if (options.bias)
        for (const int with_constant : cmvm::depths_with_constants(solution.graph, packed.inputs))
            depth = std::max(depth, with_constant);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    note(seconds, solution.adders, solution.bits);
    const int64_t of_three =
        std::ranges::count_if(solution.graph.adders, [](const cmvm::Adder& adder) { return adder.merged; });
    // Tables replace any number of adders, an adder of three operands two.
    int64_t bound = packed.tables.empty() ? cmvm::lower_bound(matrix, inputs) : 0;
    if (options.area) bound = (bound + 1) / 2;
    const bool cached = cache.statistics().from_disk > 0;
    // The same result for the same arguments, on all machines.
    const bool repeatable = options.seconds <= 0 && !options.best && !stop;
    if (!options.output.empty()) {
        if (auto written = write_file(options.output, graph_text(packed, *weights, *kif, inputs)); !written)
            return console.report(written.error());
    }
    console.clear_progress();
    if (options.json) {
        Json document{{"adders", solution.adders},
                      {"bits", solution.bits},
                      {"depth", depth},
                      {"tables", packed.tables.size()},
                      {"table_luts", packed.table_luts},
                      {"three_operands", of_three},
                      {"seconds", seconds},
                      {"lower_bound", bound},
                      {"effort", options.effort},
                      {"inputs", matrix.inputs},
                      {"outputs", matrix.outputs},
                      {"certified", true},
                      {"cached", cached},
                      {"from_best", solution.from_best},
                      {"repeatable", repeatable},
                      {"digest", cache.blocks().at(0).digest},
                      {"interrupted", stop.load()}};
        document["improvements"] = Json::array();
        for (const Improvement& step : improvements)
            document["improvements"].push_back(
                {{"seconds", step.seconds}, {"adders", step.adders}, {"bits", step.bits}});
        std::puts(document.dump().c_str());
        return exit_ok;
    }
    std::printf("%s: %zu inputs, %zu outputs\n", options.matrix.c_str(), matrix.inputs, matrix.outputs);
    // With tables there may be fewer of both.
    const bool bounded = packed.tables.empty();
    std::printf("  adders     %lld%s%s\n", static_cast<long long>(solution.adders),
                bounded ? (", at least " + std::to_string(bound)).c_str() : "",
                options.area ? (", " + std::to_string(of_three) + " of them of three operands").c_str() : "");
    std::printf("  bits       %lld\n", static_cast<long long>(solution.bits));
    if (!bounded)
        std::printf("  tables     %zu of single-bit inputs, %lld LUTs\n", packed.tables.size(),
                    static_cast<long long>(packed.table_luts));
    std::printf("  depth      %d%s%s\n", depth, bounded ? (", at least " + std::to_string(least_depth)).c_str() : "",
                options.bias ? ", with a constant at each output" : "");
    std::printf("  time       %s%s%s%s\n", seconds_text(seconds).c_str(), cached ? ", from the cache" : "",
                stop ? ", interrupted" : "", repeatable ? "" : ", another run may find another graph");
    if (improvements.size() > 1 && !console.quiet()) {
        constexpr size_t most_shown = 12;
        const size_t step = (improvements.size() + most_shown - 1) / most_shown;
        for (size_t n = 0; n < improvements.size(); n += step)
            std::printf("  %-10s %s: %s\n", n == 0 ? "progress" : "", seconds_text(improvements[n].seconds).c_str(),
                        cost_text(improvements[n].adders, improvements[n].bits).c_str());
        if ((improvements.size() - 1) % step != 0)
            std::printf("  %-10s %s: %s\n", "", seconds_text(improvements.back().seconds).c_str(),
                        cost_text(improvements.back().adders, improvements.back().bits).c_str());
    }
    std::printf("  certified  each output, interval and depth was recomputed from the graph\n");
    return exit_ok;
}

}  // namespace dal::cli
