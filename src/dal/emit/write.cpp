#include "dal/emit/write.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>

#include "dal/emit/manifest.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/ownership.hpp"

namespace dal::emit {
namespace {

namespace fs = std::filesystem;

/// What is at the destination now.
struct Occupancy {
    bool exists = false;
    std::set<std::string> ours;    // listed in the manifest, and there
    std::set<std::string> others;  // all else
};

tl::unexpected<Diagnostics> cannot_write(const fs::path& path, const std::string& why) {
    return failure(error(code::cannot_write, {}, "cannot write `" + path.string() + "`: " + why));
}

/// Whether the directory must stay the one that it is: a mount point, or above the place where somebody works.
bool is_fixed(const fs::path& directory) {
    struct stat own{};
    struct stat parent{};
    if (::stat(directory.c_str(), &own) != 0) return false;
    if (::stat((directory / "..").c_str(), &parent) == 0 && parent.st_dev != own.st_dev) return true;
    std::error_code failed;
    const fs::path here = fs::current_path(failed);
    const auto [end, at] = std::mismatch(directory.begin(), directory.end(), here.begin(), here.end());
    return !failed && end == directory.end();
}

/// `staging`: a directory of ours in it, which does not count.
Result<Occupancy> look_at(const fs::path& destination, const Design& design, const fs::path& staging = {}) {
    Occupancy result;
    std::error_code failed;
    const fs::file_status status = fs::status(destination, failed);
    if (!fs::exists(status)) return result;
    if (!fs::is_directory(status)) return cannot_write(destination, "it exists and is not a directory");
    result.exists = true;
    std::set<std::string> listed;
    if (fs::exists(destination / manifest_name, failed)) {
        auto text = read_file(destination / manifest_name);
        if (!text) return failure(std::move(text.error()));
        listed = files_in_manifest(*text).value_or(std::set<std::string>{});
    }
    for (fs::directory_iterator it(destination, failed), end; !failed && it != end; it.increment(failed)) {
        if (it->path() == staging) continue;
        const std::string name = it->path().filename().string();
        const bool plain = it->is_regular_file(failed) && !it->is_symlink(failed);
        (plain && listed.contains(name) ? result.ours : result.others).insert(name);
    }
    if (failed) return cannot_write(destination, failed.message());
    const char* help = "give a directory that is empty, does not exist, or was made by `dal build`";
    if (!result.others.empty() && listed.empty())
        return failure(
            error(code::cannot_write, {},
                  "`" + destination.string() + "` holds `" + *result.others.begin() + "` and was not made by dal")
                .with_rule("an output directory is replaced only if a manifest says that dal made it")
                .with_help(help));
    for (const auto& [name, content] : design.files)
        if (result.others.contains(name))
            return failure(error(code::cannot_write, {},
                                 "`" + (destination / name).string() + "` is in the way and was not made by dal")
                               .with_rule("only files that the manifest lists are replaced")
                               .with_help(help));
    return result;
}

}  // namespace

Result<StagedDesign> StagedDesign::stage(const Design& design, const fs::path& destination) {
    std::error_code failed;
    fs::path target = fs::absolute(destination, failed).lexically_normal();
    if (!target.has_filename()) target = target.parent_path();
    // A link to a directory stays a link.
    if (fs::is_directory(target, failed)) target = fs::canonical(target, failed);
    // A fixed directory is filled, from a place on its own file system.
    const bool fixed = is_fixed(target);
    const fs::path beside = fixed ? target / "staging" : target;
    remove_abandoned(beside);  // what a killed build left in a fixed directory is nothing of somebody else's
    if (auto occupancy = look_at(target, design); !occupancy) return failure(std::move(occupancy.error()));
    auto parents = CreatedDirectories::make(target.parent_path());
    if (!parents) return failure(std::move(parents.error()));
    auto directory = TemporaryDirectory::make(beside);
    if (!directory) return failure(std::move(directory.error()));
    for (const auto& [name, content] : design.files)
        if (auto written = write_file(directory->path() / name, content); !written)
            return failure(std::move(written.error()));
    return StagedDesign(std::move(target), std::move(*parents), std::move(*directory), fixed);
}

Result<void> StagedDesign::update_manifest(const Design& design) {
    return write_file(path() / manifest_name, design.files.at(std::string(manifest_name)));
}

Result<void> StagedDesign::publish() {
    Design files;
    std::error_code failed;
    for (fs::directory_iterator it(path(), failed), end; !failed && it != end; it.increment(failed))
        files.files[it->path().filename().string()];
    if (failed) return cannot_write(destination_, failed.message());
    // Again, and not from the time of staging: a simulation may have run in between.
    auto occupancy = look_at(destination_, files, directory_.place());
    if (!occupancy) return failure(std::move(occupancy.error()));
    parents_.keep();
    if (occupancy->others.empty() && !fixed_) {
        // An exchange leaves the old files in the temporary directory, which is then removed.
        const bool exchange = occupancy->exists && !occupancy->ours.empty();
        if (::renameat2(AT_FDCWD, path().c_str(), AT_FDCWD, destination_.c_str(), exchange ? RENAME_EXCHANGE : 0) == 0)
            return {};
        if (!exchange && ::rename(path().c_str(), destination_.c_str()) == 0) return {};
        if (!exchange) return cannot_write(destination_, std::strerror(errno));
    }
    // The manifest first: whatever happens then, all our files are known as ours.
    const auto move = [&](const std::string& name) { fs::rename(path() / name, destination_ / name, failed); };
    move(std::string(manifest_name));
    for (const auto& [name, content] : files.files)
        if (!failed && name != manifest_name) move(name);
    for (const std::string& name : occupancy->ours)
        if (!failed && !files.files.contains(name)) fs::remove(destination_ / name, failed);
    if (failed) return cannot_write(destination_, failed.message());
    return {};
}

Result<void> write_design(const Design& design, const fs::path& destination) {
    auto staged = StagedDesign::stage(design, destination);
    if (!staged) return failure(std::move(staged.error()));
    return staged->publish();
}

}  // namespace dal::emit
