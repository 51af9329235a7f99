#include <bit>
#include <cmath>
#include <cstring>

#include "dal/array/npy.hpp"
#include "dal/array/npy_header.hpp"
#include "dal/array/zip.hpp"
#include "dal/support/codes/result_codes.hpp"
#include "dal/support/file.hpp"

namespace dal {
namespace {

Shape with_samples(int64_t samples, const Shape& shape) {
    Shape result{samples};
    result.insert(result.end(), shape.begin(), shape.end());
    return result;
}

/// "[3, 2]" for an element counted row-major.
std::string place(int64_t element, const Shape& shape) {
    Shape index(shape.size());
    for (size_t axis = shape.size(); axis-- > 0;) {
        index[axis] = element % shape[axis];
        element /= shape[axis];
    }
    return to_string(index);
}

/// True if code·2^-f has 53 significant bits or less and is in the range where scaling is exact.
bool is_plain(int64_t code, int f) {
    const uint64_t magnitude = code < 0 ? ~static_cast<uint64_t>(code) + 1 : static_cast<uint64_t>(code);
    constexpr int safe = 900;  // codes are below 2^64 and doubles normal from 2^-1022 to 2^1023
    return f >= -safe && f <= safe &&
           (magnitude == 0 || std::bit_width(magnitude >> std::countr_zero(magnitude)) <= 53);
}

Diagnostic inexact(const Codes& codes, int64_t sample, int64_t element, const Dyadic& value) {
    const std::string where = codes.shape().empty() ? "" : ", element " + place(element, codes.shape());
    return error(code::inexact_output, {},
                 "sample " + std::to_string(sample) + where + " is " + value.to_string() + ", which no float64 holds")
        .with_rule("outputs are never rounded, and a float64 has 53 significant bits")
        .with_help("write integers and binary points instead: `--output-format codes`");
}

/// Words that the widest code needs in two's complement.
int words_needed(const Codes& codes) {
    int needed = 1;
    const auto words = codes.words();
    const auto limbs = static_cast<size_t>(codes.limbs());
    for (size_t at = 0; at < words.size(); at += limbs)
        for (size_t limb = limbs - 1; limb >= static_cast<size_t>(needed); --limb) {
            const uint64_t sign = (words[at + limb - 1] >> 63) != 0 ? ~uint64_t{0} : 0;
            if (words[at + limb] == sign) continue;
            needed = static_cast<int>(limb + 1);
            break;
        }
    return needed;
}

void append(std::string& to, const void* from, size_t size) {
    if (size > 0) to.append(static_cast<const char*>(from), size);
}

}  // namespace

Result<void> write_npy(const std::filesystem::path& path, const Codes& codes) {
    std::string bytes = npy_preamble(DType::float64, with_samples(codes.samples(), codes.shape()));
    const auto elements = static_cast<size_t>(codes.elements());
    const auto limbs = static_cast<size_t>(codes.limbs());
    const size_t start = bytes.size();
    bytes.resize(start + static_cast<size_t>(codes.samples()) * elements * sizeof(double));
    std::vector<double> scales(elements);
    for (size_t e = 0; e < elements; ++e) scales[e] = std::ldexp(1.0, -codes.f()[e]);
    char* to = bytes.data() + start;
    for (int64_t sample = 0; sample < codes.samples(); ++sample)
        for (size_t e = 0; e < elements; ++e, to += sizeof(double)) {
            const auto element = static_cast<int64_t>(e);
            const uint64_t* words = codes.at(sample, element);
            const auto low = static_cast<int64_t>(words[0]);
            const uint64_t sign = low < 0 ? ~uint64_t{0} : 0;
            bool narrow = true;
            for (size_t limb = 1; limb < limbs; ++limb) narrow = narrow && words[limb] == sign;
            double value = 0;
            if (narrow && is_plain(low, codes.f()[e])) {
                value = static_cast<double>(low) * scales[e];
            } else {
                const Dyadic exact = codes.value(sample, element);
                const auto converted = exact.to_double();
                if (!converted) return failure(inexact(codes, sample, element, exact));
                value = *converted;
            }
            std::memcpy(to, &value, sizeof value);
        }
    return write_file(path, bytes);
}

Result<void> write_codes(const std::filesystem::path& path, const Codes& codes) {
    Shape shape = with_samples(codes.samples(), codes.shape());
    const auto words = codes.words();
    const int needed = words_needed(codes);
    if (needed > 1) shape.push_back(needed);
    std::string code_bytes = npy_preamble(needed > 1 ? DType::uint64 : DType::int64, shape);
    if (needed == codes.limbs()) {
        append(code_bytes, words.data(), words.size_bytes());
    } else {
        const auto limbs = static_cast<size_t>(codes.limbs());
        code_bytes.reserve(code_bytes.size() + words.size_bytes() / limbs * static_cast<size_t>(needed));
        for (size_t at = 0; at < words.size(); at += limbs)
            append(code_bytes, &words[at], static_cast<size_t>(needed) * sizeof(uint64_t));
    }
    std::string point_bytes = npy_preamble(DType::int32, codes.shape());
    append(point_bytes, codes.f().data(), codes.f().size() * sizeof(int));
    ZipWriter zip;
    zip.add("codes.npy", code_bytes);
    zip.add("f.npy", point_bytes);
    return write_file(path, zip.finish());
}

}  // namespace dal
