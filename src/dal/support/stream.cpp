#include "dal/support/stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "dal/support/check.hpp"
#include "dal/support/cleanup.hpp"
#include "dal/support/codes/file_codes.hpp"

namespace dal {
namespace {

std::string reason() { return std::strerror(errno); }

tl::unexpected<Diagnostics> cannot(const Code& code, const char* what, const std::filesystem::path& path,
                                   const std::string& why) {
    return failure(error(code, {}, std::string("cannot ") + what + " `" + path.string() + "`: " + why));
}

/// Where a path leads after its links, even if nothing is there yet.
std::filesystem::path final_target(std::filesystem::path path) {
    constexpr int most_links = 40;  // as the kernel; a longer chain fails when it is opened
    std::error_code error;
    for (int j = 0; j < most_links && std::filesystem::is_symlink(path, error); ++j)
        path = path.parent_path() / std::filesystem::read_symlink(path, error);
    return path;
}

/// mkstemp of a registered file.
int make_temporary(std::string& name) {
    const CleanUpHeldOff until_registered;
    const int fd = ::mkstemp(name.data());
    if (fd >= 0) register_temporary(name);
    return fd;
}

void discard(const std::string& temporary) {
    ::unlink(temporary.c_str());
    unregister_temporary(temporary);
}

/// False, with errno, if not all could be written.
bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
}

unsigned default_mode() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return 0666 & ~mask;
}

std::string kind_of_file(mode_t mode) {
    if (S_ISDIR(mode)) return "a directory";
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

}  // namespace

Descriptor::~Descriptor() { close(); }

bool Descriptor::close() noexcept {
    const int fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0;
}

InputStream::InputStream(Descriptor file, std::filesystem::path name) : file_(std::move(file)), name_(std::move(name)) {
    struct stat info{};
    if (::fstat(file_.get(), &info) == 0 && S_ISREG(info.st_mode)) {
        // Standard input may have been read in part by somebody else.
        const auto at = std::max<off_t>(0, ::lseek(file_.get(), 0, SEEK_CUR));
        size_ = static_cast<uint64_t>(std::max<off_t>(0, info.st_size - at));
    }
}

bool is_standard_input(const std::filesystem::path& path) {
    return path == "/dev/stdin" || path == "/dev/fd/0" || path == "/proc/self/fd/0";
}

Result<Descriptor> open_regular(const std::filesystem::path& path, const Span& origin) {
    const auto fail = [&](const std::string& why) {
        return error(code::cannot_read, origin, "cannot read `" + path.string() + "`: " + why);
    };
    // Opening a pipe would wait for its other end.
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat info{};
    if (file.get() < 0 || ::fstat(file.get(), &info) != 0) return failure(fail(reason()));
    if (S_ISREG(info.st_mode)) return file;
    Diagnostic d = fail("it is " + kind_of_file(info.st_mode));
    if (!S_ISDIR(info.st_mode)) d.rules.emplace_back("regular files are read, and standard input, `/dev/stdin`");
    return failure(std::move(d));
}

Result<InputStream> InputStream::open(const std::filesystem::path& path) {
    if (is_standard_input(path)) return standard_input();
    auto file = open_regular(path);
    if (!file) return failure(std::move(file.error()));
    return InputStream(std::move(*file), path);
}

InputStream InputStream::standard_input() { return {Descriptor(::dup(STDIN_FILENO)), "standard input"}; }

Result<size_t> InputStream::read_some(char* to, size_t count) {
    for (;;) {
        const ssize_t n = ::read(file_.get(), to, count);
        if (n >= 0) return static_cast<size_t>(n);
        if (errno != EINTR) return cannot(code::cannot_read, "read", name_, reason());
    }
}

Result<std::string_view> InputStream::peek(size_t count) {
    while (end_ - begin_ < count) {
        buffer_.erase(0, begin_);
        end_ -= std::exchange(begin_, 0);
        constexpr size_t least = size_t{1} << 16;
        if (buffer_.size() < std::max(count, end_ + least)) buffer_.resize(std::max(count, end_ + least));
        const auto got = read_some(buffer_.data() + end_, buffer_.size() - end_);
        if (!got) return failure(got.error());
        if (*got == 0) break;
        end_ += *got;
    }
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
}

Result<size_t> InputStream::read(std::byte* to, size_t count) {
    size_t done = std::min(count, end_ - begin_);
    if (done > 0) std::memcpy(to, buffer_.data() + begin_, done);
    begin_ += done;
    while (done < count) {
        const auto got = read_some(reinterpret_cast<char*>(to) + done, count - done);
        if (!got) return got;
        if (*got == 0) break;
        done += *got;
    }
    return done;
}

Result<std::string> InputStream::read_all() {
    std::string all;
    try {
        if (size_) all.reserve(*size_);
        for (;;) {
            constexpr size_t piece = size_t{1} << 16;
            const auto bytes = peek(piece);
            if (!bytes) return failure(bytes.error());
            if (bytes->empty()) return all;
            all += *bytes;
            skip(bytes->size());
        }
    } catch (const std::exception&) {  // bad_alloc, length_error: a sparse file may claim any size
        return cannot(code::cannot_read, "read", name_, "its bytes are more than memory holds");
    }
}

Result<OutputStream> OutputStream::open(const std::filesystem::path& path) {
    // A file that is replaced keeps its permissions, and is not replaced if they forbid writing.
    std::filesystem::path target = final_target(path);
    struct stat info{};
    const bool exists = ::stat(target.c_str(), &info) == 0;
    if (exists && ::access(target.c_str(), W_OK) != 0) return cannot(code::cannot_write, "write", path, reason());
    if (exists && !S_ISREG(info.st_mode)) {
        Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (file.get() < 0) return cannot(code::cannot_write, "write", path, reason());
        return OutputStream(std::move(file), path);
    }
    std::string temporary = (target.parent_path() / ".dal.XXXXXX").string();  // a name that is never too long
    Descriptor file(make_temporary(temporary));
    if (file.get() < 0) return cannot(code::cannot_write, "write", path, reason());
    OutputStream stream(std::move(file), path);
    stream.target_ = std::move(target);
    stream.temporary_ = std::move(temporary);
    stream.mode_ = exists ? info.st_mode & 07777U : default_mode();
    return stream;
}

OutputStream OutputStream::standard_output() { return {Descriptor(::dup(STDOUT_FILENO)), "standard output"}; }

OutputStream::~OutputStream() {
    if (!temporary_.empty()) discard(temporary_);
}

tl::unexpected<Diagnostics> OutputStream::refused() const {
    return cannot(code::cannot_write, "write", name_, reason());
}

Result<void> OutputStream::write(std::string_view bytes) {
    if (!write_all(file_.get(), bytes)) return refused();
    return {};
}

Result<void> OutputStream::rewrite(uint64_t offset, std::string_view bytes) {
    DAL_CHECK(is_file(), "only a file can be written over");
    const off_t end = ::lseek(file_.get(), 0, SEEK_CUR);
    if (end < 0 || ::lseek(file_.get(), static_cast<off_t>(offset), SEEK_SET) < 0 || !write_all(file_.get(), bytes) ||
        ::lseek(file_.get(), end, SEEK_SET) < 0)
        return refused();
    return {};
}

Result<void> OutputStream::finish() {
    if (!is_file()) return file_.close() ? Result<void>() : refused();
    if (::fchmod(file_.get(), mode_) != 0 || !file_.close() || ::rename(temporary_.c_str(), target_.c_str()) != 0)
        return refused();
    unregister_temporary(std::exchange(temporary_, {}));
    return {};
}

Result<Spool> Spool::make(const std::filesystem::path& near) {
    std::error_code ignored;
    const std::filesystem::path folder =
        near.empty() ? std::filesystem::temp_directory_path(ignored) : final_target(near).parent_path();
    std::string name = (folder / ".dal.XXXXXX").string();
    Descriptor file(make_temporary(name));
    if (file.get() < 0) return cannot(code::cannot_write, "write", name, reason());
    discard(name);  // the file stays as long as it is open
    return Spool(std::move(file), std::move(name));
}

Result<void> Spool::write(std::string_view bytes) {
    if (!write_all(file_.get(), bytes)) return cannot(code::cannot_write, "write", name_, reason());
    size_ += bytes.size();
    return {};
}

Result<size_t> Spool::read(uint64_t at, std::string& piece) const {
    const auto count = static_cast<size_t>(std::min<uint64_t>(piece.size(), size_ - at));
    for (size_t done = 0; done < count;) {
        const ssize_t n = ::pread(file_.get(), piece.data() + done, count - done, static_cast<off_t>(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return cannot(code::cannot_read, "read", name_, n == 0 ? "it is shorter than it was" : reason());
        done += static_cast<size_t>(n);
    }
    return count;
}

}  // namespace dal
