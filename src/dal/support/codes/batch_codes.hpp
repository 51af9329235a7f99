// Codes of diagnostics about input data. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_BATCH_CODES(CODE) \
    CODE(bad_sample, 502, "an input value is not one the program accepts") \
    CODE(bad_batch, 503, "input data does not fit the program")
// clang-format on

DAL_DEFINE_CODES(DAL_BATCH_CODES)
