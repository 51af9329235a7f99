// Codes of diagnostics: dal::code::unknown_name is E0201. Each header in this folder has those of one subject, so that
// a new code compiles again only what reports about its subject; tests/house counts that it stays below 20 files.
//
// Codes are stable: never renumber, never reuse (E0299 was used, and is not any more).
//   E01xx syntax   E02xx names, shapes and types   E03xx numbers and formats
//   E04xx files and arrays   E05xx running   E06xx building   E07xx importing
// A new code: a line CODE(name, number, title) in a header here (a new header also in all.hpp and registry.cpp), a
// section in docs/diagnostics.md under its code and title, and a program in tests/golden that shows it; tests hold all
// three.
#pragma once

#include "dal/support/message.hpp"

#define DAL_DEFINE_CODE(name, number, title) inline constexpr Code name{number};
#define DAL_DEFINE_CODES(CODES) \
    namespace dal::code {       \
    CODES(DAL_DEFINE_CODE)      \
    }
