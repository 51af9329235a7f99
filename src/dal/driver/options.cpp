#include "dal/driver/options.hpp"

namespace dal {

AdderLevels::AdderLevels(double levels) {
    const auto exact = Dyadic::from_double(levels);
    text_ = exact ? exact->to_string() : "no number";
    thousandths_ = in_thousandths(exact ? std::optional<Rational>(*exact) : std::nullopt);
}

AdderLevels::AdderLevels(const Rational& levels) : text_(levels.to_string()), thousandths_(in_thousandths(levels)) {}

std::optional<int64_t> AdderLevels::in_thousandths(const std::optional<Rational>& levels) {
    if (!levels) return std::nullopt;
    const auto thousandths = (*levels * Rational(1000)).to_int64();
    if (!thousandths || *thousandths <= 0) return std::nullopt;
    return thousandths;
}

}  // namespace dal
