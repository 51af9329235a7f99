// The formats that `with` gives to places: weight, bias, data, table. Internal to this layer.
#pragma once

#include <map>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

#include "dal/sema/values/value.hpp"

namespace dal::sema {

class PlaceFormats {
  public:
    using Named = std::map<Place, Placed>;

    /// Those of one `with`, until close().
    void open(Named formats) { around_.push_back(std::move(formats)); }
    void close() { around_.pop_back(); }
    /// What the innermost `with` that names this place gives it, if one does.
    [[nodiscard]] std::optional<Placed> find(Place place) const {
        for (const Named& with : std::views::reverse(around_))
            if (const auto found = with.find(place); found != with.end()) return found->second;
        return std::nullopt;
    }

  private:
    std::vector<Named> around_;  ///< innermost last
};

}  // namespace dal::sema
