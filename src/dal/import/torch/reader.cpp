#include <algorithm>
#include <set>

#include "dal/import/readers.hpp"
#include "dal/import/torch/operators.hpp"

namespace dal::importer::torch {
namespace {

tl::unexpected<Diagnostics> bad(const ModelFile& file, std::string_view where, std::string_view fact) {
    return failure(bad_model_file(file.name(), where, fact));
}

const OperatorEntry* operator_named(std::string_view name) {
    for (const auto operators :
         {linear_operators(), pooling_operators(), element_operators(), movement_operators(), quantize_operators()})
        for (const OperatorEntry& entry : operators)
            if (entry.name == name) return &entry;
    return nullptr;
}

std::vector<std::string> known_operators() {
    std::vector<std::string> names;
    for (const auto operators :
         {linear_operators(), pooling_operators(), element_operators(), movement_operators(), quantize_operators()})
        for (const OperatorEntry& entry : operators) names.emplace_back(entry.name);
    return names;
}

/// "torch.ops.aten.linear.default" as "aten.linear.default".
std::string short_target(const std::string& target) {
    constexpr std::string_view prefix = "torch.ops.";
    return target.starts_with(prefix) ? target.substr(prefix.size()) : target;
}

/// "linear" of "aten.linear.default".
std::string operator_of(std::string_view target) {
    if (const size_t point = target.find('.'); point != std::string_view::npos) target.remove_prefix(point + 1);
    return std::string(target.substr(0, target.find('.')));
}

class Importer {
  public:
    Importer(const ModelFile& file, const Archive& archive, Program program)
        : file_(file), archive_(archive), program_(std::move(program)), graph_(program_, file) {}

    Result<Imported> run() {
        const Json& module = archive_.program["graph_module"];
        const Json& graph = module["graph"];
        graph_.describe(graph["tensor_values"]);
        for (const Json& spec : module["signature"]["input_specs"].items())
            if (auto added = add_input(spec, graph["tensor_values"]); !added) return failure(std::move(added.error()));
        for (const Json& spec : module["signature"]["output_specs"].items()) {
            const std::string& name = spec["user_output"]["arg"]["as_tensor"]["name"].string();
            if (name.empty()) return bad(file_, "output_specs", "an output is no tensor, or a buffer that changes");
            outputs_.insert(name);
            order_.push_back(name);
        }
        if (order_.empty()) return bad(file_, "output_specs", "there is no output");
        for (const Json& node : graph["nodes"].items())
            if (auto added = add_node(node); !added) return failure(std::move(added.error()));
        for (const std::string& name : order_) {
            auto flow = graph_.named(Node(Json(), name), name);
            if (!flow) return failure(std::move(flow.error()));
            const Value value = flow->channels_last ? to_first(flow->value) : flow->value;
            program_.output(order_.size() == 1 ? "y" : name, value);
        }
        return std::move(program_).finish();
    }

  private:
    Result<void> add_input(const Json& spec, const Json& tensors) {
        for (const auto& [kind, field] : {std::pair{"parameter", "parameter_name"},
                                          {"buffer", "buffer_name"},
                                          {"tensor_constant", "tensor_constant_name"}}) {
            if (!spec.has(kind)) continue;
            const std::string& name = spec[kind][field].string();
            const auto found = archive_.arrays.find(name);
            if (found == archive_.arrays.end()) return bad(file_, name, "has no weights in the file");
            graph_.set(spec[kind]["arg"]["name"].string(), found->second);
            return {};
        }
        const std::string& name = spec["user_input"]["arg"]["as_tensor"]["name"].string();
        if (name.empty()) return bad(file_, "input_specs", "an input is no tensor");
        const auto sizes = sizes_of(tensors[name]);
        if (!sizes || sizes->empty()) return bad(file_, name, "has no batch, or sizes that are not known");
        constexpr int64_t most = 1 << 24;
        int64_t elements = 1;
        for (size_t axis = 1; axis < sizes->size(); ++axis) {
            const int64_t extent = (*sizes)[axis];
            if (extent < 1 || extent > most || elements > most / extent)
                return bad(file_, name, "has sizes that cannot be");
            elements *= extent;
        }
        graph_.set_batch((*sizes)[0]);
        // `input` is a word of the language.
        const std::string called = name == "input" ? "x" : name;
        graph_.set(name, Flow{program_.input(called, {sizes->begin() + 1, sizes->end()})});
        return {};
    }

    /// The last softmax changes no order, and is left to who reads the output.
    bool drops(const Node& node, const std::string& name) {
        static const std::set<std::string> functions{"softmax", "log_softmax", "_softmax", "_log_softmax"};
        if (!functions.contains(name) || !outputs_.contains(node.name()) || order_.size() != 1) return false;
        auto flow = graph_.any(node, "self");
        if (!flow) return false;
        program_.decide(node.name(), "the last `" + name + "` is left out: `y` is what it is given");
        program_.warn(inexact_layer(node.place(), "the last softmax is left out: `y` is what it is given"));
        graph_.move(node, std::move(*flow));
        return true;
    }

    Result<void> add_node(const Json& json) {
        const Node node(json, short_target(json["target"].string()));
        const std::string name = operator_of(node.target());
        if (node.name().empty()) {
            // Guards of shapes and the like compute nothing.
            if (node.target().starts_with("aten._assert") || node.target().starts_with("aten.sym_")) return {};
            return bad(file_, node.target(), "a node has no result that is a tensor");
        }
        if (graph_.knows(node.name())) return bad(file_, node.place(), "its name is taken already");
        if (drops(node, name)) return {};
        if (const OperatorEntry* entry = operator_named(name)) return entry->build(graph_, node);
        auto called = defined(node, name, json);
        if (!called) return failure(std::move(called.error()));
        if (*called) return {};
        static const std::set<std::string> curves{"sigmoid",     "tanh",       "softmax",   "_softmax", "log_softmax",
                                                  "gelu",        "silu",       "exp",       "elu",      "softplus",
                                                  "hardsigmoid", "hardswish",  "mish",      "sqrt",     "rsqrt",
                                                  "log",         "layer_norm", "reciprocal"};
        if (curves.contains(name))
            return failure(inexact_layer(
                node.place(), "it has no exact values",
                "train with a table of formats (QONNX, HGQ 2), or `--define " + name + "=layers.my_layer`"));
        return failure(unknown_layer(node.place(), name, known_operators()));
    }

    /// `--define`: the user's function gets the tensors of the node, and its numbers.
    Result<bool> defined(const Node& node, const std::string& name, const Json& json) {
        std::vector<Value> operands;
        std::map<std::string, Tensor> arrays;
        std::map<std::string, std::string> values;
        for (const Json& input : json["inputs"].items()) {
            const std::string& parameter = input["name"].string();
            const std::string& tensor = input["arg"]["as_tensor"]["name"].string();
            if (const Tensor* constant = graph_.constant(tensor)) {
                arrays[parameter] = *constant;
            } else if (graph_.is_variable(tensor)) {
                auto value = graph_.first(node, parameter);
                if (!value) return failure(std::move(value.error()));
                operands.push_back(*value);
            } else if (const auto integer = input["arg"]["as_int"].integer()) {
                values[parameter] = std::to_string(*integer);
            } else if (const auto truth = input["arg"]["as_bool"].boolean()) {
                values[parameter] = *truth ? "true" : "false";
            }
        }
        auto call = program_.defined(name, operands, arrays, values, node.name());
        if (!call) return failure(std::move(call.error()));
        if (!*call) return false;
        const auto shape = graph_.result_shape(node);
        if (!shape) return failure(shape.error());
        graph_.add(node, **call, *shape);
        return true;
    }

    const ModelFile& file_;
    const Archive& archive_;
    Program program_;
    Graph graph_;
    std::set<std::string> outputs_;
    std::vector<std::string> order_;
};

Result<Imported> read(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision) {
    const auto archive = read_archive(file);
    if (!archive) return failure(archive.error());
    const std::string& version = archive->program["torch_version"].string();
    Program program(options, std::move(precision),
                    file.name() + ": exported by PyTorch" + (version.empty() ? "" : " " + version));
    return Importer(file, *archive, std::move(program)).run();
}

}  // namespace

const Reader exported_programs{"PyTorch (exported, .pt2)", is_exported, read};

}  // namespace dal::importer::torch
