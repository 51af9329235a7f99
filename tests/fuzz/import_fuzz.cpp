// Files of models, changed at random, through the readers. None may end the program, take more than a second of
// processor time, or more than 256 MB; whether it is read or refused does not matter.
//   import_fuzz [--reader NAME] [--count N] [--seed N] [--first N] [FILE…]
// Files are what is changed; without any it is small ones that the program makes. What fails is repeated with `--first`
// and `--count 1`. A reader is a row of `readers` below.
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "dal/import/hdf5.hpp"
#include "dal/import/import.hpp"
#include "dal/import/json.hpp"
#include "dal/import/readers.hpp"
#include "dal/support/file.hpp"
#include "unit/import/hdf5_bytes.hpp"
#include "unit/import/onnx_bytes.hpp"
#include "unit/import/small_models.hpp"

using namespace dal;
using namespace dal::importer;

namespace {

struct FuzzedReader {
    const char* name;
    bool (*read)(const std::string& bytes);
    std::vector<std::string> starts;
};

bool read_any_model(const std::string& bytes) {
    const ModelFile file = ModelFile::of("model", bytes);
    for (const Reader& reader : importer::readers())
        if (reader.recognizes(file)) return reader.read(file, ImportOptions{}, PrecisionConfig{}).has_value();
    return false;
}

bool read_onnx(const std::string& bytes) {
    ImportOptions options;
    options.input_formats[""] = "fixed(1, 3, 4)";
    return onnx::read(ModelFile::of("model.onnx", bytes), options, PrecisionConfig{}).has_value();
}

const std::string small_json = R"({"a": [1, 2.5e-3, -4], "b": {"c": null, "d": [true, "e\n"]}, "f": Infinity})";

/// A model of one layer, with its weights.
std::string small_model() {
    using namespace dal::test;
    const std::string config = R"json({"class_name": "Sequential", "config": {"name": "m", "layers": [
{"class_name": "InputLayer", "config": {"batch_input_shape": [null, 2], "name": "x"}},
{"class_name": "QActivation", "config": {"name": "q", "activation": "quantized_bits(6,2,alpha=1)"}},
{"class_name": "QDense", "config": {"name": "dense", "units": 3, "use_bias": false,
 "kernel_quantizer": "quantized_bits(4,0,alpha='auto_po2')", "activation": "quantized_relu(4,1)"}}]}})json";
    OldFile file;
    const uint64_t kernel = file.dataset({2, 3}, {0.5F, -0.25F, 0.125F, 1, -1, 0.75F});
    const uint64_t dense = file.group({{"kernel:0", kernel}});
    const uint64_t outer = file.group({{"dense", dense}});
    const uint64_t weights = file.group({{"dense", outer}});
    return file.finish(
        file.group({{"model_weights", weights}}, {old_message(12, text_attribute("model_config", config))}));
}

const std::vector<FuzzedReader>& fuzzed_readers() {
    static const std::vector<FuzzedReader> all{
        {"hdf5",
         [](const std::string& bytes) { return read_hdf5(bytes, "fuzzed").has_value(); },
         {test::old_hdf5(), test::new_hdf5()}},
        {"json", [](const std::string& bytes) { return parse_json(bytes, "fuzzed").has_value(); }, {small_json}},
        {"ubjson",
         [](const std::string& bytes) { return parse_ubjson(bytes, "fuzzed").has_value(); },
         {std::string("{i\1aU\5i\1b[$d#U\2\0\0\0\0\0\0\0\0i\1cSi\3xyz}", 33)}},
        {"model", read_any_model, {small_model()}},
        {"onnx", read_onnx, {test::small_onnx(0.25F), test::small_onnx(0.3F)}},
        {"trees", read_any_model, {test::xgboost_json(), test::lightgbm_text(), test::conifer_json()}},
        {"alir", read_any_model, {test::alir_json()}},
        {"torch", read_any_model, {test::exported_program()}},
    };
    return all;
}

/// One change in some place.
void mutate(std::string& bytes, std::mt19937_64& random) {
    const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
    if (bytes.empty()) return;
    const size_t at = below(bytes.size());
    switch (below(8)) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8)); break;
        case 2: bytes[at] = static_cast<char>(bytes[at] + (below(2) == 0 ? 1 : -1)); break;
        case 3: {  // a number of 8 bytes: an address, a size
            const std::array<uint64_t, 5> values{below(bytes.size() + 16), below(64), ~uint64_t{0},
                                                 uint64_t{1} << below(64), random()};
            const uint64_t value = values.at(below(values.size()));
            const size_t place = at / 8 * 8;
            std::memcpy(bytes.data() + place, &value, std::min<size_t>(8, bytes.size() - place));
            break;
        }
        case 4: {  // a run
            const size_t size = std::min(bytes.size() - at, below(24) + 1);
            std::memset(bytes.data() + at, below(2) == 0 ? 0 : 255, size);
            break;
        }
        case 5: {  // a copy of another place
            const size_t size = std::min(bytes.size() - at, below(32) + 1);
            bytes.replace(at, size, bytes.substr(below(bytes.size()), size));
            break;
        }
        case 6:
            if (below(6) == 0) bytes.resize(at);
            break;
        default: {  // more, or less
            const size_t size = std::min(bytes.size() - at, below(8) + 1);
            if (below(3) != 0) break;
            if (below(2) == 0)
                bytes.erase(at, size);
            else
                bytes.insert(at, bytes.substr(below(bytes.size()), size));
        }
    }
}

/// What runs now, for the handler of signals.
std::array<char, 256> current{};

extern "C" void report(int) {
    const auto ignored = write(STDERR_FILENO, current.data(), std::strlen(current.data()));
    static_cast<void>(ignored);
    _exit(1);
}

void watch() {
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGPROF}) std::signal(signal, report);
}

/// Ends the program unless it is called again within a second of processor time.
void start_clock() {
    itimerval timer{};
    timer.it_value.tv_sec = 1;
    setitimer(ITIMER_PROF, &timer, nullptr);
}

long most_memory_kb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

struct Options {
    std::string reader;
    uint64_t count = 1000;
    uint64_t seed = 1;
    uint64_t first = 0;
    std::vector<std::string> files;
};

void fuzz(const FuzzedReader& reader, const std::vector<std::string>& starts, const Options& options) {
    constexpr long most_kb = 256 * 1024;
    const long before = most_memory_kb();
    uint64_t read = 0;
    for (uint64_t number = options.first; number < options.first + options.count; ++number) {
        std::mt19937_64 random(options.seed * 1'000'003 + number);
        std::string bytes = starts[number % starts.size()];
        const uint64_t changes = 1 + random() % 4;
        for (uint64_t change = 0; change < changes; ++change) mutate(bytes, random);
        std::snprintf(current.data(), current.size(),
                      "%s: --seed %llu --first %llu ended by a signal, or took a second\n", reader.name,
                      static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(number));
        start_clock();
        if (reader.read(bytes)) ++read;
        if (most_memory_kb() - before > most_kb) {
            std::printf("%s: --seed %llu --first %llu took more than 256 MB\n", reader.name,
                        static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(number));
            std::exit(1);
        }
    }
    std::printf("%s: %llu files, %llu read, %llu refused\n", reader.name,
                static_cast<unsigned long long>(options.count), static_cast<unsigned long long>(read),
                static_cast<unsigned long long>(options.count - read));
}

Options parse(int argc, char** argv) {
    Options options;
    for (int at = 1; at < argc; ++at) {
        const std::string_view argument = argv[at];
        const bool has_value = at + 1 < argc;
        if (argument == "--reader" && has_value)
            options.reader = argv[++at];
        else if (argument == "--count" && has_value)
            options.count = std::strtoull(argv[++at], nullptr, 10);
        else if (argument == "--seed" && has_value)
            options.seed = std::strtoull(argv[++at], nullptr, 10);
        else if (argument == "--first" && has_value)
            options.first = std::strtoull(argv[++at], nullptr, 10);
        else
            options.files.emplace_back(argument);
    }
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    std::vector<std::string> starts;
    for (const std::string& file : options.files) {
        auto bytes = read_file(file);
        if (!bytes) {
            std::printf("%s cannot be read\n", file.c_str());
            return 2;
        }
        starts.push_back(std::move(*bytes));
    }
    watch();
    bool is_known = false;
    for (const FuzzedReader& reader : fuzzed_readers()) {
        if (!options.reader.empty() && options.reader != reader.name) continue;
        is_known = true;
        for (const std::string& start : reader.starts)
            if (starts.empty() && !reader.read(start)) {
                std::printf("%s: what is changed cannot be read itself\n", reader.name);
                return 1;
            }
        fuzz(reader, starts.empty() ? reader.starts : starts, options);
    }
    return is_known ? 0 : 2;
}
