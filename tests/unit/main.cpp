#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "unit/source_tree.hpp"

namespace dal::test {

std::filesystem::path source_tree() { return DAL_SOURCE_DIR; }

}  // namespace dal::test
