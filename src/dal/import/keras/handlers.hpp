// All layer classes that are known: each family has its rows in a file of its own, and is named here and in
// handlers.cpp.
#pragma once

#include <span>

#include "dal/import/keras/layer.hpp"

namespace dal::importer::keras {

/// The handler of a class of a library; null if there is none.
const LayerHandler* find_handler(Library library, std::string_view class_name);
/// The names of all classes of a library, for diagnostics.
std::vector<std::string> known_classes(Library library);

}  // namespace dal::importer::keras
