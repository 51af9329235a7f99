# find_package(dal): the target dal::dal, a library for C++ programs (#include <dal/dal.hpp>). It links what dal itself
# was built with, so their development packages have to be there.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(ZLIB)
find_dependency(antlr4-runtime 4.9 CONFIG)
find_dependency(LLVM 19.1 CONFIG)
include(${CMAKE_CURRENT_LIST_DIR}/dalTargets.cmake)
