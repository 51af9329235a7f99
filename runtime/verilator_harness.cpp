// Drives the model that Verilator makes of module `dal_simulation` (clk, in, out): reads rows of 32-bit words, the
// inputs of one clock cycle each, and writes a row of outputs for each, taken after the clock edge.
//
//     dal_simulation INPUT OUTPUT ROWS
//
// DAL_IN_WORDS and DAL_OUT_WORDS, the lengths of the rows, are at least 3: Verilator makes arrays only of ports that
// are wider than 64 bits.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "Vdal_simulation.h"
#include "dal_simulation.h"
#include "verilated.h"

namespace {

constexpr size_t rows_at_once = 4096;

struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;

int fail(const char* what) {
    std::perror(what);
    return 1;
}

}  // namespace

// Called by Verilator's runtime for time stamps in messages.
double sc_time_stamp() { return 0; }

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: dal_simulation INPUT OUTPUT ROWS\n");
        return 2;
    }
    const File input(std::fopen(argv[1], "rb"));
    if (!input) return fail(argv[1]);
    File output(std::fopen(argv[2], "wb"));
    if (!output) return fail(argv[2]);
    unsigned long long rows = std::strtoull(argv[3], nullptr, 10);

    const auto model = std::make_unique<Vdal_simulation>();
    std::vector<uint32_t> in(rows_at_once * DAL_IN_WORDS);
    std::vector<uint32_t> out(rows_at_once * DAL_OUT_WORDS);
    while (rows > 0) {
        const size_t count = rows < rows_at_once ? static_cast<size_t>(rows) : rows_at_once;
        if (std::fread(in.data(), DAL_IN_WORDS * sizeof(uint32_t), count, input.get()) != count) return fail(argv[1]);
        for (size_t row = 0; row < count; ++row) {
            for (size_t word = 0; word < DAL_IN_WORDS; ++word) model->in[word] = in[row * DAL_IN_WORDS + word];
            model->clk = 0;
            model->eval();
#if DAL_CLOCKED
            model->clk = 1;
            model->eval();
#endif
            for (size_t word = 0; word < DAL_OUT_WORDS; ++word) out[row * DAL_OUT_WORDS + word] = model->out[word];
        }
        if (std::fwrite(out.data(), DAL_OUT_WORDS * sizeof(uint32_t), count, output.get()) != count)
            return fail(argv[2]);
        rows -= count;
    }
    model->final();
    if (std::fclose(output.release()) != 0) return fail(argv[2]);
    return 0;
}
