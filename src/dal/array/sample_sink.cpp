#include "dal/array/sample_sink.hpp"

#include <charconv>
#include <cstdint>

#include "dal/array/decimals.hpp"
#include "dal/array/double_rows.hpp"
#include "dal/array/npy_header.hpp"
#include "dal/support/check.hpp"
#include "dal/support/stream.hpp"

namespace dal {
namespace {

Result<OutputStream> stream_to(const std::filesystem::path& path) {
    if (path == "-") return OutputStream::standard_output();
    return OutputStream::open(path);
}

std::string_view bytes_of(const std::vector<double>& numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)};
}

/// The samples of a part, as the bytes of a .npy; `buffer` holds them.
Result<std::string_view> double_bytes(const Codes& part, int64_t first, std::vector<double>& buffer) {
    buffer.resize(static_cast<size_t>(part.samples() * part.elements()));
    if (auto done = to_doubles(part, first, buffer.data()); !done) return failure(std::move(done.error()));
    return bytes_of(buffer);
}

/// The number of samples comes first in a .npy. Where it is not known, it is written over in the end, or the samples
/// wait in a spool.
class NpySink : public SampleSink {
  public:
    NpySink(OutputStream stream, std::optional<Spool> spool, OutputForm form)
        : stream_(std::move(stream)), spool_(std::move(spool)), form_(std::move(form)) {}
    Result<void> start() { return spool_ ? Result<void>() : stream_.write(head(form_.samples.value_or(INT64_MAX))); }

    Result<void> write(const Codes& part) override {
        auto bytes = double_bytes(part, done_, buffer_);
        if (!bytes) return failure(std::move(bytes.error()));
        done_ += part.samples();
        return spool_ ? spool_->write(*bytes) : stream_.write(*bytes);
    }
    Result<void> finish() override {
        if (spool_) {
            if (auto done = stream_.write(head(done_)); !done) return done;
            const auto copy = [&](std::string_view piece) { return stream_.write(piece); };
            if (auto done = spool_->for_each_piece(copy); !done) return done;
        } else if (!form_.samples) {
            if (auto done = stream_.rewrite(0, head(done_)); !done) return done;
        } else {
            DAL_CHECK(done_ == *form_.samples, std::to_string(done_) + " samples came");
        }
        return stream_.finish();
    }

  private:
    /// Of one size for all numbers of samples.
    [[nodiscard]] std::string head(int64_t samples) const {
        const size_t size = npy_preamble(DType::float64, with_samples(INT64_MAX, form_.shape)).size();
        return npy_preamble(DType::float64, with_samples(samples, form_.shape), form_.samples ? 0 : size);
    }

    OutputStream stream_;
    std::optional<Spool> spool_;
    OutputForm form_;
    int64_t done_ = 0;
    std::vector<double> buffer_;
};

class CsvSink : public SampleSink {
  public:
    explicit CsvSink(OutputStream stream) : stream_(std::move(stream)) {}
    Result<void> write(const Codes& part) override {
        std::string text;
        for (int64_t sample = 0; sample < part.samples(); ++sample) {
            for (int64_t element = 0; element < part.elements(); ++element) {
                if (element > 0) text += ',';
                append(text, part, sample, element);
            }
            text += '\n';
        }
        return stream_.write(text);
    }
    Result<void> finish() override { return stream_.finish(); }

  private:
    static void append(std::string& text, const Codes& part, int64_t sample, int64_t element) {
        // n / 2^f = n·5^f / 10^f; 5^12 < 2^28.
        constexpr int most_places = 12;
        constexpr int64_t most = int64_t{1} << 35;
        const int f = part.f()[static_cast<size_t>(element)];
        const auto code = static_cast<int64_t>(*part.at(sample, element));
        if (part.limbs() > 1 || f < 0 || f > most_places || code > most || code < -most) {
            text += to_decimal(part.value(sample, element));
            return;
        }
        if (code < 0) text += '-';
        int64_t whole = code < 0 ? -code : code;
        int64_t fraction = whole & ((int64_t{1} << f) - 1);
        whole >>= f;
        char digits[24];
        text.append(digits, std::to_chars(digits, digits + sizeof digits, whole).ptr);
        if (fraction == 0) return;
        for (int j = 0; j < f; ++j) fraction *= 5;
        const auto end = std::to_chars(digits, digits + sizeof digits, fraction).ptr;
        text += '.';
        for (auto places = end - digits; places < f; ++places) text += '0';
        text.append(digits, end);
        text.erase(text.find_last_not_of('0') + 1);
    }

    OutputStream stream_;
};

}  // namespace

Result<SinkPointer> open_npy_sink(const std::filesystem::path& path, const OutputForm& form) {
    auto stream = stream_to(path);
    if (!stream) return failure(std::move(stream.error()));
    std::optional<Spool> spool;
    if (!form.samples && !stream->is_file()) {
        auto made = Spool::make({});
        if (!made) return failure(std::move(made.error()));
        spool = std::move(*made);
    }
    auto sink = std::make_unique<NpySink>(std::move(*stream), std::move(spool), form);
    if (auto started = sink->start(); !started) return failure(std::move(started.error()));
    return SinkPointer(std::move(sink));
}

Result<SinkPointer> open_csv_sink(const std::filesystem::path& path) {
    auto stream = stream_to(path);
    if (!stream) return failure(std::move(stream.error()));
    return SinkPointer(std::make_unique<CsvSink>(std::move(*stream)));
}

}  // namespace dal
