find_package(nlohmann_json 3.11 REQUIRED)
dal_layer(rtl DEPENDS circuit jit LIBRARIES nlohmann_json::nlohmann_json)
target_compile_definitions(dal_rtl PRIVATE DAL_VERSION="${PROJECT_VERSION}")
