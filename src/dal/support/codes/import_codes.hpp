// Codes of diagnostics about models of other tools. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_IMPORT_CODES(CODE) \
    CODE(bad_model_file, 701, "malformed model file") \
    CODE(unknown_model, 702, "no kind of model that can be imported") \
    CODE(unknown_layer, 703, "unknown kind of layer") \
    CODE(unsupported_layer, 704, "a layer in a form that cannot be imported") \
    CODE(inexact_layer, 705, "a layer without an exact form") \
    CODE(unknown_input_format, 706, "the model does not say the format of an input") \
    CODE(bad_import_option, 707, "an option does not fit the model") \
    CODE(reference_differs, 708, "the imported program and reference values differ")
// clang-format on

DAL_DEFINE_CODES(DAL_IMPORT_CODES)
