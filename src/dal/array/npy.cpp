#include "dal/array/npy.hpp"

#include <cstring>
#include <limits>

#include "dal/array/code_file.hpp"
#include "dal/array/npy_reader.hpp"
#include "dal/array/npz.hpp"
#include "dal/array/sample_sink.hpp"
#include "dal/support/file.hpp"

namespace dal {
namespace {

Fallible<Array> parse_npy(std::string_view file, const ReadLimit& limit, const UnsaidType& unsaid) {
    size_t done = 0;
    const ByteSource source = [&](std::byte* to, size_t count) -> Fallible<void> {
        if (count > file.size() - done) return flaw("it ends after " + std::to_string(file.size()) + " bytes");
        if (count > 0) std::memcpy(to, file.data() + done, count);
        done += count;
        return {};
    };
    const auto reader = NpyReader::open(source, file.size());
    if (!reader) return tl::unexpected<Flaw>(reader.error());
    return reader->read(limit, unsaid);
}

/// A batch in a .npy: what it takes is in the file.
Fallible<Samples> parse_batch(std::string_view file, const UnsaidType& unsaid) {
    auto array = parse_npy(file, {.elements = std::numeric_limits<int64_t>::max()}, unsaid);
    if (!array) return tl::unexpected<Flaw>(std::move(array.error()));
    if (array->shape().empty())
        return flaw("it holds a single number", "the first axis of an input file counts the samples",
                    "for one sample, save `array[np.newaxis]`");
    return Samples(std::move(*array));
}

}  // namespace

Result<Array> read_npy(const std::filesystem::path& path, const ReadLimit& limit, const Span& origin,
                       const UnsaidType& unsaid) {
    const auto bytes = read_file(path, origin);
    if (!bytes) return failure(bytes.error());
    return read_about(path, origin, [&] { return parse_npy(*bytes, limit, unsaid); });
}

namespace {

Result<void> write_whole(Result<SinkPointer> sink, const Codes& codes) {
    if (!sink) return failure(std::move(sink.error()));
    if (auto written = (*sink)->write(codes); !written) return written;
    return (*sink)->finish();
}

}  // namespace

Result<void> write_npy(const std::filesystem::path& path, const Codes& codes) {
    return write_whole(open_npy_sink(path, {.name = {}, .shape = codes.shape(), .samples = codes.samples()}), codes);
}

Result<void> write_codes(const std::filesystem::path& path, const Codes& codes) {
    return write_whole(open_code_sink(path), codes);
}

Result<Samples> read_samples(const std::filesystem::path& path, const UnsaidType& unsaid) {
    auto bytes = read_file(path);
    if (!bytes) return failure(std::move(bytes.error()));
    if (!is_zip(*bytes)) return read_about(path, {}, [&] { return parse_batch(*bytes, unsaid); });
    const auto archive = NpzFile::of(path, std::move(*bytes));
    if (!archive) return failure(archive.error());
    return read_codes(*archive);
}

}  // namespace dal
