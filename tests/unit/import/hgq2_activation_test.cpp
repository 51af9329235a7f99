// Activations in float32: which are known, their values, and where these are certain.
#include <doctest/doctest.h>

#include <cmath>

#include "dal/import/hgq2/activation.hpp"

using namespace dal::importer;
using namespace dal::importer::hgq2;

namespace {

Float32 at(std::string_view name, float x) {
    const Activation* activation = find_activation(name);
    REQUIRE(activation != nullptr);
    return activation->at(x);
}

}  // namespace

TEST_CASE("activations are found by the names of Keras") {
    CHECK(find_activation("softmax") == nullptr);
    CHECK(find_activation("glu") == nullptr);
    for (const std::string& name : activation_names()) CHECK(find_activation(name) != nullptr);
    CHECK(find_activation("swish")->at(1.5F).value == find_activation("silu")->at(1.5F).value);
}

TEST_CASE("a configuration names its activation in three ways") {
    CHECK(activation_name(Json()) == "linear");
    CHECK(activation_name(Json::of(std::string("tanh"))) == "tanh");
    const auto function = parse_json(R"({"class_name": "function", "config": "gelu"})", "m");
    CHECK(activation_name(*function) == "gelu");
    const auto layer = parse_json(R"({"class_name": "ReLU", "config": {"max_value": 6}})", "m");
    CHECK_FALSE(activation_name(*layer).has_value());
}

TEST_CASE("values that are certain have no slack, others a few units in the last place") {
    CHECK(at("tanh", 0).value == 0);
    CHECK(at("tanh", 0).slack == 0);
    CHECK(at("tanh", -8).value == -1);
    CHECK(at("tanh", 0.5F).slack > 0);
    CHECK(at("tanh", 0.5F).slack < 1e-6F);
    CHECK(at("sigmoid", 0).value == 0.5F);
    CHECK(at("sigmoid", 0).slack == 0);
    CHECK(at("sigmoid", 20).value == 1);
    CHECK(at("sigmoid", 20).slack == 0);
    CHECK(at("softsign", 0.75F).value == 0.75F / 1.75F);
    CHECK(at("softsign", 0.75F).slack == 0);
    CHECK(at("elu", 3).value == 3);
    CHECK(at("elu", 3).slack == 0);
    CHECK(at("hard_sigmoid", 3).value == 1);
    CHECK(at("hard_sigmoid", 0).slack == 0);
    CHECK(at("gelu", 10).value == 10);
    CHECK(at("leaky_relu", -1).value == -0.2F);
    CHECK(reciprocal(4).value == 0.25F);
    CHECK(reciprocal(0).value == 1 / 1e-7F);
    CHECK(std::isinf(at("exponential", 100).value));
}

TEST_CASE("what is said never to fall does not") {
    for (const std::string& name : activation_names()) {
        const Activation* activation = find_activation(name);
        if (!activation->never_falls) continue;
        float last = activation->at(-20).value;
        for (int step = -20 * 64; step <= 20 * 64; ++step) {
            const float next = activation->at(static_cast<float>(step) / 64).value;
            CHECK_MESSAGE(next >= last, name << " at " << step);
            last = next;
        }
    }
}
