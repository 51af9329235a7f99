# MPFR has neither a CMake nor (everywhere) a pkg-config file.
find_path(DAL_MPFR_INCLUDE mpfr.h REQUIRED)
find_library(DAL_MPFR_LIBRARY mpfr REQUIRED)
find_library(DAL_GMP_LIBRARY gmp REQUIRED)
dal_layer(numeric DEPENDS support LIBRARIES ${DAL_MPFR_LIBRARY} ${DAL_GMP_LIBRARY})
target_include_directories(dal_numeric SYSTEM PRIVATE ${DAL_MPFR_INCLUDE})
