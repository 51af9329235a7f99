#include "dal/import/onnx/builder.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <deque>

#include "dal/import/onnx/operators.hpp"
#include "dal/import/problem.hpp"
#include "dal/support/printable.hpp"

namespace dal::importer::onnx {

Shape moved_channels(const Shape& shape, size_t rank) {
    Shape full(rank - std::min(rank, shape.size()), 1);
    full.insert(full.end(), shape.begin(), shape.end());
    if (!full.empty()) std::rotate(full.begin(), full.begin() + 1, full.end());
    return full;
}

Shape Flow::program_shape() const { return is_channels_last ? moved_channels(shape, shape.size()) : shape; }

tl::unexpected<Diagnostics> refuse(const Node& node, const std::string& fact, const std::string& help) {
    return failure(unsupported_layer(node.place(), fact, help));
}

const Constant* Builder::constant(const std::string& name) const {
    const auto found = constants_.find(name);
    return found == constants_.end() ? nullptr : &found->second;
}

const Constant* Builder::constant(const Node& node, size_t input) const {
    return has_input(node, input) ? constant(node.inputs[input]) : nullptr;
}

Result<Constant> Builder::read(const RawTensor& tensor) { return read_tensor(*file_, tensor, external_); }

std::optional<Shape> Builder::shape_of(const Node& node, size_t input) const {
    if (!is_variable(node, input)) return std::nullopt;
    return flows_.at(node.inputs[input]).shape;
}

bool Builder::has_input(const Node& node, size_t input) const {
    return input < node.inputs.size() && !node.inputs[input].empty();
}

bool Builder::is_variable(const Node& node, size_t input) const {
    return has_input(node, input) && flows_.contains(node.inputs[input]);
}

Result<Flow> Builder::flow(const Node& node, size_t input) {
    if (!is_variable(node, input))
        return refuse(node, "operand " + std::to_string(input) + " must depend on an input of the model");
    Flow& flow = flows_.at(node.inputs[input]);
    if (flow.is_code && node.type != "DequantizeLinear" && !may_move_codes(node))
        return refuse(node, "computes with the codes of a QuantizeLinear", "put a DequantizeLinear between");
    if (uses_[node.inputs[input]] > 1 && flow.real_input.empty()) {
        round(flow, flow.layer);
        bind(flow, flow.layer);
    }
    return flow;
}

void Builder::set(const Node& node, size_t output, Flow flow) {
    if (output >= node.outputs.size() || node.outputs[output].empty()) return;
    if (flow.layer.empty()) flow.layer = layer_name(node);
    flows_.insert_or_assign(node.outputs[output], std::move(flow));
}

void Builder::set(const Node& node, size_t output, Constant constant) {
    if (output >= node.outputs.size() || node.outputs[output].empty()) return;
    constants_.insert_or_assign(node.outputs[output], std::move(constant));
}

const Node* Builder::only_reader(const Node& node, std::string_view type) const {
    if (node.outputs.empty()) return nullptr;
    const std::string& value = node.outputs.front();
    const auto uses = uses_.find(value);
    const auto readers = readers_.find(value);
    if (uses == uses_.end() || uses->second != 1 || readers == readers_.end() || readers->second.empty())
        return nullptr;
    const Node* reader = readers->second.front();
    return reader->type == type && reader->domain.empty() ? reader : nullptr;
}

Result<int64_t> Builder::axis(const Node& node, int64_t axis, size_t rank) const {
    const int64_t all = static_cast<int64_t>(rank) + 1;
    const int64_t place = axis < 0 ? axis + all : axis;
    if (place < 0 || place >= all) return refuse(node, "axis " + std::to_string(axis) + " is none of its operand");
    if (place == 0) return refuse(node, "works across the samples of a batch", "a program computes one sample");
    return place - 1;
}

Result<void> Builder::spend(const Node& node, int64_t elements) {
    budget_ += elements;
    const auto most = static_cast<int64_t>(file_->bytes().size()) * 4 + (int64_t{1} << 22);
    if (budget_ > most) return refuse(node, "constants that the model computes have too many elements");
    return {};
}

bool Builder::take_levels(int64_t count) {
    constexpr int64_t few = int64_t{1} << 15;
    levels_ += count;
    return levels_ <= few + 2 * static_cast<int64_t>(file_->bytes().size());
}

std::string Builder::layer_name(const Node& node) const {
    std::string name = node.name.empty() ? node.type : node.name;
    std::vector<std::string> parts;
    size_t begin = 0;
    while (begin <= name.size()) {
        const size_t end = std::min(name.find('/', begin), name.size());
        if (end > begin) parts.push_back(name.substr(begin, end - begin));
        begin = end + 1;
    }
    if (parts.size() > 1 && parts.back() == node.type) parts.pop_back();
    std::string readable;
    for (size_t at = 0; at < parts.size(); ++at) {
        if (at + 1 < parts.size() && parts[at + 1].starts_with(parts[at] + ".")) continue;
        readable += (readable.empty() ? "" : "/") + parts[at];
    }
    if (readable.starts_with("node_") && readable.size() > 5) readable.erase(0, 5);
    return readable.empty() ? node.type : readable;
}

void Builder::say_inexact(const std::string& layer, const std::string& fact) {
    program_->decide(layer, fact);
    program_->warn(inexact_layer("layer `" + layer + "`", fact, "`--bit-exact on` refuses it"));
}

Result<void> Builder::read_constants() {
    for (const RawTensor& tensor : model_->initializers) {
        if (tensor.name.empty()) return failure(bad_model_file(file_->name(), {}, "an initializer without a name"));
        auto constant = read(tensor);
        if (!constant) return failure(std::move(constant.error()));
        if (!constants_.emplace(tensor.name, std::move(*constant)).second)
            return failure(bad_model_file(file_->name(), "tensor `" + tensor.name + "`", "is there twice"));
    }
    external_.clear();
    return {};
}

Result<void> Builder::read_inputs() {
    int64_t fixed = 0;
    for (const ValueInfo& input : model_->inputs) {
        if (constants_.contains(input.name)) continue;
        const std::string place = "input `" + input.name + "`";
        if (input.name.empty()) return failure(bad_model_file(file_->name(), {}, "an input without a name"));
        if (flows_.contains(input.name)) return failure(bad_model_file(file_->name(), place, "is there twice"));
        if (!input.has_shape || input.shape.empty())
            return failure(unsupported_layer(place, "has no shape, or no axis for the batch",
                                             "export the model with the shapes of its inputs"));
        const int64_t batch = input.shape.front();
        if (batch > 1 && fixed > 1 && batch != fixed)
            return failure(unsupported_layer(place, "has another extent of the batch than the other inputs"));
        if (batch > 1) fixed = batch;
        const Shape sample(input.shape.begin() + 1, input.shape.end());
        for (const int64_t extent : sample)
            if (extent <= 0)
                return failure(unsupported_layer(place, "has an extent that is not fixed",
                                                 "export the model with fixed extents behind the batch"));
        const auto count = checked_count(sample);
        if (!count || *count > (int64_t{1} << 24) || sample.size() > 16)
            return failure(bad_model_file(file_->name(), place, "has too many elements"));
        const Value value = program_->input(input.name, sample);
        Flow flow;
        flow.expression = {value.text, Expression::Form::name};
        flow.shape = sample;
        flow.real_input = value.real_input;
        flow.layer = input.name;
        if (value.real_input.empty()) {
            const auto format = options_format(value.format);
            if (!format)
                return failure(bad_import_option("--input", "`" + value.format + "` is no format of plain numbers",
                                                 "for instance `fixed(1, 5, 10, round: rnd, overflow: sat)`"));
            flow.f = format->f;
            flow.low = Dyadic(format->min_code(), -int64_t{format->f});
            flow.high = Dyadic(format->max_code(), -int64_t{format->f});
        }
        flows_.emplace(input.name, std::move(flow));
    }
    batch_ = std::max<int64_t>(fixed, 1);
    if (flows_.empty()) return failure(bad_model_file(file_->name(), {}, "a graph without inputs"));
    return {};
}

Result<void> Builder::order_nodes() {
    std::map<std::string, const Node*> producers;
    for (const Node& node : model_->nodes) {
        for (const std::string& output : node.outputs) {
            if (output.empty()) continue;
            if (constants_.contains(output) || flows_.contains(output) || !producers.emplace(output, &node).second)
                return failure(
                    bad_model_file(file_->name(), node.place(), "computes `" + output + "`, which is there already"));
        }
    }
    // From the outputs back, then in an order in which each operand comes first.
    std::set<const Node*> live;
    std::deque<const Node*> waiting;
    const auto want = [&](const std::string& value) {
        const auto producer = producers.find(value);
        if (producer != producers.end() && live.insert(producer->second).second) waiting.push_back(producer->second);
    };
    for (const ValueInfo& output : model_->outputs) want(output.name);
    while (!waiting.empty()) {
        const Node* node = waiting.front();
        waiting.pop_front();
        for (const std::string& input : node->inputs) want(input);
    }
    std::map<const Node*, size_t> missing;
    std::map<const Node*, std::vector<const Node*>> after;
    for (const Node* node : live) {
        missing[node] = 0;
        for (const std::string& input : node->inputs) {
            if (input.empty() || constants_.contains(input) || flows_.contains(input)) continue;
            const auto producer = producers.find(input);
            if (producer == producers.end())
                return failure(
                    bad_model_file(file_->name(), node->place(), "reads `" + input + "`, which nothing computes"));
            ++missing[node];
            after[producer->second].push_back(node);
        }
    }
    std::set<const Node*> ready;  // in the order of the file
    for (const auto& [node, count] : missing)
        if (count == 0) ready.insert(node);
    while (!ready.empty()) {
        const Node* node = *ready.begin();
        ready.erase(ready.begin());
        order_.push_back(node);
        for (const Node* next : after[node])
            if (--missing[next] == 0) ready.insert(next);
    }
    if (order_.size() != live.size())
        return failure(bad_model_file(file_->name(), {}, "its nodes depend on each other in a circle"));
    return {};
}

Result<void> Builder::count_readers() {
    for (const Node* node : order_)
        for (const std::string& input : node->inputs) {
            ++uses_[input];
            ++unread_[input];
            readers_[input].push_back(node);
        }
    for (const ValueInfo& output : model_->outputs) ++uses_[output.name];
    for (auto each = constants_.begin(); each != constants_.end();)
        each = uses_.contains(each->first) ? std::next(each) : constants_.erase(each);
    return {};
}

Result<void> Builder::check_shapes(const Node& node) {
    for (const std::string& output : node.outputs) {
        const auto found = flows_.find(output);
        if (found == flows_.end()) continue;
        const Shape& shape = found->second.shape;
        const auto count = checked_count(shape);
        if (shape.size() > 16 || !count || *count < 1 || *count > (int64_t{1} << 24))
            return refuse(node, "computes too many elements: " + to_string(shape));
        if (std::abs(found->second.f) > 4096) return refuse(node, "computes numbers of too many bits");
    }
    return {};
}

void Builder::release(const Node& node) {
    constexpr int64_t large = 4096;  // small ones are looked at again: scales, by what undoes them
    for (const std::string& input : node.inputs) {
        if (--unread_[input] > 0) continue;
        const auto found = constants_.find(input);
        if (found != constants_.end() && found->second.size() > large) constants_.erase(found);
    }
}

Result<void> Builder::call_defined(const Node& node, std::optional<std::string> text) {
    if (!text) return failure(unknown_layer(node.place(), node.type, operator_names()));
    Flow flow;
    for (size_t at = 0; at < node.inputs.size(); ++at)
        if (is_variable(node, at)) {
            flow.shape = flows_.at(node.inputs[at]).shape;
            break;
        }
    flow.expression = {*text, Expression::Form::call};
    flow.f = 512;  // nothing is known of its numbers
    flow.low = Dyadic(Int(-1), 512);
    flow.high = Dyadic(Int(1), 512);
    flow.layer = layer_name(node);
    flow.is_layer = true;
    set(node, 0, std::move(flow));
    return {};
}

Result<void> Builder::build_node(const Node& node) {
    for (const auto& [name, attribute] : node.attributes)
        if (attribute.has_graph)
            return refuse(node, "has a graph inside (`" + name + "`)", "export the model without control flow");
    for (const auto& [name, attribute] : node.attributes)
        if (!std::isfinite(attribute.real) && node.type != "Clip")
            return refuse(node, "has an attribute that is no finite number (`" + name + "`)");
    const bool is_constant = std::ranges::all_of(
        node.inputs, [&](const std::string& input) { return input.empty() || constants_.contains(input); });
    if (is_constant || node.type == "Shape" || node.type == "Size") {
        auto folded = fold(*this, node);
        if (!folded) return failure(std::move(folded.error()));
        if (*folded) return {};
    }
    const Operator known = find_operator(node);
    if (known != nullptr) return known(*this, node);
    std::vector<Value> operands;
    std::map<std::string, Tensor> arrays;
    for (size_t at = 0; at < node.inputs.size(); ++at) {
        if (const Constant* each = constant(node, at)) {
            arrays["input_" + std::to_string(at)] = {each->shape, each->values};
        } else if (is_variable(node, at)) {
            auto operand = flow(node, at);
            if (!operand) return failure(std::move(operand.error()));
            if (auto plain = require_plain(*operand, node); !plain) return plain;
            to_model_layout(*operand);
            operands.push_back({this->operand(*operand, layer_name(node)), operand->shape});
        }
    }
    std::map<std::string, std::string> values;
    for (const auto& [name, attribute] : node.attributes)
        if (attribute.kind == 2) values[name] = std::to_string(attribute.integer);
    auto text = program_->defined(node.type, operands, arrays, values, layer_name(node));
    if (!text) return failure(std::move(text.error()));
    return call_defined(node, *text);
}

Result<bool> Builder::drop_softmax(const Node& node) {
    if ((node.type != "Softmax" && node.type != "LogSoftmax") || node.outputs.empty()) return false;
    const std::string& value = node.outputs.front();
    const bool is_output = std::ranges::any_of(model_->outputs, [&](const ValueInfo& o) { return o.name == value; });
    if (!is_output || readers_.contains(value) || !is_variable(node, 0)) return false;
    auto operand = flow(node, 0);
    if (!operand) return failure(std::move(operand.error()));
    const std::string layer = layer_name(node);
    program_->decide(layer, "the last " + node.type + " is left out: it does not change the order of the classes");
    program_->comment(layer + ": " + node.type + ", left out");
    set(node, 0, std::move(*operand));
    return true;
}

Result<bool> Builder::drop_last_line(Flow& flow, const std::string& layer) {
    if (flow.steps.size() != 1 || flow.steps.front().kind != Step::Kind::affine) return false;
    const Step& line = flow.steps.front();
    if (line.factor.size() != 1) return false;
    const auto side = sign(line.factor.front());
    if (!side || *side <= 0) return false;
    const auto shown = [](const Real& number) {
        const auto rational = number.rational();
        return rational ? rational->shown() : number.to_string();
    };
    const std::string fact =
        "the last step, times " + shown(line.factor.front()) + " plus " + shown(line.offset.front()) +
        ", has no exact form and is left out: it is the same for all, and does not change their order";
    program_->comment(layer + ": times " + shown(line.factor.front()) + " plus " + shown(line.offset.front()) +
                      ", left out");
    say_inexact(layer, fact);
    flow.steps.clear();
    return true;
}

Result<void> Builder::build_output(const ValueInfo& output) {
    const auto found = flows_.find(output.name);
    if (found == flows_.end()) {
        if (constants_.contains(output.name))
            return failure(unsupported_layer("output `" + output.name + "`", "is a constant"));
        return failure(bad_model_file(file_->name(), "output `" + output.name + "`", "nothing computes it"));
    }
    Flow& flow = found->second;
    Node node;
    node.name = output.name;
    node.type = "output";
    if (flow.is_code) return refuse(node, "gives the codes of a QuantizeLinear", "put a DequantizeLinear behind it");
    if (!flow.rounding && !flow.real_input.empty())
        if (auto known = require_format(flow, node); !known) return known;
    if (flow.rounding) round(flow, flow.layer);
    if (!is_exact(flow)) {
        auto dropped = drop_last_line(flow, flow.layer);
        if (!dropped) return failure(std::move(dropped.error()));
    }
    node.name = flow.layer;
    if (auto settled = settle(flow, node); !settled) return settled;
    to_model_layout(flow);
    if (flow.is_layer) bind(flow, flow.layer);
    const bool is_readable = !output.name.empty() &&
                             std::isalpha(static_cast<unsigned char>(output.name.front())) != 0 &&
                             output.name != flow.layer && printable(output.name) == output.name;
    const bool is_only = model_->outputs.size() == 1;
    program_->output(is_readable || !is_only ? output.name : "y", {flow.expression.text, flow.shape});
    return {};
}

Result<void> Builder::build() {
    for (const auto& step :
         {&Builder::read_constants, &Builder::read_inputs, &Builder::order_nodes, &Builder::count_readers})
        if (auto done = (this->*step)(); !done) return done;
    for (const Node* node : order_) {
        if (done_.contains(node)) {
            release(*node);
            continue;
        }
        auto dropped = drop_softmax(*node);
        if (!dropped) return failure(std::move(dropped.error()));
        if (*dropped) continue;
        if (auto built = build_node(*node); !built) return built;
        if (auto good = check_shapes(*node); !good) return good;
        release(*node);
    }
    if (model_->outputs.empty()) return failure(bad_model_file(file_->name(), {}, "a graph without outputs"));
    for (const ValueInfo& output : model_->outputs)
        if (auto built = build_output(output); !built) return built;
    return {};
}

}  // namespace dal::importer::onnx
