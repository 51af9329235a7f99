// Codes of diagnostics about whole programs and their modules. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_PROGRAM_CODES(CODE) \
    CODE(module_not_found, 211, "module is not found") \
    CODE(module_cycle, 212, "modules use each other") \
    CODE(no_output, 213, "program has no output") \
    CODE(program_settled, 281, "program is settled") \
    CODE(mixed_programs, 282, "tensors of two programs meet")
// clang-format on

DAL_DEFINE_CODES(DAL_PROGRAM_CODES)
