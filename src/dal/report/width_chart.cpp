#include "dal/report/width_chart.hpp"

#include <algorithm>

namespace dal::report {
namespace {

// In pixels: names on the left, bars in the middle, numbers on the right.
constexpr int64_t page_width = 960;
constexpr int64_t margin = 24;
constexpr int64_t header = 92;
constexpr int64_t row_height = 92;
constexpr int64_t bars_left = 320;
constexpr int64_t bars_width = 480;
constexpr int64_t bars_top = 18;  // in its row
constexpr int64_t bars_height = 44;
constexpr int64_t numbers_left = bars_left + bars_width + 24;

// Colours are attributes of each element: viewers that read no style sheets, or no variables in them, show the picture
// all the same.
constexpr const char* paper = "#ffffff";
constexpr const char* ink = "#1d2228";
constexpr const char* soft_ink = "#646c76";
constexpr const char* line_color = "#d5dae0";
constexpr const char* bar_color = "#2a6fb0";
constexpr const char* none_color = "#b4bcc6";

// A style sheet counts more than attributes: dark, where the reader wants that and the viewer knows it.
constexpr const char* style = R"(
  @media (prefers-color-scheme: dark) {
    .widths text { fill: #e6e9ed; }
    .widths .paper { fill: #15181c; }
    .widths .soft { fill: #9aa3ae; }
    .widths .line { stroke: #353b43; }
    .widths .bar { fill: #6fb1ee; }
    .widths .none { fill: #59626d; }
  }
)";

/// How a text looks.
struct Writing {
    const char* classes;
    const char* color;
    int64_t size;  ///< in pixels
    bool strong = false;
    bool code = false;
};
constexpr Writing title_writing{"title", ink, 18, true, false};
constexpr Writing number_writing{"name", ink, 13, true, false};
constexpr Writing name_writing{"name code", ink, 13, true, true};
constexpr Writing code_writing{"code", ink, 12, false, true};
constexpr Writing soft_writing{"soft", soft_ink, 11, false, false};
constexpr Writing soft_code_writing{"soft code", soft_ink, 11, false, true};

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else if (c == '&')
            result += "&amp;";
        else if (c == '"')
            result += "&quot;";
        else if (static_cast<unsigned char>(c) >= 0x20)
            result += c;
    }
    return result;
}

/// At most so many characters, the last one "…".
std::string cut(const std::string& text, size_t most) {
    size_t length = 0;
    for (size_t j = 0; j < text.size(); ++j) {
        if ((static_cast<unsigned char>(text[j]) & 0xC0U) == 0x80U) continue;  // inside of a character
        if (++length == most && j + 1 < text.size()) return text.substr(0, j) + "…";
    }
    return text;
}

std::string number(int64_t value) { return std::to_string(value); }

std::string label(int64_t x, int64_t y, const Writing& writing, const std::string& text, const char* anchor = "start") {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" class=\"" + writing.classes + "\" fill=\"" +
           writing.color + "\" font-family=\"" + (writing.code ? "ui-monospace, monospace" : "system-ui, sans-serif") +
           "\" font-size=\"" + number(writing.size) + "\"" + (writing.strong ? " font-weight=\"600\"" : "") +
           " text-anchor=\"" + anchor + "\">" + escaped(text) + "</text>\n";
}

/// Horizontal.
std::string rule(int64_t left, int64_t right, int64_t y) {
    return "<line class=\"line\" stroke=\"" + std::string(line_color) + "\" x1=\"" + number(left) + "\" x2=\"" +
           number(right) + "\" y1=\"" + number(y) + "\" y2=\"" + number(y) + "\"/>\n";
}

std::string counted(int64_t count, const std::string& what) {
    return number(count) + " " + what + (count == 1 ? "" : "s");
}

std::string widths_text_of(const Widths& value) {
    return value.least() == value.most()
               ? counted(value.most(), "bit")
               : number(value.least()) + " to " + number(value.most()) + " bits, median " + number(value.median());
}

/// Draws the rows on one scale: bar `n` is at the same place everywhere.
class Chart {
  public:
    Chart(const std::vector<Widths>& values, std::string title)
        : values_(values), title_(std::move(title)), per_bar_(bits_per_bar(values)) {
        for (const Widths& value : values) bars_ = std::max(bars_, value.most() / per_bar_ + 1);
    }

    [[nodiscard]] std::string svg() const {
        const int64_t height = header + row_height * static_cast<int64_t>(values_.size()) + margin;
        std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"widths\" viewBox=\"0 0 " +
                           number(page_width) + " " + number(height) + "\" width=\"" + number(page_width) +
                           "\" height=\"" + number(height) + "\" role=\"img\">\n<title>" + escaped(title_) +
                           "</title>\n<style>" + style + "</style>\n<rect class=\"paper\" fill=\"" + paper +
                           "\" width=\"" + number(page_width) + "\" height=\"" + number(height) + "\"/>\n";
        int64_t bits = 0;
        for (const Widths& value : values_) bits += value.bits();
        text += label(margin, 38, title_writing, cut(title_, 90));
        text += label(margin, 60, soft_writing,
                      counted(static_cast<int64_t>(values_.size()), "value") + ", " + counted(bits, "bit"));
        text += label(bars_left, 60, soft_writing, "elements of each width in bits; gray: no bits, no wire");
        for (size_t j = 0; j < values_.size(); ++j)
            text += row(values_[j], header + row_height * static_cast<int64_t>(j));
        return text + "</svg>\n";
    }

  private:
    [[nodiscard]] int64_t left_of(int64_t bar) const { return bars_left + bar * bars_width / bars_; }

    [[nodiscard]] std::string row(const Widths& value, int64_t top) const {
        std::string text = rule(margin, page_width - margin, top);
        text += label(margin, top + 26, value.named ? name_writing : code_writing, cut(value.name, 36));
        text += label(margin, top + 45, soft_code_writing, cut(value.type, 42));
        text += label(margin, top + 62, soft_code_writing, cut(value.place, 42));
        text += histogram(value, top + bars_top);
        text += label(numbers_left, top + 26, number_writing, counted(value.bits(), "bit"));
        text += label(numbers_left, top + 45, soft_writing, counted(value.count(), "element"));
        text += label(numbers_left, top + 62, soft_writing, "median " + number(value.median()));
        return text;
    }

    [[nodiscard]] std::string histogram(const Widths& value, int64_t top) const {
        const std::vector<int64_t> heights = bars(value, per_bar_);
        const int64_t highest = *std::max_element(heights.begin(), heights.end());
        const int64_t bottom = top + bars_height;
        const int64_t slot = bars_width / bars_;
        std::string text = rule(bars_left, bars_left + bars_width, bottom);
        for (int64_t bar = 0; bar < bars_; ++bar) {
            const int64_t count = bar < static_cast<int64_t>(heights.size()) ? heights[static_cast<size_t>(bar)] : 0;
            const int64_t left = left_of(bar);
            const int64_t room = left_of(bar + 1) - left;
            if (count > 0) {
                const int64_t height = std::max<int64_t>(2, count * bars_height / highest);
                const std::string bits = bar_name(bar, per_bar_) + (bar == 1 && per_bar_ == 1 ? " bit: " : " bits: ");
                const bool no_bits = bar == 0 && per_bar_ == 1;
                text += std::string("<rect class=\"") + (no_bits ? "none" : "bar") + "\" fill=\"" +
                        (no_bits ? none_color : bar_color) + "\" x=\"" + number(left + 1) + "\" y=\"" +
                        number(bottom - height) + "\" width=\"" + number(std::max<int64_t>(room - 2, 1)) +
                        "\" height=\"" + number(height) + "\"><title>" + bits + counted(count, "element") +
                        "</title></rect>\n";
                constexpr int64_t digit = 7;
                if (static_cast<int64_t>(number(count).size()) * digit <= room)
                    text += label(left + room / 2, bottom - height - 4, soft_writing, number(count), "middle");
            }
            if (is_marked(bar, slot))
                text += label(left + room / 2, bottom + 14, soft_writing, number(bar * per_bar_), "middle");
        }
        return text;
    }

    /// So that the numbers below the bars do not meet.
    static bool is_marked(int64_t bar, int64_t slot) {
        constexpr int64_t room = 26;
        int64_t every = 1;
        while (every * slot < room) every *= 2;
        return bar % every == 0;
    }

    const std::vector<Widths>& values_;
    std::string title_;
    int64_t per_bar_;
    int64_t bars_ = 1;
};

std::string table_row(const char* cell, const std::vector<std::string>& cells) {
    std::string text = "<tr>";
    for (const std::string& content : cells)
        text += std::string("<") + cell + ">" + escaped(content) + "</" + cell + ">";
    return text + "</tr>\n";
}

}  // namespace

std::string widths_svg(const std::vector<Widths>& values, const std::string& title) {
    return Chart(values, title).svg();
}

std::string widths_html(const std::vector<Widths>& values, const std::string& title) {
    std::string text =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
        escaped(title) +
        "</title>\n<style>\n"
        "  body { margin: 0 auto; max-width: 960px; font-family: system-ui, sans-serif; background: #ffffff; color: "
        "#1d2228; }\n"
        "  svg { width: 100%; height: auto; }\n"
        "  .numbers { overflow-x: auto; padding: 0 24px 32px; }\n"
        "  table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }\n"
        "  th, td { padding: 4px 14px 4px 0; text-align: left; border-bottom: 1px solid #d5dae0; white-space: nowrap; "
        "}\n"
        "  @media (prefers-color-scheme: dark) {\n"
        "    body { background: #15181c; color: #e6e9ed; }\n    th, td { border-color: #353b43; }\n  }\n"
        "</style>\n</head>\n<body>\n" +
        widths_svg(values, title) + "<div class=\"numbers\">\n<table>\n" +
        table_row("th", {"value", "type", "elements", "bits", "widths", "where"});
    for (const Widths& value : values)
        text += table_row("td", {value.name, value.type, number(value.count()), number(value.bits()),
                                 widths_text_of(value), value.place});
    return text + "</table>\n</div>\n</body>\n</html>\n";
}

}  // namespace dal::report
