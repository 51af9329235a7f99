#include "dal/import/onnx/wire.hpp"

#include <bit>
#include <cstring>

namespace dal::importer::onnx {

std::optional<uint64_t> WireReader::varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (rest_.empty()) return std::nullopt;
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        value |= static_cast<uint64_t>(byte & 0x7F) << shift;
        if (byte < 0x80) return value;
    }
    return std::nullopt;
}

std::optional<uint64_t> WireReader::fixed(size_t count) {
    if (rest_.size() < count) return std::nullopt;
    uint64_t value = 0;
    for (size_t at = 0; at < count; ++at) value |= uint64_t{static_cast<unsigned char>(rest_[at])} << (8 * at);
    rest_.remove_prefix(count);
    return value;
}

std::optional<WireField> WireReader::next() {
    if (rest_.empty() || broken_) return std::nullopt;
    broken_ = true;  // until the field is known to be whole
    const auto key = varint();
    if (!key || *key >> 3 == 0 || *key >> 3 > UINT32_MAX) return std::nullopt;
    WireField field;
    field.number = static_cast<uint32_t>(*key >> 3);
    field.type = static_cast<WireType>(*key & 7);
    std::optional<uint64_t> value;
    switch (field.type) {
        case WireType::varint: value = varint(); break;
        case WireType::fixed64: value = fixed(8); break;
        case WireType::fixed32: value = fixed(4); break;
        case WireType::bytes:
            value = varint();
            if (!value || *value > rest_.size()) return std::nullopt;
            field.bytes = rest_.substr(0, *value);
            rest_.remove_prefix(*value);
            break;
    }
    if (!value) return std::nullopt;
    field.value = *value;
    broken_ = false;
    return field;
}

double real_of(uint64_t bits, size_t size) {
    if (size == 8) return std::bit_cast<double>(bits);
    return std::bit_cast<float>(static_cast<uint32_t>(bits));
}

bool append_varints(const WireField& field, std::vector<int64_t>& values) {
    if (field.type == WireType::varint) {
        values.push_back(static_cast<int64_t>(field.value));
        return true;
    }
    if (field.type != WireType::bytes) return false;
    std::string_view rest = field.bytes;
    while (!rest.empty()) {
        uint64_t value = 0;
        int shift = 0;
        while (true) {
            if (rest.empty() || shift >= 64) return false;
            const auto byte = static_cast<unsigned char>(rest.front());
            rest.remove_prefix(1);
            value |= static_cast<uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) break;
            shift += 7;
        }
        values.push_back(static_cast<int64_t>(value));
    }
    return true;
}

bool append_reals(const WireField& field, size_t size, std::vector<double>& values) {
    if (field.type == (size == 8 ? WireType::fixed64 : WireType::fixed32)) {
        values.push_back(real_of(field.value, size));
        return true;
    }
    if (field.type != WireType::bytes || field.bytes.size() % size != 0) return false;
    values.reserve(values.size() + field.bytes.size() / size);
    for (size_t at = 0; at < field.bytes.size(); at += size) {
        uint64_t bits = 0;
        for (size_t byte = 0; byte < size; ++byte)
            bits |= uint64_t{static_cast<unsigned char>(field.bytes[at + byte])} << (8 * byte);
        values.push_back(real_of(bits, size));
    }
    return true;
}

}  // namespace dal::importer::onnx
