find_package(nlohmann_json 3.11 REQUIRED)
dal_layer(report DEPENDS driver LIBRARIES nlohmann_json::nlohmann_json)
