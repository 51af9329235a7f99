file(GLOB dal_cli_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cli/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/cli/repl/*.cpp)
list(REMOVE_ITEM dal_cli_sources ${CMAKE_CURRENT_SOURCE_DIR}/cli/main.cpp)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
# Line editing: BSD-licensed, with a pkg-config file only on some systems.
find_path(DAL_EDIT_INCLUDE histedit.h REQUIRED)
find_library(DAL_EDIT_LIBRARY edit REQUIRED)

add_executable(dal ${dal_cli_sources} ${CMAKE_CURRENT_SOURCE_DIR}/cli/main.cpp)
target_compile_definitions(dal PRIVATE DAL_VERSION="${PROJECT_VERSION}")
target_link_libraries(dal PRIVATE dal_options dal_report dal_import CLI11::CLI11 nlohmann_json::nlohmann_json ${DAL_EDIT_LIBRARY} Threads::Threads)
dal_precompile(dal)
target_include_directories(dal SYSTEM PRIVATE ${DAL_EDIT_INCLUDE})
install(TARGETS dal RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
