// A .npy from any source of bytes: a file, or a member of an archive while it is unpacked. Only for the readers in
// this folder.
#pragma once

#include <cstddef>
#include <functional>

#include "dal/array/npy_header.hpp"
#include "dal/array/read_limit.hpp"

namespace dal {

/// Gives the next `count` bytes, or says why it cannot.
using ByteSource = std::function<Fallible<void>(std::byte* to, size_t count)>;

class NpyReader {
  public:
    static constexpr uint64_t unknown_size = UINT64_MAX;

    /// Reads the header of a .npy of `size` bytes and checks it against them. `source` must outlive the reader.
    static Fallible<NpyReader> open(const ByteSource& source, uint64_t size);

    [[nodiscard]] const NpyHeader& header() const noexcept { return header_; }
    [[nodiscard]] int64_t elements() const noexcept { return elements_; }
    /// The data. A flaw if there are more elements than the limit; then nothing was read.
    /// `unsaid`: the type of the elements where the file does not say it; a flaw if it is needed, or of another size.
    [[nodiscard]] Fallible<Array> read(const ReadLimit& limit, const UnsaidType& unsaid = {}) const;
    /// The next `count` along the first axis of data in row-major order. For those who know what one of them takes.
    [[nodiscard]] Fallible<Array> next(int64_t count, const UnsaidType& unsaid = {}) const;

  private:
    /// The next elements, in native byte order.
    [[nodiscard]] Fallible<std::vector<std::byte>> data(int64_t elements) const;

    NpyReader(const ByteSource& source, NpyHeader header, int64_t elements)
        : source_(&source), header_(std::move(header)), elements_(elements) {}

    const ByteSource* source_;
    NpyHeader header_;
    int64_t elements_;
};

}  // namespace dal
