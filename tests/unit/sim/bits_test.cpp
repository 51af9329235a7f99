#include "dal/sim/bits.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "dal/support/int.hpp"

using namespace dal;
using namespace dal::sim;

TEST_CASE("codes of all widths at all offsets come back") {
    for (int width = 1; width <= 140; ++width)
        for (int64_t offset = 0; offset < 70; ++offset)
            for (const bool is_signed : {false, true}) {
                const Int bound = Int::pow2(is_signed ? width - 1 : width);
                for (const Int& code : {is_signed ? -bound : Int(0), bound - 1, Int::floor_div(bound, 3)}) {
                    uint64_t words[3];
                    code.to_words(words, 3);
                    std::vector<uint32_t> row(8);
                    put_bits(row.data(), offset, width, words, 3);
                    uint64_t back[3];
                    get_bits(row.data(), offset, width, is_signed, back, 3);
                    REQUIRE(Int::from_words(back, 3) == code);
                    for (int64_t bit = 0; bit < 256; ++bit) {
                        const bool inside = bit >= offset && bit < offset + width;
                        if (!inside) REQUIRE((row[static_cast<size_t>(bit / 32)] >> (bit % 32) & 1) == 0);
                    }
                }
            }
}

TEST_CASE("a negative code in one word fills a wider field") {
    const auto minus_two = ~uint64_t{1};
    std::vector<uint32_t> row(4);
    put_bits(row.data(), 5, 100, &minus_two, 1);
    uint64_t back[2];
    get_bits(row.data(), 5, 100, true, back, 2);
    CHECK(Int::from_words(back, 2) == Int(-2));
}
