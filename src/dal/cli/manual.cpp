#include "dal/cli/manual.hpp"

#include <CLI/CLI.hpp>

namespace dal::cli {
namespace {

/// As text of a line: nothing in it is taken as a request.
std::string escaped(const std::string& text) {
    std::string result = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
    for (const char c : text) {
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else if (c == '\n')
            result += ' ';
        else
            result += c;
    }
    return result;
}

std::string bold(const std::string& text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string value_of(const CLI::Option& option) {
    if (option.get_items_expected_max() == 0) return "";
    return option.get_option_text().empty() ? "VALUE" : option.get_option_text();
}

/// A tagged paragraph: what is typed, and what it does.
std::string entry(const CLI::Option& option) {
    std::string names;
    const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ", ") + bold(name); };
    for (const std::string& name : option.get_snames()) add("-" + name);
    for (const std::string& name : option.get_lnames()) add("--" + name);
    const std::string value = value_of(option);
    if (!value.empty()) names += (names.empty() ? "" : " ") + italic(value);
    return ".TP\n" + names + "\n" + escaped(option.get_description()) + "\n";
}

std::string entries(const CLI::App& app) {
    std::string text;
    for (const CLI::Option* option : app.get_options())
        if (!option->check_lname("help")) text += entry(*option);
    return text;
}

std::string section(const CLI::App& command) {
    std::string usage = "dal " + command.get_name();
    for (const CLI::Option* option : command.get_options()) {
        if (!option->get_positional()) continue;
        const std::string value = value_of(*option);
        usage += option->get_required() ? " " + value : " [" + value + "]";
    }
    return ".SS \"" + escaped(usage) + "\"\n" + escaped(command.get_description()) + ".\n" + entries(command);
}

}  // namespace

std::string manual_page(const CLI::App& app, const std::string& version) {
    std::string text = ".TH DAL 1 \"\" \"dal " + version + "\" \"User Commands\"\n.SH NAME\n" +
                       "dal \\- quantized dataflow, from a program to verified FPGA logic\n.SH SYNOPSIS\n" +
                       bold("dal") + " " + italic("COMMAND") + " [" + italic("ARGUMENTS") + "]\n.br\n" +
                       bold("dal help") + " [" + italic("COMMAND") + "]\n.SH OPTIONS\nWith each command, and " +
                       bold("--help") + ":\n" + entries(app) + ".SH COMMANDS\n";
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) text += section(*command);
    return text + ".SH EXIT STATUS\n" + escaped(app.get_footer()) + "\n";
}

}  // namespace dal::cli
