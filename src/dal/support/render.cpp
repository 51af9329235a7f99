// The text form of a diagnostic: header, snippets with carets, rules and help.
#include <algorithm>
#include <map>

#include "dal/support/diagnostic.hpp"

namespace dal {
namespace {

struct Palette {
    std::string_view bold, red, yellow, blue, green, reset;
};
constexpr Palette plain{"", "", "", "", "", ""};
constexpr Palette ansi{"\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1;32m", "\x1b[0m"};

/// Width of the window shown of a long line (a weight array on one line must not flood the screen).
constexpr uint32_t window = 100;

struct Mark {
    uint32_t line = 0;
    uint32_t begin = 0;  ///< byte columns from 0, within the line
    uint32_t end = 0;
    std::string text;
    bool primary = false;
};

/// Columns that the bytes [0, at) take on screen: one per UTF-8 code point.
uint32_t screen_width(std::string_view text) {
    return static_cast<uint32_t>(std::count_if(text.begin(), text.end(),
                                               [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

/// Control characters and tabs as spaces, so that carets line up and nothing reaches the terminal raw.
std::string printable(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return result;
}

Mark mark_of(const SourceFile& file, const Span& span, std::string text, bool primary) {
    const auto [line, column] =
        file.position(std::min<uint32_t>(span.begin, static_cast<uint32_t>(file.text().size())));
    const auto length = static_cast<uint32_t>(file.line(line).size());
    Mark mark{line, std::min(column - 1, length), 0, std::move(text), primary};
    const uint32_t stop = span.end > file.line_start(line) ? span.end - file.line_start(line) : 0;
    mark.end = std::clamp(stop, mark.begin, std::max(length, mark.begin));
    return mark;
}

class Renderer {
  public:
    Renderer(const SourceMap& sources, const Palette& palette) : sources_(sources), palette_(palette) {}

    std::string render(const Diagnostic& d) {
        const bool is_error = d.severity == Severity::error;
        out_ += is_error ? palette_.red : palette_.yellow;
        out_ += is_error ? "error[" : "warning[";
        out_ += code_text(d.code);
        out_ += "]";
        out_ += palette_.reset;
        out_ += palette_.bold;
        out_ += ": " + printable(d.message);
        out_ += palette_.reset;
        out_ += "\n";
        snippets(d);
        for (const std::string& rule : d.rules) note("rule", rule);
        for (const std::string& help : d.help) note("help", help);
        return std::move(out_);
    }

  private:
    void snippets(const Diagnostic& d) {
        if (!d.span.known()) {
            if (!d.label.empty()) note("note", d.label);
            for (const Label& label : d.secondary)
                if (label.span.known())
                    file_block(label.span.file,
                               {mark_of(sources_.file(label.span.file), label.span, label.text, false)});
            return;
        }
        std::map<FileId, std::vector<Mark>> others;
        std::vector<Mark> marks{mark_of(sources_.file(d.span.file), d.span, d.label, true)};
        for (const Label& label : d.secondary) {
            if (!label.span.known()) continue;
            Mark mark = mark_of(sources_.file(label.span.file), label.span, label.text, false);
            (label.span.file == d.span.file ? marks : others[label.span.file]).push_back(std::move(mark));
        }
        file_block(d.span.file, std::move(marks));
        for (auto& [file, list] : others) file_block(file, std::move(list));
    }

    void file_block(FileId id, std::vector<Mark> marks) {
        const SourceFile& file = sources_.file(id);
        const Mark& first = marks.front();
        uint32_t last_line = 0;
        for (const Mark& mark : marks) last_line = std::max(last_line, mark.line);
        margin_ = std::max<size_t>(margin_, std::to_string(last_line).size());
        out_ += std::string(margin_, ' ');
        paint(palette_.blue, "--> ");
        out_ += file.name() + ":" + std::to_string(first.line) + ":" + std::to_string(first.begin + 1) + "\n";
        gutter("");
        out_ += "\n";
        std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.line < b.line; });
        uint32_t shown = 0;
        for (const Mark& mark : marks) {
            if (shown != 0 && mark.line > shown + 1) out_ += std::string(margin_, ' ') + "...\n";
            line_with_mark(file, mark, mark.line != shown);
            shown = mark.line;
        }
        gutter("");
        out_ += "\n";
    }

    void line_with_mark(const SourceFile& file, const Mark& mark, bool show_line) {
        std::string_view text = file.line(mark.line);
        uint32_t from = 0;
        std::string_view prefix;
        std::string_view suffix;
        if (text.size() > window) {
            from = mark.begin > window / 2 ? mark.begin - window / 2 : 0;
            while (from > 0 && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80) --from;
            if (from > 0) prefix = "...";
            if (from + window < text.size()) suffix = "...";
            text = text.substr(from, window);
        }
        if (show_line) {
            gutter(std::to_string(mark.line));
            out_ += " ";
            out_ += prefix;
            out_ += printable(text);
            out_ += suffix;
            out_ += "\n";
        }
        const uint32_t begin = std::min<uint32_t>(mark.begin - from, static_cast<uint32_t>(text.size()));
        const uint32_t end = std::min<uint32_t>(mark.end - from, static_cast<uint32_t>(text.size()));
        gutter("");
        out_ += " " + std::string(prefix.size() + screen_width(text.substr(0, begin)), ' ');
        const uint32_t width = std::max<uint32_t>(1, screen_width(text.substr(begin, end - begin)));
        std::string carets(width, mark.primary ? '^' : '-');
        if (!mark.text.empty()) carets += " " + printable(mark.text);
        paint(mark.primary ? palette_.red : palette_.blue, carets);
        out_ += "\n";
    }

    void note(std::string_view kind, std::string_view text) {
        out_ += std::string(margin_ + 1, ' ');
        paint(palette_.blue, "= ");
        paint(kind == "help" ? palette_.green : palette_.bold, kind);
        out_ += ": " + printable(text) + "\n";
    }

    void gutter(const std::string& number) {
        paint(palette_.blue, number + std::string(margin_ + 1 - std::min(margin_ + 1, number.size()), ' ') + "|");
    }

    void paint(std::string_view color, std::string_view text) {
        out_ += color;
        out_ += text;
        out_ += palette_.reset;
    }

    const SourceMap& sources_;
    const Palette& palette_;
    std::string out_;
    size_t margin_ = 1;
};

}  // namespace

std::string render(const Diagnostic& diagnostic, const SourceMap& sources, bool color) {
    return Renderer(sources, color ? ansi : plain).render(diagnostic);
}

}  // namespace dal
