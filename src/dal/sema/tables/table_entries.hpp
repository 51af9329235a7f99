// What declared tables and `lookup` have in common: formats that number entries, exact entries, arguments that fit.
// Internal to table*.cpp.
#pragma once

#include "dal/sema/tensor_ops.hpp"

namespace dal::sema {

/// The one format that all elements have; reports otherwise. Rounding and overflow do not matter.
std::optional<Kif> uniform_kif(TensorOps& e, const Formats& formats, const Span& span);

/// Whether a table for arguments of `bits` bits is small enough; reports otherwise.
bool check_entries(TensorOps& e, int64_t bits, const Span& span);

/// Entries that are known exactly: constants that are multiples of a power of two; reports otherwise, with this help
/// for real numbers. The result lives as long as `entries`.
const Constant* exact_entries(TensorOps& e, const Placed& entries, const std::string& help);
/// The numbers of a dyadic constant.
std::vector<Dyadic> dyadic_values(const Constant& constant);

/// Whether `value` is a tensor that can be an argument: quantized. Constants have to fit the format; reports otherwise.
/// Whether variables fit, inference finds out.
bool check_argument(TensorOps& e, const Placed& value, const Kif& kif, const std::string& table, const Span& domain);

/// Entry of a table for a number that is a value of the format.
int64_t position(const Rational& value, const Kif& kif);

}  // namespace dal::sema
