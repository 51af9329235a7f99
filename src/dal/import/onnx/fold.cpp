// Constants that the model computes: the arithmetic of shapes, and chains that make weights. Floating-point numbers are
// rounded to float32 after each step, as runtimes do.
#include <algorithm>
#include <cmath>

#include "dal/import/onnx/operators.hpp"
#include "dal/import/tensor.hpp"

namespace dal::importer::onnx {
namespace {

double rounded(double value, Kind kind) {
    switch (kind) {
        case Kind::float32: return static_cast<double>(static_cast<float>(value));
        case Kind::float64: return value;
        case Kind::integer: return std::trunc(value);
        case Kind::boolean: return value != 0 ? 1 : 0;
    }
    return value;
}

Result<bool> put(Builder& builder, const Node& node, Constant constant) {
    if (auto spent = builder.spend(node, constant.size()); !spent) return failure(spent.error());
    for (double& value : constant.values) {
        if (!std::isfinite(value)) return refuse(node, "computes a constant that is not finite");
        if (value == 0) value = 0;  // no -0
    }
    builder.set(node, 0, std::move(constant));
    return true;
}

Kind kind_of(int64_t type) {
    switch (static_cast<ElementType>(type)) {
        case ElementType::float64: return Kind::float64;
        case ElementType::boolean: return Kind::boolean;
        case ElementType::float32:
        case ElementType::float16:
        case ElementType::bfloat16: return Kind::float32;
        default: return Kind::integer;
    }
}

std::optional<double> binary(const std::string& type, double a, double b, Kind kind) {
    if (type == "Add") return a + b;
    if (type == "Sub") return a - b;
    if (type == "Mul") return a * b;
    if (type == "Div") return kind == Kind::integer && b != 0 ? std::trunc(a / b) : a / b;
    if (type == "Pow") return std::pow(a, b);
    if (type == "Mod") return b == 0 ? std::nan("") : a - b * std::floor(a / b);
    if (type == "Min") return std::min(a, b);
    if (type == "Max") return std::max(a, b);
    if (type == "Equal") return a == b;
    if (type == "Greater") return a > b;
    if (type == "GreaterOrEqual") return a >= b;
    if (type == "Less") return a < b;
    if (type == "LessOrEqual") return a <= b;
    if (type == "And") return (a != 0) && (b != 0);
    if (type == "Or") return (a != 0) || (b != 0);
    return std::nullopt;
}

bool is_comparison(const std::string& type) {
    for (const char* name : {"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or"})
        if (type == name) return true;
    return false;
}

std::optional<double> unary(const std::string& type, double x) {
    if (type == "Neg") return -x;
    if (type == "Abs") return std::fabs(x);
    if (type == "Sqrt") return std::sqrt(x);
    if (type == "Reciprocal") return 1 / x;
    if (type == "Floor") return std::floor(x);
    if (type == "Ceil") return std::ceil(x);
    if (type == "Round") return std::nearbyint(x);
    if (type == "Sign") return x > 0 ? 1 : x < 0 ? -1 : 0;
    if (type == "Relu") return std::max(x, 0.0);
    if (type == "Exp") return std::exp(x);
    if (type == "Log") return std::log(x);
    if (type == "Tanh") return std::tanh(x);
    if (type == "Sigmoid") return 1 / (1 + std::exp(-x));
    if (type == "Not") return x == 0 ? 1 : 0;
    return std::nullopt;
}

Result<bool> fold_binary(Builder& builder, const Node& node) {
    if (node.inputs.size() != 2 || !binary(node.type, 1, 1, Kind::float32)) return false;
    const Constant* a = builder.constant(node, 0);
    const Constant* b = builder.constant(node, 1);
    if (a == nullptr || b == nullptr) return false;
    const auto shape = common_shape(a->shape, b->shape);
    const auto count = shape ? checked_count(*shape) : std::nullopt;
    if (!count) return refuse(node, "its constants do not fit: " + to_string(a->shape) + " and " + to_string(b->shape));
    if (auto spent = builder.spend(node, *count); !spent) return failure(spent.error());
    const auto left = broadcast_sources(a->shape, *shape);
    const auto right = broadcast_sources(b->shape, *shape);
    Constant result = Constant::of(*shape, {}, is_comparison(node.type) ? Kind::boolean : a->kind);
    for (size_t at = 0; at < left.size(); ++at) {
        const double x = a->values[static_cast<size_t>(left[at])];
        const double y = b->values[static_cast<size_t>(right[at])];
        result.values.push_back(rounded(*binary(node.type, x, y, a->kind), result.kind));
    }
    return put(builder, node, std::move(result));
}

Result<bool> fold_unary(Builder& builder, const Node& node) {
    const Constant* x = builder.constant(node, 0);
    if (x == nullptr) return false;
    if (node.type == "Identity" || node.type == "Dropout") {
        builder.set(node, 0, *x);
        return true;
    }
    if (node.type == "Cast") {
        Constant result = Constant::of(x->shape, x->values, kind_of(node.integer("to", 1)));
        const auto to = static_cast<ElementType>(node.integer("to", 1));
        if (to == ElementType::float16 || to == ElementType::bfloat16)
            return refuse(node, "rounds constants to 16 bits");
        result.type = to;
        for (double& value : result.values) value = rounded(value, result.kind);
        return put(builder, node, std::move(result));
    }
    if (node.type == "Clip") {
        const Constant* low = builder.constant(node, 1);
        const Constant* high = builder.constant(node, 2);
        Constant result = Constant::of(x->shape, x->values, x->kind);
        for (double& value : result.values) {
            if (low != nullptr && low->scalar()) value = std::max(value, *low->scalar());
            if (high != nullptr && high->scalar()) value = std::min(value, *high->scalar());
            if (node.find("min") != nullptr) value = std::max(value, node.real("min", 0));
            if (node.find("max") != nullptr) value = std::min(value, node.real("max", 0));
        }
        return put(builder, node, std::move(result));
    }
    if (!unary(node.type, 1)) return false;
    Constant result = Constant::of(x->shape, x->values, x->kind);
    for (double& value : result.values) value = rounded(*unary(node.type, value), x->kind);
    return put(builder, node, std::move(result));
}

Result<bool> fold_constant(Builder& builder, const Node& node) {
    const auto reals = [&](Shape shape, std::vector<double> values, Kind kind) {
        return put(builder, node, Constant::of(std::move(shape), std::move(values), kind));
    };
    if (const Attribute* value = node.find("value")) {
        if (value->tensor.empty()) return refuse(node, "has no value");
        auto read = builder.read(value->tensor.front());
        if (!read) return failure(read.error());
        return put(builder, node, std::move(*read));
    }
    if (node.find("value_float") != nullptr) return reals({}, {node.real("value_float", 0)}, Kind::float32);
    if (node.find("value_int") != nullptr)
        return reals({}, {static_cast<double>(node.integer("value_int", 0))}, Kind::integer);
    if (const Attribute* value = node.find("value_floats"))
        return reals({static_cast<int64_t>(value->reals.size())}, value->reals, Kind::float32);
    if (const Attribute* value = node.find("value_ints"))
        return reals({static_cast<int64_t>(value->integers.size())}, {value->integers.begin(), value->integers.end()},
                     Kind::integer);
    return refuse(node, "has a value that is no number");
}

Result<bool> fold_constant_of_shape(Builder& builder, const Node& node) {
    const Constant* shape = builder.constant(node, 0);
    const auto extents = shape == nullptr ? std::nullopt : shape->integers();
    const auto count = extents && extents->size() <= 32 ? checked_count(*extents) : std::nullopt;
    if (!count) return refuse(node, "its shape is no constant, or too large");
    if (auto spent = builder.spend(node, *count); !spent) return failure(spent.error());
    Constant value = Constant::of({1}, {0}, Kind::float32);
    if (const Attribute* given = node.find("value"); given != nullptr && !given->tensor.empty()) {
        auto read = builder.read(given->tensor.front());
        if (!read) return failure(read.error());
        value = std::move(*read);
    }
    if (!value.scalar()) return refuse(node, "has not one value");
    for (const int64_t extent : *extents)
        if (extent < 0) return refuse(node, "has an extent below 0");
    return put(builder, node,
               Constant::of(*extents, std::vector<double>(static_cast<size_t>(*count), *value.scalar()), value.kind));
}

Result<bool> fold_range(Builder& builder, const Node& node) {
    double numbers[3] = {};
    for (size_t at = 0; at < 3; ++at) {
        const Constant* constant = builder.constant(node, at);
        const auto number = constant == nullptr ? std::nullopt : constant->scalar();
        if (!number) return refuse(node, "its limits are no constants");
        numbers[at] = *number;
    }
    const double count = numbers[2] == 0 ? -1 : std::ceil((numbers[1] - numbers[0]) / numbers[2]);
    if (!(count < 1e6)) return refuse(node, "makes too many numbers");
    std::vector<double> values;
    for (double at = 0; at < count; ++at) values.push_back(numbers[0] + at * numbers[2]);
    const Shape shape{static_cast<int64_t>(values.size())};
    return put(builder, node, Constant::of(shape, std::move(values), builder.constant(node, 0)->kind));
}

/// Shape and Size, of constants and of variables: the batch counts as the model says, or as 1.
Result<bool> fold_shape(Builder& builder, const Node& node) {
    Shape shape;
    if (const Constant* constant = builder.constant(node, 0)) {
        shape = constant->shape;
    } else {
        const auto found = builder.shape_of(node, 0);
        if (!found) return refuse(node, "reads the shape of nothing");
        shape = *found;
        shape.insert(shape.begin(), builder.batch());
    }
    if (node.type == "Size")
        return put(builder, node, Constant::of({}, {static_cast<double>(element_count(shape))}, Kind::integer));
    const auto rank = static_cast<int64_t>(shape.size());
    const auto inside = [&](int64_t v) { return std::clamp<int64_t>(v < 0 ? v + rank : v, 0, rank); };
    const int64_t from = inside(node.integer("start", 0));
    const int64_t to = std::max(from, inside(node.integer("end", rank)));
    std::vector<double> values(shape.begin() + from, shape.begin() + to);
    return put(builder, node, Constant::of({to - from}, std::move(values), Kind::integer));
}

Result<bool> fold_where(Builder& builder, const Node& node) {
    const Constant* parts[3];
    Shape shape;
    for (size_t at = 0; at < 3; ++at) {
        parts[at] = builder.constant(node, at);
        const auto common = parts[at] == nullptr ? std::nullopt : common_shape(shape, parts[at]->shape);
        if (!common) return refuse(node, "its constants do not fit");
        shape = *common;
    }
    const auto count = checked_count(shape);
    if (!count) return refuse(node, "makes too many numbers");
    if (auto spent = builder.spend(node, *count); !spent) return failure(spent.error());
    std::vector<int64_t> sources[3];
    for (size_t at = 0; at < 3; ++at) sources[at] = broadcast_sources(parts[at]->shape, shape);
    Constant result = Constant::of(shape, {}, parts[1]->kind);
    for (size_t at = 0; at < sources[0].size(); ++at) {
        const size_t chosen = parts[0]->values[static_cast<size_t>(sources[0][at])] != 0 ? 1 : 2;
        result.values.push_back(parts[chosen]->values[static_cast<size_t>(sources[chosen][at])]);
    }
    return put(builder, node, std::move(result));
}

}  // namespace

Result<bool> fold(Builder& builder, const Node& node) {
    if (!node.domain.empty() && node.domain != "ai.onnx") return false;
    if (node.type == "Constant") return fold_constant(builder, node);
    if (node.type == "Shape" || node.type == "Size") return fold_shape(builder, node);
    if (node.inputs.empty()) return false;
    if (node.type == "ConstantOfShape") return fold_constant_of_shape(builder, node);
    if (node.type == "Range") return fold_range(builder, node);
    if (node.type == "Where") return fold_where(builder, node);
    for (const auto& part : {fold_binary, fold_unary, fold_movement}) {
        auto done = part(builder, node);
        if (!done || *done) return done;
    }
    return false;
}

}  // namespace dal::importer::onnx
