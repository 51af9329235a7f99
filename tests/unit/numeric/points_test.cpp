// quantize_code against 123,452 points computed by an independent implementation.
#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include "dal/numeric/quantize.hpp"

namespace dal {
namespace {

std::filesystem::path shared_data() {
    const char* set = std::getenv("DAL_SHARED_DATA");
    return set != nullptr ? std::filesystem::path(set) : std::filesystem::path(DAL_SOURCE_DIR "/../shared/data");
}

/// The whole unpacked text of a .gz file.
std::string unpack(const std::filesystem::path& path) {
    gzFile file = gzopen(path.c_str(), "rb");
    REQUIRE(file != nullptr);
    std::string text;
    char buffer[1 << 16];
    for (int n = 0; (n = gzread(file, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
    REQUIRE(gzclose(file) == Z_OK);
    return text;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

TEST_CASE("all points of the quantization table") {
    const auto path = shared_data() / "quantize" / "points.txt.gz";
    if (!std::filesystem::exists(path)) {
        MESSAGE("skipped: " << path.string() << " is not there");
        return;
    }
    std::istringstream lines(unpack(path));
    std::string round;
    std::string overflow;
    int k = 0;
    int i = 0;
    int f = 0;
    double x = 0;
    double y = 0;
    int count = 0;
    int one_bit = 0;
    while (lines >> round >> overflow >> k >> i >> f >> x >> y) {
        const Format format{Kif(k != 0, i, f), round_from_string(lower(round)).value(),
                            overflow_from_string(lower(overflow)).value()};
        const Dyadic value = Dyadic::from_double(x).value();
        const Int code = quantize_code(Rational(value), format);
        // The one case where we differ on purpose: one-bit signed sat_sym holds only 0.
        const bool differs = k == 1 && i + f == 0 && format.overflow == Overflow::sat_sym;
        one_bit += differs ? 1 : 0;
        const Dyadic expected = differs ? Dyadic(0) : Dyadic::from_double(y).value();
        // The integer form, from a finer binary point than the value needs.
        const int finer = static_cast<int>(std::max<int64_t>(0, -value.exponent())) + 3;
        const Int again = quantize_code(value.code(finer).value(), finer, format);
        if (Dyadic(code, -format.kif.f) != expected || again != code)
            FAIL(round << " " << overflow << " " << format.kif.to_string() << " of " << x << ": " << code.to_string()
                       << ", expected " << y);
        ++count;
    }
    CHECK(lines.eof());
    CHECK(count == 123'452);
    CHECK(one_bit > 0);
}

}  // namespace
}  // namespace dal
