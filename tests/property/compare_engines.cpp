// Compares all engines with the interpreter on random programs.
//
//   compare_engines [--programs N] [--first SEED] [--engine NAME]
//
// Prints what it compared, and how much of the inferred ranges the values used. A failure names the seed and
// shows the first node at which the engine differs; `--first SEED --programs 1` runs that program again.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iostream>
#include <map>
#include <set>

#include "dal/graph/extract.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/batch_codes.hpp"
#include "engines.hpp"
#include "random_program.hpp"

using namespace dal;
using namespace dal::property;

namespace {

/// Mostly not a multiple of a vector length; 1 to 67.
int64_t samples_for(uint64_t seed) { return 1 + static_cast<int64_t>(seed * 29 % 67); }

struct Arguments {
    uint64_t programs = 1000;
    uint64_t first = 1;
    std::string engine;  // empty: all
};

/// What went wrong when an engine ran `graph`; nothing if it agrees with `expected`.
struct Failure {
    std::string text;
    std::optional<size_t> output;  // that differs
    int64_t sample = 0;
    int64_t element = 0;
};

std::string text_of(const Diagnostics& diagnostics) {
    std::string text;
    for (const Diagnostic& d : diagnostics) text += (text.empty() ? "" : "; ") + d.message;
    return text;
}

std::optional<Failure> compare(const Engine& engine, const Graph& graph, std::span<const Samples> inputs,
                               std::span<const Codes> expected) {
    try {
        const auto got = engine.run(graph, inputs);
        if (!got) return Failure{"refused: " + text_of(got.error()), {}};
        if (got->size() != expected.size()) return Failure{std::to_string(got->size()) + " outputs", {}};
        for (size_t j = 0; j < expected.size(); ++j) {
            const Codes& theirs = (*got)[j];
            const Codes& ours = expected[j];
            const std::string name = "output `" + graph.outputs()[j].name + "`";
            if (theirs.shape() != ours.shape() || theirs.samples() != ours.samples())
                return Failure{name + " has shape " + to_string(theirs.shape()), j};
            if (const auto difference = first_difference(ours, theirs)) {
                const auto [sample, element] = *difference;
                return Failure{name + " sample " + std::to_string(sample) + " element " + std::to_string(element) +
                                   ": expected " + ours.value(sample, element).to_string() + ", got " +
                                   theirs.value(sample, element).to_string(),
                               j, sample, element};
            }
            if (engine.exact_form && (theirs.f() != ours.f() || theirs.limbs() != ours.limbs()))
                return Failure{name + " has other binary points or limbs", j};
        }
    } catch (const InternalError& e) {
        return Failure{std::string("internal error: ") + e.what(), {}};
    }
    return std::nullopt;
}

/// Whether an engine refuses a value that the program does not accept, as the interpreter does.
std::optional<Failure> compare_refusal(const Engine& engine, const Graph& graph, std::span<const Samples> inputs) {
    const auto expected = interpret(graph, inputs);
    DAL_CHECK(!expected && expected.error().front().code == code::bad_sample, "spoiled inputs that are accepted");
    const auto got = engine.run(graph, inputs);
    const std::string& message = expected.error().front().message;
    if (got) return Failure{"accepts what the interpreter refuses: " + message, {}};
    if (got.error().front().code != code::bad_sample)
        return Failure{"says: " + text_of(got.error()) + "; the interpreter: " + message, {}};
    return std::nullopt;
}

/// Every value of a program that is not real, as an output named after its node: "%3".
std::vector<Output> all_values(const Graph& graph) {
    std::vector<Output> outputs;
    for (size_t index = 0; index < graph.size(); ++index)
        if (!graph.nodes()[index].real)
            outputs.push_back({"%" + std::to_string(index), static_cast<NodeId>(index), {}});
    return outputs;
}

/// Of the batches for `graph`, those for a part of it, which may need fewer inputs.
std::vector<Samples> inputs_of(const Graph& part, const Graph& graph, std::span<const Samples> inputs) {
    std::vector<Samples> needed;
    for (const NodeId input : part.inputs())
        for (size_t j = 0; j < inputs.size(); ++j)
            if (graph[graph.inputs()[j]].name == part[input].name) needed.push_back(inputs[j]);
    return needed;
}

/// Shows the first node in the program's order at which the engine differs, alone if it differs alone too.
void explain(const Engine& engine, const Graph& graph, std::span<const Samples> inputs, const Failure& found) {
    std::cout << "  " << found.text << "\n" << print(graph);
    for (const Output& output : all_values(graph)) {
        const Graph part = extract(graph, {&output, 1});
        const std::vector<Samples> fed = inputs_of(part, graph, inputs);
        const auto expected = interpret(part, fed).value();
        const auto still = compare(engine, part, fed, expected);
        if (!still) continue;
        std::cout << "  shrunk: " << still->text << "\n" << print(part);
        if (const auto* q = std::get_if<op::Quantize>(&part[part.outputs()[0].node].operation))
            std::cout << "  format there: " << q->formats.at(still->element).to_string() << "\n";
        for (size_t j = 0; j < fed.size(); ++j) {
            std::cout << "  `" << part[part.inputs()[j]].name << "` =";
            for (int64_t e = 0; e < part[part.inputs()[j]].size(); ++e)
                std::cout << " " << fed[j].at(still->sample, e).value().to_string();
            std::cout << "\n";
        }
        return;
    }
}

/// How much of the inferred ranges the values of random inputs used: a measure of tightness from below.
struct Tightness {
    int64_t elements = 0;
    int64_t ends_reached = 0;  // of 2 · elements
    int64_t bits_inferred = 0;
    int64_t bits_seen = 0;

    /// Adds all values of a program.
    void add(const Graph& graph, std::span<const Samples> inputs) {
        const Graph everything = extract(graph, all_values(graph));
        const auto values = interpret(everything, inputs_of(everything, graph, inputs)).value();
        for (size_t j = 0; j < values.size(); ++j)
            for (int64_t e = 0; e < values[j].elements(); ++e) {
                const Interval& range = everything[everything.outputs()[j].node].range[static_cast<size_t>(e)];
                Int lo = values[j].code(0, e);
                Int hi = lo;
                for (int64_t sample = 1; sample < values[j].samples(); ++sample) {
                    const Int code = values[j].code(sample, e);
                    lo = min(lo, code);
                    hi = max(hi, code);
                }
                ++elements;
                ends_reached += static_cast<int64_t>(lo == range.lo()) + static_cast<int64_t>(hi == range.hi());
                bits_inferred += range.width();
                bits_seen += lo == hi && lo.is_zero() ? 0 : Interval(lo, hi, range.f()).width();
            }
    }
};

/// What the programs had in them, so that a generator that stopped making something is noticed.
struct Coverage {
    std::vector<bool> operations = std::vector<bool>(std::variant_size_v<Operation>);
    std::map<std::string, int> features;
    std::set<std::pair<Round, Overflow>> modes;
    std::map<int, int> words;  // widest value of a program in 64-bit words -> programs

    void add(const Graph& graph) {
        int widest = 1;
        for (const Node& node : graph.nodes()) {
            operations[node.operation.index()] = true;
            ++features[feature(graph, node)];
            for (const Interval& range : node.range) widest = std::max(widest, range.width());
            if (const auto* quantize = std::get_if<op::Quantize>(&node.operation))
                for (int64_t e = 0; e < node.size(); ++e)
                    modes.emplace(quantize->formats.at(e).round, quantize->formats.at(e).overflow);
        }
        ++words[(widest + 63) / 64];
    }
    /// The operation, and what makes it a case of its own for the engines.
    static std::string feature(const Graph& graph, const Node& node) {
        const auto variables = std::count_if(node.operands.begin(), node.operands.end(),
                                             [&](NodeId operand) { return !graph.is_constant(operand); });
        const std::string name(operation_name(node.operation));
        if (std::holds_alternative<op::Mul>(node.operation) && variables == 2) return "mul of variables";
        if (std::holds_alternative<op::Einsum>(node.operation))
            return "einsum of " + std::to_string(variables) + "/" + std::to_string(node.operands.size()) + " variables";
        if (const auto* table = std::get_if<op::Table>(&node.operation))
            return table->which.empty() ? "table" : "table per element";
        return node.real && std::holds_alternative<op::Move>(node.operation) ? name + " of real" : name;
    }
    [[nodiscard]] bool complete() const {
        constexpr std::array needed{"mul of variables",
                                    "einsum of 1/1 variables",
                                    "einsum of 1/2 variables",
                                    "einsum of 2/2 variables",
                                    "einsum of 1/3 variables",
                                    "einsum of 2/3 variables",
                                    "einsum of 3/3 variables",
                                    "table",
                                    "table per element",
                                    "pad of real",
                                    "concat",
                                    "windows",
                                    "eq",
                                    "ne",
                                    "lt",
                                    "le",
                                    "bit_and",
                                    "bit_or",
                                    "bit_xor"};
        return std::find(operations.begin(), operations.end(), false) == operations.end() &&
               std::all_of(needed.begin(), needed.end(), [&](const char* name) { return features.contains(name); }) &&
               modes.size() == round_count * overflow_count && words.rbegin()->first >= 5;
    }
    [[nodiscard]] std::string to_string() const {
        std::string text = "nodes:";
        for (const auto& [name, count] : features)
            text += (text.ends_with(':') ? " " : ", ") + name + " " + std::to_string(count);
        text += "\nmodes of quantize: " + std::to_string(modes.size()) + " of " +
                std::to_string(round_count * overflow_count) + "\nwidest value:";
        for (const auto& [word, count] : words)
            text += " up to " + std::to_string(64 * word) + " bits in " + std::to_string(count) + " programs,";
        text.back() = '\n';
        return text;
    }
};

std::optional<Arguments> parse(int count, char** values) {
    Arguments result;
    for (int j = 1; j < count; j += 2) {
        const std::string name = values[j];
        if (j + 1 == count) return std::nullopt;
        const char* value = values[j + 1];
        if (name == "--engine") {
            result.engine = value;
            continue;
        }
        uint64_t* number = name == "--programs" ? &result.programs : name == "--first" ? &result.first : nullptr;
        if (number == nullptr || std::from_chars(value, value + std::strlen(value), *number).ec != std::errc())
            return std::nullopt;
    }
    return result;
}

int run(const Arguments& arguments) {
    std::map<std::string_view, int> compared;
    Tightness tightness;
    Coverage coverage;
    int failures = 0;
    uint64_t programs = 0;
    constexpr int most_failures = 5;
    constexpr uint64_t refusals_every = 8;
    for (uint64_t seed = arguments.first; seed < arguments.first + arguments.programs; ++seed) {
        const Graph graph = random_program(seed);
        const std::vector<Samples> inputs = random_inputs(graph, seed, samples_for(seed));
        coverage.add(graph);
        std::vector<Codes> expected;
        try {
            expected = interpret(graph, inputs).value();
            tightness.add(graph, inputs);
        } catch (const InternalError& e) {
            std::cout << "seed " << seed << ": interpreter: " << e.what() << "\n" << print(graph);
            ++failures;
            continue;
        }
        for (const Engine& engine : engines()) {
            if (!arguments.engine.empty() && engine.name != arguments.engine) continue;
            if ((seed - arguments.first) % static_cast<uint64_t>(engine.every) != 0) continue;
            ++compared[engine.name];
            if (const auto failure = compare(engine, graph, inputs, expected)) {
                std::cout << "seed " << seed << ": " << engine.name << " and interpreter differ\n";
                explain(engine, graph, inputs, *failure);
                ++failures;
            }
            if (seed % refusals_every != 0) continue;
            if (const auto failure = compare_refusal(engine, graph, spoiled_inputs(graph, inputs, seed))) {
                std::cout << "seed " << seed << ": " << engine.name << " " << failure->text << "\n" << print(graph);
                ++failures;
            }
        }
        ++programs;
        if (failures >= most_failures) break;
    }
    std::cout << programs << " programs\n" << coverage.to_string();
    for (const auto& [name, count] : compared)
        std::cout << "compared with the interpreter: " << name << ", " << count << " programs\n";
    if (tightness.elements > 0)
        std::cout << "ranges: " << tightness.elements << " elements, values reach "
                  << 50 * tightness.ends_reached / tightness.elements << "% of the inferred ends and "
                  << 100 * tightness.bits_seen / std::max<int64_t>(1, tightness.bits_inferred)
                  << "% of the inferred bits\n";
    constexpr uint64_t enough = 500;
    if (programs >= enough && !coverage.complete()) {
        std::cout << "the generator leaves something out\n";
        return 1;
    }
    if (!arguments.engine.empty() && !compared.contains(arguments.engine)) {
        std::cout << "no engine `" << arguments.engine << "` here\n";
        return 2;
    }
    return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
    const auto arguments = parse(count, values);
    if (!arguments) {
        std::cout << "usage: compare_engines [--programs N] [--first SEED] [--engine NAME]\n";
        return 2;
    }
    return run(*arguments);
}
