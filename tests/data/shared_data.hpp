// Where the data is that is not part of the project; tests that use it are skipped where it is not.
#pragma once

#include <filesystem>

namespace dal::testing {

/// $DAL_SHARED_DATA, or the folder beside the checkout; it need not exist.
std::filesystem::path shared_data();

}  // namespace dal::testing
