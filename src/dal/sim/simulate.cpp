// Verilator sees one module, dal_simulation, with one wide input and one wide output. Its instances of the designs get
// their packed ports from slices of these, each port from a word boundary on. So the C++ harness is the same for all
// designs, and names of ports never reach C++.
#include "dal/sim/simulate.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <set>

#include "dal/emit/manifest.hpp"
#include "dal/sim/bits.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/build_codes.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/process.hpp"
#include "dal/support/resources.hpp"

namespace dal::sim {
namespace {

namespace fs = std::filesystem;
using emit::manifest_name;
using netlist::Port;
using netlist::PortElement;

constexpr const char* wrapper_name = "dal_simulation";
constexpr const char* harness_name = "verilator_harness.cpp";
/// Verilator's C++ is cut into files of about this many statements, so that one huge function does not take minutes.
constexpr const char* split_size = "20000";
constexpr size_t shown_output = 4000;

Diagnostics verilator_missing() {
    return {error(code::verilator_missing, {}, "there is no program `verilator` in PATH")
                .with_rule("generated Verilog is checked and simulated with Verilator")
                .with_help("apt-get install verilator g++ make")};
}

/// What a person wants to see of a tool's output: its first errors, not megabytes.
std::string trimmed(const std::string& output) {
    std::string text = output;
    if (const size_t first = text.find("%Error"); first != std::string::npos && text.size() > shown_output)
        text.erase(0, first);
    if (text.size() > shown_output) text = text.substr(0, shown_output) + "\n… (cut)";
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text.empty() ? "it printed nothing" : text;
}

/// For each tool that is started: so long that only what hangs meets it.
std::chrono::seconds time_limit() {
    constexpr int64_t generous = 3600;
    const char* text = std::getenv("DAL_TOOL_SECONDS");
    int64_t seconds = 0;
    const std::string_view digits = text == nullptr ? "" : text;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    const bool is_limit = failed == std::errc() && end == digits.data() + digits.size() && seconds > 0;
    return std::chrono::seconds(is_limit ? std::min<int64_t>(seconds, 1'000'000'000) : generous);
}

std::optional<Process> run_tool(const std::vector<std::string>& command, const fs::path& directory) {
    return run_process(command, directory, time_limit());
}

Diagnostics took_too_long(const std::string& what) {
    const std::string seconds = std::to_string(time_limit().count());
    return {error(code::simulation_failed, {}, what + " did not end within " + seconds + " s, and was ended")
                .with_rule("each tool that is started has a time limit")
                .with_help("where it only needs longer: export DAL_TOOL_SECONDS=" + seconds + "0")};
}

Diagnostics simulation_failed(const std::string& what, const Process& process) {
    if (process.timed_out) return took_too_long(what);
    return {error(code::simulation_failed, {},
                  what + " ended with status " + std::to_string(process.status) + ": " + trimmed(process.output))};
}

/// A new directory in the system's place for temporary files. The tools run in it, so its path must not be relative;
/// and `make` builds in no path with spaces.
Result<TemporaryDirectory> work_directory(bool builds) {
    const auto refuse = [](const std::string& problem) {
        return failure(error(code::cannot_write, {}, problem)
                           .with_rule("Verilog is simulated in a temporary directory, in the place that `TMPDIR` names")
                           .with_help("export TMPDIR=/tmp"));
    };
    std::error_code failed;
    const fs::path place = fs::temp_directory_path(failed);
    if (failed) {
        const char* wanted = nullptr;
        for (const char* name : {"TMPDIR", "TMP", "TEMP", "TEMPDIR"})  // the order of temp_directory_path
            if (wanted == nullptr) wanted = std::getenv(name);
        return refuse("there is no directory `" + std::string(wanted == nullptr ? "/tmp" : wanted) +
                      "` for temporary files");
    }
    const fs::path absolute = fs::absolute(place);
    if (builds && absolute.string().find_first_of(" \t\n") != std::string::npos)
        return refuse("`make` cannot build in `" + absolute.string() + "`, whose path has a space");
    return TemporaryDirectory::make(absolute / "dal");
}

std::vector<std::string> sources_of(const Design& design) {
    std::vector<std::string> names;
    for (const auto& [name, content] : design.files)
        if (name != manifest_name) names.push_back(name);
    return names;
}

/// Words of all ports, each from a word boundary on, and at least the three that the harness needs.
int64_t row_words(std::span<const Design> designs, std::vector<Port> Design::* ports) {
    int64_t words = 0;
    for (const Design& design : designs)
        for (const Port& port : design.*ports) words += (port.width + 31) / 32;
    return std::max<int64_t>(words, 3);
}

bool has_output(const Design& design) {
    return std::ranges::any_of(design.outputs, [](const Port& port) { return port.width > 0; });
}

std::string wrapper_text(std::span<const Design> designs) {
    std::string text = "module dal_simulation (\n    input  wire clk,\n    input  wire [" +
                       std::to_string(32 * row_words(designs, &Design::inputs) - 1) + ":0] in,\n    output wire [" +
                       std::to_string(32 * row_words(designs, &Design::outputs) - 1) + ":0] out\n);\n";
    int64_t in = 0;
    int64_t out = 0;
    size_t number = 0;
    for (const Design& design : designs) {
        std::string connections = design.clock.empty() ? "" : "." + design.clock + "(clk)";
        const auto connect = [&](const Port& port, const std::string& vector, int64_t& word) {
            if (port.width == 0) return;
            connections += (connections.empty() ? "." : ", .") + port.name + "(" + vector + "[" +
                           std::to_string(32 * word) + " +: " + std::to_string(port.width) + "])";
            word += (port.width + 31) / 32;
        };
        for (const Port& port : design.inputs) connect(port, "in", in);
        for (const Port& port : design.outputs) connect(port, "out", out);
        text += "    " + design.top + " design_" + std::to_string(number++) + " (" + connections + ");\n";
    }
    return text + "endmodule\n";
}

/// The code of `element` in another batch, with the binary point of the wire.
void put_code(uint32_t* row, int64_t offset, const PortElement& element, const Codes& codes, int64_t sample) {
    const int f = codes.f()[element.input];
    if (f == element.f) {
        put_bits(row, offset + element.offset, element.width, codes.at(sample, element.input), codes.limbs());
        return;
    }
    const Int code = codes.code(sample, element.input);
    const Int moved = f < element.f ? code << (element.f - f) : code >> (f - element.f);
    std::vector<uint64_t> words(static_cast<size_t>(element.width / 64 + 1));
    moved.to_words(words.data(), words.size());
    put_bits(row, offset + element.offset, element.width, words.data(), static_cast<int>(words.size()));
}

Codes empty_codes(const Port& port, int64_t samples) {
    std::vector<int> f(static_cast<size_t>(element_count(port.shape)));
    int limbs = 1;
    for (const PortElement& element : port.elements) {
        f[static_cast<size_t>(element.element)] = element.f;
        limbs = std::max(limbs, (element.width + (element.is_signed ? 0 : 1) + 63) / 64);
    }
    return {port.shape, samples, std::move(f), limbs};
}

std::vector<uint32_t> input_rows(std::span<const Design> designs, std::span<const Codes> inputs, int64_t rows) {
    const int64_t words = row_words(designs, &Design::inputs);
    std::vector<uint32_t> data(static_cast<size_t>(rows * words));
    int64_t first = 0;
    for (size_t d = 0; d < designs.size(); ++d)
        for (const Port& port : designs[d].inputs) {
            for (int64_t sample = 0; sample < inputs[d].samples(); ++sample)
                for (const PortElement& element : port.elements)
                    put_code(data.data() + sample * words, 32 * first, element, inputs[d], sample);
            first += (port.width + 31) / 32;
        }
    return data;
}

std::vector<std::vector<Codes>> output_codes(std::span<const Design> designs, std::span<const Codes> inputs,
                                             const uint32_t* data) {
    const int64_t words = row_words(designs, &Design::outputs);
    std::vector<std::vector<Codes>> results;
    int64_t first = 0;
    for (size_t d = 0; d < designs.size(); ++d) {
        // Row t holds what is there after the clock edge that ends cycle t.
        const int64_t delay = designs[d].latency == 0 ? 0 : designs[d].latency - 1;
        std::vector<Codes>& outputs = results.emplace_back();
        for (const Port& port : designs[d].outputs) {
            Codes codes = empty_codes(port, inputs[d].samples());
            for (int64_t sample = 0; sample < codes.samples(); ++sample)
                for (const PortElement& element : port.elements)
                    get_bits(data + (sample + delay) * words, 32 * first + element.offset, element.width,
                             element.is_signed, codes.at(sample, element.element), codes.limbs());
            outputs.push_back(std::move(codes));
            first += (port.width + 31) / 32;
        }
    }
    return results;
}

/// In a header and not on the command line, which is then the same for all designs: a compiler cache keeps Verilator's
/// runtime.
std::string settings_text(std::span<const Design> designs) {
    const bool clocked = std::ranges::any_of(designs, [](const Design& design) { return design.latency > 0; });
    return "#define DAL_IN_WORDS " + std::to_string(row_words(designs, &Design::inputs)) + "\n#define DAL_OUT_WORDS " +
           std::to_string(row_words(designs, &Design::outputs)) + "\n#define DAL_CLOCKED " + (clocked ? "1" : "0") +
           "\n";
}

Result<void> write_files(std::span<const Design> designs, const fs::path& directory) {
    for (const Design& design : designs)
        for (const std::string& name : sources_of(design))
            if (auto written = write_file(directory / name, design.files.at(name)); !written) return written;
    return {};
}

Result<void> write_sources(std::span<const Design> designs, const fs::path& directory) {
    if (auto written = write_files(designs, directory); !written) return written;
    auto harness = read_file(resource_directory("runtime") / harness_name);
    if (!harness) return failure(std::move(harness.error()));
    if (auto written = write_file(directory / harness_name, *harness); !written) return written;
    const std::string wrapper = wrapper_name;
    if (auto written = write_file(directory / (wrapper + ".h"), settings_text(designs)); !written) return written;
    return write_file(directory / (wrapper + ".v"), wrapper_text(designs));
}

/// Relative paths only: the makefiles that Verilator writes do not survive spaces.
std::vector<std::string> build_command(std::span<const Design> designs) {
    // The model is compiled without optimization: that takes a second where -O1 takes minutes (one function holds a
    // whole combinational design), and even 100,000 vectors run in less time than that saves.
    std::string make = "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O1";
    if (find_program("ccache")) make += " OBJCACHE=ccache";
    std::vector<std::string> command{"verilator", "--cc", "--exe", "--build", "-j", "2", "-O3",
                                     // 5.006 loses a negation there when the operand is a part of a wide port.
                                     "-fno-const-bit-op-tree", "--x-assign", "fast", "--x-initial", "fast",
                                     "--noassert", "-Wno-fatal", "-Wno-lint", "-Wno-style", "--output-split",
                                     split_size, "--top-module", wrapper_name, "--Mdir", "model", "-CFLAGS", "-I..",
                                     "-MAKEFLAGS", make, harness_name, std::string(wrapper_name) + ".v"};
    for (const Design& design : designs)
        for (const std::string& name : sources_of(design)) command.push_back(name);
    return command;
}

Result<void> run_lint(std::span<const Design> designs, const fs::path& directory) {
    std::vector<std::string> command{"verilator", "--lint-only", "-Wall"};
    std::string tops;
    for (const Design& design : designs) {
        tops += (tops.empty() ? "`" : ", `") + design.top + "`";
        for (const std::string& name : sources_of(design)) command.push_back(name);
    }
    if (designs.size() == 1)
        command.insert(command.end(), {"--top-module", designs.front().top});
    else
        command.emplace_back("-Wno-MULTITOP");
    const auto process = run_tool(command, directory);
    if (!process) return failure(verilator_missing());
    if (process->timed_out) return failure(took_too_long("`verilator --lint-only`"));
    const bool silent =
        process->output.find("%Warning") == std::string::npos && process->output.find("%Error") == std::string::npos;
    if (process->status == 0 && silent) return {};
    return failure(
        error(code::lint_failed, {}, "`verilator --lint-only -Wall` on " + tops + ": " + trimmed(process->output)));
}

}  // namespace

Result<void> lint(const Design& design, const fs::path& directory) { return run_lint({&design, 1}, directory); }

Result<void> lint(std::span<const Design> designs) {
    auto directory = work_directory(false);
    if (!directory) return failure(std::move(directory.error()));
    if (auto written = write_files(designs, directory->path()); !written) return written;
    return run_lint(designs, directory->path());
}

Result<std::string> simulator_version() {
    const auto process = run_tool({"verilator", "--version"}, fs::current_path());
    if (!process) return failure(verilator_missing());
    if (process->status != 0) return failure(simulation_failed("`verilator --version`", *process));
    return process->output.substr(0, process->output.find('\n'));
}

Simulator::Simulator(std::vector<Design> designs, TemporaryDirectory directory)
    : designs_(std::move(designs)), directory_(std::move(directory)) {}

Result<Simulator> Simulator::build(std::span<const Design> designs) {
    std::set<std::string> tops{wrapper_name};
    for (const Design& design : designs)
        DAL_CHECK(tops.insert(design.top).second, "two designs called `" + design.top + "` in one simulation");
    auto directory = work_directory(true);
    if (!directory) return failure(std::move(directory.error()));
    Simulator simulator({designs.begin(), designs.end()}, std::move(*directory));
    // Nothing to simulate: run() knows the outputs.
    if (std::ranges::none_of(designs, has_output)) return simulator;
    const fs::path& place = simulator.directory_.path();
    if (auto written = write_sources(designs, place); !written) return failure(std::move(written.error()));
    const auto process = run_tool(build_command(designs), place);
    if (!process) return failure(verilator_missing());
    if (process->status != 0) return failure(simulation_failed("Verilator", *process));
    return simulator;
}

Result<std::vector<std::vector<Codes>>> Simulator::run(std::span<const Codes> inputs) const {
    DAL_CHECK(inputs.size() == designs_.size(), "a batch for each of the designs");
    int64_t rows = 0;
    for (size_t d = 0; d < designs_.size(); ++d)
        if (inputs[d].samples() > 0) rows = std::max(rows, inputs[d].samples() + int64_t{designs_[d].latency});
    const int64_t out_words = row_words(designs_, &Design::outputs);
    std::string bytes(static_cast<size_t>(rows * out_words) * sizeof(uint32_t), '\0');
    if (rows > 0 && std::ranges::any_of(designs_, has_output)) {
        const fs::path& place = directory_.path();
        const std::vector<uint32_t> data = input_rows(designs_, inputs, rows);
        const std::string_view view(reinterpret_cast<const char*>(data.data()), data.size() * sizeof(uint32_t));
        if (auto written = write_file(place / "in.bin", view); !written) return failure(std::move(written.error()));
        const std::vector<std::string> command{place / "model" / "Vdal_simulation", "in.bin", "out.bin",
                                               std::to_string(rows)};
        const auto process = run_tool(command, place);
        if (!process || process->status != 0)
            return failure(simulation_failed("the simulation", process.value_or(Process{127, "it is gone", false})));
        auto result = read_file(place / "out.bin");
        if (!result) return failure(std::move(result.error()));
        if (result->size() != bytes.size())
            return failure(simulation_failed("the simulation", {0, "its output is incomplete", false}));
        bytes = std::move(*result);
    }
    std::vector<uint32_t> words(bytes.size() / sizeof(uint32_t));
    if (!words.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
    return output_codes(designs_, inputs, words.data());
}

Result<std::vector<Codes>> simulate(const Design& design, const fs::path& directory, const Codes& inputs) {
    Design on_disk = design;
    for (auto& [name, content] : on_disk.files) {
        auto text = read_file(directory / name);
        if (!text) return failure(std::move(text.error()));
        content = std::move(*text);
    }
    auto simulator = Simulator::build({&on_disk, 1});
    if (!simulator) return failure(std::move(simulator.error()));
    auto outputs = simulator->run({&inputs, 1});
    if (!outputs) return failure(std::move(outputs.error()));
    return std::move(outputs->front());
}

}  // namespace dal::sim
