// The files of a program: the main one, modules, and what is kept of both while others refer to it. Internal to this
// layer.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "dal/sema/names/mentioned.hpp"
#include "dal/sema/values/value.hpp"

namespace dal::sema {

struct Modules {
    std::unique_ptr<Module> main;
    std::vector<std::unique_ptr<Module>> earlier;    ///< texts before the main one
    std::vector<std::unique_ptr<Module>> instances;  ///< of the main one, with inputs bound, for tests
    std::map<std::filesystem::path, std::unique_ptr<Module>> used;
    std::vector<std::pair<std::filesystem::path, Span>> loading;  ///< in progress, and where they are used
    /// The words of the program and of what it needs of the library, if nothing else of the library is to be read.
    std::optional<WordSet> mentioned;
};

}  // namespace dal::sema
