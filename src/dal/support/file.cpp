#include "dal/support/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "dal/support/cleanup.hpp"
#include "dal/support/codes/file_codes.hpp"

namespace dal {
namespace {

std::string reason() { return std::strerror(errno); }

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

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, const Span& origin) {
    const auto fail = [&](const std::string& why) {
        return failure(error(code::cannot_read, origin, "cannot read `" + path.string() + "`: " + why));
    };
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(reason());
    struct stat info{};
    if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        ::close(fd);
        return fail("it is a directory");
    }
    std::string bytes;
    try {
        if (info.st_size > 0) bytes.reserve(static_cast<size_t>(info.st_size));
        char buffer[1 << 16];
        for (;;) {
            const ssize_t n = ::read(fd, buffer, sizeof buffer);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) {
                const std::string why = reason();
                ::close(fd);
                return fail(why);
            }
            if (n == 0) break;
            bytes.append(buffer, static_cast<size_t>(n));
        }
    } catch (const std::exception&) {  // bad_alloc, length_error: a sparse file may claim any size
        ::close(fd);
        return fail("its " + std::to_string(info.st_size) + " bytes are more than memory holds");
    }
    ::close(fd);
    return bytes;
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
    const auto fail = [&](const std::string& why) {
        return failure(error(code::cannot_write, {}, "cannot write `" + path.string() + "`: " + why));
    };
    // A link is followed, so that it stays a link; a device or a pipe is written in place. A file that is
    // replaced keeps its permissions, and is not replaced if they forbid writing.
    const std::filesystem::path target = final_target(path);
    struct stat info{};
    const bool exists = ::stat(target.c_str(), &info) == 0;
    if (exists && ::access(target.c_str(), W_OK) != 0) return fail(reason());
    const bool in_place = exists && !S_ISREG(info.st_mode);
    std::string temporary = (target.parent_path() / ".dal.XXXXXX").string();  // a name that is never too long
    const int fd = in_place ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC) : make_temporary(temporary);
    if (fd < 0) return fail(reason());
    const auto abandon = [&] {
        const std::string why = reason();
        ::close(fd);
        if (!in_place) discard(temporary);
        return fail(why);
    };
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return abandon();
        bytes.remove_prefix(static_cast<size_t>(n));
    }
    if (in_place) return ::close(fd) == 0 ? Result<void>() : fail(reason());
    mode_t mode = info.st_mode & 07777;
    if (!exists) {
        const mode_t mask = ::umask(0);
        ::umask(mask);
        mode = 0666 & ~mask;
    }
    if (::fchmod(fd, mode) != 0) return abandon();
    if (::close(fd) != 0 || ::rename(temporary.c_str(), target.c_str()) != 0) {
        const std::string why = reason();
        discard(temporary);
        return fail(why);
    }
    unregister_temporary(temporary);
    return {};
}

Result<TemporaryDirectory> TemporaryDirectory::make(const std::filesystem::path& near) {
    std::error_code ignored;
    const std::filesystem::path parent = near.empty() ? std::filesystem::temp_directory_path(ignored)
                                                      : std::filesystem::absolute(near).lexically_normal();
    std::string name =
        (near.empty() ? parent / "dal.XXXXXX" : std::filesystem::path(parent.string() + ".XXXXXX")).string();
    const CleanUpHeldOff until_registered;
    if (::mkdtemp(name.data()) == nullptr)
        return failure(
            error(code::cannot_write, {}, "cannot make a directory beside `" + parent.string() + "`: " + reason()));
    register_temporary(name);
    return TemporaryDirectory(std::filesystem::path(name));
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
    if (path_.empty()) return;
    std::error_code ignored;  // nothing useful can be done about a leftover temporary
    std::filesystem::remove_all(path_, ignored);
    unregister_temporary(path_);
}

Result<CreatedDirectories> CreatedDirectories::make(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    std::vector<fs::path> missing;  // deepest first
    std::error_code failed;
    for (fs::path at = path; !at.empty() && !fs::exists(at, failed) && at != at.parent_path(); at = at.parent_path())
        missing.push_back(at);
    CreatedDirectories made;
    for (; !missing.empty(); missing.pop_back()) {
        const CleanUpHeldOff until_registered;
        if (!fs::create_directory(missing.back(), failed)) {
            if (failed)
                return failure(error(code::cannot_write, {},
                                     "cannot make `" + missing.back().string() + "`: " + failed.message()));
            continue;  // somebody else made it meanwhile
        }
        made.paths_.push_back(missing.back());
        register_created_directory(missing.back());
    }
    return made;
}

CreatedDirectories::CreatedDirectories(CreatedDirectories&& other) noexcept : paths_(std::exchange(other.paths_, {})) {}

CreatedDirectories& CreatedDirectories::operator=(CreatedDirectories&& other) noexcept {
    std::swap(paths_, other.paths_);
    return *this;
}

CreatedDirectories::~CreatedDirectories() {
    std::error_code ignored;  // not empty: it stays
    for (auto path = paths_.rbegin(); path != paths_.rend(); ++path) std::filesystem::remove(*path, ignored);
    keep();
}

void CreatedDirectories::keep() noexcept {
    for (const std::filesystem::path& path : paths_) unregister_created_directory(path);
    paths_.clear();
}

}  // namespace dal
