// How many bits the elements of each value have: what `dal check --widths` prints, as text or as a picture
// (width_chart.hpp).
#pragma once

#include <string>
#include <vector>

#include "dal/sema/elaborate.hpp"

namespace dal::report {

/// The widths of one value.
struct Widths {
    std::string name;                 ///< of the value, or of the operation if the value has none
    bool named = true;                ///< which of both
    std::string type;                 ///< "fixed(0, 6, 7)[64], 0 to 13 bits"
    std::string place;                ///< "net.da:7:5"
    std::vector<int64_t> elements{};  ///< [w]: how many elements have w bits; the last one is not 0

    [[nodiscard]] int64_t count() const;
    [[nodiscard]] int64_t bits() const;
    [[nodiscard]] int64_t median() const;  ///< the lower one of two
    [[nodiscard]] int64_t least() const;
    [[nodiscard]] int64_t most() const { return static_cast<int64_t>(elements.size()) - 1; }
};

/// Of named values, of quantizers, products and tables without a name, and of constants that were quantized, in the
/// order in which they are computed.
std::vector<Widths> collect_widths(const Program& program, const SourceMap& sources);

/// Bits per bar, so that there are at most 64 bars.
int64_t bits_per_bar(const std::vector<Widths>& values);
/// The elements of each bar.
std::vector<int64_t> bars(const Widths& value, int64_t bits_per_bar);
/// "3", "4-7".
std::string bar_name(int64_t bar, int64_t bits_per_bar);

std::string widths_text(const std::vector<Widths>& values);

}  // namespace dal::report
