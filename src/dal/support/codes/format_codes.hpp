// Codes of diagnostics about formats. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_FORMAT_CODES(CODE) \
    CODE(no_format, 216, "no format is in scope") \
    CODE(bad_format, 304, "parts of a format are not small integers") \
    CODE(does_not_fit, 312, "value does not fit its declared format") \
    CODE(table_domain, 313, "value is not in the domain of a table") \
    CODE(format_conflict, 314, "consumers ask for formats that do not agree") \
    CODE(format_not_written, 506, "a format cannot be written back")
// clang-format on

DAL_DEFINE_CODES(DAL_FORMAT_CODES)
