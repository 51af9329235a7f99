// The options of each command, as plain data: main.cpp fills them, the commands read them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dal/cmvm/cmvm.hpp"
#include "dal/driver/options.hpp"
#include "dal/import/options.hpp"
#include "dal/infer/advice/ebops.hpp"
#include "dal/report/program_tests.hpp"

namespace dal::cli {

enum class ColorMode : uint8_t { automatic, always, never };

struct CommonOptions {
    ColorMode color = ColorMode::automatic;
    bool quiet = false;  ///< no progress and no summary; results and errors only
    /// Folders that programs may read from, besides their own.
    std::vector<std::filesystem::path> allowed{};
};

struct CheckOptions {
    std::string program;
    bool types = false;             ///< print shape and type of every named value
    bool graph = false;             ///< print the graph, one line per node
    bool json = false;              ///< print one JSON object of what was asked for
    std::optional<BiasTerm> ebops;  ///< print effective bit operations
    /// Histograms of widths: empty to be printed, else the .svg or .html file to be written.
    std::optional<std::string> widths;
    std::optional<std::string> warnings{};  ///< names of kinds, "no-NAME", "usual", "all", separated by commas
};

struct ExplainOptions {
    std::string program;
    std::string value;  ///< "h1[3]"; without an index: the widest element
};

enum class OutputFormat : uint8_t { automatic, npy, npz, csv, codes };  ///< automatic: as the file's name ends

struct RunArguments {
    std::string program;
    std::vector<std::string> inputs;   ///< "x.npy", "name=x.npy" or "name:int16=x.bin"
    std::vector<std::string> outputs;  ///< "y.npy" or "name=y.npy"; none: the first samples are printed
    OutputFormat format = OutputFormat::automatic;
    bool compare_real = false;  ///< print how far every value is from a run without rounding, in place of running
    bool json = false;          ///< of that
    RunOptions run;
};

struct CalibrateOptions {
    std::string program;
    std::vector<std::string> data;  ///< as RunArguments::inputs
    int margin = 0;                 ///< integer bits added to what the data need
    bool widen_only = false;        ///< no format gets narrower
    bool in_place = false;          ///< the formats are written into the program and its arrays
    std::string output;             ///< .npz of the formats, .da or a directory for a copy; empty: nowhere
};

struct ImportArguments {
    std::string model;               ///< the file
    std::string output;              ///< the folder of the program
    std::vector<std::string> check;  ///< arrays for the inputs, then references for the outputs; none: no check
    std::optional<Dyadic> tolerance{};
    std::string layers{};                  ///< .npz of reference values by the names of layers; empty: none
    std::vector<std::string> calibrate{};  ///< data to choose formats from, as RunArguments::inputs; none: no choice
    int bits = 16;                         ///< of the formats that are chosen
    importer::ImportOptions import;
};

struct BuildArguments {
    std::string program;
    std::string target = "verilog";
    std::optional<std::string> latency;    ///< decimal number of adder levels per stage
    std::vector<std::string> vectors;      ///< as RunArguments::inputs: verified besides the generated ones
    bool time = false;                     ///< print how long each step took
    std::vector<std::string> print_after;  ///< passes after which the circuit is printed
    std::string emit{};                    ///< "circuit": print it, and write nothing
    std::string output{};                  ///< directory
    BuildOptions build;
};

struct CmvmOptions {
    std::string matrix;                           ///< .npy, or text
    std::string input_format = "fixed(1, 7, 0)";  ///< of every input
    std::string depth = "min";                    ///< or "each", "free", or a number of adders
    bool bias = false;                            ///< leave room for a constant at each output
    std::string output;                           ///< the graph as JSON; empty: nowhere
    bool json = false;                            ///< print one JSON object
    bool cache = true;
    bool best = false;  ///< take the best that any search has found
    /// 0 threads: all cores, and one where time limits an effort below 3.
    cmvm::Options solver{.threads = 0};
};

struct FmtOptions {
    std::vector<std::string> files;  ///< "-": standard input to standard output
    bool check = false;              ///< list the files that would change, and change none
};

struct TestOptions {
    std::vector<std::string> files;
    std::string filter;  ///< only tests whose name has this in it
    report::CaseOptions cases;
    std::string junit;      ///< where to write a report; empty: nowhere
    bool coverage = false;  ///< print which expressions and entries of tables the tests reach
    std::string lcov;       ///< where to write that for other programs; empty: nowhere
};

struct ReplOptions {
    std::vector<std::string> files;  ///< loaded at the start
};

struct DocOptions {
    std::string module;     ///< a file, or the name of a module of the standard library
    bool builtins = false;  ///< the built-in functions instead
    std::string output;     ///< empty: standard output
};

/// What the process returns; docs/commands.md has the same table.
enum ExitCode : int {
    exit_ok = 0,
    exit_failed = 1,     ///< a diagnostic: the program, its data or a file is not right
    exit_usage = 2,      ///< the command line is not right
    exit_mismatch = 3,   ///< two engines disagree: a bug in dal
    exit_internal = 70,  ///< an internal check failed: a bug in dal
    exit_interrupted = 130,
};

}  // namespace dal::cli
