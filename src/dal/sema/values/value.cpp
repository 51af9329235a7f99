#include "dal/sema/values/value.hpp"

#include "dal/support/overloaded.hpp"

namespace dal::sema {

std::string_view place_name(Place place) noexcept {
    switch (place) {
        case Place::weight: return "weight";
        case Place::bias: return "bias";
        case Place::data: return "data";
        case Place::table: return "table";
    }
    return "";
}

std::string_view kind_of(const Value& value) noexcept {
    using std::string_view;
    return std::visit(Overloaded{
                          [](const Poison&) { return string_view("wrong"); },
                          [](const Constant&) { return string_view("a constant"); },
                          [](const Variable&) { return string_view("a tensor"); },
                          [](const RealTensor&) { return string_view("a real constant"); },
                          [](const Formats&) { return string_view("a format"); },
                          [](const RealType&) { return string_view("an element type"); },
                          [](const AnyType&) { return string_view("an element type"); },
                          [](const Text&) { return string_view("a string"); },
                          [](const Function&) { return string_view("a function"); },
                          [](const Builtin*) { return string_view("a function"); },
                          [](const TableRef&) { return string_view("a table"); },
                          [](const Module*) { return string_view("a module"); },
                          [](const Members&) { return string_view("an archive of arrays"); },
                          [](const List&) { return string_view("a list"); },
                          [](const Round&) { return string_view("a rounding mode"); },
                          [](const Overflow&) { return string_view("an overflow mode"); },
                          [](const Place&) { return string_view("a place for a format"); },
                          [](const Dependent&) { return string_view("a tensor that depends on an input"); },
                      },
                      value);
}

}  // namespace dal::sema
