// Codes of diagnostics about real numbers. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_REAL_CODES(CODE) \
    CODE(real_in_arithmetic, 301, "arithmetic on an unquantized real value") \
    CODE(real_output, 302, "an output is an unquantized real value") \
    CODE(division_by_zero, 306, "division by zero") \
    CODE(undefined_value, 309, "function is not defined there") \
    CODE(cannot_decide, 310, "cannot decide how a real number is rounded") \
    CODE(unquantized_constant, 311, "real constant meets a variable unquantized")
// clang-format on

DAL_DEFINE_CODES(DAL_REAL_CODES)
