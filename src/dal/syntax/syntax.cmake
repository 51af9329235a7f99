# ANTLR generates lexer and parser from grammar/Dal.g4 at build time; what is specific to it stays in this layer.
find_package(antlr4-runtime 4.9 REQUIRED CONFIG)
find_program(DAL_ANTLR4 antlr4 REQUIRED)

set(dal_antlr_dir ${PROJECT_BINARY_DIR}/generated/antlr)
set(dal_antlr_sources ${dal_antlr_dir}/DalLexer.cpp ${dal_antlr_dir}/DalParser.cpp)
add_custom_command(
  OUTPUT ${dal_antlr_sources} ${dal_antlr_dir}/DalLexer.h ${dal_antlr_dir}/DalParser.h
  COMMAND ${CMAKE_COMMAND} -E make_directory ${dal_antlr_dir}
  COMMAND ${DAL_ANTLR4} -Werror -Dlanguage=Cpp -no-visitor -no-listener -package dal::generated -Xexact-output-dir
          -o ${dal_antlr_dir} ${PROJECT_SOURCE_DIR}/grammar/Dal.g4
  DEPENDS ${PROJECT_SOURCE_DIR}/grammar/Dal.g4
  COMMENT "Generating the parser from grammar/Dal.g4"
  VERBATIM)
# The generated code puts u8"" literals into std::string, which C++20 forbids.
set_source_files_properties(${dal_antlr_sources} PROPERTIES COMPILE_OPTIONS "-fno-char8_t;-w"
                                                                SKIP_PRECOMPILE_HEADERS ON)

# Clang rejects one header of the runtime that nothing here needs: a copy of the umbrella header without it
# comes first in the include path.
find_file(dal_antlr_header antlr4-runtime.h PATHS ${ANTLR4_INCLUDE_DIR} ${ANTLR4_INCLUDE_DIR}/antlr4-runtime
          NO_DEFAULT_PATH REQUIRED)
file(STRINGS ${dal_antlr_header} dal_antlr_lines)
list(FILTER dal_antlr_lines EXCLUDE REGEX "InterpreterDataReader")
list(JOIN dal_antlr_lines "\n" dal_antlr_text)
file(CONFIGURE OUTPUT ${dal_antlr_dir}/compat/antlr4-runtime.h CONTENT "${dal_antlr_text}\n" @ONLY)

dal_layer(syntax DEPENDS numeric array LIBRARIES antlr4_static EXTRA_SOURCES ${dal_antlr_sources})
get_filename_component(dal_antlr_include ${dal_antlr_header} DIRECTORY)
target_include_directories(dal_syntax SYSTEM PRIVATE ${dal_antlr_dir}/compat ${dal_antlr_dir} ${dal_antlr_include})
