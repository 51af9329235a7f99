#include "dal/edsl/places.hpp"

#include <string>
#include <vector>

#include "dal/edsl/session.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/format_codes.hpp"

namespace dal::edsl {
namespace {

/// Innermost last. Constants belong to no program, and are quantized by place as well: so this is no part of one.
std::vector<Places>& around() {
    thread_local std::vector<Places> list;
    return list;
}

const std::optional<Formats>& at(const Places& places, Place place) {
    switch (place) {
        case Place::weight: return places.weight;
        case Place::bias: return places.bias;
        case Place::data: return places.data;
        case Place::table: return places.table;
    }
    internal_error("place", __FILE__, __LINE__, "no such place");
}

std::string name_of(Place place) {
    switch (place) {
        case Place::weight: return "weight";
        case Place::bias: return "bias";
        case Place::data: return "data";
        case Place::table: return "table";
    }
    internal_error("place", __FILE__, __LINE__, "no such place");
}

}  // namespace

With::With(Places places) { around().push_back(std::move(places)); }
With::~With() { around().pop_back(); }

std::optional<Formats> format_if_any(Place place) {
    for (auto places = around().rbegin(); places != around().rend(); ++places)
        if (const auto& known = at(*places, place)) return known;
    return std::nullopt;
}

Formats format_of(Place place, Location where) {
    if (const auto known = format_if_any(place)) return *known;
    fail(error(code::no_format, {}, "no With around says what `" + name_of(place) + "` is")
             .with_rule("`weight`, `bias`, `data` and `table` are the formats of the innermost With that names them")
             .with_help("`const With formats({." + name_of(place) + " = fixed(1, 3, 4)});`, or give the format here"),
         where);
}

}  // namespace dal::edsl
