#include "dal/array/sample_source.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "dal/array/code_file.hpp"
#include "dal/array/npy_reader.hpp"

namespace dal {
namespace {

constexpr size_t longest_signature = 8;

Result<InputStream> stream_of(const std::filesystem::path& path) {
    if (path == "-") return InputStream::standard_input();
    return InputStream::open(path);
}

/// Exactly `count` bytes.
Fallible<void> read_exactly(InputStream& stream, std::byte* to, size_t count) {
    const auto got = stream.read(to, count);
    if (!got) return flaw(got.error().front().message);
    if (*got < count) return flaw("it ends " + std::to_string(count - *got) + " bytes before its data do");
    return {};
}

/// A flaw of a batch that no shape of a program has.
Flaw single_number() {
    return {"it holds a single number", "the first axis of an input file counts the samples",
            "for one sample, save `array[np.newaxis]`"};
}

/// What is in memory already.
class WholeSource : public SampleSource {
  public:
    explicit WholeSource(Samples samples) : samples_(std::move(samples)), shape_(samples_.shape()) {}
    [[nodiscard]] const Shape& shape() const override { return shape_; }
    [[nodiscard]] std::optional<int64_t> samples() const override { return samples_.samples(); }
    [[nodiscard]] DType type() const override {
        return samples_.array() != nullptr ? samples_.array()->type() : DType::float64;
    }
    Result<Samples> next(int64_t count) override {
        const int64_t first = std::exchange(done_, std::min(samples_.samples(), done_ + count));
        if (first == 0 && done_ == samples_.samples()) return samples_;
        return samples_.slice(first, done_ - first);
    }

  private:
    Samples samples_;
    Shape shape_;
    int64_t done_ = 0;
};

/// A .npy in row-major order, from wherever `Bytes` reads it.
template <class Bytes>
class NpySource : public SampleSource {
  public:
    explicit NpySource(Bytes bytes) : bytes_(std::move(bytes)) {}
    /// To be called once, before anything else.
    Fallible<void> open() {
        auto reader = NpyReader::open(source_, bytes_.size());
        if (!reader) return tl::unexpected<Flaw>(std::move(reader.error()));
        reader_.emplace(std::move(*reader));
        const NpyHeader& header = reader_->header();
        if (header.shape.empty()) return tl::unexpected<Flaw>(single_number());
        shape_.assign(header.shape.begin() + 1, header.shape.end());
        return {};
    }
    /// Whether it has to be read as a whole.
    [[nodiscard]] bool is_fortran() const {
        return reader_->header().fortran_order && reader_->header().shape.size() > 1 && reader_->elements() > 0;
    }
    Fallible<Samples> read_whole() {
        auto array = reader_->read({.elements = std::numeric_limits<int64_t>::max()});
        if (!array) return tl::unexpected<Flaw>(std::move(array.error()));
        return Samples(std::move(*array));
    }

    [[nodiscard]] const Shape& shape() const override { return shape_; }
    [[nodiscard]] std::optional<int64_t> samples() const override { return reader_->header().shape.front(); }
    [[nodiscard]] DType type() const override { return reader_->header().type; }
    Result<Samples> next(int64_t count) override {
        const int64_t all = reader_->header().shape.front();
        const int64_t first = std::exchange(done_, std::min(all, done_ + count));
        return read_about(bytes_.name(), {}, [&]() -> Fallible<Samples> {
            auto array = reader_->next(done_ - first);
            if (!array) return tl::unexpected<Flaw>(std::move(array.error()));
            if (done_ == all && !std::exchange(finished_, true))
                if (auto end = bytes_.finish(); !end) return tl::unexpected<Flaw>(std::move(end.error()));
            return Samples(std::move(*array));
        });
    }
    [[nodiscard]] std::filesystem::path name() const { return bytes_.name(); }

  private:
    Bytes bytes_;
    ByteSource source_ = [this](std::byte* to, size_t count) { return bytes_.read(to, count); };
    std::optional<NpyReader> reader_;
    Shape shape_;
    int64_t done_ = 0;
    bool finished_ = false;
};

struct StreamBytes {
    InputStream stream;

    [[nodiscard]] uint64_t size() const { return stream.size().value_or(NpyReader::unknown_size); }
    [[nodiscard]] std::filesystem::path name() const { return stream.name(); }
    Fallible<void> read(std::byte* to, size_t count) { return read_exactly(stream, to, count); }
    Fallible<void> finish() {
        const auto more = stream.peek(1);
        if (!more) return flaw(more.error().front().message);
        return more->empty() ? Fallible<void>() : flaw("it goes on after its data");
    }
};

struct MemberBytes {
    NpzFile archive;  // which the member is in
    const ZipMember* member;
    ZipStream stream;

    MemberBytes(NpzFile file, const std::string& name)
        : archive(std::move(file)), member(&archive.members().at(name)), stream(*member) {}
    MemberBytes(MemberBytes&&) = default;
    [[nodiscard]] uint64_t size() const { return member->size; }
    [[nodiscard]] std::filesystem::path name() const { return archive.path(); }
    static Fallible<void> in_member(const ZipMember& member, Fallible<void> result) {
        if (!result) result.error().fact = "member `" + member.name + "`: " + result.error().fact;
        return result;
    }
    Fallible<void> read(std::byte* to, size_t count) { return in_member(*member, stream.read(to, count)); }
    Fallible<void> finish() { return in_member(*member, stream.finish()); }
};

template <class Bytes>
Result<SourcePointer> open_npy(Bytes bytes) {
    auto source = std::make_unique<NpySource<Bytes>>(std::move(bytes));
    return read_about(source->name(), {}, [&]() -> Fallible<SourcePointer> {
        if (auto opened = source->open(); !opened) return tl::unexpected<Flaw>(std::move(opened.error()));
        if (!source->is_fortran()) return SourcePointer(std::move(source));
        auto whole = source->read_whole();
        if (!whole) return tl::unexpected<Flaw>(std::move(whole.error()));
        return SourcePointer(std::make_unique<WholeSource>(std::move(*whole)));
    });
}

/// Numbers without a header.
class RawSource : public SampleSource {
  public:
    RawSource(InputStream stream, const InputForm& form, DType type)
        : stream_(std::move(stream)),
          shape_(form.shape),
          type_(type),
          bytes_(static_cast<size_t>(element_count(shape_)) * item_size(type)) {}
    [[nodiscard]] const Shape& shape() const override { return shape_; }
    [[nodiscard]] std::optional<int64_t> samples() const override {
        if (!stream_.size()) return std::nullopt;
        return static_cast<int64_t>(*stream_.size() / std::max<size_t>(1, bytes_));
    }
    [[nodiscard]] DType type() const override { return type_; }
    /// A flaw if the bytes are no whole number of samples.
    [[nodiscard]] Fallible<void> whole(uint64_t size) const {
        if (bytes_ == 0) return flaw("samples of shape " + to_string(shape_) + " have no bytes to be read");
        if (size % bytes_ == 0) return {};
        return flaw("it has " + std::to_string(size) + " bytes, which is no whole number of samples",
                    "a sample of shape " + to_string(shape_) + " of " + std::string(to_string(type_)) + " has " +
                        std::to_string(bytes_));
    }
    Result<Samples> next(int64_t count) override {
        return read_about(stream_.name(), {}, [&]() -> Fallible<Samples> {
            std::vector<std::byte> bytes;
            const bool is_vast = static_cast<uint64_t>(count) > SIZE_MAX / bytes_;
            const size_t wanted = is_vast ? SIZE_MAX : static_cast<size_t>(count) * bytes_;
            while (bytes.size() < wanted) {  // as far as there are any
                constexpr size_t piece = size_t{1} << 24;
                const size_t before = bytes.size();
                bytes.resize(std::min(wanted, before + piece));
                const auto got = stream_.read(bytes.data() + before, bytes.size() - before);
                if (!got) return flaw(got.error().front().message);
                const bool is_end = before + *got < bytes.size();
                bytes.resize(before + *got);
                if (is_end) break;
            }
            done_ += bytes.size();
            if (auto fits = whole(done_); !fits) return tl::unexpected<Flaw>(std::move(fits.error()));
            Shape shape{static_cast<int64_t>(bytes.size() / bytes_)};
            shape.insert(shape.end(), shape_.begin(), shape_.end());
            return Samples(Array(std::move(shape), type_, std::move(bytes)));
        });
    }
    [[nodiscard]] const InputStream& stream() const { return stream_; }

  private:
    InputStream stream_;
    Shape shape_;
    DType type_;
    size_t bytes_;       // of a sample
    uint64_t done_ = 0;  // bytes
};

/// The member of an archive that is for an input; nothing if it holds codes.
Fallible<std::optional<std::string>> member_for(const NpzFile& archive, const std::string& name) {
    const auto& members = archive.members();
    if (members.size() == 2 && members.contains("codes") && members.contains("f")) return std::nullopt;
    if (members.contains(name)) return std::optional(name);
    const bool is_half = members.contains("codes") || members.contains("f");  // of a file of codes
    if (members.size() == 1 && !is_half) return std::optional(members.begin()->first);
    std::string names;
    constexpr size_t most = 8;
    size_t listed = 0;
    for (const auto& [member, bytes] : members) {
        if (listed == most) names += ", ...";
        if (listed++ >= most) break;
        names += (names.empty() ? "`" : ", `") + member + "`";
    }
    return flaw("it holds " + (names.empty() ? "no arrays" : names) + ", and no `" + name + "`",
                "an .npz gives an input the member with its name, its only one, or codes (`codes` and `f`)");
}

}  // namespace

Result<SourcePointer> open_samples(const NpzFile& archive, const InputForm& form) {
    auto member = read_about(archive.path(), {}, [&] { return member_for(archive, form.name); });
    if (!member) return failure(std::move(member.error()));
    if (*member) return open_npy(MemberBytes(archive, **member));
    auto codes = read_codes(archive);
    if (!codes) return failure(std::move(codes.error()));
    return SourcePointer(std::make_unique<WholeSource>(std::move(*codes)));
}

Result<SourcePointer> open_samples(const std::filesystem::path& path, const InputForm& form) {
    auto stream = stream_of(path);
    if (!stream) return failure(std::move(stream.error()));
    const auto start = stream->peek(longest_signature);
    if (!start) return failure(start.error());
    if (is_zip(*start)) {
        auto bytes = stream->read_all();
        if (!bytes) return failure(std::move(bytes.error()));
        const auto archive = NpzFile::of(stream->name(), std::move(*bytes));
        if (!archive) return failure(archive.error());
        return open_samples(*archive, form);
    }
    // What is not named as a text is taken for an array, and refused if it is none.
    const bool is_text = path.extension() == ".csv" || (path == "-" && !start->starts_with('\x93'));
    if (is_text) return open_csv(std::move(*stream), form);
    return open_npy(StreamBytes{std::move(*stream)});
}

Result<SourcePointer> open_raw_samples(const std::filesystem::path& path, const InputForm& form, DType type) {
    auto stream = stream_of(path);
    if (!stream) return failure(std::move(stream.error()));
    auto source = std::make_unique<RawSource>(std::move(*stream), form, type);
    return read_about(source->stream().name(), {}, [&]() -> Fallible<SourcePointer> {
        if (auto fits = source->whole(source->stream().size().value_or(0)); !fits)
            return tl::unexpected<Flaw>(std::move(fits.error()));
        return SourcePointer(std::move(source));
    });
}

std::optional<DType> type_named(std::string_view name) {
    for (int type = 0; type <= static_cast<int>(DType::float_extended); ++type)
        if (to_string(static_cast<DType>(type)) == name) return static_cast<DType>(type);
    return std::nullopt;
}

Result<Samples> read_rest(SampleSource& source) {
    return source.next(std::max<int64_t>(1, source.samples().value_or(std::numeric_limits<int64_t>::max())));
}

}  // namespace dal
