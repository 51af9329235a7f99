// A batch as codes in an .npz, as write_codes of npy.hpp writes it: `codes` and `f`. Only for read_samples.
#pragma once

#include "dal/array/npz.hpp"
#include "dal/array/samples.hpp"

namespace dal {

/// Errors: bad_array_file.
Result<Samples> read_codes(const NpzFile& archive);

}  // namespace dal
