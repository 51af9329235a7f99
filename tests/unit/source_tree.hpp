// Where the sources are, for tests that read examples and goldens.
#pragma once

#include <filesystem>

namespace dal::test {

/// The root of the checkout.
std::filesystem::path source_tree();

}  // namespace dal::test
