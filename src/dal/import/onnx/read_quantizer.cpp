// Quantizers as nodes have them: Quant, IntQuant and BipolarQuant of QONNX, QuantizeLinear of ONNX.
#include <cmath>

#include "dal/import/onnx/operators.hpp"

namespace dal::importer::onnx {
namespace {

constexpr int64_t most_quantizer_bits = 32;

/// Numbers of an operand as they broadcast to one sample.
Result<Constant> numbers(Builder& builder, const Node& node, size_t input, size_t rank, bool has_batch,
                         const char* what) {
    const Constant* constant = builder.constant(node, input);
    if (constant == nullptr) return refuse(node, std::string("its ") + what + " is no constant of the model");
    std::optional<Constant> result = *constant;
    if (has_batch) result = without_batch(*constant, rank);
    if (!result || result->values.empty() || result->shape.size() > rank)
        return refuse(
            node, std::string("its ") + what + " has the shape " + to_string(constant->shape) + ", which does not fit");
    return *result;
}

bool is_scale(double value) {
    const auto number = static_cast<float>(value);
    return number > 0 && std::isfinite(number) && static_cast<double>(number) == value;
}

bool is_integer(double value) { return value == std::floor(value) && std::fabs(value) < 0x1p40; }

/// Limits of codes of so many bits.
std::pair<int64_t, int64_t> limits(int64_t bits, bool is_signed, bool is_narrow) {
    if (is_signed) return {-(int64_t{1} << (bits - 1)) + (is_narrow ? 1 : 0), (int64_t{1} << (bits - 1)) - 1};
    return {0, (int64_t{1} << bits) - (is_narrow ? 2 : 1)};
}

Result<Quantizer> read_bipolar(Builder& builder, const Node& node, size_t rank, bool has_batch) {
    const auto scale = numbers(builder, node, 1, rank, has_batch, "scale");
    if (!scale) return failure(scale.error());
    Quantizer quantizer;
    quantizer.is_bipolar = true;
    quantizer.shape = scale->shape;
    for (const double value : scale->values) {
        if (!is_scale(value)) return refuse(node, "has a scale that is no positive float32 number");
        quantizer.scale.push_back(value);
        quantizer.zero.push_back(0);
        quantizer.low.push_back(-1);
        quantizer.high.push_back(1);
    }
    return quantizer;
}

Result<Quantizer> read_quant(Builder& builder, const Node& node, size_t rank, bool has_batch) {
    const auto scale = numbers(builder, node, 1, rank, has_batch, "scale");
    if (!scale) return failure(scale.error());
    const auto zero = numbers(builder, node, 2, rank, has_batch, "zero point");
    if (!zero) return failure(zero.error());
    const auto bits = numbers(builder, node, 3, rank, has_batch, "number of bits");
    if (!bits) return failure(bits.error());
    const std::string mode = node.text("rounding_mode", "ROUND");
    const auto round = code_round(mode);
    if (!round) return refuse(node, "rounds by `" + mode + "`, which is not known");
    const bool is_signed = node.integer("signed", 1) != 0;
    const bool is_narrow = node.integer("narrow", 0) != 0;
    if (bits->size() == 1 && bits->values[0] == 1 && is_signed) return read_bipolar(builder, node, rank, has_batch);

    Quantizer quantizer;
    quantizer.round = *round;
    const auto first = common_shape(scale->shape, zero->shape);
    const auto shape = first ? common_shape(*first, bits->shape) : std::nullopt;
    const auto count = shape ? checked_count(*shape) : std::nullopt;
    if (!count || *count > (int64_t{1} << 22))
        return refuse(node, "its scale, zero point and bits have no common shape");
    quantizer.shape = *shape;
    const auto scale_of = broadcast_sources(scale->shape, *shape);
    const auto zero_of = broadcast_sources(zero->shape, *shape);
    const auto bits_of = broadcast_sources(bits->shape, *shape);
    for (size_t at = 0; at < scale_of.size(); ++at) {
        const double width = bits->values[static_cast<size_t>(bits_of[at])];
        const double point = zero->values[static_cast<size_t>(zero_of[at])];
        const double factor = scale->values[static_cast<size_t>(scale_of[at])];
        if (!is_scale(factor)) return refuse(node, "has a scale that is no positive float32 number");
        if (!is_integer(point)) return refuse(node, "has a zero point that is no integer");
        if (!is_integer(width) || width < 1 || width > most_quantizer_bits)
            return refuse(node, "has a number of bits that is no integer from 1 to 32");
        if (is_signed && width == 1) return refuse(node, "has signed codes of one bit beside others");
        const auto [low, high] = limits(static_cast<int64_t>(width), is_signed, is_narrow);
        quantizer.scale.push_back(factor);
        quantizer.zero.push_back(static_cast<int64_t>(point));
        quantizer.low.push_back(low);
        quantizer.high.push_back(high);
    }
    return quantizer;
}

/// Limits of a type of integers.
std::optional<std::pair<int64_t, int64_t>> limits_of(ElementType type) {
    switch (type) {
        case ElementType::uint8: return limits(8, false, false);
        case ElementType::int8: return limits(8, true, false);
        case ElementType::uint16: return limits(16, false, false);
        case ElementType::int16: return limits(16, true, false);
        case ElementType::uint4: return limits(4, false, false);
        case ElementType::int4: return limits(4, true, false);
        case ElementType::int32: return limits(32, true, false);
        default: return std::nullopt;
    }
}

/// Numbers along one axis, or one for all, as they broadcast.
Result<Shape> along_axis(const Node& node, const Constant& values, size_t rank, bool has_batch) {
    if (values.size() == 1) return Shape{};
    if (node.integer("block_size", 0) != 0 || values.shape.size() != 1)
        return refuse(node, "has scales in blocks, which are not read");
    const auto all = static_cast<int64_t>(rank) + (has_batch ? 1 : 0);
    int64_t axis = node.integer("axis", 1);
    if (axis < 0) axis += all;
    if (has_batch) --axis;
    if (axis < 0 || axis >= static_cast<int64_t>(rank)) return refuse(node, "its axis is none of its operand");
    Shape shape(rank - static_cast<size_t>(axis), 1);
    shape.front() = values.size();
    return shape;
}

Result<Quantizer> read_linear(Builder& builder, const Node& node, size_t rank, bool has_batch) {
    const Constant* scale = builder.constant(node, 1);
    const Constant* zero = builder.constant(node, 2);
    if (scale == nullptr || (zero == nullptr && builder.has_input(node, 2)))
        return refuse(node, "its scale or zero point is no constant of the model");
    if (zero != nullptr && zero->size() != scale->size()) return refuse(node, "has not one zero point for each scale");
    const auto shape = along_axis(node, *scale, rank, has_batch);
    if (!shape) return failure(shape.error());
    ElementType type = ElementType::uint8;
    if (zero != nullptr)
        type = zero->type;
    else if (const int64_t asked = node.integer("output_dtype", 0); asked > 0 && asked < 256)
        type = static_cast<ElementType>(asked);
    const auto range = limits_of(type);
    if (!range || type == ElementType::int32)
        return refuse(node, "gives codes of a type that is not read (element type " +
                                std::to_string(static_cast<int>(type)) + ")");
    Quantizer quantizer;
    quantizer.shape = *shape;
    for (int64_t at = 0; at < scale->size(); ++at) {
        const auto index = static_cast<size_t>(at);
        if (!is_scale(scale->values[index])) return refuse(node, "has a scale that is no positive float32 number");
        const auto point = zero == nullptr ? int64_t{0} : static_cast<int64_t>(zero->values[index]);
        quantizer.scale.push_back(scale->values[index]);
        quantizer.zero.push_back(0);
        quantizer.low.push_back(range->first - point);
        quantizer.high.push_back(range->second - point);
    }
    return quantizer;
}

}  // namespace

std::optional<Constant> without_batch(const Constant& constant, size_t rank) {
    if (constant.shape.size() <= rank) return constant;
    if (constant.shape.size() != rank + 1 || constant.shape.front() != 1) return std::nullopt;
    Constant result = constant;
    result.shape.erase(result.shape.begin());
    return result;
}

Result<Quantizer> read_quantizer(Builder& builder, const Node& node, size_t rank, bool has_batch) {
    auto quantizer = node.type == "QuantizeLinear" ? read_linear(builder, node, rank, has_batch)
                     : node.type == "BipolarQuant" ? read_bipolar(builder, node, rank, has_batch)
                                                   : read_quant(builder, node, rank, has_batch);
    if (quantizer && quantizer->size() == 1) quantizer->shape.clear();
    return quantizer;
}

Result<Constant> dequantized(Builder& builder, const Node& node, const Constant& codes) {
    const Constant* scale = builder.constant(node, 1);
    const Constant* zero = builder.constant(node, 2);
    if (scale == nullptr || (zero != nullptr && zero->size() != scale->size()))
        return refuse(node, "its scale or zero point is no constant of the model that fits");
    const auto shape = along_axis(node, *scale, codes.shape.size(), false);
    if (!shape) return failure(shape.error());
    if (!is_broadcastable(*shape, codes.shape)) return refuse(node, "has not one scale for each position of its axis");
    const auto range = limits_of(codes.type);
    Constant result = Constant::of(codes.shape, {}, Kind::float32);
    const auto source = broadcast_sources(*shape, codes.shape);
    double least = 0;
    double most = 0;
    for (size_t at = 0; at < codes.values.size(); ++at) {
        const auto own = static_cast<size_t>(source[at]);
        if (!is_scale(scale->values[own])) return refuse(node, "has a scale that is no positive float32 number");
        const double code = codes.values[at] - (zero == nullptr ? 0 : zero->values[own]);
        if (std::fabs(code) > 0x1p33) return refuse(node, "has codes of more than 32 bits");
        result.codes.push_back(code);
        result.scales.push_back(scale->values[own]);
        result.values.push_back(code * scale->values[own]);
        least = std::min(least, code);
        most = std::max(most, code);
    }
    if (range) {
        // What the type may hold around its zero points, so that formats do not depend on what was trained.
        const auto points = zero == nullptr ? std::vector<double>{0} : zero->values;
        for (const double point : points) {
            if (codes.type == ElementType::int32) break;
            least = std::min(least, static_cast<double>(range->first) - point);
            most = std::max(most, static_cast<double>(range->second) - point);
        }
    }
    Quantizer around;
    around.scale = {1};
    around.zero = {0};
    around.low = {static_cast<int64_t>(least)};
    around.high = {static_cast<int64_t>(most)};
    result.bits = around.bits();
    result.is_signed = least < 0;
    return result;
}

}  // namespace dal::importer::onnx
