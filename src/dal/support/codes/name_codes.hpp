// Codes of diagnostics about names and what they stand for. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_NAME_CODES(CODE) \
    CODE(unknown_name, 201, "unknown name") \
    CODE(duplicate_name, 204, "name is declared twice") \
    CODE(used_before_declaration, 205, "name is used before its declaration") \
    CODE(unknown_member, 208, "unknown member of a module or an archive") \
    CODE(misplaced_declaration, 215, "declaration is not allowed here")
// clang-format on

DAL_DEFINE_CODES(DAL_NAME_CODES)
