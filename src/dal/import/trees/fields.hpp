// Arrays in the JSON of trees.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dal/import/json.hpp"

namespace dal::importer::trees {

/// Integers (and truth values, as 0 and 1) that fit an int. Nothing if it is no array, or holds anything else.
std::optional<std::vector<int>> integers(const Json& json);
/// Numbers as doubles. Nothing if it is no array, or holds anything else, or no finite number.
std::optional<std::vector<double>> numbers(const Json& json);
/// The same for an array of float32: decimals are rounded to that once, as its library does.
std::optional<std::vector<double>> floats(const Json& json);
/// The float32 nearest to a decimal, as a double.
std::optional<double> to_float(std::string_view text);
/// An integer that was written as a string, as XGBoost does, or as a number.
std::optional<int64_t> integer(const Json& json);

}  // namespace dal::importer::trees
