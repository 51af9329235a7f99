// What `dal cmvm` is given: a matrix of constants from a file, and the format of its inputs as typed.
#pragma once

#include <optional>
#include <string>

#include "dal/cmvm/cmvm.hpp"
#include "dal/numeric/kif.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::cli {

/// W = weights·2^exponent.
struct Weights {
    cmvm::Matrix matrix;
    int exponent = 0;
};

/// A .npy file, or text: integers between spaces or commas, one line per input. Errors: cannot_read, bad_array_file.
Result<Weights> read_weights(const std::string& path);

/// "fixed(1, 7, 0)", "1,7,0", "int(8)" or "uint(8)"; nothing if it is none of these.
std::optional<Kif> parse_format(std::string text);

}  // namespace dal::cli
