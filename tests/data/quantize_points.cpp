#include "data/quantize_points.hpp"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "dal/support/check.hpp"

namespace dal::testing {
namespace {

/// The whole unpacked text of a .gz file.
std::string unpack(const std::filesystem::path& path) {
    const gzFile file = gzopen(path.c_str(), "rb");
    DAL_CHECK(file != nullptr, "cannot open " + path.string());
    std::string text;
    std::vector<char> buffer(1 << 16);
    for (int n = 0; (n = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0;)
        text.append(buffer.data(), static_cast<size_t>(n));
    DAL_CHECK(gzclose(file) == Z_OK, "cannot unpack " + path.string());
    return text;
}

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

}  // namespace

std::filesystem::path quantize_points_file() { return shared_data() / "quantize" / "points.txt.gz"; }

std::vector<QuantizeColumn> read_quantize_points() {
    std::istringstream lines(unpack(quantize_points_file()));
    std::vector<QuantizeColumn> columns;
    std::string round;
    std::string overflow;
    int k = 0;
    int i = 0;
    int f = 0;
    QuantizePoint point{};
    while (lines >> round >> overflow >> k >> i >> f >> point.x >> point.y) {
        const Format format{Kif(k != 0, i, f), round_from_string(lower_case(round)).value(),
                            overflow_from_string(lower_case(overflow)).value()};
        const auto at = std::find_if(columns.rbegin(), columns.rend(),
                                     [&](const QuantizeColumn& column) { return column.format == format; });
        QuantizeColumn& column = at == columns.rend() ? columns.emplace_back(QuantizeColumn{format, {}}) : *at;
        if (k == 1 && i + f == 0 && format.overflow == Overflow::sat_sym) point.y = 0;
        column.points.push_back(point);
    }
    DAL_CHECK(lines.eof(), "a line of " + quantize_points_file().string() + " is not a point");
    return columns;
}

}  // namespace dal::testing
