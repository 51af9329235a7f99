#include "dal/jit/widen.hpp"

#include <algorithm>
#include <cstring>

#include "dal/support/check.hpp"

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
        case DType::int64:
        case DType::uint64:
        case DType::float16:
        case DType::float_extended:
        case DType::float_extended12:
        case DType::float128:
        case DType::bfloat16:
        case DType::float8_e3m4:
        case DType::float8_e4m3:
        case DType::float8_e4m3b11fnuz:
        case DType::float8_e4m3fn:
        case DType::float8_e4m3fnuz:
        case DType::float8_e5m2:
        case DType::float8_e5m2fnuz:
        case DType::float8_e8m0fnu:
        case DType::float6_e2m3fn:
        case DType::float6_e3m2fn:
        case DType::float4_e2m1fn:
        case DType::int4:
        case DType::int2:
        case DType::int1:
        case DType::uint4:
        case DType::uint2:
        case DType::uint1:
        case DType::raw8: return false;
    }
    internal_error("type", __FILE__, __LINE__, "no such type of numbers");
}

}  // namespace dal::jit
