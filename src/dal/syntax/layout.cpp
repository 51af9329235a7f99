#include "dal/syntax/layout.hpp"

#include <algorithm>

#include "dal/support/check.hpp"

namespace dal {

size_t columns_of(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(),
                                             [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

/// What each item needs on one line.
struct Layout::Measures {
    std::vector<size_t> group;  ///< of an `open`: columns of the whole group
    std::vector<bool> broken;   ///< of an `open`: it cannot be on one line
    std::vector<size_t> tail;   ///< columns from here to the next place to break

    explicit Measures(const std::vector<Item>& items)
        : group(items.size()), broken(items.size()), tail(items.size() + 1) {
        struct Sums {
            size_t columns = 0;
            size_t breaks = 0;
        };
        Sums sums;
        std::vector<std::pair<size_t, Sums>> open;
        for (size_t j = 0; j < items.size(); ++j) {
            if (items[j].kind == Kind::open) open.emplace_back(j, sums);
            if (items[j].kind == Kind::close) {
                const auto& [begin, before] = open.back();
                group[begin] = sums.columns - before.columns;
                broken[begin] = sums.breaks > before.breaks;
                open.pop_back();
            }
            const size_t width = width_of(items[j]);
            if (width == ArrayLayout::unbounded || ends_line(items[j]))
                ++sums.breaks;
            else
                sums.columns += width;
        }
        DAL_CHECK(open.empty(), "a group that is not closed");
        for (size_t j = items.size(); j-- > 0;) {
            const Kind kind = items[j].kind;
            const bool stop = kind == Kind::line || kind == Kind::line_space || ends_line(items[j]);
            if (kind == Kind::array)
                tail[j] = items[j].array->width() == items[j].array->tail() ? items[j].array->tail() + tail[j + 1]
                                                                            : items[j].array->tail();
            else if (!stop)
                tail[j] = width_of(items[j]) + tail[j + 1];
        }
    }

  private:
    static bool ends_line(const Item& item) {
        return item.kind == Kind::hard || item.kind == Kind::force || item.kind == Kind::trailing ||
               item.kind == Kind::own;
    }
    static size_t width_of(const Item& item) {
        switch (item.kind) {
            case Kind::text: return columns_of(item.text);
            case Kind::array: return item.array->width();
            case Kind::space:
            case Kind::line_space: return 1;
            case Kind::line:
            case Kind::hard:
            case Kind::force:
            case Kind::trailing:
            case Kind::own:
            case Kind::open:
            case Kind::close: return 0;
        }
        return 0;
    }
};

class Layout::Writer {
  public:
    Writer(const Layout& layout, std::string& out, size_t indent)
        : items_(layout.items_), measures_(layout.items_), out_(out) {
        groups_.push_back({indent, true});
        line_indent_ = indent;
    }

    void run() {
        for (at_ = 0; at_ < items_.size(); ++at_) one(items_[at_]);
        if (!at_start_) end_line();
    }

  private:
    struct Group {
        size_t indent;
        bool broken;
    };

    [[nodiscard]] size_t column() const { return (at_start_ ? line_indent_ : column_) + (space_ ? 1 : 0); }

    void end_line() {
        out_ += '\n';
        at_start_ = true;
        space_ = false;
        must_end_ = false;
    }
    void new_line(size_t indent) {
        if (!at_start_) end_line();
        line_indent_ = indent;
    }
    void start_text() {
        if (must_end_) new_line(groups_.back().indent);
        if (at_start_) {
            out_.append(line_indent_, ' ');
            column_ = line_indent_;
        } else if (space_) {
            out_ += ' ';
            ++column_;
        }
        at_start_ = false;
        space_ = false;
    }
    void put(std::string_view text) {
        start_text();
        out_ += text;
        column_ += columns_of(text);
    }

    void one(const Item& item) {
        Group& group = groups_.back();
        const size_t outer = groups_.size() > 1 ? groups_[groups_.size() - 2].indent : group.indent;
        switch (item.kind) {
            case Kind::text: put(item.text); break;
            case Kind::array: {
                start_text();
                const size_t before = out_.size();
                item.array->write(out_, group.indent, column_, measures_.tail[at_ + 1]);
                const size_t line = out_.rfind('\n');
                column_ = line == std::string::npos || line < before ? column_ + out_.size() - before
                                                                     : out_.size() - line - 1;
                break;
            }
            case Kind::space: space_ = !at_start_ && !must_end_; break;
            case Kind::line:
            case Kind::line_space:
                if (group.broken || must_end_) {
                    new_line(item.offset != 0 ? outer : group.indent);
                    if (item.blank) out_ += '\n';
                } else {
                    space_ = item.kind == Kind::line_space && !at_start_;
                }
                break;
            case Kind::hard: new_line(group.indent); break;
            case Kind::force: break;
            case Kind::trailing:
                start_text();
                out_ += "  ";
                out_ += item.text;
                must_end_ = true;
                break;
            case Kind::own: {
                if (!at_start_) {
                    end_line();
                    line_indent_ = group.indent;
                }
                const size_t after = line_indent_;
                if (item.blank) out_ += '\n';
                if (!item.text.empty()) out_.append(after + (item.offset != 0 ? format_indent : 0), ' ');
                out_ += item.text;
                out_ += '\n';
                break;
            }
            case Kind::open: {
                const bool fits = column() + measures_.group[at_] + tail_after_group() <= format_columns;
                groups_.push_back({group.indent + item.indent, group.broken && (measures_.broken[at_] || !fits)});
                break;
            }
            case Kind::close: groups_.pop_back(); break;
        }
    }

    /// Columns of what must stand on the line of the last part of the group that opens here.
    [[nodiscard]] size_t tail_after_group() {
        if (ends_.empty()) find_ends();
        return measures_.tail[ends_[at_]];
    }
    void find_ends() {
        ends_.resize(items_.size());
        std::vector<size_t> open;
        for (size_t j = 0; j < items_.size(); ++j) {
            if (items_[j].kind == Kind::open) open.push_back(j);
            if (items_[j].kind != Kind::close) continue;
            ends_[open.back()] = j;
            open.pop_back();
        }
    }

    const std::vector<Item>& items_;
    Measures measures_;
    std::string& out_;
    std::vector<Group> groups_;
    std::vector<size_t> ends_;
    size_t at_ = 0;
    size_t column_ = 0;
    size_t line_indent_ = 0;
    bool at_start_ = true;   // nothing is on the line yet, not even its indentation
    bool space_ = false;     // before the next text on this line
    bool must_end_ = false;  // a comment ended the line
};

void Layout::write(std::string& out, size_t indent) const { Writer(*this, out, indent).run(); }

}  // namespace dal
