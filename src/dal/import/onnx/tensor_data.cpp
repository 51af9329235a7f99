#include <charconv>
#include <cmath>
#include <cstring>

#include "dal/import/onnx/constant.hpp"
#include "dal/import/problem.hpp"
#include "dal/import/tensor.hpp"

namespace dal::importer::onnx {
namespace {

/// How elements of a type lie in raw_data. Types of 4 bits have none.
std::optional<DType> element_of(ElementType type) {
    switch (type) {
        case ElementType::float32: return DType::float32;
        case ElementType::uint8: return DType::uint8;
        case ElementType::int8: return DType::int8;
        case ElementType::uint16: return DType::uint16;
        case ElementType::int16: return DType::int16;
        case ElementType::int32: return DType::int32;
        case ElementType::int64: return DType::int64;
        case ElementType::boolean: return DType::boolean;
        case ElementType::float16: return DType::float16;
        case ElementType::float64: return DType::float64;
        case ElementType::uint32: return DType::uint32;
        case ElementType::uint64: return DType::uint64;
        case ElementType::bfloat16: return DType::bfloat16;
        case ElementType::float8_e4m3fn: return DType::float8_e4m3fn;
        case ElementType::float8_e4m3fnuz: return DType::float8_e4m3fnuz;
        case ElementType::float8_e5m2: return DType::float8_e5m2;
        case ElementType::float8_e5m2fnuz: return DType::float8_e5m2fnuz;
        default: return std::nullopt;
    }
}

bool is_half_byte(ElementType type) { return type == ElementType::int4 || type == ElementType::uint4; }

Kind kind_of(ElementType type) {
    if (type == ElementType::boolean) return Kind::boolean;
    if (type == ElementType::float64) return Kind::float64;
    const auto element = element_of(type);
    return element && is_float(*element) ? Kind::float32 : Kind::integer;
}

/// Two per byte, the first one in the low bits.
std::vector<double> half_bytes(std::string_view raw, int64_t count, bool has_sign) {
    std::vector<double> values;
    values.reserve(static_cast<size_t>(count));
    for (int64_t at = 0; at < count; ++at) {
        const auto byte = static_cast<unsigned char>(raw[static_cast<size_t>(at / 2)]);
        const int code = at % 2 == 0 ? byte & 15 : byte >> 4;
        values.push_back(has_sign && code > 7 ? code - 16 : code);
    }
    return values;
}

/// Numbers beyond 2^60 are ends of slices, "as far as it goes": what is less and has no exact double is refused.
std::optional<double> whole(int64_t value) {
    constexpr int64_t exact = int64_t{1} << 53;
    if (value >= -exact && value <= exact) return static_cast<double>(value);
    if (value > int64_t{1} << 60) return 0x1p62;
    if (value < -(int64_t{1} << 60)) return -0x1p62;
    return std::nullopt;
}

std::optional<std::vector<double>> whole_numbers(std::string_view raw) {
    std::vector<double> values;
    values.reserve(raw.size() / 8);
    for (size_t at = 0; at + 8 <= raw.size(); at += 8) {
        int64_t value = 0;
        std::memcpy(&value, raw.data() + at, 8);
        const auto number = whole(value);
        if (!number) return std::nullopt;
        values.push_back(*number);
    }
    return values;
}

/// Numbers of raw_data. Nothing if one is not finite.
std::optional<std::vector<double>> from_raw(const RawTensor& tensor, std::string_view raw, int64_t count) {
    if (is_half_byte(tensor.type)) return half_bytes(raw, count, tensor.type == ElementType::int4);
    if (tensor.type == ElementType::int64) return whole_numbers(raw);
    const DType type = *element_of(tensor.type);
    std::vector<std::byte> bytes(raw.size());
    std::memcpy(bytes.data(), raw.data(), raw.size());
    auto numbers = to_tensor(Array(tensor.shape, type, std::move(bytes)));
    if (!numbers) return std::nullopt;
    return std::move(numbers->values);
}

/// Numbers of the typed fields: small types are bits in an int32.
std::optional<std::vector<double>> from_fields(const RawTensor& tensor, int64_t count) {
    if (tensor.type == ElementType::float32 || tensor.type == ElementType::float64) {
        if (static_cast<int64_t>(tensor.reals.size()) != count) return std::nullopt;
        for (const double value : tensor.reals)
            if (!std::isfinite(value)) return std::nullopt;
        return tensor.reals;
    }
    const auto type = element_of(tensor.type);
    const bool packs_two = is_half_byte(tensor.type);
    if (static_cast<int64_t>(tensor.integers.size()) != (packs_two ? (count + 1) / 2 : count)) return std::nullopt;
    if (!packs_two && !is_float(*type)) {
        std::vector<double> values;
        values.reserve(tensor.integers.size());
        for (const int64_t value : tensor.integers) {
            const auto number = whole(value);
            if (!number) return std::nullopt;
            values.push_back(*number);
        }
        return values;
    }
    const size_t size = packs_two ? 1 : item_size(*type);
    std::string raw;
    raw.reserve(tensor.integers.size() * size);
    for (const int64_t value : tensor.integers)
        for (size_t byte = 0; byte < size; ++byte)
            raw += static_cast<char>(static_cast<uint64_t>(value) >> (8 * byte) & 0xFF);
    return from_raw(tensor, raw, count);
}

std::optional<uint64_t> number(const std::map<std::string, std::string>& entries, const char* name) {
    const auto found = entries.find(name);
    if (found == entries.end()) return std::nullopt;
    uint64_t value = 0;
    const char* end = found->second.data() + found->second.size();
    const auto read = std::from_chars(found->second.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end) return UINT64_MAX;
    return value;
}

/// The bytes that lie in a file beside the model.
Result<std::string_view> external_bytes(const ModelFile& file, const RawTensor& tensor, uint64_t expected,
                                        const std::string& place, ExternalFiles& files) {
    const auto location = tensor.external.find("location");
    if (location == tensor.external.end())
        return failure(bad_model_file(file.name(), place, "external data without a location"));
    auto found = files.find(location->second);
    if (found == files.end()) {
        auto bytes = file.beside(location->second);
        if (!bytes) return failure(std::move(bytes.error()));
        size_t all = bytes->size();
        for (const auto& [name, each] : files) all += each.size();
        if (all > ModelFile::most_bytes)
            return failure(bad_model_file(file.name(), place, "more than 1 GiB of external data is not read"));
        found = files.emplace(location->second, std::move(*bytes)).first;
    }
    const std::string_view bytes = found->second;
    const uint64_t offset = number(tensor.external, "offset").value_or(0);
    const uint64_t length = number(tensor.external, "length").value_or(expected);
    if (length != expected)
        return failure(bad_model_file(file.name(), place, "the length of its external data does not fit its shape"));
    if (offset > bytes.size() || length > bytes.size() - offset)
        return failure(bad_model_file(file.name(), place, "its external data ends behind `" + location->second + "`"));
    return bytes.substr(offset, length);
}

}  // namespace

std::optional<int64_t> checked_count(const Shape& shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) {
        if (extent <= 0) return 0;
        if (extent > most_elements / count) return std::nullopt;
        count *= extent;
    }
    return count;
}

Result<Constant> read_tensor(const ModelFile& file, const RawTensor& tensor, ExternalFiles& files) {
    const std::string place = "tensor `" + tensor.name + "`";
    const auto count = checked_count(tensor.shape);
    if (!count || tensor.shape.size() > 32)
        return failure(bad_model_file(file.name(), place, "has too many elements: " + to_string(tensor.shape)));
    for (const int64_t extent : tensor.shape)
        if (extent < 0) return failure(bad_model_file(file.name(), place, "has an extent below 0"));
    const auto type = element_of(tensor.type);
    if (!type && !is_half_byte(tensor.type))
        return failure(bad_model_file(
            file.name(), place,
            "holds no numbers that are read (element type " + std::to_string(static_cast<int>(tensor.type)) + ")"));
    const uint64_t bytes = is_half_byte(tensor.type) ? static_cast<uint64_t>(*count + 1) / 2
                                                     : static_cast<uint64_t>(*count) * item_size(*type);
    std::string_view raw = tensor.raw;
    if (tensor.is_external) {
        auto read = external_bytes(file, tensor, bytes, place, files);
        if (!read) return failure(std::move(read.error()));
        raw = *read;
    }
    std::optional<std::vector<double>> values;
    if (*count == 0) {
        values.emplace();
    } else if (tensor.has_raw || tensor.is_external) {
        if (raw.size() != bytes)
            return failure(bad_model_file(
                file.name(), place, "has " + std::to_string(raw.size()) + " bytes, not " + std::to_string(bytes)));
        values = from_raw(tensor, raw, *count);
    } else {
        values = from_fields(tensor, *count);
    }
    if (!values)
        return failure(bad_model_file(
            file.name(), place,
            "has not one finite number of at most 53 bits for each of its " + std::to_string(*count) + " elements"));
    Constant constant = Constant::of(tensor.shape, std::move(*values), kind_of(tensor.type));
    constant.type = tensor.type;
    return constant;
}

Constant Constant::of(Shape shape, std::vector<double> values, Kind kind) {
    Constant constant;
    constant.shape = std::move(shape);
    constant.values = std::move(values);
    constant.kind = kind;
    return constant;
}

Constant Constant::picked(Shape to, const std::vector<int64_t>& sources) const {
    Constant result = of(std::move(to), {}, kind);
    result.type = type;
    result.bits = bits;
    result.is_signed = is_signed;
    const auto pick = [&](const std::vector<double>& from, std::vector<double>& into) {
        if (from.empty()) return;
        into.reserve(sources.size());
        for (const int64_t source : sources) into.push_back(from[static_cast<size_t>(source)]);
    };
    pick(values, result.values);
    pick(codes, result.codes);
    pick(scales, result.scales);
    return result;
}

std::optional<double> Constant::scalar() const {
    if (values.size() != 1) return std::nullopt;
    return values.front();
}

std::optional<std::vector<int64_t>> Constant::integers() const {
    std::vector<int64_t> result;
    result.reserve(values.size());
    for (const double value : values) {
        if (value != std::floor(value) || std::fabs(value) > 0x1p53) {
            // Ends of slices are often the largest integer.
            if (value >= 0x1p62) {
                result.push_back(INT64_MAX);
                continue;
            }
            if (value <= -0x1p62) {
                result.push_back(INT64_MIN);
                continue;
            }
            return std::nullopt;
        }
        result.push_back(static_cast<int64_t>(value));
    }
    return result;
}

}  // namespace dal::importer::onnx
