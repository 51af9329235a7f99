// Layout of array literals: one line if it fits; rows of numbers are filled, rows of rows stand one below the other,
// matrices with their columns aligned. Linear in the size of the literal.
#pragma once

#include <memory>

#include "dal/support/source.hpp"
#include "dal/syntax/layout.hpp"

namespace dal {

/// The literal at `span` of `text`, which must outlive the result.
std::unique_ptr<ArrayLayout> array_layout(std::string_view text, const Span& span);

}  // namespace dal
