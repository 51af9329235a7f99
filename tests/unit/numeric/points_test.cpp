// quantize_code against 123,452 points computed by an independent implementation.
#include <doctest/doctest.h>

#include "dal/numeric/quantize.hpp"
#include "data/quantize_points.hpp"

using namespace dal;

TEST_CASE("all points of the quantization table") {
    if (!std::filesystem::exists(testing::quantize_points_file())) {
        MESSAGE("skipped: " << testing::quantize_points_file().string() << " is not there");
        return;
    }
    size_t count = 0;
    for (const testing::QuantizeColumn& column : testing::read_quantize_points())
        for (const auto [x, y] : column.points) {
            const Dyadic value = Dyadic::from_double(x).value();
            const Int code = quantize_code(Rational(value), column.format);
            // The integer form, from a finer binary point than the value needs.
            const int finer = static_cast<int>(std::max<int64_t>(0, -value.exponent())) + 3;
            const Int again = quantize_code(value.code(finer).value(), finer, column.format);
            if (Dyadic(code, -column.format.kif.f) != Dyadic::from_double(y).value() || again != code)
                FAIL("quantize(" << x << ", " << column.format.to_string() << "): " << code.to_string() << ", expected "
                                 << y);
            ++count;
        }
    CHECK(count == testing::quantize_point_count);
}
