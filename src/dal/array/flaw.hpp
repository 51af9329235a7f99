// What is wrong with the bytes of an array file, before it is known which file and member they are from. Only for the
// readers in this folder, which make diagnostics of it.
#pragma once

#include <filesystem>
#include <new>
#include <string>
#include <tl/expected.hpp>

#include "dal/support/diagnostic.hpp"

namespace dal {

struct Flaw {
    std::string fact;
    std::string rule{};
    std::string help{};
};

template <class T>
using Fallible = tl::expected<T, Flaw>;

inline tl::unexpected<Flaw> flaw(std::string fact, std::string rule = {}, std::string help = {}) {
    return tl::unexpected<Flaw>({std::move(fact), std::move(rule), std::move(help)});
}

/// bad_array_file, at `origin`.
Diagnostics about_file(const std::filesystem::path& path, const Span& origin, const Flaw& flaw);

/// What `read()` gives; its flaw, or memory that runs out, becomes a diagnostic about the file.
template <class Read>
auto read_about(const std::filesystem::path& path, const Span& origin, const Read& read)
    -> Result<std::decay_t<decltype(*read())>> {
    try {
        auto result = read();
        if (!result) return failure(about_file(path, origin, result.error()));
        return std::move(*result);
    } catch (const std::bad_alloc&) {
        return failure(about_file(path, origin, {"its arrays need more memory than there is"}));
    }
}

}  // namespace dal
