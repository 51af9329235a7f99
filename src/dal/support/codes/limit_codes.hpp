// Codes of diagnostics about limits of what is computed. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_LIMIT_CODES(CODE) \
    CODE(program_too_large, 210, "program is too large") \
    CODE(calls_too_deep, 214, "calls are nested too deep")
// clang-format on

DAL_DEFINE_CODES(DAL_LIMIT_CODES)
