// Names, shapes, constants: from a program's text to its Graph. Functions are instantiated at each call and
// constants are computed, so that the graph has nothing but operations on tensors of known shapes. Intervals are
// left to inference (infer/forward/forward.hpp), and with them the declared types (infer/forward/declared.hpp).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dal/graph/declared_type.hpp"
#include "dal/graph/graph.hpp"
#include "dal/graph/limits.hpp"
#include "dal/sema/taken_formats/format_origin.hpp"
#include "dal/sema/values/constant.hpp"
#include "dal/sema/written_formats/written_formats.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

class Coverage;

struct ElaborateOptions {
    /// Where `use` looks after the folder of the file itself.
    std::vector<std::filesystem::path> module_directories;
    /// Where programs may read besides their own folders and those above: outside_folder elsewhere.
    std::vector<std::filesystem::path> allowed_folders;
    int64_t max_elements = most_elements;  ///< of one tensor
    int64_t max_work = int64_t{1} << 27;   ///< elements computed in all: bounds time and memory
    int64_t max_nodes = 1'000'000;         ///< operations of the graph
    int64_t max_calls = 1'000'000;         ///< function calls, each of which instantiates a body
    /// Whether `test` and `property` become programs of their own. Otherwise only their names are checked.
    bool tests = false;
    /// Whether a program without `output` is an error.
    bool needs_output = true;
    /// Whether Program::summaries is filled.
    bool summaries = false;
    /// A name of the main file, or one of a module, "m.f", to be put into Program::found. Empty: none.
    std::string find;
    /// Whether Program::written is filled.
    bool written_formats = false;
    /// Whether constants of the graph keep what they are meant to be.
    bool meant_constants = false;
    /// The same, and whether Program::constant_quantizers is filled.
    bool constant_quantizers = false;
    /// Files to read in place of others, by their canonical paths.
    std::map<std::filesystem::path, std::filesystem::path> replaced;
    /// Receives what the tests reach, if `tests` is set; it must outlive the compilation of one text.
    Coverage* coverage = nullptr;
};

/// A named tensor of the main file: an input, a `let`, an output.
struct NamedValue {
    std::string name;
    Span span;  ///< the name in its declaration
    NodeId node;
};
/// A named constant of the main file: it has no node unless it meets a variable.
struct NamedConstant {
    std::string name;
    Span span;
    Constant value;
};

/// `expect condition`.
struct Expectation {
    Span span;
    std::string text;  ///< the condition, as written
    NodeId node;       ///< holds if no element is 0; the output "expect0", "expect1", …
    /// The two sides of a comparison, to be shown when it does not hold.
    struct Sides {
        NodeId left;
        NodeId right;
    };
    std::optional<Sides> sides;
};

/// A `test` or a `property`, as a program of its own. The inputs are the parameters of a property; a test has none.
struct TestProgram {
    std::string name;
    Span span;  ///< the name
    bool is_property = false;
    Graph graph;
    std::vector<Expectation> expects;
    std::vector<DeclaredType> declared;  ///< to be checked after inference
    Diagnostics problems;                ///< why it is no valid program, if it is none; the rest is incomplete then
};

/// What a name stands for, said for a person.
struct NameSummary {
    std::string name;
    std::string kind;  ///< "a format"
    std::string text;  ///< "fixed(1, 3, 4)", "fn act(x, n = 2)"; of a tensor or constant its shape
    std::string doc;   ///< the comment above the declaration of a function or a table; may have several lines
    std::vector<std::string> members;  ///< of a module, an archive or a format: they can be written after a point
    Span span;                         ///< the name in its declaration
};

/// What a name stands for, followed through modules: "m.k.f".
struct FoundName {
    std::string path;                   ///< as far as it is known: "m.k"; what follows is unknown
    std::string kind;                   ///< "a table"; empty if nothing is known
    std::vector<std::string> members;   ///< of a module, sorted
    Span span;                          ///< the name in its declaration
    std::optional<NamedFormat> format;  ///< of a parameter or a table, and of any constant: of its exact numbers
};

struct Program {
    Graph graph;
    std::vector<NamedValue> values;           ///< in the order of the text
    std::vector<NamedConstant> constants;     ///< in the order of the text
    std::vector<NamedFormat> formats;         ///< of the parameters and tables of the main file, in its order
    std::vector<NamedFormat> module_formats;  ///< the same of modules, with names as they are there
    FoundName found;                          ///< if asked for
    std::vector<DeclaredType> declared;       ///< to be checked after inference
    std::vector<TestProgram> tests;           ///< of the main file, if asked for
    std::vector<NameSummary> summaries;       ///< of all names of the main file, sorted, if asked for
    WrittenFormats written;                   ///< where formats come from, if asked for
    /// Of each call of `quantize` with a constant: an op::Quantize of an op::Constant, if asked for. A number that is
    /// no multiple of a power of two has a stand-in there, which is rounded in the same way.
    Graph constant_quantizers;
};

/// Compiles a file. Errors: those of parse.hpp and all of E02xx; E03xx for constants; E04xx for files. Independent
/// errors are reported together; what depends on a failed declaration is not reported again.
Result<Program> compile_file(SourceMap& sources, const std::filesystem::path& path,
                             const ElaborateOptions& options = {});

/// Compiles a text. `name` stands in diagnostics; `load` and `use` are relative to `directory`.
Result<Program> compile_text(SourceMap& sources, std::string name, std::string text,
                             const std::filesystem::path& directory, const ElaborateOptions& options = {});

/// A text that is not in a file of its own.
struct SourceText {
    std::string name;  ///< stands in diagnostics
    std::string text;
    std::filesystem::path directory;
    bool is_typed = false;  ///< by the user at a prompt: it reads files anywhere
};

/// Compiles texts one after the other, for interactive use: each sees the names of those before it, and may declare
/// them anew, for what follows. `tests` are those of the last one. Files of the map are added in the order of the
/// texts.
Result<Program> compile_texts(SourceMap& sources, std::vector<SourceText> texts, const ElaborateOptions& options = {});

}  // namespace dal
