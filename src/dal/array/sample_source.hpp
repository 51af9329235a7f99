// A batch for one input as it comes out of a file or standard input, part by part: .npy, a member of an .npz, codes,
// CSV, or raw numbers. Arrays in row-major order, CSV and raw numbers take no more memory than the parts do.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dal/array/npz.hpp"
#include "dal/array/samples.hpp"
#include "dal/support/stream.hpp"

namespace dal {

/// What is known about an input before its data are read.
struct InputForm {
    std::string name;  ///< of the input, and of its member of an .npz
    Shape shape;       ///< of a sample
    int finest = 0;    ///< fractional bits to which numbers are rounded at most, for decimals (decimals.hpp)
};

/// The samples of one input, in order.
class SampleSource {
  public:
    SampleSource() = default;
    SampleSource(const SampleSource&) = delete;
    SampleSource& operator=(const SampleSource&) = delete;
    virtual ~SampleSource() = default;

    /// Of one sample.
    [[nodiscard]] virtual const Shape& shape() const = 0;
    /// How many there are, if that is known before the end.
    [[nodiscard]] virtual std::optional<int64_t> samples() const = 0;
    /// In which numbers come.
    [[nodiscard]] virtual DType type() const = 0;
    /// The next `count` (≥ 1) samples; fewer only at the end. The shape must be that of the input, which bounds what a
    /// sample takes. Errors: cannot_read, bad_array_file.
    virtual Result<Samples> next(int64_t count) = 0;
};

using SourcePointer = std::unique_ptr<SampleSource>;

/// Opens a file, or standard input for "-". What it holds is seen from its first bytes: .npy, .npz (the member with the
/// name of the input, the only one, or codes), else CSV: a sample per line, an element per column, and names in the
/// first line or not. Errors: cannot_read, bad_array_file.
Result<SourcePointer> open_samples(const std::filesystem::path& path, const InputForm& form);
/// Numbers of `type` one after the other, low bytes first; "-" is standard input.
Result<SourcePointer> open_raw_samples(const std::filesystem::path& path, const InputForm& form, DType type);
/// The type of numbers with that name, as to_string gives it.
std::optional<DType> type_named(std::string_view name);
/// The same for an archive that is open already.
Result<SourcePointer> open_samples(const NpzFile& archive, const InputForm& form);
/// CSV from a stream.
SourcePointer open_csv(InputStream stream, const InputForm& form);

/// All that is left. Errors: those of `next`.
Result<Samples> read_rest(SampleSource& source);

}  // namespace dal
