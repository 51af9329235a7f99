#include "dal/cli/completion.hpp"

#include <CLI/CLI.hpp>
#include <vector>

namespace dal::cli {
namespace {

struct Option {
    std::vector<std::string> names;  ///< "-q", "--quiet"
    std::string doc;
    std::string value;  ///< "FILE"; empty: takes none
    std::vector<std::string> choices;
};
struct Command {
    std::string name;
    std::string doc;
    std::vector<Option> options;
    Option positional;  ///< without names; no value: there is none
};

/// What an option may be, from its validator: "{always,auto}".
std::vector<std::string> choices_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const size_t open = type.find('{');
    const size_t close = type.find('}', open == std::string::npos ? 0 : open);
    std::vector<std::string> result;
    if (open == std::string::npos || close == std::string::npos) return result;
    std::string list = type.substr(open + 1, close - open - 1) + ",";
    for (size_t end = list.find(','); end != std::string::npos; end = list.find(',')) {
        result.push_back(list.substr(0, end));
        list.erase(0, end + 1);
    }
    return result;
}

Option describe(const CLI::Option& option) {
    Option result;
    for (const std::string& name : option.get_snames()) result.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) result.names.push_back("--" + name);
    result.doc = option.get_description();
    if (option.get_items_expected_max() > 0) {
        result.value = option.get_option_text().empty() ? "VALUE" : option.get_option_text();
        result.choices = choices_of(option);
    }
    return result;
}

Command describe(const CLI::App& app) {
    Command command{app.get_name(), app.get_description(), {}, {}};
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional() && option->get_lnames().empty())
            command.positional = describe(*option);
        else
            command.options.push_back(describe(*option));
    }
    return command;
}

bool takes_programs(const Command& command) {
    return command.positional.value.starts_with("FILE") && command.name != "cmvm";
}
bool takes_files(const std::string& value) { return value.find("FILE") != std::string::npos || value == "DIR"; }

std::string joined(const std::vector<std::string>& words, const std::string& between = " ") {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

/// Inside '…' of a shell.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

/// Inside […] and :…: of zsh's _arguments, within '…'.
std::string zsh_text(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':') result += '\\';
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result;
}

std::string bash(const Command& global, const std::vector<Command>& commands) {
    std::string options, values;
    std::vector<std::string> with_value;
    const auto add = [&](const Command& command, const std::string& pattern) {
        std::vector<std::string> words;
        for (const Option& option : command.options) {
            words.insert(words.end(), option.names.begin(), option.names.end());
            if (option.value.empty()) continue;
            std::vector<std::string> cases;
            for (const std::string& name : option.names) cases.push_back("\"" + pattern + name + "\"");
            const std::string what = !option.choices.empty()
                                         ? "compgen -W " + quoted(joined(option.choices)) + " -- \"$cur\""
                                     : takes_files(option.value) ? "compgen -f -- \"$cur\""
                                                                 : ":";
            values += "        " + joined(cases, " | ") + ") mapfile -t COMPREPLY < <(" + what + "); return ;;\n";
        }
        return words;
    };
    const std::vector<std::string> everywhere = [&] {
        std::vector<std::string> words;
        for (const Option& option : global.options) {
            words.insert(words.end(), option.names.begin(), option.names.end());
            if (!option.value.empty()) with_value.insert(with_value.end(), option.names.begin(), option.names.end());
        }
        return words;
    }();
    std::vector<std::string> command_names, program_commands;
    for (const Command& command : commands) {
        command_names.push_back(command.name);
        if (takes_programs(command)) program_commands.push_back(command.name);
        std::vector<std::string> words = add(command, command.name + " ");
        words.insert(words.end(), everywhere.begin(), everywhere.end());
        options += "        " + command.name + ") words=" + quoted(joined(words)) + " ;;\n";
        if (command.positional.value.empty() || command.positional.choices.empty()) continue;
        values += "        \"" + command.name + " \"*) [[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -W " +
                  quoted(joined(command.positional.choices)) + " -- \"$cur\"); return; } ;;\n";
    }
    for (const Option& option : global.options)
        for (const std::string& name : option.names)
            if (!option.choices.empty())
                values += "        *\" " + name + "\") mapfile -t COMPREPLY < <(compgen -W " +
                          quoted(joined(option.choices)) + " -- \"$cur\"); return ;;\n";
    return "# bash completion for dal: source <(dal completion bash)\n"
           "_dal() {\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' words='' i\n"
           "    COMPREPLY=()\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "        case ${COMP_WORDS[i]} in\n"
           "        " +
           joined(with_value, " | ") +
           ") i=$((i + 1)) ;;\n"
           "        -*) ;;\n"
           "        *) command=${COMP_WORDS[i]}; break ;;\n"
           "        esac\n"
           "    done\n"
           "    case \"$command $prev\" in\n" +
           values +
           "    esac\n"
           "    case $command in\n"
           "        '') words=" +
           quoted(joined(command_names) + " " + joined(everywhere)) + " ;;\n" + options +
           "    esac\n"
           "    if [[ -z $command || $cur == -* ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
           "        return\n"
           "    fi\n"
           "    compopt -o filenames 2>/dev/null\n"
           "    case $command in\n"
           "        " +
           joined(program_commands, " | ") +
           ") mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"; compgen -f -X '!*.da' -- \"$cur\") ;;\n"
           "        *) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
           "    esac\n"
           "}\n"
           "complete -F _dal dal\n";
}

std::string zsh_option(const Option& option) {
    std::string what = "[" + zsh_text(option.doc) + "]";
    if (!option.value.empty()) {
        what += ":" + zsh_text(option.value) + ":";
        if (!option.choices.empty())
            what += "(" + joined(option.choices) + ")";
        else if (takes_files(option.value))
            what += option.value == "DIR" ? "_files -/" : "_files";
    }
    std::string text;
    // `=`: the value may be the next word, or follow after that sign.
    for (const std::string& name : option.names)
        text +=
            " \\\n            '*" + name + (!option.value.empty() && name.starts_with("--") ? "=" : "") + what + "'";
    return text;
}

std::string zsh(const Command& global, const std::vector<Command>& commands) {
    std::string names, arguments, everywhere;
    for (const Option& option : global.options) everywhere += zsh_option(option);
    for (const Command& command : commands) {
        names += "            '" + command.name + ":" + zsh_text(command.doc) + "'\n";
        arguments += "        " + command.name + ")\n            _arguments";
        for (const Option& option : command.options) arguments += zsh_option(option);
        arguments += everywhere;
        if (!command.positional.choices.empty())
            arguments += " \\\n            '1:" + command.name + ":(" + joined(command.positional.choices) + ")'";
        else if (takes_programs(command))
            arguments += " \\\n            '*:program:_files -g \"*.da\"'";
        else if (!command.positional.value.empty())
            arguments += " \\\n            '*:file:_files'";
        arguments += "\n            ;;\n";
    }
    return "#compdef dal\n"
           "# zsh completion for dal: put it as _dal into a folder of $fpath, or source <(dal completion zsh)\n"
           "_dal() {\n"
           "    local context state line\n"
           "    local -a commands\n"
           "    _arguments -C" +
           everywhere +
           " \\\n            '1:command:->command' '*::argument:->argument'\n"
           "    case $state in\n"
           "    command)\n"
           "        commands=(\n" +
           names +
           "        )\n"
           "        _describe command commands\n"
           "        ;;\n"
           "    argument)\n"
           "        case $line[1] in\n" +
           arguments +
           "        esac\n"
           "        ;;\n"
           "    esac\n"
           "}\n"
           "if [ \"$funcstack[1]\" = \"_dal\" ]; then _dal \"$@\"; else compdef _dal dal; fi\n";
}

std::string fish_option(const std::string& condition, const Option& option) {
    std::string text = "complete -c dal" + condition;
    for (const std::string& name : option.names) {
        const bool is_long = name.starts_with("--");
        text += is_long ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.choices.empty())
        text += " -x -a " + quoted(joined(option.choices));
    else if (takes_files(option.value))
        text += " -r -F";
    else if (!option.value.empty())
        text += " -x";
    return text + " -d " + quoted(option.doc) + "\n";
}

std::string fish(const Command& global, const std::vector<Command>& commands) {
    std::vector<std::string> with_value;
    for (const Option& option : global.options)
        if (!option.value.empty()) with_value.insert(with_value.end(), option.names.begin(), option.names.end());
    std::string text =
        "# fish completion for dal: dal completion fish > ~/.config/fish/completions/dal.fish\n"
        "# Whether the command is this one; without an argument, whether there is none yet.\n"
        "function __dal_command_is\n"
        "    set -l words (commandline -opc)\n"
        "    set -l command ''\n"
        "    set -l is_value 0\n"
        "    for word in $words[2..]\n"
        "        if test $is_value = 1\n"
        "            set is_value 0\n"
        "            continue\n"
        "        end\n"
        "        switch $word\n"
        "            case " +
        joined(with_value) +
        "\n"
        "                set is_value 1\n"
        "            case '-*'\n"
        "            case '*'\n"
        "                set command $word\n"
        "                break\n"
        "        end\n"
        "    end\n"
        "    test \"$command\" = \"$argv[1]\"\n"
        "end\n"
        "complete -c dal -f\n";
    for (const Option& option : global.options) text += fish_option("", option);
    for (const Command& command : commands) {
        text += "complete -c dal -n __dal_command_is -a " + command.name + " -d " + quoted(command.doc) + "\n";
        const std::string seen = " -n '__dal_command_is " + command.name + "'";
        for (const Option& option : command.options) text += fish_option(seen, option);
        if (!command.positional.choices.empty())
            text += "complete -c dal" + seen + " -a " + quoted(joined(command.positional.choices)) + "\n";
        else if (takes_programs(command))
            text += "complete -c dal" + seen + " -k -a '(__fish_complete_suffix .da)'\n";
        else if (!command.positional.value.empty())
            text += "complete -c dal" + seen + " -F\n";
    }
    return text;
}

}  // namespace

std::string completion_script(const CLI::App& app, Shell shell) {
    const Command global = describe(app);
    std::vector<Command> commands;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        commands.push_back(describe(*command));
    switch (shell) {
        case Shell::bash: return bash(global, commands);
        case Shell::zsh: return zsh(global, commands);
        case Shell::fish: return fish(global, commands);
    }
    return "";
}

}  // namespace dal::cli
