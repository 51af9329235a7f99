// What the C++ interface throws, and the lines that it points at.
#pragma once

#include <source_location>

#include "dal/support/error.hpp"

namespace dal::edsl {
/// The user's line. Every function of the interface takes it last, by default where it is called.
using Location = std::source_location;
}  // namespace dal::edsl
