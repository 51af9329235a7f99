find_package(nlohmann_json 3.11 REQUIRED)
# Configurations of precisions in YAML.
find_package(yaml-cpp 0.6 REQUIRED)
dal_layer(import DEPENDS driver LIBRARIES nlohmann_json::nlohmann_json yaml-cpp)
