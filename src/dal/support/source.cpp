#include "dal/support/source.hpp"

#include <algorithm>

#include "dal/support/check.hpp"
#include "dal/support/printable.hpp"

namespace dal {

Span Span::join(const Span& a, const Span& b) noexcept {
    if (!a.known()) return b;
    if (!b.known() || a.file != b.file) return a;
    return {a.file, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

SourceFile::SourceFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
    starts_.push_back(text_.starts_with(byte_order_mark) ? static_cast<uint32_t>(byte_order_mark.size()) : 0);
    for (size_t at = 0; at < text_.size(); ++at)
        if (text_[at] == '\n') starts_.push_back(static_cast<uint32_t>(at + 1));
}

SourceFile SourceFile::unseen(std::string name) {
    SourceFile file;
    file.name_ = std::move(name);
    return file;
}

SourceFile::Position SourceFile::position(uint32_t offset) const noexcept {
    if (!is_seen()) return {offset, 1};
    offset = std::max(offset, starts_.front());
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const auto line = static_cast<uint32_t>(after - starts_.begin());
    return {line, offset - starts_[line - 1] + 1};
}

std::string_view SourceFile::line(uint32_t line) const noexcept {
    if (!is_seen()) return {};
    const uint32_t begin = starts_[line - 1];
    const uint32_t end = line < starts_.size() ? starts_[line] - 1 : static_cast<uint32_t>(text_.size());
    std::string_view result = std::string_view(text_).substr(begin, end - begin);
    if (result.ends_with('\r')) result.remove_suffix(1);
    return result;
}

FileId SourceMap::add(std::string name, std::string text) {
    DAL_CHECK(text.size() < UINT32_MAX, "source text of " + name + " is too long");
    return add(SourceFile(std::move(name), std::move(text)));
}

FileId SourceMap::add(SourceFile file) {
    files_.push_back(std::move(file));
    return static_cast<FileId>(files_.size() - 1);
}

const SourceFile& SourceMap::file(FileId id) const {
    const auto index = static_cast<size_t>(id);
    DAL_CHECK(index < files_.size(), "no source file " + std::to_string(index));
    return files_[index];
}

std::string SourceMap::describe(const Span& span) const {
    if (!span.known()) return {};
    const SourceFile& source = file(span.file);
    const auto [line, column] = source.position(span.begin);
    const std::string text = printable(source.name()) + ":" + std::to_string(line);
    return source.is_seen() ? text + ":" + std::to_string(column) : text;
}

std::string_view SourceMap::text(const Span& span) const {
    if (!span.known()) return {};
    if (!file(span.file).is_seen()) return "…";
    return file(span.file).text().substr(span.begin, span.end - span.begin);
}

}  // namespace dal
