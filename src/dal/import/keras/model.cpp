#include "dal/import/keras/model.hpp"

#include <algorithm>
#include <utility>

#include "dal/import/keras/container.hpp"
#include "dal/import/problem.hpp"
#include "dal/import/readers.hpp"

namespace dal::importer::keras {
namespace {

/// How many calls of layers a program may have, those of models inside of models counted each time.
constexpr size_t most_calls = 10'000;

/// Far more than hardware has, and few enough that a small file cannot ask for hours of work.
bool has_possible_size(const Shape& shape) {
    constexpr int64_t most_elements = int64_t{1} << 20;
    int64_t size = 1;
    for (const int64_t extent : shape) {
        if (extent < 1 || extent > most_elements / size) return false;
        size *= extent;
    }
    return true;
}

/// The group of a layer in a file that names variables: the names of the layer and of what it was built in repeat,
/// "dense_1/sequential/dense_1".
Variables innermost(Variables variables, const std::string& name) {
    constexpr int most_steps = 8;
    for (int step = 0; step < most_steps && variables.group() != nullptr; ++step) {
        const Hdf5Group& group = *variables.group();
        const bool repeats = group.groups.contains(name);
        const bool is_scope =
            group.datasets.empty() && group.groups.size() == 1 && group.groups.begin()->second.groups.contains(name);
        if (!repeats && !is_scope) break;
        variables = repeats ? variables.part(name, name) : variables.only_part();
    }
    return variables;
}

/// The variables of a layer among those of its model.
Variables variables_of(const Variables& model, const Layer& layer) {
    if (model.naming() == Variables::Naming::by_position) return model.part(layer.group, layer.group);
    Variables own = model.part(layer.config.name, layer.config.name);
    // Layers inside of these have groups beside the one that repeats the name; their handlers look for themselves.
    if (layer.config.library == Library::qkeras || layer.config.class_name == "PruneLowMagnitude") return own;
    own = innermost(std::move(own), layer.config.name);
    // Models inside of models inside of a model: the variables of all are in the group of the outer one.
    return own.group() == nullptr && layer.nested != nullptr ? model : own;
}

class Walk {
  public:
    Walk(Program& program, std::string file) : program_(&program), file_(std::move(file)) {}

    /// The outputs of a graph whose inputs are these. `is_final`: nothing but the end of the program reads them.
    Result<std::vector<Value>> graph(const Graph& graph, const Variables& variables, std::vector<Value> inputs,
                                     const std::string& path, bool is_final) {
        State state{&graph, variables, path, is_final, {}, {}};
        for (const Layer& layer : graph.layers) {
            state.values.emplace_back(layer.calls.size());
            state.readers.emplace_back(layer.calls.size(), 0);
        }
        for (const Layer& layer : graph.layers)
            for (const Call& call : layer.calls)
                for (const Source& source : call.inputs) ++state.readers[source.layer][source.call];
        if (inputs.size() != graph.inputs.size())
            return fail("`" + graph.name + "`", "is called with another number of inputs than it has");
        for (size_t at = 0; at < inputs.size(); ++at)
            state.values[graph.inputs[at].layer][graph.inputs[at].call] = {std::move(inputs[at])};
        for (const Source& output : graph.outputs)
            if (auto done = evaluate(state, output); !done) return failure(std::move(done.error()));
        return take(state, graph.outputs);
    }

  private:
    struct State {
        const Graph* graph;
        Variables variables;
        std::string path;
        bool is_final;
        std::vector<std::vector<std::vector<Value>>> values;  // by layer and call; empty: not computed yet
        std::vector<std::vector<size_t>> readers;
    };
    struct Frame {
        size_t layer;
        size_t call;
        size_t next_input = 0;
    };

    /// Computes what a value needs, then the value. The calls that wait for others are on a stack, so that deep models
    /// do not nest deep here.
    Result<void> evaluate(State& state, const Source& wanted) {
        std::vector<Frame> waiting;
        std::set<std::pair<size_t, size_t>> are_waiting;
        const auto add = [&](const Source& source) -> Result<void> {
            if (!state.values[source.layer][source.call].empty()) return {};
            if (!are_waiting.emplace(source.layer, source.call).second)
                return fail(place(state, source.layer), "reads what it computes itself");
            waiting.push_back({source.layer, source.call});
            return {};
        };
        if (auto added = add(wanted); !added) return added;
        while (!waiting.empty()) {
            Frame& frame = waiting.back();
            const Call& call = state.graph->layers[frame.layer].calls[frame.call];
            if (frame.next_input < call.inputs.size()) {
                if (auto added = add(call.inputs[frame.next_input++]); !added) return added;
                continue;
            }
            const Frame done = frame;
            waiting.pop_back();
            are_waiting.erase({done.layer, done.call});
            if (auto written = write(state, done.layer, done.call); !written) return written;
        }
        return {};
    }

    Result<void> write(State& state, size_t at, size_t call_at) {
        const Layer& layer = state.graph->layers[at];
        const Call& call = layer.calls[call_at];
        if (++calls_ > most_calls) return fail("the model", "calls more than 10,000 layers");
        auto inputs = take(state, call.inputs);
        if (!inputs) return failure(std::move(inputs.error()));
        const std::string path = state.path + "/" + layer.config.name;
        const bool is_final = state.is_final && state.readers[at][call_at] == 0;
        Variables variables = variables_of(state.variables, layer);
        if (layer.nested != nullptr) {
            if (variables.naming() == Variables::Naming::by_position) variables = variables.part("layers", "layers");
            auto outputs = graph(*layer.nested, variables, std::move(*inputs), path, is_final);
            if (!outputs) return failure(std::move(outputs.error()));
            state.values[at][call_at] = std::move(*outputs);
            return {};
        }
        if (layer.config.class_name == "InputLayer" || call.inputs.empty())
            return fail(place(state, at), "is read, and is no input of the model");
        LayerContext context(*program_, layer.config, std::move(variables), std::move(*inputs), memo_, path);
        static const Json none;
        context.set_call(call.arguments != nullptr ? *call.arguments : none,
                         call.keywords != nullptr ? *call.keywords : none);
        context.set_final(is_final);
        context.set_declared_shape(layer.shape);
        auto outputs = write_layer(context);
        if (!outputs) return failure(std::move(outputs.error()));
        if (!std::ranges::all_of(outputs->values, [](const Value& value) { return has_possible_size(value.shape); }))
            return failure(unsupported_layer(context.where(), "gives more than 1,048,576 elements"));
        state.values[at][call_at] = std::move(outputs->values);
        return {};
    }

    Result<std::vector<Value>> take(const State& state, const std::vector<Source>& sources) {
        std::vector<Value> result;
        for (const Source& source : sources) {
            const std::vector<Value>& values = state.values[source.layer][source.call];
            if (source.output >= values.size())
                return fail(place(state, source.layer),
                            "has no output number " + std::to_string(source.output) + ", which is read");
            result.push_back(values[source.output]);
        }
        return result;
    }

    static std::string place(const State& state, size_t layer) {
        return "layer `" + state.graph->layers[layer].config.name + "`";
    }

    tl::unexpected<Diagnostics> fail(std::string_view where, std::string_view fact) const {
        return failure(bad_model_file(file_, where, fact));
    }

    Program* program_;
    std::string file_;
    Memo memo_;
    size_t calls_ = 0;
};

/// Which libraries' layers a model has.
void collect_libraries(const Graph& graph, std::set<Library>& found) {
    for (const Layer& layer : graph.layers) {
        found.insert(layer.config.library);
        if (layer.nested != nullptr) collect_libraries(*layer.nested, found);
    }
}

std::string title(const ModelFile& file, const Container& container, const Graph& graph) {
    std::set<Library> found;
    collect_libraries(graph, found);
    std::string text = file.name() + ": Keras";
    if (!container.keras_version.empty()) text += " " + container.keras_version;
    if (found.contains(Library::hgq)) text += " with HGQ 2";
    if (found.contains(Library::qkeras)) text += " with QKeras";
    return text;
}

/// "input_layer_3", "input_1", "dense_input": what Keras calls an input that nobody named.
bool was_named_by_keras(const std::string& name) {
    return name.starts_with("input_") || name.ends_with("_input") || name == "keras_tensor";
}

}  // namespace

Result<void> write_model(const Graph& graph, const Variables& variables, Program& program) {
    std::vector<Value> inputs;
    for (const Source& input : graph.inputs) {
        const Layer& layer = graph.layers[input.layer];
        const bool is_named = graph.inputs.size() > 1 || !was_named_by_keras(layer.config.name);
        inputs.push_back(program.input(layer.config.name, *layer.shape, is_named ? "" : "x"));
    }
    Walk walk(program, variables.file());
    auto outputs = walk.graph(graph, variables, std::move(inputs), {}, true);
    if (!outputs) return failure(std::move(outputs.error()));
    for (size_t at = 0; at < outputs->size(); ++at) {
        const std::string name = outputs->size() == 1 ? "y" : "y" + std::to_string(at);
        program.output(name, (*outputs)[at]);
        program.decide(graph.layers[graph.outputs[at].layer].config.name, "is output `" + name + "`");
    }
    return {};
}

bool recognizes(const ModelFile& file) { return is_keras_file(file); }

Result<Imported> read(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision) {
    auto container = read_container(file);
    if (!container) return failure(std::move(container.error()));
    auto graph = read_graph((*container)->model, file.name());
    if (!graph) return failure(std::move(graph.error()));
    const Variables variables((*container)->layers, (*container)->naming, (*container)->weights_file,
                              (*container)->naming == Variables::Naming::by_position ? "layers" : "");
    Program program(options, std::move(precision), title(file, **container, *graph));
    if (auto written = write_model(*graph, variables, program); !written) return failure(std::move(written.error()));
    return std::move(program).finish();
}

}  // namespace dal::importer::keras
