// Where the samples of an output go, part by part: .npy or a member of an .npz (float64), codes, CSV; into a file or to
// standard output. A file is complete or not there, and takes no more memory than the parts do.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

/// What is known about an output before it is computed.
struct OutputForm {
    std::string name;                ///< its member of an .npz
    Shape shape;                     ///< of a sample
    std::optional<int64_t> samples;  ///< in all, if that is known
};

class SampleSink {
  public:
    SampleSink() = default;
    SampleSink(const SampleSink&) = delete;
    SampleSink& operator=(const SampleSink&) = delete;
    virtual ~SampleSink() = default;

    /// The next samples; all parts have the same binary points. Errors: cannot_write; inexact_output where float64 is
    /// written and a value is none: names sample and element.
    virtual Result<void> write(const Codes& part) = 0;
    /// After the last part, at least one of which was written (of no samples, if there are none). Error: cannot_write.
    virtual Result<void> finish() = 0;
};

using SinkPointer = std::unique_ptr<SampleSink>;

// "-" is standard output. Errors: cannot_write.
/// float64 [samples, shape...].
Result<SinkPointer> open_npy_sink(const std::filesystem::path& path, const OutputForm& form);
/// A line per sample of exact decimals, of any length.
Result<SinkPointer> open_csv_sink(const std::filesystem::path& path);
/// An .npz of `codes` (int64 [samples, shape...], or uint64 words [samples, shape..., limbs] in two's complement if any
/// code needs more than 64 bits) and `f` (int32 [shape...]): value = code · 2^-f.
Result<SinkPointer> open_code_sink(const std::filesystem::path& path);
/// One .npz for several outputs: a float64 array in the member with its name for each. The file is written when the
/// last of them is finished.
Result<std::vector<SinkPointer>> open_npz_sinks(const std::filesystem::path& path,
                                                const std::vector<OutputForm>& forms);

}  // namespace dal
