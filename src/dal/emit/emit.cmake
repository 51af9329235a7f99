find_package(nlohmann_json 3.11 REQUIRED)
dal_layer(emit DEPENDS netlist LIBRARIES nlohmann_json::nlohmann_json)
target_compile_definitions(dal_emit PRIVATE DAL_VERSION="${PROJECT_VERSION}")
