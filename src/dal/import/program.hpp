// The program that an import writes: its text, the arrays that it loads, and what was decided on the way. Readers of
// models add inputs, layers and outputs in order; they say expressions as text, and this class knows names, formats and
// where numbers go. `dal fmt` lays the text out at the end, so readers do not.
//
//     Value x = program.input("x", {16});
//     const std::string kernel = program.parameter("dense", "kernel", weights, formats);
//     program.comment("dense: 16 × 64, " + zeros_of(weights));
//     Value h = program.layer("dense", "nn.dense(x, " + program.format("dense_in", lanes) + ", " + kernel + ", …) |>
//     relu", {64}); program.output("y", h);
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dal/import/options.hpp"
#include "dal/import/precision.hpp"
#include "dal/import/tensor.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::importer {

/// What a value still has to be divided by: means over numbers of elements that are no power of two. Only quantizers
/// can do it exactly.
struct Quotient {
    int64_t divisor = 1;
    Kif dividend{};  ///< what the text of the value lies in
};

/// A value of the program under construction.
struct Value {
    std::string text;                    ///< a name, as layers and inputs have them; or any expression
    Shape shape;                         ///< of one sample
    std::string real_input{};            ///< the input whose real numbers these still are, only moved; else empty
    std::string format{};                ///< what it was rounded to, where that is known: text of a format
    std::optional<Quotient> quotient{};  ///< the value is that of the text over a divisor
};

/// What was decided in an import, for import.json.
struct Decision {
    std::string layer;  ///< as the model calls it; empty: of the whole model
    std::string what;   ///< "folded batch normalization", …
};

/// What an import makes.
struct Imported {
    std::string program;                 ///< net.da
    std::string arrays;                  ///< net.npz; empty if there are none
    std::string decisions;               ///< import.json
    std::vector<std::string> modules{};  ///< files of the user that the program uses, to be copied beside it
    /// The layers of the model, in order, each with its name in the program.
    std::vector<std::pair<std::string, std::string>> layers{};
    /// Layers with parameters that the model does not quantize.
    std::set<std::string> unquantized{};
    Diagnostics warnings{};
};

class Program {
  public:
    /// `title`: the first line of the program, "jets.keras: Keras 3 with HGQ2".
    Program(const ImportOptions& options, PrecisionConfig precision, std::string title);

    [[nodiscard]] const ImportOptions& options() const noexcept { return *options_; }

    // --- names and imports

    /// A legal name that nothing has yet and that hides nothing, as near to `wanted` as can be; it is taken then.
    std::string name(std::string_view wanted);
    /// `use nn`: a module of the standard library.
    void use(std::string_view module);
    /// Calls a function of the user's instead of a class that is not known: the text of the call with `x` first, then
    /// what its parameters are named after: arrays of `arrays`, or texts of `values`. Nothing if no `--define` names
    /// the class. Error: bad_import_option if the module or the function is not there, or a parameter is neither.
    Result<std::optional<std::string>> defined(const std::string& layer_class, const std::vector<Value>& operands,
                                               const std::map<std::string, Tensor>& arrays,
                                               const std::map<std::string, std::string>& values,
                                               std::string_view layer);

    // --- numbers. NaN, infinities and widths beyond reason are errors of finish(): bad_model_file.

    /// An array of net.npz: "w.dense_kernel". Integers if all are, else float32 if that is exact, else float64.
    std::string array(std::string_view wanted, const Tensor& values);
    std::string array(std::string_view wanted, const Shape& shape, const std::vector<int>& values);
    /// The same, or a literal where all elements are one short number: "0", "0.25".
    std::string constant(std::string_view wanted, const Tensor& values);
    /// "fixed(1, w.dense_in_i, 4, round: rnd)": numbers where they are the same for all elements, arrays (of net.npz,
    /// named after `owner`) where not, with an extent of 1 for each axis that they do not depend on.
    std::string format(std::string_view owner, const Formats& formats);
    /// A trained array, `let dense_kernel = quantize(w.dense_kernel, fixed(…))`: the name of that. `trained` is what
    /// was trained and `value` what the model computes with; the program keeps `trained` where `formats`, as the
    /// language rounds, makes `value` of it for each element and none overflows, else `value`. Without formats: exact
    /// numbers as they are, with what Exactness asks to say. A configuration's format for `part` (weight, bias, table)
    /// comes instead.
    std::string parameter(std::string_view layer, std::string_view part, const Tensor& trained,
                          const std::optional<Formats>& formats, const Tensor& value);
    /// The same where `value` is what the language makes of it.
    std::string parameter(std::string_view layer, std::string_view part, const Tensor& trained,
                          const std::optional<Formats>& formats);

    // --- values

    /// A port; `called` is its name in the program if that is to be another one. With a format from the options the
    /// value is one that was rounded to it.
    Value input(std::string_view wanted, const Shape& shape, std::string_view called = {});
    /// To be asked before anything but a quantizer or a move sees the value. Errors: unknown_input_format;
    /// inexact_layer if a division is left to do.
    Result<void> require_format(const Value& value, std::string_view layer);
    /// The value rounded to formats of the model, as an expression. Under Exactness::off as it is, as its own format
    /// comes from the configuration.
    Value quantize(const Value& value, std::string_view owner, const Formats& formats);
    /// The format to be passed to a layer of `nn` that rounds its input: that of the model, or under Exactness::off
    /// the one that the value has already.
    std::string input_format(const Value& value, std::string_view owner, const Formats& formats);
    /// A `let` named after a layer of the model, rounded to its result format under Exactness::off, and to one that was
    /// chosen if the layer has unquantized parameters.
    Value layer(std::string_view wanted, const std::string& expression, const Shape& shape);
    /// A `let` that is no layer: parts of one.
    Value let(std::string_view wanted, const std::string& expression, const Shape& shape);
    /// A function of one number, `fn name(v) = body`, for layers of `nn` that take functions: its name.
    std::string function(std::string_view wanted, const std::string& body);
    /// An output. If the value is a name, this is a line of its own.
    void output(std::string_view wanted, const Value& value);
    /// A comment line above what is added next.
    void comment(std::string_view text);

    // --- what is said

    void decide(std::string_view layer, std::string what);
    void warn(Diagnostic warning);
    /// A layer, or a part of one, that stays in floating-point numbers: collected for one warning under
    /// Exactness::automatic.
    void unquantized(std::string_view layer, std::string_view part);

    /// The files. Checks that the text parses; whether it compiles is the caller's to ask.
    Result<Imported> finish() &&;

  private:
    struct Line {
        std::string text;
        std::string comment;
    };
    void statement(std::string text);
    /// Whether numbers and widths are ones that a program can have; else finish() fails.
    bool are_finite(std::string_view owner, const Tensor& values);
    bool are_possible(std::string_view owner, const Formats& formats);
    [[nodiscard]] Result<void> check_options() const;
    void say_unquantized();
    [[nodiscard]] Result<std::string> text() const;
    [[nodiscard]] std::string decisions() const;
    [[nodiscard]] std::optional<Format> result_format(std::string_view layer);
    std::string member(std::string_view wanted);

    const ImportOptions* options_;
    PrecisionConfig precision_;
    std::string title_;
    std::set<std::string, std::less<>> modules_;
    std::vector<std::string> user_modules_;
    std::set<std::string, std::less<>> names_;
    std::set<std::string, std::less<>> members_;
    std::vector<std::pair<std::string, Array>> arrays_;
    std::vector<std::string> inputs_;
    std::set<std::string, std::less<>> input_names_;
    std::set<std::string, std::less<>> used_formats_;
    std::vector<std::string> comments_;
    std::string body_;
    std::vector<Decision> decisions_;
    std::vector<std::pair<std::string, std::string>> unquantized_;
    std::vector<std::pair<std::string, std::string>> layers_;
    Diagnostics warnings_;
    Diagnostics problems_;
};

/// "812 of 1,024 weights are 0"; empty if none is.
std::string zeros_of(const Tensor& weights);
/// "16 × 64".
std::string extents(const Shape& shape);

}  // namespace dal::importer
