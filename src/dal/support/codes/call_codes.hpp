// Codes of diagnostics about arguments of functions. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_CALL_CODES(CODE) \
    CODE(bad_einsum, 202, "einsum equation and operands do not agree") \
    CODE(bad_arguments, 206, "arguments do not fit the function")
// clang-format on

DAL_DEFINE_CODES(DAL_CALL_CODES)
