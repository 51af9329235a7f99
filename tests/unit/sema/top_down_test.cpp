// Parameters and tables without a format take the one that their consumers ask for.
#include <algorithm>
#include <ctime>
#include <map>
#include <random>

#include "compile.hpp"
#include "dal/graph/parse.hpp"
#include "dal/sema/taken_formats/requests.hpp"

using namespace dal;
using test::Compiled;

namespace {

const NamedFormat& format_of(const Compiled& program, const std::string& name) {
    for (const NamedFormat& format : (*program).formats)
        if (format.name == name) return format;
    FAIL("no format of " << name);
    throw;
}

/// "inferred fixed(0, 1, 7)"; of different formats all of them.
std::string found(const Compiled& program, const std::string& name) {
    const NamedFormat& format = format_of(program, name);
    std::string text(to_string(format.state));
    if (format.state == FormatState::by_default) return text;
    for (size_t element = 0; element < format.formats.size(); ++element)
        text += " " + format.formats.at(static_cast<int64_t>(element)).to_string();
    return text;
}

/// Entries of the table, or values of the constant, that node `index` of the graph holds.
std::string numbers(const Compiled& program, size_t index) {
    const Operation& operation = program.graph().nodes()[index].operation;
    const auto* table = std::get_if<op::Table>(&operation);
    std::string text;
    for (const Dyadic& value : table ? *table->entries : std::get<op::Constant>(operation).values)
        text += (text.empty() ? "" : " ") + value.to_string();
    return text;
}

const std::string exp_table = "input x: uint(2)[3]\ntable f(v: uint(2)) = exp(v >> 2)\n";

}  // namespace

TEST_CASE("a table takes the format of its consumer, with its rounding") {
    const Compiled program(exp_table + "output y = quantize(f(x), fixed(0, 2, 3, round: rnd, overflow: sat))\n");
    CHECK(found(program, "f") == "inferred fixed(0, 2, 3, round: rnd, overflow: sat)");
    CHECK(numbers(program, 1) == "1 1.25 1.625 2.125");
    const Compiled down(exp_table + "output y = quantize(f(x), fixed(0, 2, 3))\n");
    CHECK(numbers(down, 1) == "1 1.25 1.625 2");
    CHECK(found(down, "f") == "inferred fixed(0, 2, 3)");
    const Compiled wide(exp_table + "output y = quantize(f(x), fixed(0, 2, 300))\n");
    CHECK(found(wide, "f") == "inferred fixed(0, 2, 300)");
}

TEST_CASE("several consumers join, each part with its own place") {
    const Compiled program(exp_table +
                           "let y = f(x)\noutput a = quantize(y, fixed(0, 1, 7))\n"
                           "output b = quantize(y, fixed(1, 3, 2))\n");
    CHECK(found(program, "f") == "inferred fixed(1, 3, 7)");
    CHECK(explain_format(format_of(program, "f"), {}, program.sources) ==
          "`f`: fixed(1, 3, 7), inferred from its consumers\n"
          "  k = 1: asked at test.da:5:12, `quantize(y, fixed(1, 3, 2))`\n"
          "  i = 3: asked at test.da:5:12, `quantize(y, fixed(1, 3, 2))`\n"
          "  f = 7: asked at test.da:4:12, `quantize(y, fixed(0, 1, 7))`\n");
}

TEST_CASE("asks pass data movement, shifts and choices, and nothing else") {
    const auto with = [](const std::string& rest) { return Compiled(exp_table + rest); };
    CHECK(found(with("output y = quantize(concat(f(x)[1:], [0]), fixed(0, 2, 3))"), "f") == "inferred fixed(0, 2, 3)");
    CHECK(found(with("output y = quantize(f(x) << 2, fixed(0, 4, 3))"), "f") == "inferred fixed(0, 2, 5)");
    CHECK(found(with("output y = quantize(if x > 1 then f(x) else x, fixed(0, 2, 3))"), "f") ==
          "inferred fixed(0, 2, 3)");
    for (const std::string through : {"relu(f(x))", "-f(x)", "f(x) + 1", "max(f(x), x)", "f(x) * 2", "f(x) & 1"})
        CHECK_MESSAGE(with("output y = quantize(" + through + ", fixed(1, 3, 2))").code() == "E0311", through);
}

TEST_CASE("each element of what is moved asks its own source") {
    const Compiled program(
        "input x: uint(2)\ntable f(v: uint(2)) = exp(v)\ntable g(v: uint(2)) = exp(-v)\n"
        "let both = [f(x), g(x)]\noutput a = quantize(both[0], fixed(0, 5, 2))\n"
        "output b = quantize(both[1:], fixed(0, 1, 7))\noutput c = quantize(both, fixed(0, [0, 0], [0, 3]))\n");
    CHECK(found(program, "f") == "inferred fixed(0, 5, 2)");
    CHECK(found(program, "g") == "inferred fixed(0, 1, 7)");
}

TEST_CASE("declared types of its results ask a table too") {
    const Compiled program(exp_table + "output y: fixed(0, 2, 3, round: rnd)[3] = f(x)\n");
    CHECK(found(program, "f") == "inferred fixed(0, 2, 3, round: rnd)");
    const Compiled argument(exp_table + "fn g(v: fixed(0, 2, 4)[n]) = v * v\noutput y = g(f(x))\n");
    CHECK(found(argument, "f") == "inferred fixed(0, 2, 4)");
    // What is promised has to be there: a type does not wrap, and others cannot ask for more than it has.
    CHECK(Compiled(exp_table + "output y: fixed(0, 1, 3)[3] = f(x)\n").code() == "E0312");
    CHECK(
        Compiled(exp_table + "let y = f(x)\noutput a: fixed(0, 2, 3)[3] = y\noutput b = quantize(y, fixed(0, 2, 4))\n")
            .code() == "E0314");
    CHECK(Compiled(exp_table + "let y = f(x)\noutput a: fixed(0, 2, 3)[3] = y\noutput b: fixed(0, 2, 4)[3] = y\n")
              .code() == "E0314");
    // The parameter of another table asks nothing: its argument is quantized by whoever calls it.
    CHECK(Compiled(exp_table + "table g(a: fixed(0, 2, 2), b: bool) = a + b\noutput y = g(f(x), 1)\n").code() ==
          "E0311");
}

TEST_CASE("specified beats inferred") {
    const std::string consumer = "output y = quantize(f(x), fixed(0, 2, 7))\n";
    const std::string start = "input x: uint(2)[3]\n";
    CHECK(found(Compiled(start + "table f(v: uint(2)) -> fixed(0, 2, 3) = exp(v >> 2)\n" + consumer), "f") ==
          "specified fixed(0, 2, 3)");
    const Compiled scope(start + "with table: fixed(0, 2, 3) { table f(v: uint(2)) = exp(v >> 2) }\n" + consumer);
    CHECK(found(scope, "f") == "specified fixed(0, 2, 3)");
    CHECK(format_of(scope, "f").place == "table");
    CHECK(
        found(Compiled(start + "with table: fixed(0, 2, 3) { table f(v: uint(2)) -> fixed(0, 2, 5) = exp(v >> 2) }\n" +
                       consumer),
              "f") == "specified fixed(0, 2, 5)");
    CHECK(found(Compiled(start + "table f(v: uint(2)) -> _ = exp(v >> 2)\n" + consumer), "f") ==
          "inferred fixed(0, 2, 7)");
    CHECK(found(Compiled(start + "table f(v: uint(2)) = v >> 2\n" + consumer), "f") == "default");
}

TEST_CASE("a parameter stays exact until it meets a variable, and has the asked format there") {
    const std::string start = "input x: int(4)[2]\nparam w = [0.3, -0.7]\n";
    const Compiled program(start + "output a = x * w\noutput b = x * quantize(w, fixed(1, 0, 4, round: rnd))\n");
    CHECK(found(program, "w") == "inferred fixed(1, 0, 4, round: rnd) fixed(1, 0, 4, round: rnd)");
    CHECK(numbers(program, 1) == "0.3125 -0.6875");
    const auto& constant = std::get<op::Constant>(program.graph().nodes()[1].operation);
    REQUIRE(constant.formats);
    CHECK(constant.formats->at(1).kif == Kif(true, 0, 4));
    // Quantizers see the exact numbers, as ever: the format of `w` does not change what they give.
    const Compiled both(start +
                        "output a = x * w\nlet fine = quantize(w, fixed(1, 0, 9))\n"
                        "let coarse = quantize(w, fixed(1, 0, 2))\n");
    CHECK(both.constant("fine") == "0.298828125 -0.701171875");
    CHECK(both.constant("coarse") == "0.25 -0.75");
    CHECK(found(both, "w") == "inferred fixed(1, 0, 9) fixed(1, 0, 9)");
    // Through data movement, and real numbers too.
    const Compiled moved(
        "input x: int(4)\nparam w = [exp(1), 0.5, 1 / 3]\noutput y = x * w[2] + w[0] + w[1]\n"
        "let asked = quantize(flip(w), fixed(0, 2, [3, 4, 5]))\n");
    CHECK(found(moved, "w") == "inferred fixed(0, 2, 5) fixed(0, 2, 4) fixed(0, 2, 3)");
    // Without that, what is exact is exact.
    CHECK(found(Compiled("input x: int(4)[2]\nparam w = [3, -5]\noutput y = x * w\n"
                         "let other = quantize(w, fixed(1, 2, 0))\n"),
                "w") == "default");
}

TEST_CASE("the scope of a parameter says its format where it needs one") {
    const std::string program =
        "input x: int(4)[2]\nwith weight: fixed(1, 0, 2) { param w = [0.3, -0.7]\n"
        "param exact = [0.015625, 1] }\n"
        "output y = x * w + exact\nlet other = quantize(w, fixed(1, 0, 7))\n";
    const Compiled compiled(program);
    CHECK(found(compiled, "w") == "specified fixed(1, 0, 2)");
    CHECK(format_of(compiled, "w").place == "weight");
    CHECK(found(compiled, "exact") == "default");
    CHECK(numbers(compiled, 1) == "0.25 -0.75");
    CHECK(numbers(compiled, 3) == "0.015625 1");
    CHECK(compiled.constant("other") == "0.296875 -0.703125");
}

TEST_CASE("written formats of parameters hold exactly") {
    CHECK(found(Compiled("param w: fixed(1, 3, 1)[2] = [0.5, -7]\noutput y = w"), "w") == "specified fixed(1, 3, 1)");
    CHECK(Compiled("param w: fixed(1, 3, 1)[2] = [0.5, 0.25]\noutput y = w").code() == "E0312");
    CHECK(Compiled("param w: fixed(1, 3, 1) = 0.1\noutput y = w").code() == "E0312");
}

TEST_CASE("nothing asked and nothing written is an error with the place and help that works") {
    const std::string start = "input x: int(4)[2]\nparam w = [0.5, 0.1]\noutput y = x * ";
    const Compiled program(start + "w\n");
    CHECK(program.code() == "E0308");
    CHECK(program.messages().find("`w` at [1] is 1/10") != std::string::npos);
    CHECK(program.messages().find("`quantize(w, fixed(0, 0, 8))`") != std::string::npos);
    CHECK(Compiled(start + "quantize(w, fixed(0, 0, 8))\n").code() == "none");
    CHECK(Compiled("input x: int(4)\nparam w = pi\noutput y = x * w\n").code() == "E0311");
    const Compiled table(exp_table + "output y = f(x)\n");
    CHECK(table.messages().find("`quantize(f(x), fixed(0, 2, 8, round: rnd, overflow: sat))`") != std::string::npos);
    // What nothing looks up needs no format, like a parameter that meets no variable.
    const Compiled alone(exp_table + "output y = x\n");
    CHECK(found(alone, "f") == "default");
    CHECK(explain_format(format_of(alone, "f"), {}, alone.sources) ==
          "`f`: exact, without a format\n  nothing but tests looks it up\n");
}

TEST_CASE("values that do not fit are errors with index and value") {
    const Compiled wraps(
        "input x: int(4)[2]\nparam w = [0.3, 1.7]\noutput a = x * w\nlet b = quantize(w, fixed(0, 0, 4))\n");
    CHECK(wraps.code() == "E0312");
    CHECK(wraps.messages().find("`w` at [1] is 17/10, which fixed(0, 0, 4) does not hold") != std::string::npos);
    const Compiled saturates(
        "input x: int(4)[2]\nparam w = [0.3, 1.7]\noutput a = x * w\n"
        "let b = quantize(w, fixed(0, 0, 4, overflow: sat))\n");
    CHECK(numbers(saturates, 1) == "0.25 0.9375");
}

TEST_CASE("conflicts show both places") {
    const Compiled program(exp_table +
                           "let y = f(x)\noutput a = quantize(y, fixed(0, 2, 7, round: rnd))\n"
                           "output b = quantize(y, fixed(0, 2, 3))\n");
    CHECK(program.code() == "E0314");
    CHECK(program.messages().find("quantize(y, fixed(0, 2, 7, round: rnd))") != std::string::npos);
    CHECK(program.messages().find("quantize(y, fixed(0, 2, 3))") != std::string::npos);
    CHECK(Compiled("input x: int(4)\nparam w = 0.1\noutput y = x * w\nlet a = quantize(w, fixed(0, 0, 4))\n"
                   "let b = quantize(w, fixed(0, 0, 4, overflow: sat))\n")
              .code() == "E0314");
}

TEST_CASE("tests of a program say nothing of its formats") {
    ElaborateOptions options;
    options.tests = true;
    const std::string checks =
        "test \"t\" { expect quantize(f(1), fixed(0, 2, 9)) == quantize(f(1), fixed(0, 2, 9)) }\n";
    const Compiled used(exp_table + "output y = quantize(f(x), fixed(0, 2, 3))\n" + checks, {}, options);
    CHECK(found(used, "f") == "inferred fixed(0, 2, 3)");
    const Compiled unused(exp_table + "output y = x\n" + checks, {}, options);
    CHECK(found(unused, "f") == "inferred fixed(0, 2, 9)");
    CHECK(Compiled(exp_table + "output y = x\n" + checks).code() == "none");
    // A test that looks it up and asks for nothing is wrong; the program is not.
    const std::string vague = "test \"t\" { expect f(1) > 1 }\n";
    CHECK(Compiled(exp_table + "output y = x\n" + vague, {}, options).code() == "E0311");
    CHECK(Compiled(exp_table + "output y = x\n" + vague).code() == "none");
    // Where the program looks it up and asks for nothing, a test does not help.
    CHECK(Compiled(exp_table + "output y = f(x)\n" + checks, {}, options).code() == "E0311");
    CHECK(Compiled(exp_table + "output y = f(x)\n" + checks).code() == "E0311");
    const Compiled parameter(
        "input x: int(4)\nparam w = 0.3\noutput y = x * w\nlet a = quantize(w, fixed(0, 0, 3))\n"
        "test \"t\" { expect quantize(w, fixed(0, 0, 9)) > 0; expect y(x: 1) == 0.25 }\n",
        {}, options);
    CHECK(found(parameter, "w") == "inferred fixed(0, 0, 3)");
}

TEST_CASE("a graph whose formats are settled can be written and read") {
    const Compiled program(exp_table +
                           "param w = 1 / 3\nlet a = quantize(w, fixed(0, 0, 9))\n"
                           "output y = quantize(f(x), fixed(0, 2, 3)) * w\n");
    const std::string text = print(program.graph());
    const auto again = parse_graph(text);
    REQUIRE(again);
    CHECK(print(*again) == text);
    CHECK(text.find("0.33203125") != std::string::npos);
}

TEST_CASE("1,000 programs in 5 orders each: the same formats") {
    std::mt19937_64 random(3);
    int inferred = 0;
    for (int trial = 0; trial < 1000; ++trial) {
        const auto below = [&](int count) { return static_cast<int>(random() % static_cast<uint64_t>(count)); };
        std::vector<std::string> declarations;
        const int count = 1 + below(4);
        for (int j = 0; j < count; ++j) {
            const std::string id = std::to_string(j);
            // Parameters and tables in turn; values below 1, so that nothing has to wrap.
            declarations.push_back(j % 2 == 0 ? "param n" + id + " = [1 / 3, 1 / 7]\n"
                                              : "table n" + id + "(v: uint(2)) = exp(-1 - v)\n");
        }
        std::vector<std::string> consumers;
        for (int j = 0; j < count; ++j) {
            const std::string id = std::to_string(j);
            const std::string what = j % 2 == 0 ? "n" + id : "n" + id + "(x)";
            for (int asks = 1 + below(4); asks > 0; --asks) {
                const std::string format = "fixed(" + std::to_string(below(2)) + ", " + std::to_string(below(4)) +
                                           ", " + std::to_string(below(9)) + ")";
                const std::string seen = below(3) == 0 ? "flip(" + what + ")" : what;
                consumers.push_back("quantize(" + seen + ", " + format + ") + x");
            }
            consumers.push_back(what + " + x");
        }
        std::vector<size_t> order(consumers.size());
        for (size_t j = 0; j < order.size(); ++j) order[j] = j;
        std::map<std::string, std::string> first;
        for (int permutation = 0; permutation < 5; ++permutation) {
            std::string text = "input x: uint(2)[2]\n";
            for (const std::string& declaration : declarations) text += declaration;
            for (const size_t j : order) text += "output y" + std::to_string(j) + " = " + consumers[j] + "\n";
            const Compiled program(text);
            for (const NamedFormat& format : (*program).formats) {
                const std::string now = found(program, format.name);
                inferred += format.state == FormatState::inferred ? 1 : 0;
                const std::string& known = first.try_emplace(format.name, now).first->second;
                REQUIRE_MESSAGE(now == known, text);
            }
            std::shuffle(declarations.begin(), declarations.end(), random);
            std::shuffle(order.begin(), order.end(), random);
        }
    }
    CHECK(inferred > 10'000);
}

namespace {

/// Joins what the graph asks of its only table.
Format asked_of_table(const Graph& graph) {
    const sema::TableAsks asks(graph, {}, [](const op::Table&) { return std::optional<size_t>(0); });
    sema::Consumers consumers;
    asks.places(consumers);
    consumers.sort();
    std::vector<sema::Asked> asked(1);
    asks.join(consumers, asked);
    return asked.front().format();
}

NodeId looked_up(Graph& graph) {
    const NodeId x = graph.input("x", {2}, {false, FormatMap(Format{Kif(false, 1, 0)})}, {});
    op::Table table;
    table.size = 2;
    table.entries = std::make_shared<const std::vector<Dyadic>>(2);
    return graph.table(std::move(table), x, {});
}

/// Of the processor, so that other programs do not count.
template <class Action>
double milliseconds(Action&& action) {
    const std::clock_t start = std::clock();
    action();
    return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace

TEST_CASE("a chain of 100,000 nodes, and a ladder of 10,000 diamonds") {
    constexpr double most_milliseconds = 1000;
    Graph chain;
    NodeId at = looked_up(chain);
    for (int j = 0; j < 100'000; ++j) at = chain.shift(at, j % 2 == 0 ? 1 : -1, {});
    chain.output("y", *chain.quantize(at, FormatMap(Format{Kif(true, 3, 4)}), {}), {});
    CHECK(milliseconds([&] { CHECK(asked_of_table(chain) == Format{Kif(true, 3, 4)}); }) < most_milliseconds);

    Graph ladder;
    at = looked_up(ladder);
    for (int j = 0; j < 10'000; ++j) {
        const NodeId left = ladder.move("flip", {2}, {{0, 1}, {0, 0}}, {at}, {});
        const NodeId right = ladder.move("copy", {2}, {{0, 0}, {0, 1}}, {at}, {});
        at = ladder.move("stack", {2}, {{0, 0}, {1, 1}}, {left, right}, {});
        if (j % 1000 == 0)
            ladder.output("y" + std::to_string(j),
                          *ladder.quantize(at, FormatMap(Format{Kif(j % 2000 == 0, 1, j / 1000)}), {}), {});
    }
    ladder.output("y", *ladder.quantize(at, FormatMap(Format{Kif(false, 7, 2)}), {}), {});
    CHECK(milliseconds([&] { CHECK(asked_of_table(ladder) == Format{Kif(true, 7, 9)}); }) < most_milliseconds);
}
