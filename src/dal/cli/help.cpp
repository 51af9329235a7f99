#include "dal/cli/help.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "dal/cli/options.hpp"

namespace dal::cli {

const CLI::App* find_command(const CLI::App& app, std::string_view name) {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        if (command->get_name() == name) return command;
    return nullptr;
}

int no_command(const std::string& name) {
    std::fprintf(stderr, "`%s` is no command of dal; `dal help` lists them\n", name.c_str());
    return exit_usage;
}

int print_help(const CLI::App& app, const std::string& name) {
    const CLI::App* about = name.empty() ? &app : find_command(app, name);
    if (about == nullptr) return no_command(name);
    const std::string title = name.empty() ? app.get_name() : app.get_name() + " " + name;
    // Not help(), which would show the command that was parsed: `help`.
    std::fputs(app.get_formatter()->make_help(about, title, CLI::AppFormatMode::Normal).c_str(), stdout);
    return exit_ok;
}

}  // namespace dal::cli
