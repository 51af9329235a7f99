#include <doctest/doctest.h>

#include <set>

#include "dal/import/keras/graph.hpp"
#include "dal/import/keras/handlers.hpp"

namespace dal::importer::keras {
namespace {

Json json(const std::string& text) { return *parse_json(text, "config.json"); }

std::string problem(const std::string& model) {
    const Json config = json(model);
    const auto graph = read_graph(config, "m.keras");
    return graph ? "" : graph.error().front().message;
}

std::string input(const std::string& name) {
    return R"({"class_name": "InputLayer", "name": ")" + name + R"(", "config": {"name": ")" + name +
           R"(", "batch_shape": [null, 4]}, "inbound_nodes": []})";
}

TEST_CASE("groups are named after classes as Keras does it") {
    CHECK(snake_case("QDense") == "q_dense");
    CHECK(snake_case("QGRU") == "qgru");
    CHECK(snake_case("QDenseT") == "q_dense_t");
    CHECK(snake_case("QConv2D") == "q_conv2d");
    CHECK(snake_case("QMaxPooling2D") == "q_max_pooling2d");
    CHECK(snake_case("QEinsumDenseBatchnorm") == "q_einsum_dense_batchnorm");
    CHECK(snake_case("InputLayer") == "input_layer");
    CHECK(snake_case("Conv2DTranspose") == "conv2d_transpose");
    CHECK(snake_case("ReLU") == "re_lu");
    CHECK(snake_case("LeakyReLU") == "leaky_re_lu");
    CHECK(snake_case("Dense") == "dense");
    CHECK(snake_case("").empty());
}

TEST_CASE("a class belongs to the library that registered it, or whose keys it has") {
    const auto library = [](const std::string& text) {
        const Json layer = json(text);
        return layer_config(layer).library;
    };
    CHECK(library(R"({"class_name": "QDense", "registered_name": "hgq>QDense", "config": {}})") == Library::hgq);
    CHECK(library(R"({"class_name": "hgq>QDense", "config": {}})") == Library::hgq);
    CHECK(library(R"({"class_name": "QDense", "config": {"kq_conf": {}}})") == Library::hgq);
    CHECK(library(R"({"class_name": "QDense", "config": {"kernel_quantizer": null}})") == Library::qkeras);
    CHECK(library(R"({"class_name": "QActivation", "config": {}})") == Library::qkeras);
    CHECK(library(R"({"class_name": "Dense", "registered_name": null, "config": {"units": 3}})") == Library::keras);
    const Json layer = json(R"({"class_name": "hgq>QDense", "name": "outer", "config": {"name": "own"}})");
    CHECK(layer_config(layer).class_name == "QDense");
    CHECK(layer_config(layer).name == "own");
}

TEST_CASE("calls of Keras 2 and of Keras 3 give the same graph") {
    const std::string outputs = R"("input_layers": [["x", 0, 0]], "output_layers": ["sum", 0, 0]}})";
    const std::string older = R"({"class_name": "Model", "config": {"name": "m", "layers": [)" + input("x") +
                              R"(, {"class_name": "Add", "name": "sum", "config": {"name": "sum"},
        "inbound_nodes": [[["x", 0, 0, {}], ["x", 0, 0, {}]]]}], )" +
                              outputs;
    const std::string tensor = R"({"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}})";
    const std::string newer = R"({"class_name": "Functional", "config": {"name": "m", "layers": [)" + input("x") +
                              R"(, {"class_name": "Add", "name": "sum", "config": {"name": "sum"},
        "inbound_nodes": [{"args": [[)" +
                              tensor + ", " + tensor + R"(]], "kwargs": {}}]}], )" + outputs;
    for (const std::string& text : {older, newer}) {
        const Json config = json(text);
        const auto graph = read_graph(config, "m.keras");
        REQUIRE(graph);
        CHECK(graph->layers.size() == 2);
        CHECK(graph->layers[0].shape == Shape{4});
        REQUIRE(graph->layers[1].calls.size() == 1);
        CHECK(graph->layers[1].calls[0].inputs.size() == 2);
        CHECK(graph->inputs.size() == 1);
        CHECK(graph->outputs[0].layer == 1);
    }
}

TEST_CASE("a sequential model has an input of its own where none is listed") {
    const Json config = json(R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
        {"class_name": "Dense", "config": {"name": "d", "batch_input_shape": [null, 3]}},
        {"class_name": "Dense", "config": {"name": "e"}}]}})");
    const auto graph = read_graph(config, "m.h5");
    REQUIRE(graph);
    CHECK(graph->layers[0].config.class_name == "InputLayer");
    CHECK(graph->layers[0].shape == Shape{3});
    CHECK(graph->layers[1].group == "dense");
    CHECK(graph->layers[2].group == "dense_1");
    CHECK(graph->outputs[0].layer == 2);
}

TEST_CASE("graphs that are none are errors") {
    CHECK(problem(R"({"class_name": "Functional", "config": {}})").find("has no layers") != std::string::npos);
    CHECK(problem(R"({"class_name": "Mine", "config": {}})").find("no graph") != std::string::npos);
    CHECK(problem(R"({"class_name": "Sequential", "config": {"layers": [7]}})").find("no class") != std::string::npos);
    CHECK(problem(R"({"class_name": "Functional", "config": {"layers": [)" + input("x") + ", " + input("x") + "]}}")
              .find("two layers") != std::string::npos);
    CHECK(problem(R"({"class_name": "Functional", "config": {"layers": [)" + input("x") +
                  R"(], "output_layers": [["z", 0, 0]]}})")
              .find("no such layer") != std::string::npos);
    CHECK(problem(R"({"class_name": "Functional", "config": {"layers": [)" + input("x") +
                  R"(], "output_layers": [["x", -1, 0]]}})")
              .find("no position") != std::string::npos);
}

TEST_CASE("no class of a library has two handlers") {
    for (const Library library : {Library::keras, Library::hgq, Library::qkeras}) {
        const std::vector<std::string> names = known_classes(library);
        CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
        for (const std::string& name : names) CHECK(find_handler(library, name) != nullptr);
    }
    CHECK(find_handler(Library::keras, "QDense") == nullptr);
}

}  // namespace
}  // namespace dal::importer::keras
