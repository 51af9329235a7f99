// Codes of diagnostics about values that are not of the kind that is needed. support/codes/define.hpp says how codes
// are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_KIND_CODES(CODE) \
    CODE(wrong_kind, 207, "value is of the wrong kind")
// clang-format on

DAL_DEFINE_CODES(DAL_KIND_CODES)
