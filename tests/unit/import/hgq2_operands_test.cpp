// How attention is called: by position and by name, with what it reads left out, with masks.
#include "dal/import/hgq2/attention.hpp"
#include "hgq2_context.hpp"

using namespace dal;
using namespace dal::importer;
using namespace dal::importer::hgq2;
using namespace dal::test;

namespace {

Result<Operands> called(const std::string& arguments, const std::string& keywords, std::vector<std::string> inputs) {
    std::vector<Value> values;
    for (const std::string& name : inputs) values.push_back({name, {4, 3}});
    OneLayer layer("{}", std::move(values));
    const Json positional = *parse_json(arguments, "m");
    const Json named = *parse_json(keywords, "m");
    layer.layer().set_call(positional, named);
    return read_operands(layer.layer());
}

const std::string value = R"({"class_name": "__keras_tensor__", "config": {}})";

std::string texts(const Result<Operands>& operands) {
    REQUIRE(operands.has_value());
    return operands->query.text + " " + operands->value.text + " " + operands->key.text;
}

}  // namespace

TEST_CASE("values are the queries, and keys the values, where a call does not say them") {
    CHECK(texts(called("[" + value + "]", "{}", {"a"})) == "a a a");
    CHECK(texts(called("[" + value + "," + value + "]", "{}", {"a", "b"})) == "a b b");
    CHECK(texts(called("[" + value + "]", R"({"key": )" + value + R"(, "value": )" + value + "}", {"a", "b", "c"})) ==
          "a c b");
    CHECK(texts(called("null", "null", {"a", "b", "c"})) == "a b c");
}

TEST_CASE("a causal mask and the scores are asked for by name") {
    const auto operands =
        called("[" + value + "]", R"({"use_causal_mask": true, "return_attention_scores": true})", {"a"});
    REQUIRE(operands.has_value());
    CHECK(operands->is_causal);
    CHECK(operands->gives_scores);
    CHECK_FALSE(called("[" + value + "]", R"({"use_causal_mask": false})", {"a"})->is_causal);
}

TEST_CASE("masks that are values are refused, and values that nothing takes") {
    CHECK(mentions(refusal(called("[" + value + "]", R"({"attention_mask": )" + value + "}", {"a", "m"})),
                   "`attention_mask`"));
    CHECK(mentions(refusal(called("[]", "{}", {})), "is called with 0 values"));
    CHECK(mentions(refusal(called("[" + value + "]", "{}", {"a", "b", "c", "d"})), "is called with 4 values"));
}
