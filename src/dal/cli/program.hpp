// From a file name to a checked program, and from file names to its input data: the common start of the
// commands.
#pragma once

#include <string>
#include <vector>

#include "dal/array/sample_source.hpp"
#include "dal/cli/console.hpp"
#include "dal/sema/elaborate.hpp"

namespace dal::cli {

/// "`a`, `b`", for messages.
std::string listed(const std::vector<std::string>& names);

struct LoadOptions {
    bool written = false;    ///< Program::written is filled
    bool constants = false;  ///< Program::constant_quantizers is filled
    bool warn = false;       ///< so it is, and the warnings are printed that nobody has to ask for
    std::string find = {};   ///< a name to be put into Program::found
};

/// Parses, elaborates and infers a program, and checks its declared types.
Result<Program> load_program(Console& console, const std::string& path, const LoadOptions& wanted = {});

/// "x.npy", "name=x.npy" or "name:int16=x.bin", as given on the command line.
struct NamedPath {
    std::string name;  ///< empty: the only tensor of the program
    std::string path;
    std::string type{};  ///< of raw numbers; empty: the file says what is in it
};
/// Splits at the first '=' if what precedes it is a name, or two with ':' between.
NamedPath parse_named_path(const std::string& argument);

/// Opens the data for each input of the graph; `option` is what the arguments were given to. An archive (.npz) without
/// a name gives each input that is not named the member with its name. Errors: bad_batch when names and inputs do not
/// match; those of open_samples.
Result<std::vector<SourcePointer>> open_inputs(const Graph& graph, const std::vector<std::string>& arguments,
                                               std::string_view option);
/// Reads all of them into memory.
Result<std::vector<Samples>> read_inputs(const Graph& graph, const std::vector<std::string>& arguments,
                                         std::string_view option);

/// For each of `names` (inputs or outputs of the program, called `kind` in messages) the path given for it,
/// empty if none. A path without a name is for the only tensor. Error: bad_batch.
Result<std::vector<std::string>> match_paths(const std::vector<std::string>& names,
                                             const std::vector<std::string>& arguments, std::string_view kind,
                                             std::string_view option);

}  // namespace dal::cli
