// Files and standard streams, read and written piece by piece: for data that need not fit into memory. A file that dal
// writes is complete or not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dal/support/diagnostic.hpp"

namespace dal {

/// A file descriptor that is closed in the end.
class Descriptor {
  public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    [[nodiscard]] int get() const noexcept { return fd_; }
    /// False, with errno, if the system could not write what it had taken.
    bool close() noexcept;

  private:
    int fd_;
};

/// Whether a path names standard input: /dev/stdin and the like.
bool is_standard_input(const std::filesystem::path& path);
/// A regular file, opened for reading; pipes, devices and folders are refused. Error: cannot_read, at `origin`.
Result<Descriptor> open_regular(const std::filesystem::path& path, const Span& origin = {});

class InputStream {
  public:
    /// Error: cannot_read.
    static Result<InputStream> open(const std::filesystem::path& path);
    static InputStream standard_input();

    /// For messages: the path, or "standard input".
    [[nodiscard]] const std::filesystem::path& name() const noexcept { return name_; }
    /// Bytes of a regular file; nothing for pipes and devices, which end when they end.
    [[nodiscard]] std::optional<uint64_t> size() const noexcept { return size_; }

    // Errors: cannot_read.
    /// The next bytes, which stay there: at least `count`, or all until the end. Valid until the next call.
    Result<std::string_view> peek(size_t count);
    /// Takes `count` of the bytes that `peek` has shown.
    void skip(size_t count) noexcept { begin_ += count; }
    /// Takes `count` bytes; fewer only at the end.
    Result<size_t> read(std::byte* to, size_t count);
    Result<std::string> read_all();

  private:
    InputStream(Descriptor file, std::filesystem::path name);
    Result<size_t> read_some(char* to, size_t count);

    Descriptor file_;
    std::filesystem::path name_;
    std::optional<uint64_t> size_;
    std::string buffer_;  // what was read and not taken: from begin_ to end_
    size_t begin_ = 0;
    size_t end_ = 0;
};

class OutputStream {
  public:
    /// Writes a temporary beside the file, which replaces it in `finish`. A link is followed, a device or a pipe is
    /// written in place. Error: cannot_write.
    static Result<OutputStream> open(const std::filesystem::path& path);
    static OutputStream standard_output();
    OutputStream(OutputStream&& other) noexcept
        : file_(std::move(other.file_)),
          name_(std::move(other.name_)),
          target_(std::move(other.target_)),
          temporary_(std::exchange(other.temporary_, {})),
          mode_(other.mode_) {}
    OutputStream& operator=(OutputStream&&) = delete;
    /// Without `finish`, the file is as it was before.
    ~OutputStream();

    // Errors: cannot_write.
    Result<void> write(std::string_view bytes);
    /// Whether what was written can be written over.
    [[nodiscard]] bool is_file() const noexcept { return !temporary_.empty(); }
    /// Writes over bytes from `offset` on; only if is_file() (checked).
    Result<void> rewrite(uint64_t offset, std::string_view bytes);
    Result<void> finish();

  private:
    OutputStream(Descriptor file, std::filesystem::path name) : file_(std::move(file)), name_(std::move(name)) {}
    [[nodiscard]] tl::unexpected<Diagnostics> refused() const;

    Descriptor file_;
    std::filesystem::path name_;
    std::filesystem::path target_;
    std::string temporary_;  // empty: written in place
    unsigned mode_ = 0;      // permissions of the result
};

/// Bytes that wait for what comes before them: in a file without a name.
class Spool {
  public:
    /// In the folder of `near`, which is to get the result; empty: where the system has temporary files. Error:
    /// cannot_write.
    static Result<Spool> make(const std::filesystem::path& near);

    Result<void> write(std::string_view bytes);
    [[nodiscard]] uint64_t size() const noexcept { return size_; }
    /// Calls `use(piece)` with all that was written, in order, until it fails.
    template <class Use>
    Result<void> for_each_piece(const Use& use) {
        std::string piece(piece_bytes, '\0');
        for (uint64_t at = 0; at < size_;) {
            auto count = read(at, piece);
            if (!count) return failure(std::move(count.error()));
            if (auto used = use(std::string_view(piece).substr(0, *count)); !used) return used;
            at += *count;
        }
        return {};
    }

  private:
    static constexpr size_t piece_bytes = size_t{1} << 20;

    Spool(Descriptor file, std::filesystem::path name) : file_(std::move(file)), name_(std::move(name)) {}
    Result<size_t> read(uint64_t at, std::string& piece) const;

    Descriptor file_;
    std::filesystem::path name_;
    uint64_t size_ = 0;
};

}  // namespace dal
