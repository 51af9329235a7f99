// Codes of diagnostics about files and arrays. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_FILE_CODES(CODE) \
    CODE(cannot_read, 401, "cannot read a file") \
    CODE(cannot_write, 402, "cannot write a file") \
    CODE(bad_array_file, 403, "malformed array file") \
    CODE(outside_folder, 404, "file outside of the folder of the program")
// clang-format on

DAL_DEFINE_CODES(DAL_FILE_CODES)
