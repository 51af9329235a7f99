#include "dal/sema/elaborate.hpp"

#include "compile.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/file.hpp"

using namespace dal;
using dal::test::Compiled;

TEST_CASE("a program becomes one node per operation, with names and places") {
    const std::string text =
        "input x: real[2]\n"
        "let q = quantize(x, fixed(1, 3, 4))\n"
        "let h = relu(einsum(\"i,io->o\", q, [[1, 2], [3, 4]]) + 0.5) << 2\n"
        "output y = h - q\n"
        "output h\n";
    const Compiled c(text);
    CHECK(c.operations() == std::vector<std::string>{"input", "quantize", "constant", "einsum", "constant", "add",
                                                     "relu", "shift", "sub"});
    const Graph& graph = c.graph();
    CHECK(graph.nodes()[1].name == "q");
    CHECK(graph.nodes()[7].name == "h");
    CHECK(graph.nodes()[8].name == "y");
    CHECK(c.sources.text(graph.nodes()[6].span) == "relu(einsum(\"i,io->o\", q, [[1, 2], [3, 4]]) + 0.5)");
    REQUIRE(graph.outputs().size() == 2);
    CHECK(graph.outputs()[1].name == "h");
    CHECK(graph.outputs()[1].node == static_cast<NodeId>(7));
    CHECK(graph[graph.inputs()[0]].real);
    REQUIRE((*c).values.size() == 4);
    CHECK(c.sources.text((*c).values[2].span) == "h");
}

TEST_CASE("a constant that is used twice is one node") {
    const Compiled c("let w = [1, 2]\ninput x: int(4)[2]\nfn f(v) = v * w\noutput y = f(f(x)) + w");
    int constants = 0;
    for (const std::string& name : c.operations()) constants += name == "constant";
    CHECK(constants == 1);
}

TEST_CASE("declared types are recorded with the format of each element") {
    const Compiled c("input x: int(8)[2]\nlet a: fixed(1, [7, 8], 0)[2] = x\nlet b: _[2] = x\noutput y: int(9)[2] = a");
    const auto& declared = (*c).declared;
    REQUIRE(declared.size() == 2);
    CHECK(declared[0].name == "a");
    CHECK(declared[0].formats.at(1).kif == Kif(true, 8, 0));
    CHECK(c.sources.text(declared[0].span) == "fixed(1, [7, 8], 0)[2]");
    CHECK(declared[1].name == "y");
    CHECK(declared[1].value == "a");
}

TEST_CASE("functions see the names above them and not those at the call") {
    const Compiled c("let n = 2\nfn f(v) = v * n\nfn g(n) = f(n + 1)\nlet a = g(10)\noutput y = a");
    CHECK(c.constant("a") == "22");
}

TEST_CASE("a shape variable is an integer in the body, unless the name is bound above") {
    CHECK(Compiled("fn f(v: _[n]) = n * 10\nlet a = f([1, 2, 3])\noutput y = a").constant("a") == "30");
    CHECK(Compiled("let n = 2\nfn f(v: _[n]) = n\nlet a = f([1, 2, 3])\noutput y = a").code() == "E0203");
    CHECK(Compiled("fn f(v: _[n], w: _[n + 1]) = n\nlet a = f([1, 2], [1, 2, 3])\noutput y = a").constant("a") == "2");
    CHECK(Compiled("fn f(k, v: _[k]) = k\nlet a = f(3, [1, 2, 3])\noutput y = a").constant("a") == "3");
    CHECK(Compiled("fn f(v: _[n, n]) = n\nlet a = f([[1, 2]])\noutput y = a").code() == "E0203");
}

TEST_CASE("user names hide built-in names") {
    CHECK(Compiled("fn relu(v) = v + 100\nlet a = relu(-1)\noutput y = a").constant("a") == "99");
}

TEST_CASE("functions and modes are values") {
    const Compiled c(
        "fn apply(f, v, mode) = f(quantize(v, fixed(1, 8, 0, round: mode)))\n"
        "let a = apply(relu, 2.5, rnd_conv)\nlet b = apply(relu, 3.5, rnd_conv)\noutput y = a");
    CHECK(c.constant("a") == "2");
    CHECK(c.constant("b") == "4");
}

TEST_CASE("`use` takes the file beside the program before the library") {
    auto here = TemporaryDirectory::make();
    auto library = TemporaryDirectory::make();
    REQUIRE(here);
    REQUIRE(library);
    REQUIRE(write_file(library->path() / "m.da", "let origin = 1"));
    ElaborateOptions options;
    options.module_directories.push_back(library->path());
    const std::string text = "use m\nlet a = m.origin\noutput y = a";
    CHECK(Compiled(text, here->path(), options).constant("a") == "1");
    REQUIRE(write_file(here->path() / "m.da", "let origin = 2"));
    CHECK(Compiled(text, here->path(), options).constant("a") == "2");
}

TEST_CASE("a module that is used twice is read once") {
    auto here = TemporaryDirectory::make();
    REQUIRE(here);
    REQUIRE(write_file(here->path() / "a.da", "use c\nlet v = c.v"));
    REQUIRE(write_file(here->path() / "b.da", "use c\nlet v = c.v"));
    REQUIRE(write_file(here->path() / "c.da", "let v = [1, 2]"));
    const Compiled c("use a\nuse b\ninput x: int(4)[2]\noutput y = x * a.v + b.v", here->path());
    CHECK(c.operations() == std::vector<std::string>{"input", "constant", "mul", "add"});
}

TEST_CASE("compile_file reports a missing file") {
    SourceMap sources;
    const auto program = compile_file(sources, "/nowhere/at/all.da");
    REQUIRE_FALSE(program.has_value());
    CHECK(program.error().front().code == code::cannot_read);
}
