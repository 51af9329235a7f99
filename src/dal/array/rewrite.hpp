// Changes a few numbers of an array file: the bytes of a .npy or .npz with new integers in some places. For formats
// that are written back into the files they came from; results of runs are written by npy.hpp.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "dal/array/array.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

/// `array` with these integers (within 32 bits) at these elements, counted row-major. The element type stays if it is
/// an integer type that holds them, or float32 or float64; otherwise it becomes int16 or int32, if all other elements
/// are integers that fit, else float64.
Array with_integers(const Array& array, const std::map<int64_t, int64_t>& numbers);

/// The bytes of a .npy file: row-major, little-endian.
std::string npy_file(const Array& array);

/// The bytes of the archive at `path` with some members in place of those of the same names; the others stay as
/// they are, unread. Errors: cannot_read, bad_array_file.
Result<std::string> npz_with(const std::filesystem::path& path, const std::map<std::string, Array>& members);

}  // namespace dal
