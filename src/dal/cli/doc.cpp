// dal doc: the documentation of a module as Markdown, from its comments.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "dal/cli/commands.hpp"
#include "dal/cli/console.hpp"
#include "dal/sema/builtins/builtin_docs.hpp"
#include "dal/support/file.hpp"
#include "dal/support/overloaded.hpp"
#include "dal/support/printable.hpp"
#include "dal/support/resources.hpp"
#include "dal/syntax/documentation.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::cli {
namespace {

/// Declarations with those inside `with`, in the order of the text.
void flatten(const std::vector<ast::Declaration>& from, std::vector<const ast::Declaration*>& to) {
    for (const ast::Declaration& declaration : from) {
        if (const auto* with = std::get_if<ast::With>(&declaration.kind))
            flatten(with->declarations, to);
        else
            to.push_back(&declaration);
    }
}

class Page {
  public:
    Page(const SourceFile& source, const Ast& ast) : source_(source), ast_(ast) {}

    std::string run(const std::string& title) {
        std::vector<const ast::Declaration*> declarations;
        flatten(ast_.declarations, declarations);
        text_ = "# " + title + "\n\n";
        const auto comments = free_comments(source_, ast_);
        auto comment = comments.begin();
        for (const ast::Declaration* declaration : declarations) {
            for (; comment != comments.end() && comment->span.begin < declaration->span.begin; ++comment)
                section(comment->text, comment == comments.begin());
            entry(*declaration);
        }
        for (; comment != comments.end(); ++comment) section(comment->text, comment == comments.begin());
        while (text_.ends_with("\n\n")) text_.pop_back();
        return std::move(text_);
    }

  private:
    /// A comment that stands alone: the first one is about the file; "--- convolutions. More" opens a section.
    void section(const std::string& comment, bool is_first) {
        if (comment.starts_with("---")) {
            const size_t begin = std::min(comment.find_first_not_of("- "), comment.size());
            const size_t end = std::min({comment.find(". ", begin), comment.find('\n', begin), comment.size()});
            std::string title = comment.substr(begin, end - begin);
            while (!title.empty() && (title.back() == '-' || title.back() == ' ' || title.back() == '.'))
                title.pop_back();
            if (!title.empty() && title[0] >= 'a' && title[0] <= 'z')
                title[0] = static_cast<char>(title[0] - 'a' + 'A');
            if (!title.empty()) text_ += "## " + title + "\n\n";
            if (end + 2 < comment.size()) text_ += comment.substr(end + (comment[end] == '.' ? 2 : 1)) + "\n\n";
        } else if (is_first) {
            text_ += comment + "\n\n";
        }
    }

    void entry(const ast::Declaration& declaration) {
        const ast::Name* name = ast::declared_name(declaration);
        const std::string signature =
            std::visit(Overloaded{
                           [](const ast::Use&) { return std::string(); },
                           [](const ast::Test&) { return std::string(); },
                           [](const ast::With&) { return std::string(); },
                           [&](const ast::Fn& d) { return before(declaration, d.body); },
                           [&](const ast::Table& d) { return before(declaration, d.body); },
                           [&](const ast::Input&) { return whole(declaration); },
                           [&](const ast::Output& d) { return short_or(declaration, d.value); },
                           [&](const ast::Param& d) { return short_or(declaration, d.value); },
                           [&](const ast::Let& d) { return short_or(declaration, d.value); },
                       },
                       declaration.kind);
        if (signature.empty()) return;
        text_ += "### " + name->text + "\n\n```da\n" + signature + "\n```\n\n";
        const std::string comments = comments_above(source_, ast_, declaration.span.begin);
        if (!comments.empty()) text_ += comments + "\n\n";
    }

    [[nodiscard]] std::string before(const ast::Declaration& declaration, ast::ExprId body) const {
        const uint32_t begin = declaration.span.begin;
        return one_line(source_.text().substr(begin, ast_[body].span.begin - begin));
    }
    [[nodiscard]] std::string whole(const ast::Declaration& declaration) const {
        const Span& span = declaration.span;
        return one_line(source_.text().substr(span.begin, span.end - span.begin));
    }
    /// With its value if that fits a line.
    [[nodiscard]] std::string short_or(const ast::Declaration& declaration, ast::ExprId value) const {
        constexpr size_t most = 100;
        std::string text = whole(declaration);
        const bool is_short = text.size() <= most && declaration.span.end - declaration.span.begin <= 2 * most;
        return value == ast::ExprId::none || is_short ? text : before(declaration, value);
    }

    const SourceFile& source_;
    const Ast& ast_;
    std::string text_;
};

/// In a cell of a table.
std::string cell(std::string text) {
    for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
    return text;
}

std::string builtins_page() {
    std::string text = "# Built-in names\n";
    std::string group;
    for (const BuiltinDoc& builtin : builtin_docs()) {
        if (builtin.group != group) text += "\n## " + builtin.group + "\n\n| | |\n|---|---|\n";
        group = builtin.group;
        text += "| `" + cell(builtin.signature) + "` | " + cell(builtin.doc) + " |\n";
    }
    return text;
}

/// A file, else a module of the standard library by its name.
std::filesystem::path module_path(const std::string& module) {
    std::error_code ignored;
    const std::filesystem::path library = resource_directory("stdlib") / (module + ".da");
    const bool is_name = module.find_first_of("./") == std::string::npos;
    const bool known = std::filesystem::exists(module, ignored) || !is_name;
    return known || !std::filesystem::exists(library, ignored) ? std::filesystem::path(module) : library;
}

}  // namespace

int doc_command(const DocOptions& options, const CommonOptions& common) {
    Console console(common);
    if (options.module.empty() != options.builtins) {
        std::fputs(options.builtins ? "dal doc: give either a module or --builtins, not both\n"
                                    : "dal doc: which module? A file, a name such as nn, or --builtins\n",
                   stderr);
        return exit_usage;
    }
    std::string page;
    if (options.builtins) {
        page = builtins_page();
    } else {
        const auto path = module_path(options.module);
        auto text = read_program(path);
        if (!text) return console.report(text.error());
        const FileId file = console.sources().add(path.string(), std::move(*text));
        const auto parsed = parse(console.sources(), file);
        if (!parsed.diagnostics.empty()) return console.report(parsed.diagnostics);
        page = Page(console.sources().file(file), parsed.ast).run(path.stem().string());
    }
    page = printable_lines(page);
    if (options.output.empty()) {
        std::fwrite(page.data(), 1, page.size(), stdout);
    } else if (auto written = write_file(options.output, page); !written) {
        return console.report(written.error());
    }
    return exit_ok;
}

}  // namespace dal::cli
