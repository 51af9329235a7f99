// Facts about operations, and what reads nothing else: names, copies of graphs.
#include <doctest/doctest.h>

#include <set>

#include "dal/graph/extract.hpp"
#include "dal/graph/op_info.hpp"

using namespace dal;

namespace {

template <size_t... index>
std::vector<Operation> every_operation(std::index_sequence<index...>) {
    return {std::variant_alternative_t<index, Operation>{}...};
}
std::vector<Operation> every_operation() {
    return every_operation(std::make_index_sequence<std::variant_size_v<Operation>>());
}

}  // namespace

TEST_CASE("every operation is found again by its name, but movements, which users name") {
    std::set<std::string_view> names;
    for (const Operation& operation : every_operation()) {
        if (std::holds_alternative<op::Move>(operation)) continue;
        const std::string_view name = operation_name(operation);
        CAPTURE(name);
        CHECK(names.insert(name).second);
        const std::optional<Operation> found = operation_named(name);
        REQUIRE(found);
        CHECK(found->index() == operation.index());
        CHECK_FALSE(operation_symbol(operation).empty());
    }
    for (const Relation relation : {Relation::eq, Relation::ne, Relation::lt, Relation::le})
        CHECK(std::get<op::Compare>(operation_named(to_string(relation)).value()).relation == relation);
    for (const BitFunction function : {BitFunction::bit_and, BitFunction::bit_or, BitFunction::bit_xor})
        CHECK(std::get<op::Bitwise>(operation_named(to_string(function)).value()).function == function);
    CHECK_FALSE(operation_named("concat"));
    CHECK_FALSE(operation_named(""));
}

TEST_CASE("rows do not contradict themselves") {
    for (const Operation& operation : every_operation()) {
        const OpInfo& info = info_of(operation);
        CAPTURE(operation_symbol(operation));
        CHECK((info.reads == Reads::nothing) == (info.operands == 0));
        CHECK((info.operands == OpInfo::any_number || info.operands >= info.values));
        CHECK_FALSE((info.passes_on && info.sets_width));
        CHECK_FALSE((info.linear != Linear::never && info.sets_width));
    }
}

TEST_CASE("misfit says what is too much or too little") {
    const int64_t operands[] = {2, 3};
    const auto says = [&](const Operation& operation) { return misfit(operation, operands, 2); };
    const FormatMap three(std::vector<Format>(3));
    CHECK(says(op::Input{.real = false, .formats = three}) == "3 formats");
    CHECK(says(op::Input{.real = true, .formats = three}).empty());
    CHECK(says(op::Constant{{1, 2}, three}) == "3 formats");
    CHECK(says(op::Constant{{1}}) == "1 values");
    CHECK(says(op::Constant{{1, 2}}).empty());
    CHECK(says(op::Move{"flip", {{0, 1}, {1, 3}}}) == "no element 3 of operand 1");
    CHECK(says(op::Move{"flip", {{0, 1}, {2, 0}}}) == "no element 0 of operand 2");
    CHECK(says(op::Move{"flip", {{0, 1}, {1, -1}}}) == "no element -1 of operand 1");
    CHECK(says(op::Move{"flip", {{0, 1}, {1, 2}}}).empty());
    const auto table = [](int64_t size, size_t entries, std::vector<uint32_t> which) {
        return op::Table{0, 0, size, std::make_shared<const std::vector<Dyadic>>(entries), std::move(which)};
    };
    CHECK(says(table(2, 3, {})) == "3 entries");
    CHECK(says(table(2, 0, {})) == "0 entries");
    CHECK(says(table(0, 3, {})) == "3 entries");
    CHECK(says(table(2, 4, {0})) == "1 choices of a table");
    CHECK(says(table(2, 4, {0, 2})) == "no table 2");
    CHECK(says(table(2, 4, {1, 0})).empty());
}

TEST_CASE("a part of a graph keeps what is known of its nodes, and the inputs that it needs") {
    Graph graph;
    graph.input("a", {2}, {.real = true, .formats = {}}, {});
    const NodeId b = graph.input("b", {2}, {.real = false, .formats = Format{Kif(true, 3, 0)}}, {});
    const NodeId unused = graph.neg(b, {});
    graph.output("unused", unused, {});
    const NodeId h = graph.relu(b, {});
    graph[h].name = "h";
    graph[h].range.assign(2, Interval(0, 7, 0));
    const Output y{"y", h, {}};
    const Graph part = extract(graph, {&y, 1});
    verify(part);
    CHECK(print(part) ==
          "%0 b = input fixed(1, 3, 0) : [2]\n"
          "%1 h = relu %0 : [2] in [0, 7] step 2^0\n"
          "output y = %1\n");
    REQUIRE(part.inputs().size() == 1);
    CHECK(part[part.inputs()[0]].name == "b");
}
