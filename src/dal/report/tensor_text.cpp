#include "dal/report/tensor_text.hpp"

#include <algorithm>

namespace dal::report {
namespace {

constexpr int64_t edge_items = 3;

/// Columns on screen: one per code point.
size_t columns(const std::string& text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(),
                                             [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

class Show {
  public:
    Show(const Shape& shape, const std::function<std::string(int64_t)>& cell, const ShowOptions& options)
        : shape_(shape), cell_(cell), options_(options), cut_(element_count(shape) > options.most) {
        strides_.assign(shape.size(), 1);
        for (size_t axis = shape.size(); axis-- > 1;) strides_[axis - 1] = strides_[axis] * shape[axis];
    }

    std::string run() {
        // One row needs no columns, unless it goes on on the next line.
        if (shape_.size() == 1) block(0, 0);
        if (shape_.size() == 1 && options_.indent + columns(text_) <= options_.width) return std::move(text_);
        text_.clear();
        measure(0, 0);
        block(0, 0);
        return std::move(text_);
    }

  private:
    static constexpr int64_t gap = -1;

    /// The positions along an axis that are shown, `gap` for those that are not.
    [[nodiscard]] std::vector<int64_t> positions(size_t axis) const {
        std::vector<int64_t> result;
        for (int64_t j = 0; j < shape_[axis]; ++j) {
            if (cut_ && shape_[axis] > 2 * edge_items + 1 && j == edge_items) {
                result.push_back(gap);
                j = shape_[axis] - edge_items;
            }
            result.push_back(j);
        }
        return result;
    }

    // The depth is that of the brackets: at most the rank of a tensor.
    void measure(size_t axis, int64_t offset) {
        if (axis == shape_.size()) {
            width_ = std::max(width_, columns(cell_(offset)));
            return;
        }
        for (const int64_t j : positions(axis))
            if (j != gap) measure(axis + 1, offset + j * strides_[axis]);
    }

    void block(size_t axis, int64_t offset) {
        if (axis == shape_.size()) {
            text_ += cell_(offset);
            return;
        }
        const size_t indent = options_.indent + axis + 1;
        text_ += '[';
        const bool is_row = axis + 1 == shape_.size();
        size_t column = indent;
        bool first = true;
        for (const int64_t j : positions(axis)) {
            if (!first) text_ += ',';
            if (is_row) {
                const std::string shown = j == gap ? "…" : cell_(offset + j);
                const size_t pad = j == gap ? 0 : std::max(width_, columns(shown)) - columns(shown);
                const size_t needed = pad + columns(shown) + 2;
                if (!first && column + needed > options_.width) {
                    text_ += '\n' + std::string(indent, ' ');
                    column = indent;
                } else if (!first) {
                    text_ += ' ';
                }
                text_ += std::string(pad, ' ') + shown;
                column += needed;
            } else {
                // Blocks of more than two axes are set apart.
                if (!first) text_ += (axis + 2 < shape_.size() ? "\n\n" : "\n") + std::string(indent, ' ');
                if (j == gap)
                    text_ += "…";
                else
                    block(axis + 1, offset + j * strides_[axis]);
            }
            first = false;
        }
        text_ += ']';
    }

    const Shape& shape_;
    const std::function<std::string(int64_t)>& cell_;
    const ShowOptions& options_;
    bool cut_;
    std::vector<int64_t> strides_;
    size_t width_ = 0;
    std::string text_;
};

}  // namespace

std::string tensor_text(const Shape& shape, const std::function<std::string(int64_t)>& cell,
                        const ShowOptions& options) {
    return Show(shape, cell, options).run();
}

std::string tensor_text(const Constant& constant, const ShowOptions& options) {
    return tensor_text(constant.shape, [&](int64_t element) { return constant.at(element).shown(); }, options);
}

std::string tensor_text(const Codes& codes, int64_t sample, const ShowOptions& options) {
    return tensor_text(codes.shape(), [&](int64_t element) { return codes.value(sample, element).shown(); }, options);
}

std::string hull_text(const Node& node) {
    if (node.real || node.range.empty()) return "";
    Interval hull = node.range.front();
    for (const Interval& range : node.range) hull = hull.hull(range);
    if (hull.is_constant()) return hull.min().shown();
    return hull.shown();
}

}  // namespace dal::report
