// Arithmetic that training libraries do in float32, on numbers that are kept as doubles: each operation rounds as
// theirs does.
#pragma once

#include <cmath>

namespace dal::importer::keras::float32 {

inline double add(double a, double b) { return static_cast<float>(a) + static_cast<float>(b); }
inline double subtract(double a, double b) { return static_cast<float>(a) - static_cast<float>(b); }
inline double multiply(double a, double b) { return static_cast<float>(a) * static_cast<float>(b); }
inline double divide(double a, double b) { return static_cast<float>(a) / static_cast<float>(b); }
inline double sqrt(double a) { return std::sqrt(static_cast<float>(a)); }

}  // namespace dal::importer::keras::float32
