#include <doctest/doctest.h>

#include "dal/import/keras/einsum.hpp"
#include "dal/import/keras/merge.hpp"

namespace dal::importer::keras {
namespace {

/// A layer that nothing is known of.
struct Nothing {
    ImportOptions options;
    Program program{options, {}, "test"};
    Memo memo;
    Json config;
    LayerContext layer{program, {"l", "Einsum", Library::keras, &config}, {}, {}, memo, "l"};
};

std::string text_of(const std::string& equation, const std::vector<size_t>& ranks, bool all_have_batch = false) {
    const Nothing nothing;
    const auto einsum = read_einsum(nothing.layer, equation, ranks, all_have_batch);
    return einsum ? einsum->text() : "error";
}

TEST_CASE("equations lose the batch and their capitals") {
    CHECK(text_of("bnc,cC->bnC", {2, 2}) == "nc,co->no");
    CHECK(text_of("bnc,nN->bNc", {2, 2}) == "nc,no->oc");
    CHECK(text_of("bc,cC->bC", {1, 2}) == "c,co->o");
    CHECK(text_of("bnc,n->bc", {2, 1}) == "nc,n->c");
    CHECK(text_of("...x,xy->...y", {2, 2}) == "bx,xy->by");
    CHECK(text_of("bij, bkj -> bik", {2, 2}, true) == "ij,kj->ik");
    CHECK(text_of("abO,Oo->abo", {2, 2}) == "bi,io->bo");
}

TEST_CASE("equations that do not fit are errors") {
    for (const char* equation : {"", "bc,cC", "bc->b", "bc,cC->Cb", "bc,bC->bC", "bc,cC->bC->b", "b1,1C->bC",
                                 "bb,bC->bC", "bc.,cC->bC", "bcd,cC->bC"})
        CHECK_MESSAGE(text_of(equation, {1, 2}) == "error", equation);
    const Nothing nothing;
    const auto einsum = read_einsum(nothing.layer, "bc,cd->bd", {1, 2}, false);
    REQUIRE(einsum);
    CHECK(einsum_shape(nothing.layer, *einsum, {{3}, {3, 5}}) == Shape{5});
    CHECK_FALSE(einsum_shape(nothing.layer, *einsum, {{4}, {3, 5}}));
}

TEST_CASE("operands of operators are in parentheses where they must be") {
    CHECK(operand_text("x") == "x");
    CHECK(operand_text("f(a, b)") == "f(a, b)");
    CHECK(operand_text("x[:, 1:3]") == "x[:, 1:3]");
    CHECK(operand_text("a + b") == "(a + b)");
    CHECK(operand_text("x |> f") == "(x |> f)");
}

TEST_CASE("shapes broadcast at their last axes") {
    CHECK(broadcast_shape({4, 1}, {3}) == Shape{4, 3});
    CHECK(broadcast_shape({}, {3}) == Shape{3});
    CHECK_FALSE(broadcast_shape({4}, {3}));
}

}  // namespace
}  // namespace dal::importer::keras
