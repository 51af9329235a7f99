// How fast the JIT compiles and runs a program, and where the time goes.
//
//     jit_bench net.da x.npy [--threads N] [--width N] [--samples N] [--expected N]
//
// x.npy is repeated up to the number of samples (default 65,536). --expected: how many the code is compiled for, by
// default so many that it is worth to optimize it. The peer's interpreter takes 0.60 ns per circuit
// operation and sample; the circuit is the one that `lower` makes, which has no more operations than the peer's.
// Times are those of the processor, per thread, so that other programs do not count.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>

#include "dal/array/npy.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/jit/jit.hpp"
#include "dal/jit/runner.hpp"
#include "dal/lower/lower.hpp"
#include "dal/sema/elaborate.hpp"

using namespace dal;

namespace {

constexpr double peer_ns_per_operation = 0.60;

/// Processor time of the calling thread: what other programs take does not count.
double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}
double seconds(const std::function<void()>& work) {
    const double start = now();
    work();
    return now() - start;
}
/// The fastest of several runs.
double best_seconds(int runs, const std::function<void()>& work) {
    double best = seconds(work);
    for (int j = 1; j < runs; ++j) best = std::min(best, seconds(work));
    return best;
}

template <class T>
T must(Result<T> result, const SourceMap& sources) {
    if (result) return std::move(*result);
    for (const Diagnostic& diagnostic : result.error()) std::fputs(render(diagnostic, sources, false).c_str(), stderr);
    std::exit(1);
}

/// `batch` again and again, `samples` in all, as float64.
Samples repeated(const Samples& batch, int64_t samples) {
    const Shape shape = batch.shape();
    const int64_t elements = element_count(shape);
    std::vector<double> once;
    for (int64_t sample = 0; sample < batch.samples(); ++sample)
        for (int64_t element = 0; element < elements; ++element)
            once.push_back(batch.at(sample, element).value().to_double().value());
    std::vector<double> all(static_cast<size_t>(samples * elements));
    for (size_t j = 0; j < all.size(); ++j) all[j] = once[j % once.size()];
    Shape whole{samples};
    whole.insert(whole.end(), shape.begin(), shape.end());
    return Array::from_doubles(whole, all);
}

/// ns per sample of the parts of the generated code, on data that stays in the first-level cache.
void print_parts(const Graph& graph, int width) {
    jit::Plan plan = jit::make_plan(graph);
    jit::Schedule schedule = jit::make_schedule(plan, width);
    const int block = schedule.block;
    std::vector<jit::InputRows> elements;
    for (const NodeId id : graph.inputs()) elements.push_back({graph[id].size()});
    const auto engine = jit::Engine::compile(plan, schedule, elements, {});
    if (!engine) return;
    std::byte* scratch = new (std::align_val_t{64}) std::byte[schedule.scratch_bytes]();
    std::vector<uint8_t> suspect(static_cast<size_t>(block / 8));
    constexpr int repeats = 2000;
    const auto report = [&](const char* what, const std::function<void()>& work) {
        const double time = best_seconds(9, [&] {
            for (int j = 0; j < repeats; ++j) work();
        });
        std::printf("  %-8s %8.2f ns\n", what, time * 1e9 / repeats / block);
    };
    report("inputs", [&] {
        for (size_t input = 0; input < elements.size(); ++input) {
            static const std::vector<double> rows(static_cast<size_t>(elements[input].elements * block), 0.75);
            for (const auto& call : engine->convert[input]) call(rows.data(), scratch, suspect.data());
        }
    });
    report("code", [&] {
        for (const auto& call : engine->compute) call(scratch);
    });
    report("outputs", [&] {
        for (size_t output = 0; output < plan.outputs.size(); ++output) {
            static std::vector<uint64_t> words(plan.outputs[output].elements.size() * static_cast<size_t>(block));
            for (const auto& call : engine->deliver[output]) call(static_cast<const std::byte*>(scratch), words.data());
        }
    });
    ::operator delete[](scratch, std::align_val_t{64});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs("usage: jit_bench net.da x.npy [--threads N] [--width N] [--samples N] [--expected N]\n", stderr);
        return 2;
    }
    int64_t samples = 65'536;
    JitOptions options;
    options.threads = 1;
    for (int j = 3; j + 1 < argc; j += 2) {
        const std::string_view name = argv[j];
        const int64_t value = std::atoll(argv[j + 1]);
        if (name == "--threads") options.threads = static_cast<int>(value);
        if (name == "--width") options.width = static_cast<int>(value);
        if (name == "--samples") samples = value;
        if (name == "--expected") options.samples = value;
    }
    SourceMap sources;
    ElaborateOptions elaborate;
    elaborate.module_directories.emplace_back(std::string(DAL_SOURCE_DIR) + "/stdlib");
    Program program = must(compile_file(sources, argv[1], elaborate), sources);
    if (auto done = infer_forward(program.graph); !done) return 1;
    const Samples given = must(read_samples(argv[2]), sources);
    const Samples batch = repeated(given, samples);

    const double compile = best_seconds(3, [&] { must(JitProgram::compile(program.graph, options), sources); });
    const JitProgram jit = must(JitProgram::compile(program.graph, options), sources);
    const JitStats& stats = jit.stats();
    std::printf(
        "compile   %.3f s, %d thread(s): %lld functions, %lld bytes of code, vectors of %d samples, scratch %lld "
        "bytes\n",
        compile, options.threads, static_cast<long long>(stats.functions), static_cast<long long>(stats.code_bytes),
        stats.width, static_cast<long long>(stats.scratch_bytes));
    const std::vector<Samples> once{given};
    const auto expected = must(interpret(program.graph, once), sources);
    const auto actual = must(jit.run(once), sources);
    for (size_t output = 0; output < expected.size(); ++output)
        if (first_difference(expected[output], actual[output])) {
            std::fputs("the results differ from the interpreter's\n", stderr);
            return 1;
        }
    std::printf("exact     as the interpreter on the %lld samples given\n", static_cast<long long>(given.samples()));
    const std::vector<Samples> inputs{batch};
    const double time = best_seconds(7, [&] { must(jit.run(inputs), sources); });
    const double ns = time * 1e9 / static_cast<double>(samples);
    std::printf("run       %.2f ns/sample, %.2f M samples/s, %lld operations/sample, %.1f G operations/s\n", ns,
                1e3 / ns, static_cast<long long>(stats.operations), static_cast<double>(stats.operations) / ns);
    const auto circuit = must(lower(program.graph), sources);
    const auto computes = [](const circuit::Operation& operation) {
        return operation.kind != circuit::Kind::input && operation.kind != circuit::Kind::constant &&
               operation.kind != circuit::Kind::shift;
    };
    const auto operations =
        static_cast<double>(std::count_if(circuit.operations().begin(), circuit.operations().end(), computes));
    std::printf("peer      %.0f circuit operations x %.2f ns = %.0f ns/sample: the JIT is %.1f times as fast\n",
                operations, peer_ns_per_operation, operations * peer_ns_per_operation,
                operations * peer_ns_per_operation / ns);
    print_parts(program.graph, stats.width);
    return 0;
}
