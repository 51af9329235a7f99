// Codes of diagnostics about Verilog and its simulation. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_BUILD_CODES(CODE) \
    CODE(verilator_missing, 601, "Verilator is not there") \
    CODE(lint_failed, 602, "the generated Verilog does not lint") \
    CODE(simulation_failed, 603, "the simulation could not be built or run") \
    CODE(verification_failed, 604, "simulated Verilog and reference outputs differ") \
    CODE(not_as_locked, 605, "the design is not the locked one") \
    CODE(not_in_target, 606, "the files of the target cannot hold the design") \
    CODE(not_proven, 607, "the design could not be proven")
// clang-format on

DAL_DEFINE_CODES(DAL_BUILD_CODES)
