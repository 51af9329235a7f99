// Where the lines of a session come from: a terminal, with editing, history and completion, or a pipe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dal::cli::repl {

struct Line {
    enum class Kind {
        text,
        interrupted,  ///< Ctrl-C: what was typed so far is dropped
        end
    };
    Kind kind = Kind::end;
    std::string text;
};

/// What the text before the cursor can go on to.
struct Completions {
    size_t prefix = 0;               ///< bytes before the cursor that each of `words` starts with
    std::vector<std::string> words;  ///< sorted
};
using Complete = std::function<Completions(std::string_view before_cursor)>;

class LineReader {
  public:
    virtual ~LineReader() = default;
    virtual Line read(const std::string& prompt) = 0;
    /// Makes a read() in progress return `interrupted`. From any thread.
    virtual void interrupt() {}
};

/// Standard input, without prompts.
std::unique_ptr<LineReader> pipe_reader();
/// The terminal, by libedit. History is kept in a file ($XDG_STATE_HOME/dal/history, else ~/.dal_history).
std::unique_ptr<LineReader> terminal_reader(Complete complete);

}  // namespace dal::cli::repl
