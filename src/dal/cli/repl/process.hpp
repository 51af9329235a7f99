// Evaluation in a process of its own: it can be stopped at any moment, and whatever it does (a bug, too much memory)
// the session goes on. The session itself is text, so that there is nothing to bring back but an answer.
#pragma once

#include <sys/types.h>

#include <functional>
#include <mutex>
#include <string>

namespace dal::cli::repl {

struct Answer {
    int code = 0;  ///< an ExitCode; exit_interrupted if it was stopped
    std::string note;
};

class Process {
  public:
    /// Runs `work` in a copy of this process. It prints by itself, and may leave a note for us.
    Answer run(const std::function<int(std::string& note)>& work);
    /// Stops what runs, if something does; whether it did. From any thread.
    bool stop();

  private:
    std::mutex mutex_;
    pid_t child_ = 0;
    bool stopped_ = false;
};

}  // namespace dal::cli::repl
