// Codes of diagnostics about what a run gives. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_RESULT_CODES(CODE) \
    CODE(inexact_output, 501, "an output value has no exact float64") \
    CODE(jit_failed, 504, "the code generator refused the program") \
    CODE(expectation_failed, 505, "an expectation of a test does not hold")
// clang-format on

DAL_DEFINE_CODES(DAL_RESULT_CODES)
