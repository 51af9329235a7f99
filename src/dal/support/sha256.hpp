// SHA-256 (FIPS 180-4): names contents, as `sha256sum` does.
#pragma once

#include <string>
#include <string_view>

namespace dal {

/// 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace dal
