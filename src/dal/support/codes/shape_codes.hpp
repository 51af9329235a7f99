// Codes of diagnostics about shapes. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_SHAPE_CODES(CODE) \
    CODE(bad_shape, 203, "shapes do not agree")
// clang-format on

DAL_DEFINE_CODES(DAL_SHAPE_CODES)
