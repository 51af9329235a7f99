// manifest.json: what a program that drives a design must know. Format: docs/rtl.md.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dal/emit/design.hpp"

namespace dal::emit {

inline constexpr std::string_view manifest_name = "manifest.json";

/// The text of the manifest; lists design.files and itself.
std::string manifest_text(const Design& design);

/// SHA-256 of the names and contents of all files but the manifest.
std::string digest_of(const Design& design);

/// In what a design differs from one that a manifest describes, one line each: nothing if their digests are equal.
/// Without any line that says why, the files differ. Nothing at all if the text is no manifest with a digest.
std::optional<std::vector<std::string>> differences(std::string_view manifest, const Design& design);

/// The files listed in the text of a manifest that dal wrote; nothing if it is none.
std::optional<std::set<std::string>> files_in_manifest(std::string_view text);

}  // namespace dal::emit
