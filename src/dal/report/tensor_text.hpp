// Tensors as text for a terminal: exact numbers in nested brackets that can be pasted into a program, in columns.
#pragma once

#include <functional>
#include <string>

#include "dal/array/samples.hpp"
#include "dal/sema/values/constant.hpp"

namespace dal::report {

struct ShowOptions {
    size_t indent = 0;    ///< of the lines after the first
    int64_t most = 1000;  ///< elements; of larger tensors each axis shows its ends, with "…" in between
    size_t width = 100;   ///< columns after which a row goes on on the next line
};

/// `cell(e)` is the text of element e, row-major.
std::string tensor_text(const Shape& shape, const std::function<std::string(int64_t)>& cell,
                        const ShowOptions& options = {});
std::string tensor_text(const Constant& constant, const ShowOptions& options = {});
/// One sample of a batch.
std::string tensor_text(const Codes& codes, int64_t sample, const ShowOptions& options = {});

/// "[-20.5, 3.0625] step 2^-4" of all elements together; empty for a real node.
std::string hull_text(const Node& node);

}  // namespace dal::report
