// Histograms of widths as a picture that stands for itself: no script, no font and no file from elsewhere; readable on
// a light and on a dark background.
#pragma once

#include <string>
#include <vector>

#include "dal/report/widths.hpp"

namespace dal::report {

/// An SVG file; `title` is text.
std::string widths_svg(const std::vector<Widths>& values, const std::string& title);
/// A page with the same picture, and the numbers as a table.
std::string widths_html(const std::vector<Widths>& values, const std::string& title);

}  // namespace dal::report
