# One static library per layer of src/dal, from all .cpp files of its folder and of the folders in it. A layer may
# only link layers that were added before it (src/dal/CMakeLists.txt is the list); tests/house checks the includes.
#
#   dal_layer(numeric DEPENDS support)            links dal_support
#   dal_layer(array DEPENDS support LIBRARIES ZLIB::ZLIB)   third-party, private to the layer
function(dal_layer name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES;EXTRA_SOURCES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  set_property(GLOBAL APPEND PROPERTY DAL_LAYERS ${name})
  add_library(dal_${name} STATIC ${sources} ${arg_EXTRA_SOURCES})
  target_include_directories(dal_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(dal_${name} PRIVATE dal_options ${arg_LIBRARIES})
  dal_precompile(dal_${name})
  foreach(dependency IN LISTS arg_DEPENDS)
    target_link_libraries(dal_${name} PUBLIC dal_${dependency})
  endforeach()
endfunction()

# Warnings and sanitizers, for our own code only.
add_library(dal_options INTERFACE)
target_compile_options(dal_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align
                                             -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12 on std::string concatenation (its bug 105651).
  target_compile_options(dal_options INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Lets ccache follow what a precompiled header is made of.
  target_compile_options(dal_options INTERFACE -fpch-preprocess)
endif()
if(DAL_WARNINGS_AS_ERRORS)
  target_compile_options(dal_options INTERFACE -Werror)
endif()
if(DAL_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
