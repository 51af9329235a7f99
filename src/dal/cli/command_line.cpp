#include "dal/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "dal/circuit/optimize.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/completion.hpp"
#include "dal/cli/help.hpp"
#include "dal/cli/import_options.hpp"
#include "dal/cli/manual.hpp"
#include "dal/cli/validators.hpp"
#include "dal/report/warnings.hpp"

namespace dal::cli {
namespace {

/// `-W` may stand alone: then it is `-W usual`.
std::vector<std::string> with_warning_names(std::vector<std::string> words) {
    for (size_t at = 0; at < words.size() && words[at] != "--"; ++at) {
        if (words[at] != "-W" && words[at] != "--warn") continue;
        const bool is_file = at + 1 < words.size() && words[at + 1].ends_with(".da");
        if (at + 1 == words.size() || is_file || words[at + 1].starts_with("-"))
            words.insert(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, "usual");
        ++at;
    }
    return words;
}

/// What was typed. Each command binds its options to these, and says what is to be done once it was parsed.
struct CommandLine {
    CLI::App app{"dal: quantized dataflow, from a program to verified FPGA logic\n", "dal"};
    CommonOptions common;
    CheckOptions check;
    ExplainOptions explain;
    RunArguments run;
    CalibrateOptions calibrate;
    ImportArguments import;
    BuildArguments build;
    CmvmOptions cmvm;
    FmtOptions fmt;
    TestOptions test;
    ReplOptions repl;
    DocOptions doc;
    std::string ebops;                  ///< of check, as typed
    std::string widths;                 ///< the same
    std::vector<std::string> warnings;  ///< the same
    Shell shell = Shell::bash;
    std::string help_about;  ///< a command; empty: dal itself
    bool manual = false;
    std::function<int()> action;
};

void add_cache_use(CLI::App& command, bool& best) {
    command
        .add_option("--cache", best,
                    "same (default): what solving would find again; best: the best that any search has found, so that "
                    "the result depends on what the cache holds")
        ->transform(names<bool>({{"same", false}, {"best", true}}))
        ->option_text("WHAT");
}

/// Of the commands that load programs.
void add_allow(CLI::App& command, CommandLine& line) {
    command
        .add_option("--allow", line.common.allowed,
                    "A folder that programs may read files from, besides their own and the library")
        ->check(CLI::ExistingDirectory)
        ->option_text("DIR")
        ->allow_extra_args(false);
}

void add_check(CommandLine& line) {
    CheckOptions& check = line.check;
    CLI::App* command = line.app.add_subcommand("check", "Check a program and show what is inferred");
    command->add_option("program", check.program, "Program file (.da)")->required()->option_text("FILE");
    command->add_flag("--types", check.types, "Print shape, type and range of every named value");
    command->add_flag("--graph", check.graph, "Print the graph, one line per node");
    command
        ->add_flag("--ebops", line.ebops,
                   "Print the effective bit operations; --ebops=inputs: with the older term for biases")
        ->check(CLI::Validator(
            [](const std::string& text) {
                return text == "true" || text == "outputs" || text == "inputs"
                           ? std::string()
                           : "`" + text + "` is neither `outputs` nor `inputs`";
            },
            ""));
    command
        ->add_flag("--widths", line.widths,
                   "Print histograms of widths; --widths=FILE: a picture (.svg) or a page (.html) instead")
        ->check(CLI::Validator(
            [](const std::string& text) {
                return text == "true" || text.ends_with(".svg") || text.ends_with(".html")
                           ? std::string()
                           : "`" + text + "` ends neither with .svg nor with .html";
            },
            ""));
    command->add_flag("--json", check.json, "Print one JSON object: the types, or what else was asked for");
    command
        ->add_option("-W,--warn", line.warnings,
                     "Warn of what has no effect; -W NAME: of this kind only, -W no-NAME: not of this kind")
        ->check(CLI::IsMember(report::warning_names()))
        ->allow_extra_args(false)
        ->option_text("[NAME]");
    add_allow(*command, line);
    command->final_callback([&line, command] {
        CheckOptions& asked = line.check;
        if (command->count("--warn") > 0) asked.warnings = "";
        for (const std::string& name : line.warnings) *asked.warnings += (asked.warnings->empty() ? "" : ",") + name;
        if (!line.ebops.empty()) asked.ebops = line.ebops == "inputs" ? BiasTerm::inputs : BiasTerm::outputs;
        if (!line.widths.empty()) asked.widths = line.widths == "true" ? "" : line.widths;
        line.action = [&line] { return check_command(line.check, line.common); };
    });
}

void add_explain(CommandLine& line) {
    ExplainOptions& explain = line.explain;
    CLI::App* command = line.app.add_subcommand("explain", "Show where the bits of a value come from");
    command->add_option("program", explain.program, "Program file (.da)")->required()->option_text("FILE");
    command->add_option("value", explain.value, "A named value, with an index or not: the widest element")
        ->required()
        ->option_text("NAME[INDEX]");
    add_allow(*command, line);
    command->final_callback([&line] { line.action = [&line] { return explain_command(line.explain, line.common); }; });
}

void add_run(CommandLine& line) {
    RunArguments& run = line.run;
    CLI::App* command = line.app.add_subcommand("run", "Run a program on a batch of inputs, bit-exactly");
    command->add_option("program", run.program, "Program file (.da)")->required()->option_text("FILE");
    command
        ->add_option("-i,--input", run.inputs,
                     "Input data (.npy, .npz, .csv, or - for standard input), first axis samples; NAME=FILE when there "
                     "are several "
                     "inputs, NAME:TYPE=FILE for raw numbers (int16, float32, ...)")
        ->option_text("[NAME[:TYPE]=]FILE")
        ->allow_extra_args(false);
    command
        ->add_option(
            "-o,--output", run.outputs,
            "Where to write an output (.npy, .npz, .csv, or - for standard output); without it the first samples "
            "are printed")
        ->option_text("[NAME=]FILE")
        ->allow_extra_args(false);
    command->add_option("--engine", run.run.engine, "jit (default), interp or circuit")
        ->transform(
            names<Engine>({{"interp", Engine::interpreter}, {"jit", Engine::jit}, {"circuit", Engine::circuit}}))
        ->option_text("ENGINE");
    command->add_flag("--check", run.run.check, "Compare the result with the exact interpreter");
    command
        ->add_option("--output-format", run.format,
                     "npy or npz (float64), csv (decimals), or codes (.npz of integers and binary points; any width); "
                     "default: as the file's name ends, csv for -")
        ->transform(names<OutputFormat>({{"npy", OutputFormat::npy},
                                         {"npz", OutputFormat::npz},
                                         {"csv", OutputFormat::csv},
                                         {"codes", OutputFormat::codes}}))
        ->option_text("FORMAT");
    command->add_option("--threads", run.run.threads, "Threads; 0 (default): all cores")
        ->check(CLI::Range(0, 1024))
        ->option_text("N");

    CLI::Option* compare_real =
        command->add_flag("--float", run.compare_real,
                          "Print how far every value is from a run without rounding, and which quantizers do it");
    command->add_flag("--json", run.json, "With --float: print one JSON object")->needs(compare_real);
    command->add_flag_callback(
        "--no-demand", [&run] { run.run.demand = false; },
        "With --engine circuit: compute every bit, also those that no output can see");
    add_allow(*command, line);
    command->final_callback([&line] {
        line.action = [&line] {
            return line.run.compare_real ? float_run_command(line.run, line.common)
                                         : run_command(line.run, line.common);
        };
    });
}

void add_calibrate(CommandLine& line) {
    CalibrateOptions& calibrate = line.calibrate;
    CLI::App* command = line.app.add_subcommand("calibrate", "Find the formats that quantizers need on data");
    command->add_option("program", calibrate.program, "Program file (.da)")->required()->option_text("FILE");
    command
        ->add_option("--data", calibrate.data,
                     "Input data (.npy, .npz, .csv, or - for standard input), first axis samples; NAME=FILE when there "
                     "are several "
                     "inputs, NAME:TYPE=FILE for raw numbers (int16, float32, ...)")
        ->option_text("[NAME[:TYPE]=]FILE")
        ->allow_extra_args(false);
    command->add_option("--margin", calibrate.margin, "Integer bits to add to what the data need (default 0)")
        ->check(CLI::Range(0, 64))
        ->option_text("N");
    command->add_flag("--widen-only", calibrate.widen_only, "Make no format narrower than it is written");
    CLI::Option* in_place = command->add_flag("--in-place", calibrate.in_place,
                                              "Write the formats into the program and the arrays that it loads");
    command
        ->add_option("-o,--output", calibrate.output,
                     "Write a copy with the formats: a directory, or a file (.da); or the formats of each element "
                     "(.npz)")
        ->excludes(in_place)
        ->option_text("DIR|FILE");
    add_allow(*command, line);
    command->final_callback(
        [&line] { line.action = [&line] { return calibrate_command(line.calibrate, line.common); }; });
}

void add_import(CommandLine& line) {
    CLI::App* command = line.app.add_subcommand("import", "Turn a trained model of another tool into a program");
    bind_import_options(*command, line.import);
    command->final_callback([&line] { line.action = [&line] { return import_command(line.import, line.common); }; });
}

/// What a build may do to the circuit.
void add_optimizer(CLI::App* command, OptimizerOptions& optimizer) {
    command->add_option("--effort", optimizer.effort, "Effort on constant products, 0 to 3 (default 1)")
        ->check(CLI::Range(0, 3))
        ->option_text("N");
    command->add_flag_callback(
        "--no-demand", [&optimizer] { optimizer.demand = false; },
        "Compute every bit, also those that no output can see");
    command->add_flag("--area", optimizer.area, "Adders of three operands: fewer LUTs, longer paths");
    command
        ->add_option("--depth", optimizer.depth,
                     "Adders in a chain of a constant product: min (default: what its deepest output needs), each (for "
                     "each output what it needs: shorter paths, more adders) or free (any number)")
        ->transform(
            names<SumDepth>({{"min", SumDepth::minimum}, {"each", SumDepth::each_output}, {"free", SumDepth::free}}))
        ->option_text("WHAT");
    command
        ->add_option("--extra-depth", optimizer.extra_depth,
                     "So many more: fewer adders, longer paths (without effect on free)")
        ->check(CLI::Range(0, 1000))
        ->option_text("N");
}

/// Ways to watch a build.
void add_watching(CLI::App* command, BuildArguments& build) {
    command->add_flag("--time", build.time, "Print how long each step took");
    std::vector<std::string> passes{"lower"};
    for (const circuit::Pass& pass : circuit::passes())
        if (std::find(passes.begin(), passes.end(), pass.name) == passes.end()) passes.emplace_back(pass.name);
    command
        ->add_option("--print-after", build.print_after,
                     "Print the circuit after a pass over it, each time that it ran; lower: as it was first")
        ->check(CLI::IsMember(passes))
        ->option_text("PASS")
        ->allow_extra_args(false);
    command->add_flag("--verify-passes", build.build.verify_passes,
                      "Check the circuit after each pass, and compare it with the one before");
    command->add_option("--emit", build.emit, "circuit: print the optimized circuit, and write nothing")
        ->check(CLI::IsMember({"circuit"}))
        ->option_text("WHAT");
}

void add_proof(CLI::App& command, BuildOptions& build) {
    command
        .add_option("--proof", build.proof, "Prove that the result computes the program: require, try or off (default)")
        ->transform(
            names<ProofMode>({{"require", ProofMode::require}, {"try", ProofMode::attempt}, {"off", ProofMode::off}}))
        ->option_text("require|try|off");
    command.add_option("--proof-seconds", build.proof_seconds, "Time for the proof (default 10)")
        ->check(CLI::Range(0.0, 100'000.0))
        ->option_text("S");
    command.add_option("--proof-memory", build.proof_megabytes, "Memory for the proof, about, in MB (default 1024)")
        ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
        ->option_text("MB");
}

void add_build(CommandLine& line) {
    BuildArguments& build = line.build;
    CLI::App* command = line.app.add_subcommand("build", "Compile a program to verified Verilog");
    command->add_option("program", build.program, "Program file (.da)")->required()->option_text("FILE");
    command->add_option("--target", build.target, "verilog (default), or alir: the JSON of alkaid")
        ->check(CLI::IsMember({"verilog", "alir"}))
        ->option_text("TARGET");
    command->add_option("-o,--output", build.output, "Directory for the result")->option_text("DIR");
    command->add_option("--top", build.build.top, "Name of the top module; default: the program's file name")
        ->option_text("NAME");
    CLI::Option* stages =
        command->add_option("--stages", build.build.stages, "Pipeline stages; without it the design is combinational")
            ->check(CLI::Range(1, 10000))
            ->option_text("N");
    command
        ->add_option("--latency-per-stage", build.latency,
                     "Pipeline so that a stage takes at most X adder levels (decimal)")
        ->excludes(stages)
        ->option_text("X");
    command->add_option("--vectors", build.vectors, "Input data to verify with, besides random and corner vectors")
        ->option_text("[NAME=]FILE")
        ->allow_extra_args(false);
    command
        ->add_option("--random", build.build.random_vectors, "Number of random vectors to verify with (default 1000)")
        ->check(CLI::Range(int64_t{0}, int64_t{100'000'000}))
        ->option_text("N");
    command->add_option("--seed", build.build.seed, "Seed of the random vectors")->check(natural())->option_text("N");
    command->add_flag_callback("--no-verify", [&build] { build.build.verify = false; }, "Do not simulate the result");
    add_proof(*command, build.build);
    add_optimizer(command, build.build.optimizer);
    add_watching(command, build);
    add_cache_use(*command, build.build.best);
    command
        ->add_option("--locked", build.build.locked,
                     "A manifest.json: build exactly that design again, or say in what this one differs")
        ->option_text("FILE");
    command->add_flag_callback(
        "--no-cache", [&build] { build.build.cache = false; },
        "Neither use nor keep solutions of constant products on disk");
    add_allow(*command, line);
    command->final_callback([&line] { line.action = [&line] { return build_command(line.build, line.common); }; });
}

void add_cmvm(CommandLine& line) {
    CmvmOptions& asked = line.cmvm;
    CLI::App* command = line.app.add_subcommand("cmvm", "Turn a constant matrix into adders: y = x*W");
    command->add_option("matrix", asked.matrix, "W [inputs, outputs]: .npy, or text with one line per input")
        ->required()
        ->option_text("FILE");
    command
        ->add_option("--input-format", asked.input_format,
                     "Format of the inputs: fixed(k, i, f), k,i,f, int(N) or uint(N); default fixed(1, 7, 0)")
        ->option_text("FORMAT");
    command
        ->add_option("--depth", asked.depth,
                     "Most adders in a chain: a number, min (default: the least possible), each (the least of each "
                     "output) or free")
        ->option_text("N");
    command->add_option("--objective", asked.solver.objective, "adders (default) or bits")
        ->transform(names<cmvm::Objective>({{"adders", cmvm::Objective::adders}, {"bits", cmvm::Objective::bits}}))
        ->option_text("WHAT");
    CLI::Option* area = command->add_flag("--area", asked.solver.area, "Adders of three operands");
    command->add_flag("--bias", asked.bias, "Each output gets a constant, for which the depth must leave room")
        ->excludes(area);
    command->add_option("--effort", asked.solver.effort, "0 to 3 (default 1)")
        ->check(CLI::Range(0, 3))
        ->option_text("N");
    command
        ->add_option("--seconds", asked.solver.seconds,
                     "End the search by time, not by work: what is found then differs from run to run")
        ->check(duration())
        ->option_text("S");
    command->add_option("--seed", asked.solver.seed, "Seed of the search")->check(natural())->option_text("N");
    command
        ->add_option("--threads", asked.solver.threads,
                     "Threads; 0 (default): all cores; with --seconds one, and all cores at effort 3")
        ->check(CLI::Range(0, 1024))
        ->option_text("N");
    command->add_option("-o,--output", asked.output, "Where to write the graph (JSON)")->option_text("FILE");
    command->add_flag("--json", asked.json, "Print the result as one JSON object");
    add_cache_use(*command, asked.best);
    command->add_flag_callback(
        "--no-cache", [&asked] { asked.cache = false; }, "Neither use nor keep solutions on disk");
    command->final_callback([&line] { line.action = [&line] { return cmvm_command(line.cmvm, line.common); }; });
}

void add_fmt(CommandLine& line) {
    FmtOptions& fmt = line.fmt;
    CLI::App* command = line.app.add_subcommand("fmt", "Lay programs out in the one way there is");
    command->add_option("files", fmt.files, "Program files (.da), rewritten in place; - for standard input to output")
        ->required()
        ->option_text("FILE...");
    command->add_flag("--check", fmt.check, "List the files that would change, and change none");
    command->final_callback([&line] { line.action = [&line] { return fmt_command(line.fmt, line.common); }; });
}

void add_test(CommandLine& line) {
    TestOptions& test = line.test;
    CLI::App* command = line.app.add_subcommand("test", "Run the tests and properties of programs and modules");
    command->add_option("files", test.files, "Program files (.da)")->required()->option_text("FILE...");
    command->add_option("--filter", test.filter, "Only tests whose name contains TEXT")->option_text("TEXT");
    command->add_option("--seed", test.cases.seed, "Seed of random cases (default 1)")
        ->check(natural())
        ->option_text("N");
    command->add_option("--samples", test.cases.samples, "Random cases of a property (default 10000)")
        ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))
        ->option_text("N");
    command->add_option("--junit", test.junit, "Where to write a report in JUnit's XML")->option_text("FILE");
    command->add_flag("--coverage", test.coverage, "Print which expressions and table entries the tests reach");
    command->add_option("--lcov", test.lcov, "Where to write the coverage in LCOV's format")->option_text("FILE");
    add_allow(*command, line);
    command->final_callback([&line] { line.action = [&line] { return test_command(line.test, line.common); }; });
}

void add_repl(CommandLine& line) {
    ReplOptions& repl = line.repl;
    CLI::App* command = line.app.add_subcommand("repl", "Try expressions and programs at a prompt");
    command->add_option("files", repl.files, "Program files (.da) to load")->option_text("FILE...");
    add_allow(*command, line);
    command->final_callback([&line] { line.action = [&line] { return repl_command(line.repl, line.common); }; });
}

void add_doc(CommandLine& line) {
    DocOptions& doc = line.doc;
    CLI::App* command = line.app.add_subcommand("doc", "Write the documentation of a module as Markdown");
    command->add_option("module", doc.module, "Program file (.da), or a module of the standard library")
        ->option_text("FILE|MODULE");
    command->add_flag("--builtins", doc.builtins, "List the built-in functions instead");
    command->add_option("-o,--output", doc.output, "Where to write it; default: standard output")->option_text("FILE");
    command->final_callback([&line] { line.action = [&line] { return doc_command(line.doc, line.common); }; });
}

void add_completion(CommandLine& line) {
    CLI::App* command = line.app.add_subcommand("completion", "Print a completion script for a shell");
    command->add_option("shell", line.shell, "bash, zsh or fish")
        ->required()
        ->transform(names<Shell>({{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}}))
        ->option_text("SHELL");
    command->final_callback([&line] {
        line.action = [&line] {
            std::fputs(completion_script(line.app, line.shell).c_str(), stdout);
            return exit_ok;
        };
    });
}

void add_version(CommandLine& line) {
    line.app.add_subcommand("version", "Print the version")->final_callback([&line] { line.action = version_command; });
}

/// Last, for it knows all the others.
void add_help(CommandLine& line) {
    CLI::App* command = line.app.add_subcommand("help", "Show what dal or a command does");
    std::string names;
    for (const CLI::App* known : line.app.get_subcommands([](const CLI::App*) { return true; }))
        names += (names.empty() ? "{" : ",") + known->get_name();
    // A name is looked up later; here it is for completions.
    const auto any = [](const std::string&) { return std::string(); };
    command->add_option("command", line.help_about, "A command")
        ->check(CLI::Validator(any, names + "}"))
        ->option_text("COMMAND");
    command->add_flag("--man", line.manual, "Print the manual page of all commands, for man");
    command->final_callback([&line] {
        line.action = [&line] {
            if (!line.manual) return print_help(line.app, line.help_about);
            std::fputs(manual_page(line.app, DAL_VERSION).c_str(), stdout);
            return int{exit_ok};
        };
    });
}

void add_common(CommandLine& line) {
    CLI::App& app = line.app;
    app.require_subcommand(1);
    app.fallthrough();
    app.set_version_flag("-V,--version", "dal " DAL_VERSION, "Print the version");
    app.footer(
        "Exit codes: 0 done, 1 the program or its data is not right, 2 the command line is not right,\n"
        "3 two engines disagree, 70 internal error, 128 + N ended by signal N (Ctrl-C: 130).");
    app.add_option("--color", line.common.color, "auto, always or never")
        ->transform(names<ColorMode>(
            {{"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}}))
        ->option_text("WHEN");
    app.add_flag("-q,--quiet", line.common.quiet, "Print results and errors only");
}

}  // namespace

int run_command_line(int argc, char** argv) {
    CommandLine line;
    add_common(line);
    for (const auto add : {add_check, add_explain, add_run, add_calibrate, add_import, add_build, add_cmvm, add_fmt,
                           add_test, add_repl, add_doc, add_completion, add_version, add_help})
        add(line);
    if (argc < 2) return print_help(line.app, "");
    if (argv[1][0] != '-' && find_command(line.app, argv[1]) == nullptr) return no_command(argv[1]);
    try {
        std::vector<std::string> words = with_warning_names({argv + std::min(argc, 1), argv + argc});
        std::reverse(words.begin(), words.end());  // as CLI11 wants them
        line.app.parse(std::move(words));
    } catch (const CLI::ParseError& problem) {
        return line.app.exit(problem) == 0 ? exit_ok : exit_usage;
    }
    return line.action ? line.action() : exit_usage;
}

}  // namespace dal::cli
