// Large and hostile programs: linear time, bounded memory, a diagnostic instead of a crash.
#include <random>

#include "compile.hpp"
#include "unit/source_tree.hpp"

using namespace dal;
using dal::test::Compiled;
using dal::test::repeated;

TEST_CASE("long chains elaborate") {
    constexpr size_t count = 100'000;
    const std::string start = "input x: int(8)\nfn f(v) = -v\nfn g(v, n) = v + n\nlet a = x";
    const std::string end = "\noutput y = a";
    CHECK(Compiled(start + repeated(" + 1", count) + end).graph().size() == 1 + 2 * count);
    CHECK(Compiled(start + repeated(" |> f", count) + end).graph().size() == 1 + count);
    CHECK(Compiled(start + repeated(" |> g(1)", count) + end).graph().size() == 1 + 2 * count);
    CHECK(Compiled("input x: int(8)\nlet a = " + repeated("-", count) + "x" + end).graph().size() == 1 + count);
    CHECK(Compiled("let a = 0" + repeated(" + 1", count) + end).constant("a") == "100000");
    CHECK(Compiled("let b = 1\nlet a = b" + repeated(".m", count) + end).code() == "E0207");
    CHECK(Compiled("let a = 1" + repeated("(1)", count) + end).code() == "E0207");
    CHECK(Compiled("fn f(v) = v" + repeated(" + v", count) + "\nlet a = f(1)" + end).constant("a") == "100001");
}

TEST_CASE("deep nesting elaborates or is refused") {
    CHECK(Compiled("let a = " + repeated("(1-", 256) + "1" + repeated(")", 256) + "\noutput y = a").constant("a") ==
          "1");
    CHECK(Compiled("let a = " + repeated("relu(1+", 256) + "1" + repeated(")", 256) + "\noutput y = a").constant("a") ==
          "257");
    CHECK(Compiled("let a = " + repeated("{let b = relu(", 128) + "1" + repeated("); b}", 128) + "\noutput y = a")
              .constant("a") == "1");
    // Three levels of precedence in each bracket: deeper than evaluation allows.
    CHECK(Compiled("let a = " + repeated("(1<<1+1*", 256) + "0" + repeated(")", 256) + "\noutput y = a").code() ==
          "E0214");
    std::string text = "fn f0(v) = v\n";
    for (int j = 1; j < 90; ++j)
        text += "fn f" + std::to_string(j) + "(v) = " + repeated("(1+", 250) + "f" + std::to_string(j - 1) + "(v)" +
                repeated(")", 250) + "\n";
    CHECK(Compiled(text + "let a = f89(1)\noutput y = a").code() == "E0214");
}

TEST_CASE("a million weights are cheap enough") {
    std::string text =
        "let w = [[0.5" + repeated(", -0.25", 999) + "]" + repeated(", [1" + repeated(", 3", 999) + "]", 999) + "]\n";
    const Compiled c(text + "input x: int(8)[1000]\noutput y = einsum(\"i,io->o\", x, w)");
    CHECK(c.graph().size() == 3);
}

TEST_CASE("numbers cannot grow without bound") {
    CHECK(Compiled("let a = 1e9999" + repeated(" * 1e9999", 1000) + "\noutput y = 1").code() == "E0307");
    CHECK(Compiled("let a = 1 << 4096" + repeated(" << 4096", 100) + "\noutput y = 1").code() == "E0307");
    CHECK(Compiled("let a = 1 << 9223372036854775807\noutput y = 1").code() == "E0307");
    CHECK(Compiled("let a = 1 >> -9223372036854775808\noutput y = 1").code() == "E0307");
    CHECK(Compiled("let a = 1 << 9223372036854775808\noutput y = 1").code() == "E0207");
    CHECK(Compiled("let a = [1, 2] / 3" + repeated(" / 7", 100'000) + "\noutput y = 1").code() == "E0307");
    CHECK(Compiled("let a = 1 + (1 >> 4096)\nlet b = a" + repeated(" * a", 1000) + "\noutput y = 1").code() == "E0307");
}

TEST_CASE("programs cannot grow without bound") {
    std::string doubling = "fn f0(v) = v + 1\n";
    for (int j = 1; j < 60; ++j) {
        const std::string previous = "f" + std::to_string(j - 1);
        doubling += "fn f" + std::to_string(j) + "(v) = " + previous + "(" + previous + "(v))\n";
    }
    ElaborateOptions few;
    few.max_calls = 1000;
    CHECK(Compiled(doubling + "output y = f59(1)", {}, few).code() == "E0210");
    few.max_calls = 1'000'000;
    few.max_nodes = 1000;
    CHECK(Compiled("input x: int(8)\n" + doubling + "output y = f59(x)", {}, few).code() == "E0210");
    few.max_work = 100'000;
    CHECK(Compiled(
              "let a = [[1], [2]] * " + ("[1" + repeated(", 1", 9999) + "]") + repeated(" + 1", 100) + "\noutput y = 1",
              {}, few)
              .code() == "E0210");
    CHECK(Compiled("input a: int(4)[4096, 4096]\nlet b = einsum(\"ij,kj->ik\", a, quantize(a, int(4)))\noutput y = a")
              .code() == "E0210");
}

TEST_CASE("damaged programs of the whole language never crash the elaborator") {
    const std::string program =
        "input x: int(4)[2, 4]\n"
        "input r: real[3]\n"
        "with data: fixed(1, 3, 4), weight: int(3) {\n"
        "  let h = quantize(r)[::-1] * quantize([0.3, 1, 2], weight)\n"
        "  table t(v: int(3)) = v * v + 1\n"
        "}\n"
        "let a = [for i in 0..2, j in 0..3 => x[i, j] + i] @ [[1], [2], [3]]\n"
        "let b = fold s = 0 for v in x, w in v => if w > 0 then s + w else s | 1\n"
        "let c = concat(sort(x, axis: 1), pad(x, 0, 1)[:2, :4], axis: -1) |> windows([2, 2], stride: 2)\n"
        "let d = einsum(\"...i,i,...i->...\", x, [1, 2, 3, 4], x)\n"
        "let e2 = [argmax(x, axis: 0), max(x), bits(x[0, 1], 0, 2)][1]\n"
        "let f = t(quantize(b, int(3))) + size(c) % 3 + len([relu, abs]) + x[.., [0, 1]][_, 0]\n"
        "output y = f\noutput z = h\n"
        "test \"one\" { let q = z(r: [1, 2, exp(1)]); expect q == q; expect all(y(x: zeros([2, 4])) >= 0) }\n"
        "property \"two\" (p: uint(2)[3]) { expect z(r: p) ^ 1 != p & ~p }\n";
    const std::string pieces[] = {"[",
                                  "]",
                                  "(",
                                  ")",
                                  "..",
                                  ":",
                                  "_",
                                  "x",
                                  "r",
                                  "h",
                                  "0",
                                  "-1",
                                  "99",
                                  "1e99",
                                  "0.1",
                                  ",",
                                  "if x then",
                                  "else 1",
                                  "==",
                                  "|",
                                  "relu",
                                  "shape",
                                  "iota",
                                  "for i in x =>",
                                  "fold q = 1 for p in x => q",
                                  "@",
                                  "exp",
                                  "pi",
                                  "[1, 2]",
                                  "zeros",
                                  "=>",
                                  "axis:",
                                  "keep: 1",
                                  "\"a\"",
                                  "data",
                                  "int(4)",
                                  "y(x: x)",
                                  ";"};
    ElaborateOptions options;
    options.tests = true;
    options.max_work = 300'000;
    REQUIRE(Compiled(program, {}, options).program.has_value());
    std::mt19937 random(11);
    const auto below = [&](size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random); };
    int accepted = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string text = program;
        for (size_t edits = 1 + below(2); edits > 0; --edits) {
            const size_t at = below(text.size());
            switch (below(3)) {
                case 0: text.erase(at, 1 + below(4)); break;
                case 1: text.insert(at, pieces[below(std::size(pieces))]); break;
                default: text.replace(at, 1 + below(3), pieces[below(std::size(pieces))]); break;
            }
        }
        const Compiled c(text, {}, options);
        accepted += c.program.has_value();
        CHECK((c.program.has_value() || !c.messages().empty()));
    }
    CHECK(accepted > 0);
}

TEST_CASE("at most a hundred errors are reported") {
    const Compiled c(repeated("let a = b\n", 10'000));
    REQUIRE_FALSE(c.program.has_value());
    CHECK(c.program.error().size() == 100);
    CHECK(Compiled(repeated("let = 1\n", 10'000)).program.error().size() == 100);
}

TEST_CASE("damaged programs never crash the elaborator") {
    const std::string program =
        "use module_functions\n"
        "param w = load(\"weights.npz\")\n"
        "let scale = [[1, -2.5], [0.25, 3e2]]\n"
        "input x: fixed(1, [3, 4], 4, round: rnd, overflow: sat)[2]\n"
        "fn layer(x: _[i], fmt, kernel: _[i, o], n = 2) -> _[o] = { let q = quantize(x, fmt); einsum(\"i,io->o\", q, "
        "kernel) << n }\n"
        "let h: _[2] = x |> layer(int(4), scale, n: -1) |> relu\n"
        "output y = -h * 3 + w.bias >> 1\n"
        "output z = module_functions.scaled(h)\n";
    const std::string pieces[] = {"(", ")",  "[",          "]",    "x", "w",    "h",      "scale", "layer", "int(4)",
                                  "0", "-1", "0.1",        "1e99", ",", ":",    "=",      "|>",    "+",     "*",
                                  "/", "<<", "\"i,i->i\"", "real", "_", "relu", "w.bits", "\n"};
    const std::filesystem::path golden = test::source_tree() / "tests/golden";
    ElaborateOptions options;
    options.module_directories.push_back(test::source_tree() / "stdlib");
    options.max_work = 1'000'000;  // a mutation may well ask for large tensors
    REQUIRE(Compiled(program, golden, options).program.has_value());
    std::mt19937 random(7);
    const auto below = [&](size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random); };
    int accepted = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string text = program;
        for (size_t edits = 1 + below(3); edits > 0; --edits) {
            const size_t at = below(text.size());
            switch (below(3)) {
                case 0: text.erase(at, 1 + below(6)); break;
                case 1: text.insert(at, pieces[below(std::size(pieces))]); break;
                default: text.replace(at, 1 + below(4), pieces[below(std::size(pieces))]); break;
            }
        }
        const Compiled c(text, golden, options);
        accepted += c.program.has_value();
        CHECK((c.program.has_value() || !c.messages().empty()));
    }
    CHECK(accepted > 0);  // some damage is none
}
