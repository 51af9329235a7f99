// Codes of diagnostics about constants. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_CONSTANT_CODES(CODE) \
    CODE(not_constant, 305, "a constant is needed") \
    CODE(bad_constant, 307, "constant is not a number, or out of range") \
    CODE(not_dyadic, 308, "constant is not a multiple of a power of two")
// clang-format on

DAL_DEFINE_CODES(DAL_CONSTANT_CODES)
