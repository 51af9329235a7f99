#include "dal/support/resources.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace dal {

TEST_CASE("resources are found in the source tree, or where the environment says") {
    CHECK(std::filesystem::exists(resource_directory("runtime") / "verilator_harness.cpp"));
    ::setenv("DAL_RUNTIME", "/some/place", 1);
    CHECK(resource_directory("runtime") == "/some/place");
    ::unsetenv("DAL_RUNTIME");
    CHECK(resource_directory("no_such_thing").filename() == "no_such_thing");
}

}  // namespace dal
