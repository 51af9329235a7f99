// Names and texts of files as they may go to a terminal or into a report: no escape sequence gets through, and what is
// not UTF-8 becomes U+FFFD.
#pragma once

#include <string>
#include <string_view>

namespace dal {

/// On one line: control characters (tabs and ends of lines too) become spaces, so that columns stay what they are.
std::string printable(std::string_view text);
/// The same for several lines: tabs and ends of lines stay.
std::string printable_lines(std::string_view text);

}  // namespace dal
