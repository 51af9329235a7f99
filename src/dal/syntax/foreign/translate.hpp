// What people write who come from C++, HLS, Python, NumPy, PyTorch, Keras or Verilog, in the words of this language:
// for the help of an error. Only texts are looked at; nothing is known of what names mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dal::foreign {

struct Translation {
    std::string text;  ///< the expression in this language
    std::string note;  ///< what is different here: "`fixed` counts the sign, integer and fractional bits"
};

/// Of an expression in one line; nothing if no part of it is known from elsewhere.
std::optional<Translation> translate(std::string_view expression);

/// Where the expression begins and ends that the place stands in, if its declaration has one line: what follows `=`.
struct Extent {
    size_t begin;
    size_t end;
};
std::optional<Extent> expression_around(std::string_view text, size_t place);

}  // namespace dal::foreign
