// The command line: what each command accepts. The work is in one file per command.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <new>

#include "dal/cli/advice.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/completion.hpp"
#include "dal/cli/interrupt.hpp"
#include "dal/support/check.hpp"

namespace {

using namespace dal::cli;
using dal::Engine;

/// What a person types for an enumeration; nothing else is taken, numbers neither. Completions know the names from the
/// description.
template <class T>
CLI::Validator names(std::vector<std::pair<std::string, T>> list) {
    std::string all;
    for (const auto& [name, value] : list) all += (all.empty() ? "{" : ",") + name;
    return CLI::Validator(
        [list = std::move(list)](std::string& text) {
            std::string choices;
            for (size_t j = 0; j < list.size(); ++j) {
                if (text == list[j].first) {
                    text = std::to_string(static_cast<int>(list[j].second));
                    return std::string();
                }
                choices += (j == 0 ? "`" : j + 1 == list.size() ? " or `" : ", `") + list[j].first + "`";
            }
            return "`" + text + "` is not " + choices;
        },
        all + "}");
}

/// CLI11 would take -1 for the largest number.
CLI::Validator natural() {
    return CLI::Validator(
        [](const std::string& text) {
            if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
                return "`" + text + "` is not a whole number";
            uint64_t value = 0;
            const bool fits = std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
            return fits ? std::string() : "`" + text + "` has more than 64 bits";
        },
        "");
}

CLI::Validator duration() {
    return CLI::Validator(
        [](const std::string& text) {
            double seconds = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
            const bool number = error == std::errc() && end == text.data() + text.size();
            // Not a number compares with nothing.
            return number && seconds >= 0 && seconds <= 1e7 ? std::string()
                                                            : "`" + text + "` is no time between 0 and 10000000 s";
        },
        "");
}

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

int dispatch(int argc, char** argv) {
    CLI::App app("dal: quantized dataflow, from a program to verified FPGA logic\n", "dal");
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(
        "Exit codes: 0 done, 1 the program or its data is not right, 2 the command line is not right,\n"
        "3 two engines disagree, 70 internal error, 130 interrupted.");
    CommonOptions common;
    app.add_option("--color", common.color, "auto, always or never")
        ->transform(names<ColorMode>(
            {{"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}}))
        ->option_text("WHEN");
    app.add_flag("-q,--quiet", common.quiet, "Print results and errors only");

    CheckOptions check;
    CLI::App* check_app = app.add_subcommand("check", "Check a program and show what is inferred");
    check_app->add_option("program", check.program, "Program file (.da)")->required()->option_text("FILE");
    check_app->add_flag("--types", check.types, "Print shape, type and range of every named value");
    check_app->add_flag("--graph", check.graph, "Print the graph, one line per node");
    std::string ebops;
    check_app
        ->add_flag("--ebops", ebops,
                   "Print the effective bit operations; --ebops=inputs: with the older term for biases")
        ->check(CLI::Validator(
            [](const std::string& text) {
                return text == "true" || text == "outputs" || text == "inputs"
                           ? std::string()
                           : "`" + text + "` is neither `outputs` nor `inputs`";
            },
            ""));
    std::string widths;
    check_app
        ->add_flag("--widths", widths,
                   "Print histograms of widths; --widths=FILE: a picture (.svg) or a page (.html) instead")
        ->check(CLI::Validator(
            [](const std::string& text) {
                return text == "true" || text.ends_with(".svg") || text.ends_with(".html")
                           ? std::string()
                           : "`" + text + "` ends neither with .svg nor with .html";
            },
            ""));
    check_app->add_flag("--json", check.json, "Print one JSON object: the types, or what else was asked for");
    std::vector<std::string> warnings;
    CLI::Option* warn =
        check_app
            ->add_option("-W,--warn", warnings,
                         "Warn of what has no effect; -W NAME: of this kind only, -W no-NAME: not of this kind")
            ->check(CLI::IsMember(warning_names()))
            ->allow_extra_args(false)
            ->option_text("[NAME]");

    ExplainOptions explain;
    CLI::App* explain_app = app.add_subcommand("explain", "Show where the bits of a value come from");
    explain_app->add_option("program", explain.program, "Program file (.da)")->required()->option_text("FILE");
    explain_app->add_option("value", explain.value, "A named value, with an index or not: the widest element")
        ->required()
        ->option_text("NAME[INDEX]");

    RunOptions run;
    CLI::App* run_app = app.add_subcommand("run", "Run a program on a batch of inputs, bit-exactly");
    run_app->add_option("program", run.program, "Program file (.da)")->required()->option_text("FILE");
    run_app
        ->add_option(
            "-i,--input", run.inputs,
            "Input data (.npy numbers or .npz codes), first axis samples; NAME=FILE when there are several inputs")
        ->option_text("[NAME=]FILE")
        ->allow_extra_args(false);
    run_app
        ->add_option("-o,--output", run.outputs, "Where to write an output; without it the first samples are printed")
        ->option_text("[NAME=]FILE")
        ->allow_extra_args(false);
    run_app->add_option("--engine", run.engine, "jit (default), interp or circuit")
        ->transform(
            names<Engine>({{"interp", Engine::interpreter}, {"jit", Engine::jit}, {"circuit", Engine::circuit}}))
        ->option_text("ENGINE");
    run_app->add_flag("--check", run.check, "Compare the result with the exact interpreter");
    run_app
        ->add_option("--output-format", run.format,
                     "npy (float64, default) or codes (.npz of integers and binary points; any width)")
        ->transform(names<OutputFormat>({{"npy", OutputFormat::npy}, {"codes", OutputFormat::codes}}))
        ->option_text("FORMAT");
    run_app->add_option("--threads", run.threads, "Threads; 0 (default): all cores")
        ->check(CLI::Range(0, 1024))
        ->option_text("N");

    CLI::Option* compare_real =
        run_app->add_flag("--float", run.compare_real,
                          "Print how far every value is from a run without rounding, and which quantizers do it");
    run_app->add_flag("--json", run.json, "With --float: print one JSON object")->needs(compare_real);
    run_app->add_flag_callback(
        "--no-demand", [&] { run.demand = false; },
        "With --engine circuit: compute every bit, also those that no output can see");

    CalibrateOptions calibrate;
    CLI::App* calibrate_app = app.add_subcommand("calibrate", "Find the formats that quantizers need on data");
    calibrate_app->add_option("program", calibrate.program, "Program file (.da)")->required()->option_text("FILE");
    calibrate_app
        ->add_option(
            "--data", calibrate.data,
            "Input data (.npy numbers or .npz codes), first axis samples; NAME=FILE when there are several inputs")
        ->option_text("[NAME=]FILE")
        ->allow_extra_args(false);
    calibrate_app->add_option("--margin", calibrate.margin, "Integer bits to add to what the data need (default 0)")
        ->check(CLI::Range(0, 64))
        ->option_text("N");
    calibrate_app->add_flag("--widen-only", calibrate.widen_only, "Make no format narrower than it is written");
    CLI::Option* in_place = calibrate_app->add_flag("--in-place", calibrate.in_place,
                                                    "Write the formats into the program and the arrays that it loads");
    calibrate_app
        ->add_option("-o,--output", calibrate.output,
                     "Write a copy with the formats: a directory, or a file (.da); or the formats of each element "
                     "(.npz)")
        ->excludes(in_place)
        ->option_text("DIR|FILE");

    BuildOptions build;
    CLI::App* build_app = app.add_subcommand("build", "Compile a program to verified Verilog");
    build_app->add_option("program", build.program, "Program file (.da)")->required()->option_text("FILE");
    build_app->add_option("--target", build.target, "verilog")
        ->check(CLI::IsMember({"verilog"}))
        ->option_text("TARGET");
    build_app->add_option("-o,--output", build.output, "Directory for the result")->required()->option_text("DIR");
    build_app->add_option("--top", build.top, "Name of the top module; default: the program's file name")
        ->option_text("NAME");
    CLI::Option* stages =
        build_app->add_option("--stages", build.stages, "Pipeline stages; without it the design is combinational")
            ->check(CLI::Range(1, 10000))
            ->option_text("N");
    build_app
        ->add_option("--latency-per-stage", build.latency,
                     "Pipeline so that a stage takes at most X adder levels (decimal)")
        ->excludes(stages)
        ->option_text("X");
    build_app->add_option("--vectors", build.vectors, "Input data to verify with, besides random and corner vectors")
        ->option_text("[NAME=]FILE")
        ->allow_extra_args(false);
    build_app->add_option("--random", build.random_vectors, "Number of random vectors to verify with (default 1000)")
        ->check(CLI::Range(int64_t{0}, int64_t{100'000'000}))
        ->option_text("N");
    build_app->add_option("--seed", build.seed, "Seed of the random vectors")->check(natural())->option_text("N");
    build_app->add_flag_callback("--no-verify", [&] { build.verify = false; }, "Do not simulate the result");
    build_app->add_option("--effort", build.effort, "Effort on constant products, 0 to 3 (default 1)")
        ->check(CLI::Range(0, 3))
        ->option_text("N");
    build_app->add_flag_callback(
        "--no-demand", [&] { build.demand = false; }, "Compute every bit, also those that no output can see");
    build_app->add_flag("--area", build.area, "Adders of three operands: fewer LUTs, longer paths");
    build_app
        ->add_option("--depth", build.depth,
                     "Adders in a chain of a constant product: min (default: what its deepest output needs), each (for "
                     "each output what it needs: shorter paths, more adders) or free (any number)")
        ->transform(names<dal::SumDepth>(
            {{"min", dal::SumDepth::minimum}, {"each", dal::SumDepth::each_output}, {"free", dal::SumDepth::free}}))
        ->option_text("WHAT");
    build_app
        ->add_option("--extra-depth", build.extra_depth,
                     "So many more: fewer adders, longer paths (without effect on free)")
        ->check(CLI::Range(0, 1000))
        ->option_text("N");
    build_app->add_flag_callback(
        "--no-cache", [&] { build.cache = false; }, "Neither use nor keep solutions of constant products on disk");

    CmvmOptions cmvm;
    CLI::App* cmvm_app = app.add_subcommand("cmvm", "Turn a constant matrix into adders: y = x*W");
    cmvm_app->add_option("matrix", cmvm.matrix, "W [inputs, outputs]: .npy, or text with one line per input")
        ->required()
        ->option_text("FILE");
    cmvm_app
        ->add_option("--input-format", cmvm.input_format,
                     "Format of the inputs: fixed(k, i, f), k,i,f, int(N) or uint(N); default fixed(1, 7, 0)")
        ->option_text("FORMAT");
    cmvm_app
        ->add_option("--depth", cmvm.depth,
                     "Most adders in a chain: a number, min (default: the least possible), each (the least of each "
                     "output) or free")
        ->option_text("N");
    cmvm_app->add_option("--objective", cmvm.bits, "adders (default) or bits")
        ->transform(names<bool>({{"adders", false}, {"bits", true}}))
        ->option_text("WHAT");
    CLI::Option* area = cmvm_app->add_flag("--area", cmvm.area, "Adders of three operands");
    cmvm_app->add_flag("--bias", cmvm.bias, "Each output gets a constant, for which the depth must leave room")
        ->excludes(area);
    cmvm_app->add_option("--effort", cmvm.effort, "0 to 3 (default 1)")->check(CLI::Range(0, 3))->option_text("N");
    cmvm_app->add_option("--seconds", cmvm.seconds, "Time of the search; default by effort")
        ->check(duration())
        ->option_text("S");
    cmvm_app->add_option("--seed", cmvm.seed, "Seed of the search")->check(natural())->option_text("N");
    cmvm_app->add_option("--threads", cmvm.threads, "Threads; 0 (default): one, and all cores at effort 3")
        ->check(CLI::Range(0, 1024))
        ->option_text("N");
    cmvm_app->add_option("-o,--output", cmvm.output, "Where to write the graph (JSON)")->option_text("FILE");
    cmvm_app->add_flag("--json", cmvm.json, "Print the result as one JSON object");
    cmvm_app->add_flag_callback("--no-cache", [&] { cmvm.cache = false; }, "Neither use nor keep solutions on disk");

    FmtOptions fmt;
    CLI::App* fmt_app = app.add_subcommand("fmt", "Lay programs out in the one way there is");
    fmt_app->add_option("files", fmt.files, "Program files (.da), rewritten in place; - for standard input to output")
        ->required()
        ->option_text("FILE...");
    fmt_app->add_flag("--check", fmt.check, "List the files that would change, and change none");

    TestOptions test;
    CLI::App* test_app = app.add_subcommand("test", "Run the tests and properties of programs and modules");
    test_app->add_option("files", test.files, "Program files (.da)")->required()->option_text("FILE...");
    test_app->add_option("--filter", test.filter, "Only tests whose name contains TEXT")->option_text("TEXT");
    test_app->add_option("--seed", test.seed, "Seed of random cases (default 1)")->check(natural())->option_text("N");
    test_app->add_option("--samples", test.samples, "Random cases of a property (default 10000)")
        ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))
        ->option_text("N");
    test_app->add_option("--junit", test.junit, "Where to write a report in JUnit's XML")->option_text("FILE");
    test_app->add_flag("--coverage", test.coverage, "Print which expressions and table entries the tests reach");
    test_app->add_option("--lcov", test.lcov, "Where to write the coverage in LCOV's format")->option_text("FILE");

    ReplOptions repl;
    CLI::App* repl_app = app.add_subcommand("repl", "Try expressions and programs at a prompt");
    repl_app->add_option("files", repl.files, "Program files (.da) to load")->option_text("FILE...");

    DocOptions doc;
    CLI::App* doc_app = app.add_subcommand("doc", "Write the documentation of a module as Markdown");
    doc_app->add_option("module", doc.module, "Program file (.da), or a module of the standard library")
        ->option_text("FILE|MODULE");
    doc_app->add_flag("--builtins", doc.builtins, "List the built-in functions instead");
    doc_app->add_option("-o,--output", doc.output, "Where to write it; default: standard output")->option_text("FILE");

    Shell shell = Shell::bash;
    CLI::App* completion_app = app.add_subcommand("completion", "Print a completion script for a shell");
    completion_app->add_option("shell", shell, "bash, zsh or fish")
        ->required()
        ->transform(names<Shell>({{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}}))
        ->option_text("SHELL");

    CLI::App* version_app = app.add_subcommand("version", "Print the version");
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    const bool is_known =
        argc < 2 || argv[1][0] == '-' ||
        std::any_of(commands.begin(), commands.end(), [&](const CLI::App* c) { return c->get_name() == argv[1]; });
    if (!is_known) {
        std::fprintf(stderr, "`%s` is no command of dal; `dal --help` lists them\n", argv[1]);
        return exit_usage;
    }
    try {
        std::vector<std::string> words = with_warning_names({argv + std::min(argc, 1), argv + argc});
        std::reverse(words.begin(), words.end());  // as CLI11 wants them
        app.parse(std::move(words));
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? exit_ok : exit_usage;
    }
    if (check_app->parsed()) {
        if (warn->count() > 0) check.warnings = "";
        for (const std::string& name : warnings) *check.warnings += (check.warnings->empty() ? "" : ",") + name;
        if (!ebops.empty()) check.ebops = ebops == "inputs" ? dal::BiasTerm::inputs : dal::BiasTerm::outputs;
        if (!widths.empty()) check.widths = widths == "true" ? "" : widths;
        return check_command(check, common);
    }
    if (explain_app->parsed()) return explain_command(explain, common);
    if (run_app->parsed()) return run.compare_real ? float_run_command(run, common) : run_command(run, common);
    if (calibrate_app->parsed()) return calibrate_command(calibrate, common);
    if (build_app->parsed()) return build_command(build, common);
    if (cmvm_app->parsed()) return cmvm_command(cmvm, common);
    if (fmt_app->parsed()) return fmt_command(fmt, common);
    if (test_app->parsed()) return test_command(test, common);
    if (repl_app->parsed()) return repl_command(repl, common);
    if (doc_app->parsed()) return doc_command(doc, common);
    if (completion_app->parsed()) {
        std::fputs(completion_script(app, shell).c_str(), stdout);
        return exit_ok;
    }
    if (version_app->parsed()) return version_command();
    return exit_usage;
}

/// The exit code once everything printed has reached standard output: a full disk must not look like success.
int flushed(int code) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    std::fprintf(stderr, "error: cannot write to standard output: %s\n", std::strerror(errno));
    return code == exit_ok ? exit_failed : code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        install_interrupt_handler();
        return flushed(dispatch(argc, argv));
    } catch (const dal::InternalError& bug) {
        std::fprintf(stderr, "internal error (a bug in dal, please report it): %s\n", bug.what());
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "error: out of memory\n");
        return exit_failed;
    } catch (const std::exception& bug) {
        std::fprintf(stderr, "internal error (a bug in dal, please report it): %s\n", bug.what());
    }
    return exit_internal;
}
