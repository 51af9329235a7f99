// dal repl: the prompt. A session is the texts of loaded files and what was typed; each answer is computed from them
// anew (evaluate.hpp), in a process of its own (process.hpp).
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "dal/cli/commands.hpp"
#include "dal/cli/console.hpp"
#include "dal/cli/interrupt.hpp"
#include "dal/cli/repl/evaluate.hpp"
#include "dal/cli/repl/input.hpp"
#include "dal/cli/repl/line_reader.hpp"
#include "dal/cli/repl/names.hpp"
#include "dal/cli/repl/process.hpp"
#include "dal/support/file.hpp"
#include "dal/support/printable.hpp"

namespace dal::cli::repl {
namespace {

constexpr const char* help_text =
    "An expression is evaluated, a declaration is added to the session and may be declared anew.\n"
    "What depends on an input shows its type and range, or its value once :set has given the input.\n"
    "\n"
    "  :type E        type of an expression\n"
    "  :range E       the values that it can have\n"
    "  :explain E     where its width comes from\n"
    "  :cost [E]      adders, LUTs and depth in logic, of all outputs without E\n"
    "  :graph [E]     the operations\n"
    "  :verilog [E]   the circuit, without pipeline registers\n"
    "  :set x = E     gives an input a value; :unset x, :unset take it away\n"
    "  :load FILE…    loads programs and modules; their names are seen from then on\n"
    "  :reload        loads all of them again and keeps what was typed\n"
    "  :list          files, declarations and values of inputs\n"
    "  :quit          ends (Ctrl-D too); Ctrl-C stops an evaluation\n";

class Repl {
  public:
    Repl(const CommonOptions& common, bool interactive)
        : common_(common), interactive_(interactive), names_(known_commands()) {
        reader_ = interactive ? terminal_reader([this](std::string_view before) { return names_.complete(before); })
                              : pipe_reader();
    }

    int run(const ReplOptions& options) {
        std::optional<InterruptAction> action;
        if (interactive_)
            action.emplace(
                [this] {
                    if (!process_.stop()) reader_->interrupt();
                },
                true);
        if (interactive_ && !common_.quiet) std::puts("dal: :help shows the commands, Ctrl-D ends");
        if (!options.files.empty()) load(options.files);
        if (interactive_ && !options.files.empty() && code_ != exit_ok) code_ = exit_ok;
        while (!ended_) {
            const auto text = read();
            if (!text) break;
            if (!is_blank(*text) || !text->empty()) take(*text);
        }
        // At a terminal errors were seen; in a script the last one counts.
        return interactive_ ? exit_ok : code_;
    }

  private:
    /// One input, of several lines if it has to be; nothing at the end.
    std::optional<std::string> read() {
        std::string text;
        line_ = next_line_;
        for (;;) {
            const Line line = reader_->read(text.empty() ? "dal> " : "...> ");
            if (line.kind == Line::Kind::interrupted) return "";
            if (line.kind == Line::Kind::end) return text.empty() ? std::nullopt : std::optional(text);
            ++next_line_;
            text += (text.empty() ? "" : "\n") + line.text;
            const bool ends_it = trimmed(line.text).empty();  // an empty line ends what cannot be finished
            if (ends_it || !is_unfinished(text)) return text;
        }
    }

    void take(const std::string& text) {
        const std::string_view content = trimmed(text);
        if (content.empty() || is_blank(content)) return;
        if (content[0] == ':')
            command(parse_command(content));
        else if (is_declaration(text))
            declare(text);
        else
            ask(Ask::value, text);
    }

    void command(const Command& command) {
        const auto is = [&](const char* name) { return command.name == name; };
        if (is("help") || is("?") || is("h")) {
            code_ = exit_ok;
            if (command.rest.empty())
                std::fputs(help_text, stdout);
            else
                ask(Ask::value, command.rest);
        } else if (is("quit") || is("q")) {
            ended_ = true;
        } else if (is("type") || is("t")) {
            about(Ask::type, command);
        } else if (is("range")) {
            about(Ask::range, command);
        } else if (is("explain")) {
            about(Ask::explain, command);
        } else if (is("cost")) {
            ask(Ask::cost, command.rest);
        } else if (is("graph")) {
            ask(Ask::graph, command.rest);
        } else if (is("verilog")) {
            ask(Ask::verilog, command.rest);
        } else if (is("load") || is("l")) {
            const auto files = words(command.rest);
            if (files.empty())
                refuse("`:load` needs a file: `:load net.da`");
            else
                load(files);
        } else if (is("reload") || is("r")) {
            reload();
        } else if (is("set")) {
            set(command.rest);
        } else if (is("unset")) {
            unset(command.rest);
        } else if (is("list")) {
            list();
        } else {
            const std::string_view near = nearest(":" + command.name, known_commands());
            refuse("`:" + command.name + "` is no command" +
                   (near.empty() ? "; :help lists them" : ", did you mean `" + std::string(near) + "`?"));
        }
    }

    void refuse(const std::string& why) {
        std::fprintf(stderr, "%s\n", why.c_str());
        code_ = exit_failed;
    }

    void about(Ask what, const Command& command) {
        if (command.rest.empty())
            refuse("`:" + command.name + "` needs an expression: `:" + command.name + " x + 1`");
        else
            ask(what, command.rest);
    }

    /// Whether the answer was good.
    bool put(const Session& session, const Question& question) {
        const Answer answer =
            process_.run([&](std::string& note) { return evaluate(session, question, common_, note); });
        code_ = answer.code;
        if (code_ == exit_ok) latest_note_ = answer.note;
        return code_ == exit_ok;
    }

    void ask(Ask what, const std::string& expression) { put(session_, {what, expression, line_}); }

    /// The changed session becomes the session if it is right.
    bool change(Session changed, Ask what) {
        if (!put(changed, {what, "", line_})) return false;
        session_ = std::move(changed);
        names_.set(latest_note_);
        return true;
    }

    void declare(const std::string& text) {
        Session changed = session_;
        changed.pieces.push_back({"<repl>", text, ".", false, line_});
        change(std::move(changed), Ask::declare);
    }

    /// A file as a piece; nothing, said, if it cannot be read.
    std::optional<Piece> read_piece(const std::string& path) {
        auto text = read_program(path);
        if (text) return Piece{path, std::move(*text), std::filesystem::path(path).parent_path(), true, 1};
        code_ = Console(common_).report(text.error());
        return std::nullopt;
    }

    void load(const std::vector<std::string>& files) {
        Session changed = session_;
        for (const std::string& path : files) {
            auto piece = read_piece(path);
            if (!piece) return;
            const auto known = std::find_if(changed.pieces.begin(), changed.pieces.end(),
                                            [&](const Piece& p) { return p.is_file && p.name == path; });
            if (known != changed.pieces.end())
                *known = std::move(*piece);
            else
                changed.pieces.push_back(std::move(*piece));
        }
        if (!change(std::move(changed), Ask::names) || common_.quiet) return;
        for (const std::string& path : files) std::printf("loaded %s\n", printable(path).c_str());
    }

    void reload() {
        Session changed = session_;
        size_t count = 0;
        for (Piece& piece : changed.pieces) {
            if (!piece.is_file) continue;
            auto again = read_piece(piece.name);
            if (!again) return;
            piece = std::move(*again);
            ++count;
        }
        if (count == 0) return refuse("no file is loaded: `:load net.da`");
        if (change(std::move(changed), Ask::names) && !common_.quiet)
            std::printf("reloaded %zu %s\n", count, count == 1 ? "file" : "files");
    }

    void set(const std::string& text) {
        const size_t equals = text.find('=');
        const std::string name(trimmed(std::string_view(text).substr(0, equals)));
        if (equals == std::string::npos || name.empty() || trimmed(text.substr(equals + 1)).empty())
            return refuse("`:set` needs an input and its value: `:set x = load(\"x.npy\")[0]`");
        Session changed = session_;
        std::erase_if(changed.given, [&](const Given& given) { return given.input == name; });
        changed.given.push_back({name, text.substr(equals + 1), line_});
        change(std::move(changed), Ask::set);
    }

    void unset(const std::string& name) {
        const size_t count =
            std::erase_if(session_.given, [&](const Given& given) { return name.empty() || given.input == name; });
        code_ = exit_ok;
        if (count == 0) refuse(name.empty() ? "no input is set" : "`" + name + "` is not set");
    }

    void list() {
        code_ = exit_ok;
        for (const Piece& piece : session_.pieces)
            std::printf("%s\n", printable_lines(piece.is_file ? ":load " + piece.name : piece.text).c_str());
        for (const Given& given : session_.given)
            std::printf(":set %s = %s\n", given.input.c_str(), std::string(trimmed(given.text)).c_str());
    }

    const CommonOptions& common_;
    bool interactive_;
    Names names_;
    Process process_;
    std::unique_ptr<LineReader> reader_;
    Session session_;
    std::string latest_note_;
    uint32_t line_ = 2;
    uint32_t next_line_ = 2;  // expressions need a line before them
    int code_ = exit_ok;
    bool ended_ = false;
};

}  // namespace
}  // namespace dal::cli::repl

namespace dal::cli {

int repl_command(const ReplOptions& options, const CommonOptions& common) {
    const bool interactive = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
    return repl::Repl(common, interactive).run(options);
}

}  // namespace dal::cli
