#include "dal/cli/repl/line_reader.hpp"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <iostream>

namespace dal::cli::repl {
namespace {

class PipeReader : public LineReader {
  public:
    Line read(const std::string&) override {
        Line line;
        if (std::getline(std::cin, line.text)) line.kind = Line::Kind::text;
        return line;
    }
};

/// The file, in a folder that exists; nothing if there is no place for it.
std::string history_path() {
    std::error_code failed;
    if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state) {
        const std::filesystem::path folder = std::filesystem::path(state) / "dal";
        std::filesystem::create_directories(folder, failed);
        return failed ? "" : (folder / "history").string();
    }
    const char* home = std::getenv("HOME");
    return home && *home ? (std::filesystem::path(home) / ".dal_history").string() : "";
}

/// What all of them start with.
std::string common_start(const std::vector<std::string>& words) {
    std::string common = words.front();
    for (const std::string& word : words) {
        const auto end = std::mismatch(common.begin(), common.end(), word.begin(), word.end()).first;
        common.erase(end, common.end());
    }
    return common;
}

class TerminalReader : public LineReader {
  public:
    explicit TerminalReader(Complete complete) : complete_(std::move(complete)), history_file_(history_path()) {
        // Libedit takes bytes apart by the locale; dal's texts are UTF-8 in any.
        std::setlocale(LC_CTYPE, "");
        if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
        if (::pipe2(wake_.data(), O_CLOEXEC | O_NONBLOCK) != 0) wake_ = {-1, -1};
        edit_ = el_init("dal", stdin, stdout, stderr);
        el_set(edit_, EL_CLIENTDATA, this);
        el_set(edit_, EL_PROMPT, &TerminalReader::prompt);
        el_set(edit_, EL_EDITOR, "emacs");
        el_set(edit_, EL_GETCFN, &TerminalReader::next_character);
        history_ = history_init();
        HistEvent event;
        history(history_, &event, H_SETSIZE, 2000);
        history(history_, &event, H_SETUNIQUE, 1);
        el_set(edit_, EL_HIST, history, history_);
        if (!history_file_.empty()) history(history_, &event, H_LOAD, history_file_.c_str());
        el_set(edit_, EL_ADDFN, "dal-complete", "complete a name", &TerminalReader::complete);
        el_set(edit_, EL_BIND, "^I", "dal-complete", nullptr);
        el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
        el_source(edit_, nullptr);  // ~/.editrc: the user's own keys
    }
    TerminalReader(const TerminalReader&) = delete;
    TerminalReader& operator=(const TerminalReader&) = delete;
    ~TerminalReader() override {
        el_end(edit_);
        history_end(history_);
        for (const int end : wake_)
            if (end >= 0) ::close(end);
    }

    Line read(const std::string& prompt) override {
        prompt_ = prompt;
        interrupted_ = false;
        int count = 0;
        const char* text = el_gets(edit_, &count);
        if (interrupted_) {
            std::puts("^C");
            el_reset(edit_);
            return {Line::Kind::interrupted, ""};
        }
        if (!text || count <= 0) {
            std::puts("");
            return {Line::Kind::end, ""};
        }
        Line line{Line::Kind::text, text};
        while (!line.text.empty() && (line.text.back() == '\n' || line.text.back() == '\r')) line.text.pop_back();
        remember(line.text);
        return line;
    }

    void interrupt() override {
        const char byte = 0;
        if (::write(wake_[1], &byte, 1) < 0) return;  // the pipe is full: it is awake
    }

  private:
    static TerminalReader& of(EditLine* edit) {
        void* self = nullptr;
        el_get(edit, EL_CLIENTDATA, &self);
        return *static_cast<TerminalReader*>(self);
    }

    static char* prompt(EditLine* edit) { return of(edit).prompt_.data(); }

    /// One character from the terminal; -1 when Ctrl-C was pressed.
    static int next_character(EditLine* edit, wchar_t* character) {
        TerminalReader& self = of(edit);
        std::mbstate_t state{};
        for (;;) {
            std::array<pollfd, 2> waits{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{self.wake_[0], POLLIN, 0}};
            if (::poll(waits.data(), waits.size(), -1) < 0) {
                if (errno == EINTR) continue;
                return -1;
            }
            if (waits[1].revents != 0) {
                std::array<char, 64> all;
                while (::read(self.wake_[0], all.data(), all.size()) > 0) {
                }
                self.interrupted_ = true;
                return -1;
            }
            char byte = 0;
            const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return static_cast<int>(count);
            const size_t used = std::mbrtowc(character, &byte, 1, &state);
            if (used == static_cast<size_t>(-1)) {
                *character = L'?';
                return 1;
            }
            if (used != static_cast<size_t>(-2)) return 1;  // else more bytes of it follow
        }
    }

    static unsigned char complete(EditLine* edit, int) {
        TerminalReader& self = of(edit);
        const LineInfo* info = el_line(edit);
        const std::string_view before(info->buffer, static_cast<size_t>(info->cursor - info->buffer));
        const Completions found = self.complete_(before);
        if (found.words.empty()) return CC_REFRESH_BEEP;
        const std::string more = common_start(found.words).substr(found.prefix);
        if (!more.empty()) return el_insertstr(edit, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
        if (found.words.size() == 1) return CC_REFRESH;
        self.list(found.words);
        return CC_REDISPLAY;
    }

    /// In columns below the line.
    void list(const std::vector<std::string>& words) {
        size_t width = 0;
        for (const std::string& word : words) width = std::max(width, word.size() + 2);
        const size_t per_row = std::max<size_t>(1, 80 / width);
        std::string text = "\n";
        for (size_t j = 0; j < words.size(); ++j) {
            const bool is_last = (j + 1) % per_row == 0 || j + 1 == words.size();
            text += words[j] + (is_last ? "\n" : std::string(width - words[j].size(), ' '));
        }
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    }

    /// Written at once, so that it is there however the session ends; others cannot read it.
    void remember(const std::string& text) {
        if (text.find_first_not_of(" \t") == std::string::npos) return;
        HistEvent event;
        history(history_, &event, H_ENTER, text.c_str());
        if (history_file_.empty()) return;
        history(history_, &event, H_SAVE, history_file_.c_str());
        ::chmod(history_file_.c_str(), S_IRUSR | S_IWUSR);
    }

    Complete complete_;
    std::string history_file_;
    std::string prompt_;
    bool interrupted_ = false;
    std::array<int, 2> wake_{-1, -1};
    EditLine* edit_ = nullptr;
    History* history_ = nullptr;
};

}  // namespace

std::unique_ptr<LineReader> pipe_reader() { return std::make_unique<PipeReader>(); }

std::unique_ptr<LineReader> terminal_reader(Complete complete) {
    return std::make_unique<TerminalReader>(std::move(complete));
}

}  // namespace dal::cli::repl
