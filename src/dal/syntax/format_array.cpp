#include "dal/syntax/format_array.hpp"

#include <algorithm>
#include <vector>

#include "dal/syntax/scan.hpp"

namespace dal {
namespace {

enum class Part : uint8_t { open, close, number, trailing_comment, own_comment };

struct Item {
    Part part;
    bool negative = false;
    uint32_t begin = 0;  ///< of the digits or the comment; of a bracket: its row
    uint32_t end = 0;
};

/// One pair of brackets. Rows are numbered in the order of their opening ones.
struct Row {
    size_t open = 0;  ///< items of its brackets
    size_t close = 0;
    size_t width = 0;       ///< on one line
    bool rows = false;      ///< holds rows
    bool nested = false;    ///< holds rows of rows
    bool comments = false;  ///< holds comments
    bool broken = false;    ///< stands on several lines in the text: kept where rows are below one another
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }

class ArrayText : public ArrayLayout {
  public:
    ArrayText(std::string_view text, const Span& span) : text_(text) { read(span); }

    [[nodiscard]] size_t width() const override {
        return rows_[0].comments || rows_[0].broken ? unbounded : rows_[0].width;
    }

    [[nodiscard]] size_t tail() const override { return rows_[0].rows || width() == unbounded ? 1 : width(); }

    void write(std::string& out, size_t indent, size_t column, size_t tail) const override {
        row(out, 0, indent, column, tail);
    }

  private:
    void read(const Span& span) {
        std::vector<size_t> open;
        bool negative = false;
        bool line_has_text = true;  // what stands before the array
        for (size_t at = span.begin; at < span.end;) {
            const char c = text_[at];
            if (is_line_end(c)) line_has_text = false;
            if (c == '/') {
                at = comment(at, line_has_text);
                rows_[open.back()].comments = true;
            } else if (is_blank(c) || is_line_end(c)) {
                ++at;
            } else if (c >= '0' && c <= '9') {
                const size_t end = number_end(text_, at);
                items_.push_back({Part::number, negative, static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
                rows_[open.back()].width += width_of(items_.back());
                negative = false;
                line_has_text = true;
                at = end;
            } else {
                line_has_text = true;
                ++at;
                if (c == '-') negative = true;
                if (c == ',') rows_[open.back()].width += 2;
                if (c == '[') open_row(open, at);
                if (c == ']') close_row(open);
            }
        }
    }

    size_t comment(size_t at, bool trailing) {
        const size_t next = std::min(text_.find_first_of("\r\n", at), text_.size());
        size_t end = next;
        while (is_blank(text_[end - 1])) --end;
        trailing = trailing && !is_comment(items_.size() - 1);  // a comma or a sign between them is not kept
        items_.push_back({trailing ? Part::trailing_comment : Part::own_comment, false, static_cast<uint32_t>(at),
                          static_cast<uint32_t>(end)});
        return next;
    }

    void open_row(std::vector<size_t>& open, size_t at) {
        if (!open.empty()) rows_[open.back()].rows = true;
        if (open.size() > 1) rows_[open[open.size() - 2]].nested = true;
        Row row;
        row.open = items_.size();
        row.width = 2;
        while (at < text_.size() && is_blank(text_[at])) ++at;
        row.broken = at < text_.size() && is_line_end(text_[at]);
        open.push_back(rows_.size());
        items_.push_back({Part::open, false, static_cast<uint32_t>(rows_.size()), 0});
        rows_.push_back(row);
        broken_inside_.push_back(false);
    }

    void close_row(std::vector<size_t>& open) {
        const size_t index = open.back();
        open.pop_back();
        Row& row = rows_[index];
        row.close = items_.size();
        row.broken = (row.broken && row.rows) || broken_inside_[index];
        items_.push_back({Part::close, false, static_cast<uint32_t>(index), 0});
        if (open.empty()) return;
        Row& outer = rows_[open.back()];
        outer.width += row.width;
        outer.comments = outer.comments || row.comments;
        if (row.broken) broken_inside_[open.back()] = true;
    }

    [[nodiscard]] static size_t width_of(const Item& item) { return item.end - item.begin + (item.negative ? 1U : 0U); }
    void put(std::string& out, const Item& item) const {
        if (item.negative) out += '-';
        out += text_.substr(item.begin, item.end - item.begin);
    }
    [[nodiscard]] bool is_comment(size_t item) const {
        return items_[item].part == Part::trailing_comment || items_[item].part == Part::own_comment;
    }
    /// Whether a comma stands behind what ends before `item`.
    [[nodiscard]] bool more(size_t item) const {
        while (is_comment(item)) ++item;
        return items_[item].part != Part::close;
    }

    void row(std::string& out, size_t index, size_t indent, size_t column, size_t tail) const {
        const Row& row = rows_[index];
        if (!row.comments && !row.broken && column + row.width + tail <= format_columns) {
            flat(out, row, {});
            return;
        }
        const std::vector<size_t> columns = row.rows ? aligned(index, indent + format_indent) : std::vector<size_t>();
        out += '[';
        Lines lines{out, indent + format_indent};
        for (size_t at = row.open + 1; at < row.close; ++at) {
            const Item& item = items_[at];
            switch (item.part) {
                case Part::number: {
                    const bool comma = more(at + 1);
                    lines.fill(width_of(item) + (comma ? 1U : 0U));
                    put(out, item);
                    lines.column += width_of(item);
                    if (comma) lines.put(",");
                    break;
                }
                case Part::open: {
                    lines.next();
                    const Row& child = rows_[item.begin];
                    at = child.close;
                    const bool comma = more(at + 1);
                    if (columns.empty())
                        this->row(out, item.begin, lines.indent, lines.indent, comma ? 1 : 0);
                    else
                        flat(out, child, columns);
                    if (comma) out += ',';
                    break;
                }
                case Part::trailing_comment:
                    out += "  ";
                    out += text_.substr(item.begin, item.end - item.begin);
                    lines.full = true;
                    break;
                case Part::own_comment:
                    lines.next();
                    out += text_.substr(item.begin, item.end - item.begin);
                    lines.full = true;
                    break;
                case Part::close: break;
            }
        }
        out += '\n';
        out.append(indent, ' ');
        out += ']';
    }

    /// Where the next item goes: on this line, or on a new one.
    struct Lines {
        std::string& out;
        size_t indent;
        size_t column = 0;
        bool full = true;  ///< nothing more fits on this line

        void next() {
            out += '\n';
            out.append(indent, ' ');
            column = indent;
            full = false;
        }
        void fill(size_t width) {
            if (full || column + 1 + width > format_columns)
                next();
            else if (column > indent)
                put(" ");
        }
        void put(std::string_view text) {
            out += text;
            column += text.size();
        }
    };

    void flat(std::string& out, const Row& row, const std::vector<size_t>& columns) const {
        size_t number = 0;
        for (size_t at = row.open; at <= row.close; ++at) {
            const Item& item = items_[at];
            if (item.part == Part::open) out += '[';
            if (item.part == Part::close) out += ']';
            if (item.part == Part::number) {
                if (!columns.empty()) out.append(columns[number++] - width_of(item), ' ');
                put(out, item);
            }
            if (item.part != Part::open && at < row.close && items_[at + 1].part != Part::close) out += ", ";
        }
    }

    /// Widths of the columns of a matrix; empty if its rows do not fit next to each other.
    [[nodiscard]] std::vector<size_t> aligned(size_t index, size_t indent) const {
        const Row& row = rows_[index];
        std::vector<size_t> result;
        if (row.nested) return result;
        for (size_t child = index + 1; child < rows_.size() && rows_[child].open < row.close; ++child) {
            if (rows_[child].comments) return {};
            const size_t first = rows_[child].open + 1;
            result.resize(std::max(result.size(), rows_[child].close - first));
            for (size_t at = first; at < rows_[child].close; ++at)
                result[at - first] = std::max(result[at - first], width_of(items_[at]));
        }
        size_t width = indent + 3;  // brackets and a comma
        for (const size_t column : result) width += column + 2;
        if (width - 2 > format_columns) result.clear();
        return result;
    }

    std::string_view text_;
    std::vector<Item> items_;
    std::vector<Row> rows_;
    std::vector<bool> broken_inside_;
};

}  // namespace

std::unique_ptr<ArrayLayout> array_layout(std::string_view text, const Span& span) {
    return std::make_unique<ArrayText>(text, span);
}

}  // namespace dal
