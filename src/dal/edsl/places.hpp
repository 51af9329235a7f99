// Formats by place: `with data: fixed(1, 3, 4), weight: fixed(1, 0, 7) { … }` of the language, for what is made while a
// With lives.
#pragma once

#include <optional>

#include "dal/edsl/formats.hpp"

namespace dal::edsl {

/// What a format can be for.
enum class Place : uint8_t { weight, bias, data, table };

struct Places {
    std::optional<Formats> weight{}, bias{}, data{}, table{};
};

/// const With formats({.weight = fixed(1, 0, 7), .data = fixed(1, 3, 4)}). The innermost one that names a place counts,
/// for this thread, whichever program; functions called meanwhile see it too.
class [[nodiscard]] With {
  public:
    explicit With(Places places);
    With(const With&) = delete;
    With& operator=(const With&) = delete;
    ~With();
};

/// The format of a place, to be written where a format stands. Error no_format: no With around names it.
Formats format_of(Place place, Location at = Location::current());
/// The same, if there is one.
std::optional<Formats> format_if_any(Place place);

}  // namespace dal::edsl
