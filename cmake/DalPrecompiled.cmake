# Two precompiled headers: one for src/dal, one with doctest for the unit tests. All targets that share one are compiled
# with the same options; files with options of their own (SKIP_PRECOMPILE_HEADERS) read what they include as text.
#
#   dal_precompile(TARGET)          the standard library, src/dal/precompiled.hpp
#   dal_precompile(TARGET doctest)  the same and doctest
function(dal_precompile target)
  string(JOIN _ header dal_precompiled ${ARGN})
  if(NOT TARGET ${header})
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/${header}.cpp CONTENT "// Only its precompiled header is of use.\n")
    add_library(${header} OBJECT ${PROJECT_BINARY_DIR}/generated/${header}.cpp)
    target_link_libraries(${header} PRIVATE dal_options)
    target_precompile_headers(${header} PRIVATE ${PROJECT_SOURCE_DIR}/src/dal/precompiled.hpp)
    if(ARGN STREQUAL "doctest")
      target_precompile_headers(${header} PRIVATE <doctest/doctest.h>)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${header})
endfunction()
