// What the prompt asks about a session, answered from scratch each time: all texts are compiled, and the answer is
// printed. So nothing can be left over from earlier evaluations, and a line that fails changes nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dal/cli/options.hpp"

namespace dal::cli::repl {

/// A file that was loaded, or declarations that were typed.
struct Piece {
    std::string name;  ///< in diagnostics
    std::string text;
    std::filesystem::path directory;
    bool is_file = false;
    uint32_t line = 1;  ///< on which the text starts
};

/// `:set input = text`.
struct Given {
    std::string input;
    std::string text;
    uint32_t line = 1;
};

struct Session {
    std::vector<Piece> pieces;  ///< each sees the names of those before it
    std::vector<Given> given;
};

enum class Ask : uint8_t {
    names,    ///< print nothing: is the session right?
    declare,  ///< the last piece is new: what does it declare?
    set,      ///< the last of `given` is new: does it fit its input?
    // About an expression:
    value,
    type,
    range,
    explain,
    // About an expression, or without one about the outputs:
    cost,
    graph,
    verilog,
};

struct Question {
    Ask ask;
    std::string expression;
    uint32_t line = 2;  ///< on which the expression starts; not the first one
};

/// Prints the answer or diagnostics and returns an ExitCode. If all is right, `note` lists the names of the session for
/// completion: one per line, after it its members, between tabs.
int evaluate(const Session& session, const Question& question, const CommonOptions& common, std::string& note);

}  // namespace dal::cli::repl
