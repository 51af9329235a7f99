// std::visit with one lambda per alternative; a missing one does not compile.
#pragma once

namespace dal {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};

}  // namespace dal
