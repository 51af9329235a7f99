#include "dal/jit/ports.hpp"

#include <cstdlib>

#include "dal/jit/lanes.hpp"

namespace dal::jit {
namespace {

/// Formats up to this width are converted through 64-bit integers with room to spare.
constexpr int widest_fast_format = 60;
/// … and those that a declared input is compared with, through doubles, up to this one.
constexpr int widest_fast_check = 53;
/// Scaling by 2^±this keeps clear of the ends of the double's exponent.
constexpr int farthest_fast_point = 900;

}  // namespace

bool has_fast_conversion(const Leaf& leaf) {
    const Kif& kif = leaf.format.kif;
    return std::abs(kif.f) <= farthest_fast_point &&
           kif.width() <= (leaf.declared ? widest_fast_check : widest_fast_format);
}

bool has_fast_delivery(const Plan& plan, const OutputPlan& output) {
    for (const OutputElement& element : output.elements) {
        if (!element.value && !element.constant.fits_int64()) return false;
        if (!element.value) continue;
        const Value& value = plan.values[*element.value];
        if (bits_of(value.lo, value.hi) + (value.is_unsigned() ? 1 : 0) > 64) return false;
    }
    return true;
}

}  // namespace dal::jit
