#include "dal/jit/widen.hpp"

#include <algorithm>
#include <cstring>

namespace dal::jit {
namespace {

template <class Number>
bool copy(const Array& array, int64_t first, int64_t count, double* doubles) {
    const std::byte* from = array.data() + first * static_cast<int64_t>(sizeof(Number));
    for (int64_t j = 0; j < count; ++j) {
        Number number;
        std::memcpy(&number, from + j * static_cast<int64_t>(sizeof(Number)), sizeof(Number));
        doubles[j] = static_cast<double>(number);
    }
    return true;
}

}  // namespace

bool widen(const Array& array, int64_t first, int64_t count, double* doubles) {
    switch (array.type()) {
        case DType::boolean:
        case DType::uint8: return copy<uint8_t>(array, first, count, doubles);
        case DType::int8: return copy<int8_t>(array, first, count, doubles);
        case DType::int16: return copy<int16_t>(array, first, count, doubles);
        case DType::uint16: return copy<uint16_t>(array, first, count, doubles);
        case DType::int32: return copy<int32_t>(array, first, count, doubles);
        case DType::uint32: return copy<uint32_t>(array, first, count, doubles);
        case DType::float32: return copy<float>(array, first, count, doubles);
        case DType::float64: return copy<double>(array, first, count, doubles);
        default: return false;  // of more bits than a double has, or rare
    }
}

}  // namespace dal::jit
