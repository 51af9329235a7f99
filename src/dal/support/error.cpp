#include "dal/support/error.hpp"

#include "dal/support/check.hpp"

namespace dal {

struct Error::Content {
    Diagnostics diagnostics;
    std::string text;
    std::string file;
    uint32_t line = 0;
};

Error::Error(Diagnostics diagnostics, const SourceMap& sources) {
    DAL_CHECK(!diagnostics.empty(), "an error without a diagnostic");
    Content content;
    for (const Diagnostic& diagnostic : diagnostics) content.text += render(diagnostic, sources, false);
    if (const Span& span = diagnostics.front().span; span.known()) {
        content.file = sources.file(span.file).name();
        content.line = sources.file(span.file).position(span.begin).line;
    }
    content.diagnostics = std::move(diagnostics);
    content_ = std::make_shared<const Content>(std::move(content));
}

const char* Error::what() const noexcept { return content_->text.c_str(); }
const Diagnostics& Error::diagnostics() const noexcept { return content_->diagnostics; }
Code Error::code() const noexcept { return content_->diagnostics.front().code; }
const std::string& Error::message() const noexcept { return content_->diagnostics.front().message; }
const std::string& Error::file() const noexcept { return content_->file; }
uint32_t Error::line() const noexcept { return content_->line; }

}  // namespace dal
