// ALIR: reading its records, and compressed files.
#include <array>

#include "dal/import/alir/groups.hpp"
#include "dal/import/alir/gzip.hpp"
#include "dal/import/alir/logic.hpp"

using namespace dal;
using namespace dal::importer;
using namespace dal::importer::alir;

namespace {

Result<Circuit> circuit_of(const std::string& text) {
    const auto json = parse_json(text, "m.json");
    REQUIRE(json.has_value());
    return read_circuit(*json, "m.json");
}

std::string with_instructions(const std::string& instructions) {
    return R"({"meta": "ALIRModel", "spec_version": 4, "model": [[2, 1], [0, 0], [2], [1], [true], [)" + instructions +
           "], 1, 1]}";
}

const std::string two_inputs = "[[], -1, [0], [-4.0, 3.75, 0.25], 0, 0], [[], -1, [1], [0, 2, 1], 0, 0], ";

std::string refusal(const std::string& text) {
    const auto circuit = circuit_of(text);
    return circuit ? "" : circuit.error().front().message;
}

}  // namespace

TEST_CASE("intervals have the smallest format around them") {
    const auto circuit = circuit_of(with_instructions(two_inputs + "[[0, 1], 1, [-2], [-4.5, 3.75, 0.25], 0, 0]"));
    REQUIRE(circuit.has_value());
    const Logic& logic = circuit->stages[0];
    CHECK(logic.instructions[0].kif == Kif(true, 2, 2));
    CHECK(logic.instructions[1].kif == Kif(false, 2, 0));
    CHECK(logic.instructions[2].kif == Kif(true, 3, 2));
    CHECK(logic.instructions[2].low == -18);
    CHECK(logic.outputs[0].shift == 1);
    CHECK(logic.outputs[0].negated);
    const std::vector<Group> groups = groups_of(logic);
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].members == std::vector{0, 1});
    CHECK(groups[1].kind == Kind{Kind::Form::linear, 2});
}

TEST_CASE("what is no circuit is refused") {
    CHECK(refusal(with_instructions(two_inputs + "[[0, 2], 0, [0], [0, 1, 1], 0, 0]")).find("not before it") !=
          std::string::npos);
    CHECK(refusal(with_instructions(two_inputs + "[[0], 0, [0], [0, 1, 1], 0, 0]")).find("its operands") !=
          std::string::npos);
    CHECK(refusal(with_instructions(two_inputs + "[[0], 12, [0], [0, 1, 1], 0, 0]")).find("12 is not known") !=
          std::string::npos);
    CHECK(refusal(with_instructions(two_inputs + "[[0], 2, [], [1, 0, 1], 0, 0]")).find("interval") !=
          std::string::npos);
    CHECK(refusal(with_instructions(two_inputs.substr(0, two_inputs.size() - 2))).find("output 0") !=
          std::string::npos);
    CHECK(refusal("{}").find("ALIRModel") != std::string::npos);
    CHECK(refusal("[[1]]").find("is no list") != std::string::npos);
    CHECK_FALSE(is_circuit("[1, 2]"));
    CHECK_FALSE(is_circuit(""));
    CHECK(is_circuit("[[1, 2], []]"));
}

TEST_CASE("compressed files") {
    // "hello\n", as gzip writes it: with the name of a file.
    constexpr std::array<unsigned char, 32> file{0x1f, 0x8b, 8,    8,    0,    0,    0,    0,    0,    3,
                                                 'h',  0,    0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02, 0,
                                                 0x20, 0x30, 0x3a, 0x36, 6,    0,    0,    0};
    const std::string bytes(reinterpret_cast<const char*>(file.data()), 28);
    CHECK(is_gzip(bytes));
    const auto content = unpack_gzip(bytes, "m.gz");
    REQUIRE(content.has_value());
    CHECK(*content == "hello\n");
    for (size_t size = 2; size < bytes.size(); ++size) CHECK_FALSE(unpack_gzip(bytes.substr(0, size), "m.gz"));
    std::string bomb = bytes;
    bomb[26] = '\x10';  // 1 MiB
    CHECK(unpack_gzip(bomb, "m.gz").error().front().message.find("100 times") != std::string::npos);
    std::string changed = bytes;
    changed[13] = '\x49';
    CHECK_FALSE(unpack_gzip(changed, "m.gz"));
}
