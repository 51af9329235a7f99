// Compiles random programs in the whole language, and runs them on all engines.
//
//   compare_texts [--programs N] [--first SEED] [--print]
//
// The compiler has to accept each; all engines have to agree with the interpreter; a formatted program has to give the
// same graph; and where constants take the place of the inputs, what the compiler computes has to be what the
// interpreter computed from them.
#include <charconv>
#include <cstring>
#include <iostream>

#include "dal/graph/difference.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/sema/elaborate.hpp"
#include "dal/support/check.hpp"
#include "dal/syntax/format.hpp"
#include "engines.hpp"
#include "random_program.hpp"
#include "random_text.hpp"

using namespace dal;
using namespace dal::property;

namespace {

/// What is wrong with a program.
class Wrong : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

Graph compiled(const std::string& text) {
    SourceMap sources;
    const auto rendered = [&](const Diagnostics& diagnostics) {
        return Wrong(render(diagnostics.front(), sources, false));
    };
    auto program = compile_text(sources, "random.da", text, {});
    if (!program) throw rendered(program.error());
    if (const auto inferred = infer_forward(program->graph); !inferred) throw rendered(inferred.error());
    verify(program->graph);
    return std::move(program->graph);
}

std::string formatted(const std::string& text) {
    SourceMap sources;
    const FileId file = sources.add("random.da", text);
    const auto result = format(sources, file);
    if (!result) throw Wrong("the formatter refuses it: " + result.error().front().message);
    return *result;
}

/// A sample of an input as a constant expression.
std::string constant_text(const Shape& shape, const std::vector<Dyadic>& values) {
    std::string text;
    for (size_t j = 0; j < values.size(); ++j) {
        int64_t block = 1;
        for (size_t axis = shape.size(); axis-- > 0;) {
            block *= shape[axis];
            if (static_cast<int64_t>(j) % block == 0) text += "[";
        }
        const Dyadic& value = values[j];
        text += "((" + value.mantissa().to_string() + ") << " + std::to_string(value.exponent()) + ")";
        block = 1;
        for (size_t axis = shape.size(); axis-- > 0;) {
            block *= shape[axis];
            if (static_cast<int64_t>(j + 1) % block == 0) text += "]";
        }
        if (j + 1 < values.size()) text += ", ";
    }
    return text;
}

/// The program with a sample in place of its inputs. One input is left, for the number of samples.
std::string with_constants(const RandomText& program, const Graph& graph, const std::vector<Samples>& inputs,
                           int64_t sample) {
    std::string text = program.text;
    for (size_t j = 0; j < program.inputs.size(); ++j) {
        const Node& node = graph[graph.inputs()[j]];
        std::vector<Dyadic> values;
        for (int64_t e = 0; e < node.size(); ++e) values.push_back(read_sample(node, inputs[j], sample, e).value());
        const RandomText::Input& input = program.inputs[j];
        text.replace(text.find(input.declaration), input.declaration.size(),
                     "let " + input.name + " = " + constant_text(node.shape, values));
    }
    return "input one: uint(1)\n" + text + "output last_one = one\n";
}

void check_constants(const RandomText& program, const Graph& graph, const std::vector<Samples>& inputs,
                     const std::vector<Codes>& expected, int64_t sample) {
    const std::string text = with_constants(program, graph, inputs, sample);
    const Graph constants = compiled(text);
    const std::vector<Samples> one{Array::from_doubles({1}, {1.0})};
    const auto values = interpret(constants, one).value();
    for (size_t j = 0; j < expected.size(); ++j)
        for (int64_t e = 0; e < expected[j].elements(); ++e)
            if (values[j].value(0, e) != expected[j].value(sample, e))
                throw Wrong("output " + std::to_string(j) + " element " + std::to_string(e) + " is " +
                            expected[j].value(sample, e).to_string() + ", as a constant " +
                            values[j].value(0, e).to_string() + ", in\n" + text);
}

void check(uint64_t seed, const RandomText& program) {
    constexpr int64_t samples = 17;
    const Graph graph = compiled(program.text);
    const std::string pretty = formatted(program.text);
    if (print(compiled(pretty)) != print(graph)) throw Wrong("formatted it means something else:\n" + pretty);
    if (formatted(pretty) != pretty) throw Wrong("formatted twice it looks different:\n" + pretty);
    const std::vector<Samples> inputs = random_inputs(graph, seed, samples);
    const auto expected = interpret(graph, inputs).value();
    for (const Engine& engine : engines()) {
        const auto got = engine.run(graph, inputs);
        if (!got) throw Wrong(std::string(engine.name) + " refuses it: " + got.error().front().message);
        const std::string difference = describe_difference(graph, expected, "interpreter", *got, engine.name);
        if (!difference.empty()) throw Wrong(difference + "\n" + print(graph));
    }
    check_constants(program, graph, inputs, expected, static_cast<int64_t>(seed % samples));
}

}  // namespace

int main(int count, char** values) {
    uint64_t programs = 1000;
    uint64_t first = 1;
    bool shows = false;
    for (int j = 1; j < count; ++j) {
        const std::string name = values[j];
        shows = shows || name == "--print";
        if (name == "--print") continue;
        uint64_t* number = name == "--programs" ? &programs : name == "--first" ? &first : nullptr;
        const char* value = j + 1 < count ? values[++j] : "";
        if (number == nullptr || std::from_chars(value, value + std::strlen(value), *number).ec != std::errc()) {
            std::cout << "usage: compare_texts [--programs N] [--first SEED] [--print]\n";
            return 2;
        }
    }
    constexpr int most_failures = 5;
    int failures = 0;
    size_t nodes = 0;
    for (uint64_t seed = first; seed < first + programs && failures < most_failures; ++seed) {
        const RandomText program = random_text(seed);
        if (shows) std::cout << program.text << "\n";
        try {
            check(seed, program);
            nodes += compiled(program.text).size();
        } catch (const std::exception& e) {
            std::cout << "seed " << seed << ": " << e.what() << "\n" << program.text << "\n";
            ++failures;
        }
    }
    std::cout << programs << " programs of " << nodes / std::max<uint64_t>(1, programs) << " nodes on average, "
              << failures << " failures\n";
    return failures == 0 ? 0 : 1;
}
