// The table of engines that are compared with the interpreter. A new one is one entry in engines.cpp.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal::property {

struct Engine {
    std::string_view name;
    /// Runs an inferred graph: the contract of `interpret`.
    std::function<Result<std::vector<Codes>>(const Graph&, std::span<const Samples>)> run;
    /// Results have exactly the binary points and limbs of make_output; else only their values count.
    bool exact_form = true;
    /// Slow engines run on every n-th program.
    int every = 1;
};

std::span<const Engine> engines();

}  // namespace dal::property
