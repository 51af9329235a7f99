// Random damage to valid programs: the parser and the elaborator answer with a program or with diagnostics.
#include <doctest/doctest.h>

#include <random>

#include "dal/syntax/parse.hpp"

using namespace dal;

namespace {

const std::string program = R"(// a program with everything in it
use nn
param w = load("weights.npz")
let scale = [[1, -2.5], [0.25, 3e2]]
input x: fixed(1, [3, 4], 4, round: rnd, overflow: sat)[2]
fn layer(x: _[i], fmt, kernel: _[i, o], n = 2) -> _[o] = {
  let q = quantize(x, fmt);
  einsum("i,io->o", q, kernel) << n
}
let h: fixed(1, 8, 8)[2] = x |> layer(int(4), scale, n: -1) |> relu
output y = -h * 3 + x >> 1
output h
)";

}  // namespace

TEST_CASE("damaged programs never crash the parser") {
    const std::string pieces[] = {"(",       ")",  "[", "]",    "{", "}",        "let ", "fn ",
                                  "output ", "\"", ",", ":",    "=", "|>",       "->",   "//",
                                  "\n",      "-",  "1", "0.5e", "_", "\xC3\xA9", "\xFF", std::string(1, '\0'),
                                  "table "};
    std::mt19937 random(20240601);
    const auto below = [&](size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random); };
    for (int round = 0; round < 5000; ++round) {
        std::string text = program;
        for (size_t edits = 1 + below(6); edits > 0 && !text.empty(); --edits) {
            const size_t at = below(text.size());
            switch (below(4)) {
                case 0: text.erase(at, 1 + below(8)); break;
                case 1: text.insert(at, pieces[below(std::size(pieces))]); break;
                case 2: text[at] = static_cast<char>(below(256)); break;
                default: text.insert(at, text.substr(below(text.size()), below(40))); break;
            }
        }
        SourceMap sources;
        const Parsed parsed = parse(sources, sources.add("damaged.da", text));
        for (const Diagnostic& diagnostic : parsed.diagnostics) {
            CHECK(diagnostic.span.end <= text.size());
            CHECK_FALSE(render(diagnostic, sources, false).empty());
        }
    }
}
