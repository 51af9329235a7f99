// Every code by its name, for programs that ask for many. Inside dal include those of your subject: what includes
// this file is compiled again with every new code.
#pragma once

#include "dal/support/codes/batch_codes.hpp"
#include "dal/support/codes/build_codes.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "dal/support/codes/import_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/name_codes.hpp"
#include "dal/support/codes/program_codes.hpp"
#include "dal/support/codes/real_codes.hpp"
#include "dal/support/codes/result_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"
#include "dal/support/codes/size_codes.hpp"
#include "dal/support/codes/syntax_codes.hpp"
