// Codes of diagnostics about extents and widths. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_SIZE_CODES(CODE) \
    CODE(bad_extent, 209, "extent is not a positive integer") \
    CODE(width_cap, 303, "value is wider than the cap")
// clang-format on

DAL_DEFINE_CODES(DAL_SIZE_CODES)
