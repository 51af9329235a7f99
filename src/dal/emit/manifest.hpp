// manifest.json: what a program that drives a design must know. Format: docs/rtl.md.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "dal/emit/design.hpp"

namespace dal::emit {

inline constexpr std::string_view manifest_name = "manifest.json";

/// The text of the manifest; lists design.files and itself.
std::string manifest_text(const Design& design);

/// The files listed in the text of a manifest that dal wrote; nothing if it is none.
std::optional<std::set<std::string>> files_in_manifest(std::string_view text);

}  // namespace dal::emit
