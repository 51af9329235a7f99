# The library for C++ programs: all layers in one archive, the headers that dal/dal.hpp needs, and a CMake package.
# `find_package(dal)` gives the target dal::dal. docs/embedded.md is about using it.
include(CMakePackageConfigHelpers)

add_library(dal_library STATIC)
get_property(dal_layers GLOBAL PROPERTY DAL_LAYERS)
foreach(layer IN LISTS dal_layers)
  target_sources(dal_library PRIVATE $<TARGET_OBJECTS:dal_${layer}>)
endforeach()
set_target_properties(dal_library PROPERTIES OUTPUT_NAME dal EXPORT_NAME dal LINKER_LANGUAGE CXX)
target_compile_features(dal_library INTERFACE cxx_std_20)
target_include_directories(dal_library INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# Where an installed program finds the standard library and the simulation harness; the prefix may be moved.
target_compile_definitions(
  dal_library INTERFACE $<INSTALL_INTERFACE:DAL_RESOURCE_ROOT="$<INSTALL_PREFIX>/${CMAKE_INSTALL_DATADIR}/dal">)
target_link_libraries(dal_library INTERFACE antlr4_static ${dal_llvm_libraries} ZLIB::ZLIB Threads::Threads mpfr gmp yaml-cpp)
if(DAL_SANITIZE)
  target_compile_options(dal_library INTERFACE -fsanitize=address,undefined)
  target_link_options(dal_library INTERFACE -fsanitize=address,undefined)
endif()

# Nothing of Boost, ANTLR, LLVM or tl::expected is in these.
set(dal_public_headers
    dal.hpp
    array/array.hpp
    array/decimals.hpp
    array/samples.hpp
    cmvm/depth.hpp
    driver/named_type.hpp
    driver/options.hpp
    edsl/constants.hpp
    edsl/error.hpp
    edsl/formats.hpp
    edsl/functions.hpp
    edsl/import.hpp
    edsl/number.hpp
    edsl/places.hpp
    edsl/program.hpp
    edsl/table.hpp
    edsl/tensor.hpp
    import/options.hpp
    lower/optimizer_options.hpp
    numeric/interval.hpp
    numeric/kif.hpp
    support/codes/all.hpp
    support/codes/batch_codes.hpp
    support/codes/build_codes.hpp
    support/codes/call_codes.hpp
    support/codes/constant_codes.hpp
    support/codes/define.hpp
    support/codes/file_codes.hpp
    support/codes/format_codes.hpp
    support/codes/import_codes.hpp
    support/codes/kind_codes.hpp
    support/codes/limit_codes.hpp
    support/codes/name_codes.hpp
    support/codes/program_codes.hpp
    support/codes/real_codes.hpp
    support/codes/result_codes.hpp
    support/codes/shape_codes.hpp
    support/codes/size_codes.hpp
    support/codes/syntax_codes.hpp
    support/error.hpp
    support/int.hpp
    support/message.hpp
    support/number.hpp
    support/source.hpp)
foreach(header ${dal_public_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${PROJECT_SOURCE_DIR}/src/dal/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dal/${folder})
endforeach()

set(dal_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dal)
# `cmake --build build --target dal` does not make the library: then the program is installed alone.
install(TARGETS dal_library EXPORT dalTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} OPTIONAL)
if(DAL_STRIP_INSTALLED)
  # CMake's own way would remove the symbols that a library is linked by, so it leaves libraries as they are.
  set(installed "\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/$<TARGET_FILE_NAME:dal_library>")
  install(
    CODE "
      if(EXISTS \"${installed}\")
        execute_process(COMMAND \"${CMAKE_STRIP}\" --strip-debug \"${installed}\" COMMAND_ERROR_IS_FATAL ANY)
      endif()")
endif()
install(EXPORT dalTargets NAMESPACE dal:: DESTINATION ${dal_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dalConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/dalConfig.cmake ${PROJECT_BINARY_DIR}/dalConfigVersion.cmake
        DESTINATION ${dal_package_dir})
