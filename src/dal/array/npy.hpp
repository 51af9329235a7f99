// Reads and writes NumPy's .npy files and batches, exactly: every integer and float type (those of ml_dtypes too), both
// byte orders, both memory orders, format versions 1 to 3. Hostile files give a diagnostic, never a crash, and cost
// what read_limit.hpp says. Not supported, with an error that says so: object, string, complex and structured arrays.
// Archives: npz.hpp.
#pragma once

#include <filesystem>

#include "dal/array/read_limit.hpp"
#include "dal/array/samples.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

/// Errors: cannot_read, bad_array_file; they point at `origin` (the `load(...)` in a program).
/// `unsaid`: the type of the elements where the file does not say it.
Result<Array> read_npy(const std::filesystem::path& path, const ReadLimit& limit, const Span& origin = {},
                       const UnsaidType& unsaid = {});

/// A batch from a file: .npy numbers (first axis: samples), or .npz in the code form of write_codes. `unsaid`: as
/// above.
Result<Samples> read_samples(const std::filesystem::path& path, const UnsaidType& unsaid = {});

/// Writes float64 [samples, shape...]. Error `inexact_output` if a value has no exact double: names
/// sample and element and offers `--output-format codes`. All or nothing: an existing file stays.
Result<void> write_npy(const std::filesystem::path& path, const Codes& codes);
/// Writes an .npz of `codes` (int64 [samples, shape...], or uint64 words [samples, shape..., limbs] in two's
/// complement when 64 bits are not enough) and `f` (int32 [shape...]): value = code · 2^-f.
Result<void> write_codes(const std::filesystem::path& path, const Codes& codes);

}  // namespace dal
