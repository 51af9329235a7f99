// The header of a .npy file: a magic string, a version and a Python dictionary literal that says element
// type, memory order and shape. Parses and prints it; knows nothing about files or data.
#pragma once

#include <string>
#include <string_view>

#include "dal/array/array.hpp"
#include "dal/array/flaw.hpp"

namespace dal {

struct NpyHeader {
    Shape shape;
    DType type = DType::float64;  ///< raw8 where the file does not say it
    bool big_endian = false;
    bool fortran_order = false;  ///< first axis fastest, instead of last
};

/// Bytes before the dictionary's length is known: magic, two version bytes and a length of 2 bytes
/// (version 1) or 4 (versions 2 and 3).
inline constexpr size_t npy_magic_size = 8;
/// The longest dictionary that is read. Numeric arrays of the highest rank need a tenth of it.
inline constexpr size_t npy_header_limit = 1 << 16;
/// Highest rank, as in NumPy.
inline constexpr size_t npy_rank_limit = 64;

/// Size of the length field that follows the first `npy_magic_size` bytes.
Fallible<size_t> npy_length_size(std::string_view magic);
/// Number of elements, checked: extents are not negative and bytes fit a signed 64-bit count.
Fallible<int64_t> checked_element_count(const Shape& shape, size_t item);
/// Parses the dictionary, without what precedes it.
Fallible<NpyHeader> parse_npy_dictionary(std::string_view text);
/// Everything before the data, for a row-major little-endian array: version 1, padded to a multiple of 64 bytes, and to
/// `least`, which is one.
std::string npy_preamble(DType type, const Shape& shape, size_t least = 0);

}  // namespace dal
