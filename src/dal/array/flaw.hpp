// What is wrong with the bytes of an array file, before it is known which file and member they are from;
// npy.cpp turns it into a Diagnostic. Only for the readers in this folder.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace dal {

struct Flaw {
    std::string fact;
    std::string rule{};
    std::string help{};
};

template <class T>
using Fallible = tl::expected<T, Flaw>;

inline tl::unexpected<Flaw> flaw(std::string fact, std::string rule = {}, std::string help = {}) {
    return tl::unexpected<Flaw>({std::move(fact), std::move(rule), std::move(help)});
}

}  // namespace dal
