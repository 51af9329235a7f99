#include "dal/numeric/kif.hpp"

#include <array>

namespace dal {
namespace {

constexpr std::array<std::string_view, round_count> round_names{"trn",      "rnd",     "rnd_conv",   "trn_zero",
                                                                "rnd_zero", "rnd_inf", "rnd_min_inf"};
constexpr std::array<std::string_view, overflow_count> overflow_names{"wrap", "sat", "sat_sym", "sat_zero"};

}  // namespace

Int Kif::min_code() const { return k ? -Int::pow2(i + f) : Int(0); }
Int Kif::max_code() const { return Int::pow2(i + f) - 1; }

std::string Kif::to_string() const {
    return "fixed(" + std::to_string(static_cast<int>(k)) + ", " + std::to_string(i) + ", " + std::to_string(f) + ")";
}

std::string_view to_string(Round round) noexcept { return round_names[static_cast<size_t>(round)]; }
std::string_view to_string(Overflow overflow) noexcept { return overflow_names[static_cast<size_t>(overflow)]; }

std::optional<Round> round_from_string(std::string_view name) noexcept {
    for (size_t j = 0; j < round_names.size(); ++j)
        if (round_names[j] == name) return static_cast<Round>(j);
    return std::nullopt;
}

std::optional<Overflow> overflow_from_string(std::string_view name) noexcept {
    for (size_t j = 0; j < overflow_names.size(); ++j)
        if (overflow_names[j] == name) return static_cast<Overflow>(j);
    return std::nullopt;
}

std::string Format::to_string() const {
    std::string result = kif.to_string();
    result.pop_back();
    if (round != Round::trn) result += ", round: " + std::string(dal::to_string(round));
    if (overflow != Overflow::wrap) result += ", overflow: " + std::string(dal::to_string(overflow));
    return result + ")";
}

}  // namespace dal
