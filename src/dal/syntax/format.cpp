#include "dal/syntax/format.hpp"

#include "dal/support/check.hpp"
#include "dal/syntax/equal.hpp"
#include "dal/syntax/format_expressions.hpp"
#include "dal/syntax/parse.hpp"
#include "dal/syntax/scan.hpp"

namespace dal {
namespace {

/// Puts declarations below each other, with the comments and empty lines between them.
class FileLayout {
  public:
    explicit FileLayout(const FormatSource& source) : source_(source) {}

    std::string run(const std::vector<ast::Declaration>& declarations) {
        body(declarations, 0);
        comments(source_.size(), 0);
        return std::move(out_);
    }

  private:
    void body(const std::vector<ast::Declaration>& declarations, size_t indent) {
        for (const ast::Declaration& declaration : declarations) {
            const size_t begin = at_;
            if (const auto* with = std::get_if<ast::With>(&declaration.kind)) {
                size_t last = begin;  // the `}`: the last token of the declaration
                while (last < source_.size() && source_.token(last).span.end <= declaration.span.end) ++last;
                --last;
                put(begin, source_.match(last) + 1, indent);
                fresh_ = true;
                body(with->declarations, indent + format_indent);
                comments(last, indent + format_indent);
                Layout brace;
                brace.text("}");
                if (!source_.trailing(last).empty()) brace.trailing_comment(source_.trailing(last));
                brace.write(out_, indent);
                at_ = last + 1;
                fresh_ = false;
            } else {
                size_t end = begin;
                while (end < source_.size() && source_.token(end).span.end <= declaration.span.end) ++end;
                put(begin, end, indent);
            }
        }
    }

    void put(size_t begin, size_t end, size_t indent) {
        if (!fresh_ && source_.blank_before_all(begin)) out_ += '\n';
        DeclarationLayout(source_, begin, end).layout().write(out_, indent);
        at_ = end;
        fresh_ = false;
    }

    /// Those before a token that ends something.
    void comments(size_t at, size_t indent) {
        for (const FormatSource::Comment& comment : source_.leading(at)) {
            if (!fresh_ && comment.blank) out_ += '\n';
            out_.append(indent, ' ');
            out_ += comment.text;
            out_ += '\n';
            fresh_ = false;
        }
    }

    const FormatSource& source_;
    std::string out_;
    size_t at_ = 0;
    bool fresh_ = true;  // nothing stands before in this file or body
};

}  // namespace

Result<std::string> format(const SourceMap& sources, FileId file) {
    Parsed parsed = parse(sources, file);
    if (!parsed.diagnostics.empty()) return failure(std::move(parsed.diagnostics));
    const std::string_view text = sources.file(file).text();
    const auto arrays = scan(text, file);
    DAL_CHECK(arrays.has_value(), "a file that parses");
    const auto tokens = lex(text, file, *arrays);
    DAL_CHECK(tokens.has_value(), "a file that parses");
    std::string result = FileLayout(FormatSource(text, *tokens)).run(parsed.ast.declarations);

    SourceMap again;
    const Parsed check = parse(again, again.add(sources.file(file).name(), result));
    DAL_CHECK(check.diagnostics.empty() && equal_up_to_places(parsed.ast, check.ast), "the formatted text differs");
    return result;
}

}  // namespace dal
