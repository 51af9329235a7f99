#include "dal/cli/repl/names.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "dal/cli/repl/input.hpp"
#include "dal/sema/builtins/builtin_docs.hpp"

namespace dal::cli::repl {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> result;
    while (!text.empty()) {
        const size_t end = std::min(text.find(at), text.size());
        result.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

/// Files and folders, these with a slash, that a path can go on to.
std::vector<std::string> files(const std::string& prefix) {
    std::vector<std::string> result;
    const size_t slash = prefix.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : prefix.substr(0, slash + 1);
    std::error_code failed;
    for (std::filesystem::directory_iterator at(folder.empty() ? "." : folder, failed), end; !failed && at != end;
         at.increment(failed)) {
        const std::string name = at->path().filename().string();
        if (name.starts_with('.') && slash + 1 == prefix.size()) continue;
        std::error_code ignored;
        result.push_back(folder + name + (at->is_directory(ignored) ? "/" : ""));
    }
    return result;
}

}  // namespace

const std::vector<std::string>& known_commands() {
    static const std::vector<std::string> commands{":cost", ":explain", ":graph",  ":help",   ":list",
                                                   ":load", ":quit",    ":range",  ":reload", ":set",
                                                   ":type", ":unset",   ":verilog"};
    return commands;
}

void Names::set(std::string_view note) {
    members_.clear();
    for (const std::string& line : split(note, '\n')) {
        auto words = split(line, '\t');
        if (words.empty()) continue;
        const std::string name = words.front();
        words.erase(words.begin());
        members_[name] = std::move(words);
    }
}

std::vector<std::string> Names::members_of(const std::string& path, bool as_words) const {
    const size_t end = std::min(path.find('.'), path.size());
    const auto owner = members_.find(path.substr(0, end));
    if (owner == members_.end()) return {};
    const std::string prefix = end == path.size() ? "" : path.substr(end + 1) + ".";
    std::vector<std::string> result;
    for (const std::string& name : owner->second) {
        const bool is_below = name.size() >= prefix.size() &&
                              std::equal(prefix.begin(), prefix.end(), name.begin(), [](char in_path, char in_name) {
                                  return in_path == in_name || (in_path == '.' && in_name == '/');
                              });
        if (!is_below) continue;
        const std::string rest = name.substr(prefix.size());
        const std::string word = as_words ? rest.substr(0, rest.find_first_of("./")) : rest;
        if (!as_words || is_name(word)) result.push_back(word);
    }
    return result;
}

Completions Names::complete(std::string_view before_cursor) const {
    static const std::vector<std::string> keywords{"else",  "expect", "fn",   "fold",   "for",   "if",
                                                   "in",    "input",  "let",  "output", "param", "property",
                                                   "table", "test",   "then", "use",    "with"};
    const Before before = repl::before_cursor(before_cursor);
    std::vector<std::string> candidates;
    switch (before.kind) {
        case Before::Kind::command: candidates = commands_; break;
        case Before::Kind::file: candidates = files(before.prefix); break;
        case Before::Kind::member:
        case Before::Kind::key: candidates = members_of(before.owner, before.kind == Before::Kind::member); break;
        case Before::Kind::name:
            if (before.prefix.empty()) break;  // of nothing everything would follow
            candidates = keywords;
            for (const BuiltinDoc& builtin : builtin_docs()) candidates.push_back(builtin.name);
            for (const auto& [name, members] : members_) candidates.push_back(name);
            break;
    }
    std::erase_if(candidates, [&](const std::string& word) { return !word.starts_with(before.prefix); });
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    return {before.prefix.size(), std::move(candidates)};
}

}  // namespace dal::cli::repl
