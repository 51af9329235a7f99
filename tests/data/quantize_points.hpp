// The points of the quantization table: results of an independent implementation of fixed-point types.
#pragma once

#include <vector>

#include "dal/numeric/kif.hpp"
#include "data/shared_data.hpp"

namespace dal::testing {

struct QuantizePoint {
    double x;
    double y;
};
/// The points of one format, in the order of the file.
struct QuantizeColumn {
    Format format;
    std::vector<QuantizePoint> points;
};

inline constexpr size_t quantize_point_count = 123'452;

/// The file of the points, there or not.
std::filesystem::path quantize_points_file();

/// All points, by format in the order of the file. The one place where dal differs on purpose is put right: one-bit
/// signed sat_sym holds only 0. Throws if the file cannot be read.
std::vector<QuantizeColumn> read_quantize_points();

}  // namespace dal::testing
