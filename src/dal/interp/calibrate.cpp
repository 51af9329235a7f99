#include "dal/interp/calibrate.hpp"

#include <algorithm>

#include "dal/graph/inputs.hpp"
#include "dal/interp/column_run.hpp"
#include "dal/numeric/quantize.hpp"

namespace dal {
namespace {

/// What was seen of one quantizer.
struct Seen {
    std::vector<Int> least;  ///< code of each element, or 0
    std::vector<Int> greatest;
    int64_t values = 0;
    int64_t overflows = 0;
    std::optional<QuantizerNeeds::Place> first;

    void note_overflow(int64_t sample, int64_t element, const Int& code, int f) {
        ++overflows;
        if (!first || std::pair(sample, element) < std::pair(first->sample, first->element))
            first = {sample, element, Dyadic(code, -int64_t{f})};
    }
    void add(const Seen& other) {
        for (size_t at = 0; at < least.size(); ++at) {
            least[at] = min(least[at], other.least[at]);
            greatest[at] = max(greatest[at], other.greatest[at]);
        }
        values += other.values;
        overflows += other.overflows;
        if (other.first &&
            (!first || std::pair(other.first->sample, other.first->element) < std::pair(first->sample, first->element)))
            first = other.first;
    }
};

const FormatMap& formats_of(const Node& node) { return std::get<op::Quantize>(node.operation).formats; }

Kif needed(const Kif& written, const Int& least, const Int& greatest, int margin) {
    if (written.is_zero()) return written;
    const bool k = written.k || least.is_negative();
    // Codes of i + f bits, beside the sign, are below 2^(i + f), and negative ones not below -2^(i + f).
    const int64_t above = greatest.sign() > 0 ? greatest.bit_length() : 0;
    const int64_t below = least.is_negative() ? (least + Int(1)).bit_length() : 0;
    const bool is_zero = least.is_zero() && greatest.is_zero();
    const auto bits = static_cast<int>(std::max(above, below)) - (is_zero && k ? 1 : 0);
    return {k, bits - written.f + margin, written.f};
}

/// Sees the rounded values of one element in the samples of a block.
void see(const Column& rounded, const Format& format, int64_t first, int64_t count, int64_t element, Seen& seen) {
    const Kif& kif = format.kif;
    const auto at = static_cast<size_t>(element);
    seen.values += count;
    if (rounded.codes() != nullptr) {
        const int64_t raise = rounded.extent().bits == 0 ? 0 : kif.f - rounded.f();
        const Int lo = Int(rounded.extent().lo) << raise;
        const Int hi = Int(rounded.extent().hi) << raise;
        seen.least[at] = min(seen.least[at], lo);
        seen.greatest[at] = max(seen.greatest[at], hi);
        // What lies between two codes that stay as they are does so too.
        if (overflow_code(lo, kif, format.overflow) == lo && overflow_code(hi, kif, format.overflow) == hi) return;
    }
    for (int64_t sample = 0; sample < count; ++sample) {
        const Int code = rounded.at(static_cast<size_t>(sample)).code(kif.f).value();
        seen.least[at] = min(seen.least[at], code);
        seen.greatest[at] = max(seen.greatest[at], code);
        if (overflow_code(code, kif, format.overflow) != code) seen.note_overflow(first + sample, element, code, kif.f);
    }
}

std::vector<bool> unbounded_nodes(const Graph& graph, std::span<const NodeId> quantizers) {
    std::vector<bool> unbounded(graph.size());
    for (const NodeId id : quantizers) unbounded[static_cast<size_t>(id)] = wraps(graph[id]);
    return unbounded;
}

}  // namespace

bool wraps(const Node& quantizer) {
    const FormatMap& formats = formats_of(quantizer);
    for (size_t j = 0; j < formats.size(); ++j)
        if (formats.at(static_cast<int64_t>(j)).overflow != Overflow::wrap) return false;
    return true;
}

struct Calibration::State {
    const Graph& graph;
    std::vector<NodeId> quantizers;
    int threads;
    ColumnPlan plan;
    std::vector<std::optional<size_t>> which;  // per node: its place among the quantizers
    std::vector<Seen> seen;                    // per quantizer
    std::vector<Seen> nothing;

    State(const Graph& of, std::span<const NodeId> some, int most_threads)
        : graph(of),
          quantizers(some.begin(), some.end()),
          threads(most_threads),
          plan(graph, unbounded_nodes(graph, quantizers)),
          which(graph.size()) {
        for (size_t j = 0; j < quantizers.size(); ++j) {
            which[static_cast<size_t>(quantizers[j])] = j;
            const auto size = static_cast<size_t>(graph[quantizers[j]].size());
            nothing.push_back({.least = std::vector<Int>(size), .greatest = std::vector<Int>(size), .first = {}});
        }
        seen = nothing;
    }
    void see_block(ColumnRun& run, int64_t first, int64_t count, std::vector<Seen>& by_thread) const {
        for (size_t index = 0; index < graph.size(); ++index) {
            const auto id = static_cast<NodeId>(index);
            run.compute_node(id);
            if (which[index]) {
                const std::vector<Column>& operands = run.values(graph[id].operands.front());
                const FormatMap& formats = formats_of(graph[id]);
                for (size_t at = 0; at < operands.size(); ++at) {
                    const auto element = static_cast<int64_t>(at);
                    const Format& format = formats.at(element);
                    if (format.kif.is_zero()) continue;
                    const Column rounded = operands[at].rounded(format.kif.f, format.round);
                    see(rounded, format, first, count, element, by_thread[*which[index]]);
                }
            }
            run.release_operands(id);
        }
    }
};

Calibration::Calibration(const Graph& graph, std::span<const NodeId> quantizers, int threads)
    : state_(std::make_unique<State>(graph, quantizers, threads)) {}
Calibration::~Calibration() = default;

Result<void> Calibration::add(std::span<const Samples> inputs) {
    const auto samples = check_batches(state_->graph, inputs);
    if (!samples) return failure(samples.error());
    const int64_t before = inputs.empty() ? 0 : inputs.front().first();
    struct Thread {
        ColumnRun run;
        std::vector<Seen> seen;
    };
    std::vector<std::unique_ptr<Thread>> threads(static_cast<size_t>(state_->threads));
    const auto run = [&](size_t, size_t thread, int64_t first, int64_t count) -> Result<void> {
        auto& own = threads[thread];
        if (!own) own = std::make_unique<Thread>(ColumnRun(state_->plan), state_->nothing);
        if (auto loaded = own->run.load(inputs, first, count); !loaded) return loaded;
        state_->see_block(own->run, before + first, count, own->seen);
        return {};
    };
    if (auto done = for_each_block(*samples, state_->threads, run); !done) return done;
    for (const auto& thread : threads)
        if (thread)
            for (size_t j = 0; j < state_->seen.size(); ++j) state_->seen[j].add(thread->seen[j]);
    return {};
}

std::vector<QuantizerNeeds> Calibration::needs(int margin) const {
    std::vector<QuantizerNeeds> result;
    for (size_t j = 0; j < state_->seen.size(); ++j) {
        const Seen& seen = state_->seen[j];
        QuantizerNeeds& needs = result.emplace_back();
        needs.node = state_->quantizers[j];
        needs.values = seen.values;
        needs.overflows = seen.overflows;
        needs.first = seen.first;
        for (size_t at = 0; at < seen.least.size(); ++at)
            needs.formats.push_back(needed(formats_of(state_->graph[needs.node]).at(static_cast<int64_t>(at)).kif,
                                           seen.least[at], seen.greatest[at], margin));
    }
    return result;
}

Result<std::vector<QuantizerNeeds>> calibrate(const Graph& graph, std::span<const Samples> inputs,
                                              std::span<const NodeId> quantizers, int margin) {
    Calibration calibration(graph, quantizers);
    if (auto done = calibration.add(inputs); !done) return failure(std::move(done.error()));
    return calibration.needs(margin);
}

Kif hull(std::span<const Kif> formats) {
    Kif all;
    for (const Kif& kif : formats)
        if (!kif.is_zero())
            all = all.is_zero() ? kif : Kif(all.k || kif.k, std::max(all.i, kif.i), std::max(all.f, kif.f));
    return all;
}

}  // namespace dal
