// Outputs in .npz archives. A member lies in one piece, behind its size and checksum: so each waits in a spool.
#include <algorithm>
#include <cstring>

#include "dal/array/double_rows.hpp"
#include "dal/array/npy_header.hpp"
#include "dal/array/sample_sink.hpp"
#include "dal/array/zip_parts.hpp"
#include "dal/support/stream.hpp"

namespace dal {
namespace {

/// An archive that becomes a file or goes to standard output.
class Archive {
  public:
    static Result<Archive> open(const std::filesystem::path& path) {
        if (path == "-") return Archive(OutputStream::standard_output(), {});
        auto stream = OutputStream::open(path);
        if (!stream) return failure(std::move(stream.error()));
        std::filesystem::path near = stream->is_file() ? path : std::filesystem::path();
        return Archive(std::move(*stream), std::move(near));
    }
    [[nodiscard]] Result<Spool> spool() const { return Spool::make(near_); }
    /// A stored member: `head`, then what was spooled.
    Result<void> add(const std::string& name, const std::string& head, Spool* data) {
        uint32_t crc = zip_crc(0, head);
        const auto count = [&](std::string_view piece) -> Result<void> {
            crc = zip_crc(crc, piece);
            return {};
        };
        if (data != nullptr)
            if (auto done = data->for_each_piece(count); !done) return done;
        const uint64_t size = head.size() + (data != nullptr ? data->size() : 0);
        const ZipMember member{.name = name, .bytes = {}, .size = size, .crc = crc, .deflated = false};
        const std::string before = zip_head(member, size, done_, directory_);
        done_ += before.size() + size;
        ++count_;
        if (auto done = stream_.write(before + head); !done) return done;
        const auto copy = [&](std::string_view piece) { return stream_.write(piece); };
        return data != nullptr ? data->for_each_piece(copy) : Result<void>();
    }
    Result<void> finish() {
        if (auto done = stream_.write(zip_end(std::move(directory_), count_, done_)); !done) return done;
        return stream_.finish();
    }

  private:
    Archive(OutputStream stream, std::filesystem::path near) : stream_(std::move(stream)), near_(std::move(near)) {}

    OutputStream stream_;
    std::filesystem::path near_;
    std::string directory_;
    uint64_t count_ = 0;  // of members
    uint64_t done_ = 0;   // bytes
};

/// What the members of one archive share.
struct Members {
    Archive archive;
    size_t left;  ///< to be finished
};

class MemberSink : public SampleSink {
  public:
    MemberSink(std::shared_ptr<Members> members, Spool spool, OutputForm form)
        : members_(std::move(members)), spool_(std::move(spool)), form_(std::move(form)) {}
    Result<void> write(const Codes& part) override {
        buffer_.resize(static_cast<size_t>(part.samples() * part.elements()));
        if (auto done = to_doubles(part, done_, buffer_.data()); !done) return done;
        done_ += part.samples();
        return spool_.write({reinterpret_cast<const char*>(buffer_.data()), buffer_.size() * sizeof(double)});
    }
    Result<void> finish() override {
        const std::string head = npy_preamble(DType::float64, with_samples(done_, form_.shape));
        if (auto done = members_->archive.add(form_.name + ".npy", head, &spool_); !done) return done;
        return --members_->left == 0 ? members_->archive.finish() : Result<void>();
    }

  private:
    std::shared_ptr<Members> members_;
    Spool spool_;
    OutputForm form_;
    int64_t done_ = 0;
    std::vector<double> buffer_;
};

class CodeSink : public SampleSink {
  public:
    CodeSink(Archive archive, Spool spool) : archive_(std::move(archive)), spool_(std::move(spool)) {}
    Result<void> write(const Codes& part) override {
        shape_ = part.shape();
        f_ = part.f();
        limbs_ = static_cast<size_t>(part.limbs());
        done_ += part.samples();
        note_needed(part.words());
        const auto words = part.words();
        return spool_.write({reinterpret_cast<const char*>(words.data()), words.size_bytes()});
    }
    Result<void> finish() override {
        Shape shape = with_samples(done_, shape_);
        if (needed_ > 1) shape.push_back(static_cast<int64_t>(needed_));
        const std::string head = npy_preamble(needed_ > 1 ? DType::uint64 : DType::int64, shape);
        if (needed_ < limbs_)
            if (auto done = cut_words(); !done) return done;
        if (auto done = archive_.add("codes.npy", head, &spool_); !done) return done;
        std::string points = npy_preamble(DType::int32, shape_);
        points.append(reinterpret_cast<const char*>(f_.data()), f_.size() * sizeof(int));
        if (auto done = archive_.add("f.npy", points, nullptr); !done) return done;
        return archive_.finish();
    }

  private:
    /// How many words the widest code needs in two's complement.
    void note_needed(std::span<const uint64_t> words) {
        for (size_t at = 0; at < words.size(); at += limbs_)
            for (size_t limb = limbs_ - 1; limb >= needed_; --limb) {
                const uint64_t sign = (words[at + limb - 1] >> 63) != 0 ? ~uint64_t{0} : 0;
                if (words[at + limb] == sign) continue;
                needed_ = limb + 1;
                break;
            }
    }
    /// Leaves the words that are needed of each code.
    Result<void> cut_words() {
        auto shorter = archive_.spool();
        if (!shorter) return failure(std::move(shorter.error()));
        uint64_t at = 0;  // word
        std::string kept;
        const auto cut = [&](std::string_view piece) {
            kept.clear();
            for (; !piece.empty(); piece.remove_prefix(sizeof(uint64_t)), ++at)
                if (at % limbs_ < needed_) kept += piece.substr(0, sizeof(uint64_t));
            return shorter->write(kept);
        };
        if (auto done = spool_.for_each_piece(cut); !done) return done;
        spool_ = std::move(*shorter);
        return {};
    }

    Archive archive_;
    Spool spool_;
    Shape shape_;
    std::vector<int> f_;
    size_t limbs_ = 1;
    size_t needed_ = 1;
    int64_t done_ = 0;
};

}  // namespace

Result<std::vector<SinkPointer>> open_npz_sinks(const std::filesystem::path& path,
                                                const std::vector<OutputForm>& forms) {
    auto archive = Archive::open(path);
    if (!archive) return failure(std::move(archive.error()));
    const auto members = std::make_shared<Members>(Members{std::move(*archive), forms.size()});
    std::vector<SinkPointer> sinks;
    for (const OutputForm& form : forms) {
        auto spool = members->archive.spool();
        if (!spool) return failure(std::move(spool.error()));
        sinks.push_back(std::make_unique<MemberSink>(members, std::move(*spool), form));
    }
    return sinks;
}

Result<SinkPointer> open_code_sink(const std::filesystem::path& path) {
    auto archive = Archive::open(path);
    if (!archive) return failure(std::move(archive.error()));
    auto spool = archive->spool();
    if (!spool) return failure(std::move(spool.error()));
    return SinkPointer(std::make_unique<CodeSink>(std::move(*archive), std::move(*spool)));
}

}  // namespace dal
