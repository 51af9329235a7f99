#include "dal/import/keras/graph.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "dal/import/problem.hpp"

namespace dal::importer::keras {
namespace {

constexpr size_t most_layers = 100'000;

/// A value as files name it: layer, call, output.
struct Reference {
    std::string layer;
    int64_t call = 0;
    int64_t output = 0;
    const Json* shape = nullptr;  // with the batch; where it is said
};

/// ["dense", 0, 0], with or without more behind it.
std::optional<Reference> reference(const Json& json) {
    const auto call = json[1].integer();
    const auto output = json[2].integer();
    if (!json[0].is_string() || !call || !output) return std::nullopt;
    return Reference{json[0].string(), *call, *output, nullptr};
}

/// All references in a structure of lists and objects, in its order (objects: in that of their keys, as Keras does it).
/// Nested no deeper than the JSON.
void collect(const Json& json, std::vector<Reference>& found) {
    if (json["class_name"].string() == "__keras_tensor__") {
        if (auto one = reference(json["config"]["keras_history"])) {
            one->shape = &json["config"]["shape"];
            found.push_back(std::move(*one));
        }
        return;
    }
    for (const Json& item : json.items()) collect(item, found);
    for (const auto& [key, value] : json.members()) collect(value, found);
}

/// Those of "input_layers" and "output_layers": one, a list, or an object of them.
void collect_ports(const Json& json, std::vector<Reference>& found) {
    if (auto one = reference(json)) {
        found.push_back(std::move(*one));
        return;
    }
    for (const Json& item : json.items()) collect_ports(item, found);
    std::vector<const Json::Member*> sorted;
    for (const Json::Member& member : json.members()) sorted.push_back(&member);
    std::ranges::sort(sorted, {}, [](const Json::Member* member) { return member->first; });
    for (const Json::Member* member : sorted) collect_ports(member->second, found);
}

class Reader {
  public:
    explicit Reader(const std::string& file) : file_(&file) {}

    Result<Graph> model(const Json& model) {
        const Json& config = model["config"];
        // Sequential models of the first versions of Keras are a list of layers.
        const bool is_sequential = model["class_name"].string().ends_with("Sequential");
        const Json& layers = config.is_array() ? config : config["layers"];
        if (!layers.is_array() || layers.items().empty()) return fail("the model", "has no layers");
        Graph graph;
        graph.name = config["name"].string();
        std::map<std::string, size_t> groups;
        std::set<std::string> names;
        for (const Json& json : layers.items()) {
            auto layer = this->layer(json, groups);
            if (!layer) return failure(std::move(layer.error()));
            const std::string& name = layer->config.name;
            if (!name.empty() && !names.insert(name).second) return fail("`" + name + "`", "two layers have this name");
            graph.layers.push_back(std::move(*layer));
        }
        auto connected = is_sequential ? chain(graph, config) : connect(graph, config);
        if (!connected) return failure(std::move(connected.error()));
        return graph;
    }

  private:
    Result<Layer> layer(const Json& json, std::map<std::string, size_t>& groups) {
        if (++count_ > most_layers) return fail("the model", "has more than 100,000 layers");
        Layer layer;
        layer.config = layer_config(json);
        if (layer.config.class_name.empty() || !layer.config.config->is_object())
            if (!is_model_class(layer.config.class_name)) return fail("a layer", "has no class, or no configuration");
        const std::string group = snake_case(layer.config.class_name);
        const size_t number = groups[group]++;
        layer.group = number == 0 ? group : group + "_" + std::to_string(number);
        if (is_model_class(layer.config.class_name)) {
            auto nested = model(json);
            if (!nested) return failure(std::move(nested.error()));
            layer.nested = std::make_unique<Graph>(std::move(*nested));
        } else if (auto shape = input_shape(layer.config)) {
            layer.shape = std::move(*shape);
        } else if (layer.config.class_name == "InputLayer") {
            return fail(place(layer), "says no shape, or one that is not fixed");
        }
        return layer;
    }

    /// Of an input layer, or of the first layer of a sequential model of Keras 2; without the batch.
    static std::optional<Shape> input_shape(const LayerConfig& layer) {
        const Json& config = *layer.config;
        const Json* shape = config.find("batch_shape");
        if (shape == nullptr) shape = config.find("batch_input_shape");
        if (shape == nullptr || !shape->is_array() || shape->items().empty()) return std::nullopt;
        return sample_shape(*shape);
    }

    static std::optional<Shape> sample_shape(const Json& with_batch) {
        constexpr int64_t most = int64_t{1} << 24;
        Shape shape;
        int64_t size = 1;
        for (size_t axis = 1; axis < with_batch.items().size(); ++axis) {
            const auto extent = with_batch[axis].integer();
            if (!extent || *extent < 1 || *extent > most / size) return std::nullopt;
            size *= *extent;
            shape.push_back(*extent);
        }
        return shape;
    }

    /// A sequential model: each layer reads the one before.
    Result<void> chain(Graph& graph, const Json& config) {
        if (graph.layers.front().config.class_name != "InputLayer") {
            Layer input;
            input.config.name = graph.layers.front().config.name + "_input";
            input.config.class_name = "InputLayer";
            input.config.config = graph.layers.front().config.config;
            input.shape = graph.layers.front().shape;
            if (!input.shape) input.shape = built_shape(config);
            if (!input.shape && graph.layers.front().nested != nullptr) {
                const Graph& nested = *graph.layers.front().nested;
                if (nested.inputs.size() == 1) input.shape = nested.layers[nested.inputs[0].layer].shape;
            }
            if (!input.shape) return fail("the model", "does not say the shape of its input");
            graph.layers.front().shape.reset();
            graph.layers.insert(graph.layers.begin(), std::move(input));
        }
        graph.layers.front().calls.push_back({});
        for (size_t at = 1; at < graph.layers.size(); ++at) graph.layers[at].calls.push_back({{{at - 1, 0, 0}}});
        graph.inputs.push_back({0, 0, 0});
        graph.outputs.push_back({graph.layers.size() - 1, 0, 0});
        return {};
    }

    static std::optional<Shape> built_shape(const Json& config) {
        const Json& shape = config["build_input_shape"];
        return shape.items().empty() ? std::nullopt : sample_shape(shape);
    }

    Result<void> connect(Graph& graph, const Json& config) {
        std::map<std::string, size_t> by_name;
        const std::vector<Json>& layers = config["layers"].items();
        for (size_t at = 0; at < layers.size(); ++at) {
            const std::string& name = layers[at]["name"].string();
            const std::string& called = name.empty() ? graph.layers[at].config.name : name;
            if (!by_name.emplace(called, at).second) return fail("`" + called + "`", "two layers have this name");
        }
        for (Layer& layer : graph.layers)
            if (layer.config.class_name != "InputLayer") layer.shape.reset();
        for (size_t at = 0; at < layers.size(); ++at) {
            Layer& layer = graph.layers[at];
            if (layer.config.class_name == "InputLayer") layer.calls.push_back({});
            for (const Json& node : layers[at]["inbound_nodes"].items()) {
                auto call = this->call(node, by_name, graph);
                if (!call) return failure(std::move(call.error()));
                layer.calls.push_back(std::move(*call));
            }
        }
        auto inputs = ports(config["input_layers"], by_name);
        if (!inputs) return failure(std::move(inputs.error()));
        auto outputs = ports(config["output_layers"], by_name);
        if (!outputs) return failure(std::move(outputs.error()));
        graph.inputs = std::move(*inputs);
        graph.outputs = std::move(*outputs);
        if (graph.outputs.empty()) return fail("the model", "has no outputs");
        for (const Source& input : graph.inputs)
            if (graph.layers[input.layer].config.class_name != "InputLayer" || !graph.layers[input.layer].shape)
                return fail("input_layers", "`" + graph.layers[input.layer].config.name + "` is no input layer");
        return check(graph);
    }

    /// One node of "inbound_nodes".
    Result<Call> call(const Json& node, const std::map<std::string, size_t>& by_name, Graph& graph) {
        Call call;
        std::vector<Reference> found;
        if (node.is_object()) {
            call.arguments = &node["args"];
            call.keywords = &node["kwargs"];
            collect(*call.arguments, found);
            collect(*call.keywords, found);
        } else if (auto single = reference(node)) {
            found.push_back(std::move(*single));
            call.keywords = &node[3];
            collect_keywords(node[3], found);
        } else {
            for (const Json& item : node.items()) {
                auto one = reference(item);
                if (!one) return fail("inbound_nodes", "has no [layer, call, output]");
                found.push_back(std::move(*one));
                if (call.keywords == nullptr || call.keywords->members().empty()) call.keywords = &item[3];
            }
            if (call.keywords != nullptr) collect_keywords(*call.keywords, found);
        }
        auto sources = this->sources(found, by_name);
        if (!sources) return failure(std::move(sources.error()));
        for (size_t at = 0; at < found.size(); ++at) {
            Layer& source = graph.layers[(*sources)[at].layer];
            if (found[at].shape != nullptr && found[at].output == 0 && !source.shape &&
                !found[at].shape->items().empty())
                source.shape = sample_shape(*found[at].shape);
        }
        call.inputs = std::move(*sources);
        return call;
    }

    /// Keras 2 has further inputs among the keywords: {"y": ["dense", 0, 0]}.
    static void collect_keywords(const Json& keywords, std::vector<Reference>& found) {
        for (const auto& [key, value] : keywords.members())
            if (auto one = reference(value); one && one->call >= 0) found.push_back(std::move(*one));
    }

    Result<std::vector<Source>> ports(const Json& json, const std::map<std::string, size_t>& by_name) {
        std::vector<Reference> found;
        collect_ports(json, found);
        return sources(found, by_name);
    }

    Result<std::vector<Source>> sources(const std::vector<Reference>& found,
                                        const std::map<std::string, size_t>& by_name) {
        std::vector<Source> result;
        for (const Reference& each : found) {
            const auto layer = by_name.find(each.layer);
            if (layer == by_name.end()) return fail("`" + each.layer + "`", "is read, and there is no such layer");
            if (each.call < 0 || each.output < 0 || each.output > 4096)
                return fail("`" + each.layer + "`", "call or output is no position");
            result.push_back({layer->second, static_cast<size_t>(each.call), static_cast<size_t>(each.output)});
        }
        return result;
    }

    /// That all calls are there that something reads.
    Result<void> check(const Graph& graph) {
        const auto is_there = [&](const Source& source) {
            return source.call < graph.layers[source.layer].calls.size();
        };
        const auto missing = [&](const std::vector<Source>& sources) {
            return std::ranges::find_if_not(sources, is_there);
        };
        const auto refuse = [&](const Source& source) {
            return fail(place(graph.layers[source.layer]),
                        "its call number " + std::to_string(source.call) + " is read, and there is no such call");
        };
        if (const auto bad = missing(graph.outputs); bad != graph.outputs.end()) return refuse(*bad);
        for (const Layer& layer : graph.layers)
            for (const Call& call : layer.calls)
                if (const auto bad = missing(call.inputs); bad != call.inputs.end()) return refuse(*bad);
        return {};
    }

    static std::string place(const Layer& layer) { return "layer `" + layer.config.name + "`"; }

    tl::unexpected<Diagnostics> fail(std::string_view where, std::string_view fact) const {
        return failure(bad_model_file(*file_, where, fact));
    }

    const std::string* file_;
    size_t count_ = 0;
};

}  // namespace

bool is_model_class(std::string_view class_name) {
    return class_name == "Functional" || class_name == "Sequential" || class_name == "Model";
}

Result<Graph> read_graph(const Json& model, const std::string& file) {
    std::string_view called = model["class_name"].string();
    if (const size_t package = called.rfind('>'); package != std::string_view::npos) called.remove_prefix(package + 1);
    if (!is_model_class(called))
        return failure(unsupported_layer("the model (" + std::string(called) + ")",
                                         "is no graph of layers: its class is a program of its own",
                                         "save it as a functional or a sequential model"));
    return Reader(file).model(model);
}

}  // namespace dal::importer::keras
