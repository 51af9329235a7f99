// The text form of a diagnostic: header, snippets with carets, rules and help.
#include <algorithm>
#include <map>
#include <utility>

#include "dal/support/diagnostic.hpp"
#include "dal/support/printable.hpp"

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

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

/// A sentence as it may go to a terminal. One that quotes something enormous is cut in the middle: the fact
/// stands at the start, the reason at the end.
std::string sentence(std::string_view text) {
    constexpr size_t longest = 1000;
    if (text.size() <= longest) return printable(text);
    size_t head = longest / 2;
    while (head > 0 && continues(text[head])) --head;
    size_t tail = text.size() - longest / 2;
    while (tail < text.size() && continues(text[tail])) ++tail;
    return printable(text.substr(0, head)) + " ... " + printable(text.substr(tail));
}

/// Columns that a text takes on screen: one per code point.
uint32_t screen_width(std::string_view text) {
    const std::string shown = printable(text);
    return static_cast<uint32_t>(std::count_if(shown.begin(), shown.end(), [](char c) { return !continues(c); }));
}

Mark mark_of(const SourceFile& file, const Span& span, std::string text, bool primary) {
    if (!file.is_seen()) return {span.begin, 0, 0, std::move(text), primary};
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
        out_ += d.advice.empty() ? code_text(d.code) : std::string_view(d.advice);
        out_ += "]";
        out_ += palette_.reset;
        out_ += palette_.bold;
        out_ += ": " + sentence(d.message);
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
        if (!file.is_seen()) return unseen_block(file, marks);
        const Mark& first = marks.front();
        uint32_t last_line = 0;
        for (const Mark& mark : marks) last_line = std::max(last_line, mark.line);
        margin_ = std::max<size_t>(margin_, std::to_string(last_line).size());
        out_ += std::string(margin_, ' ');
        paint(palette_.blue, "--> ");
        out_ +=
            printable(file.name()) + ":" + std::to_string(first.line) + ":" + std::to_string(first.begin + 1) + "\n";
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

    /// Of a file without text: its lines by number.
    void unseen_block(const SourceFile& file, const std::vector<Mark>& marks) {
        for (const Mark& mark : marks) {
            out_ += std::string(margin_, ' ');
            paint(palette_.blue, "--> ");
            out_ += printable(file.name()) + ":" + std::to_string(mark.line);
            out_ += mark.text.empty() ? "\n" : ": " + sentence(mark.text) + "\n";
        }
    }

    /// The part of a line that is shown, as bytes [from, to): all of it unless it is long.
    static std::pair<uint32_t, uint32_t> shown_part(std::string_view text, const Mark& mark) {
        const auto size = static_cast<uint32_t>(text.size());
        if (size <= window) return {0, size};
        uint32_t from = mark.begin > window / 2 ? mark.begin - window / 2 : 0;
        while (from > 0 && continues(text[from])) --from;
        uint32_t to = std::min(from + window, size);
        while (to < size && continues(text[to])) ++to;
        return {from, to};
    }

    void line_with_mark(const SourceFile& file, const Mark& mark, bool show_line) {
        const std::string_view line = file.line(mark.line);
        const auto part = shown_part(line, mark);
        const auto [from, to] = part;
        const std::string_view text = line.substr(from, to - from);
        const std::string_view prefix = from > 0 ? "..." : "";
        if (show_line || part != last_part_) {
            gutter(std::to_string(mark.line));
            out_ += " ";
            out_ += prefix;
            out_ += printable(text);
            out_ += to < line.size() ? "...\n" : "\n";
        }
        last_part_ = part;
        const uint32_t begin = std::min<uint32_t>(mark.begin - from, static_cast<uint32_t>(text.size()));
        const uint32_t end = std::clamp<uint32_t>(mark.end - from, begin, static_cast<uint32_t>(text.size()));
        gutter("");
        out_ += " " + std::string(prefix.size() + screen_width(text.substr(0, begin)), ' ');
        const uint32_t width = std::max<uint32_t>(1, screen_width(text.substr(begin, end - begin)));
        std::string carets(width, mark.primary ? '^' : '-');
        if (!mark.text.empty()) carets += " " + sentence(mark.text);
        paint(mark.primary ? palette_.red : palette_.blue, carets);
        out_ += "\n";
    }

    void note(std::string_view kind, std::string_view text) {
        out_ += std::string(margin_ + 1, ' ');
        paint(palette_.blue, "= ");
        paint(kind == "help" ? palette_.green : palette_.bold, kind);
        out_ += ": " + sentence(text) + "\n";
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
    std::pair<uint32_t, uint32_t> last_part_;  ///< of the line shown last
};

}  // namespace

std::string render(const Diagnostic& diagnostic, const SourceMap& sources, bool color) {
    return Renderer(sources, color ? ansi : plain).render(diagnostic);
}

}  // namespace dal
