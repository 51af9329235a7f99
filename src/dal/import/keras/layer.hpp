// What a handler of a layer class works with. A handler is one row of a table (handlers.hpp): the class, and a function
// that writes the layer into the program from its configuration, its variables and the values that it reads.
//
//     Result<Outputs> write_relu(LayerContext& layer) {
//         auto x = layer.input();                                         // exactly one, and quantized
//         if (!x) return failure(std::move(x.error()));
//         return layer.write(x->text + " |> relu", x->shape);             // `let re_lu = h |> relu`
//     }
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dal/import/json.hpp"
#include "dal/import/keras/variables.hpp"
#include "dal/import/program.hpp"

namespace dal::importer::keras {

/// What a layer gives: one value, or several.
struct Outputs {
    std::vector<Value> values;

    Outputs(Value value) { values.push_back(std::move(value)); }  // NOLINT(google-explicit-constructor)
    explicit Outputs(std::vector<Value> several) : values(std::move(several)) {}
};

/// Which library's class of a name: QDense is one of HGQ 2 and another one of QKeras.
enum class Library : uint8_t { keras, hgq, qkeras };

class LayerContext;

struct LayerHandler {
    Library library;
    std::string_view class_name;  ///< without a package: "QDense"
    Result<Outputs> (*write)(LayerContext& layer);
};

/// A layer as a configuration has it: {"class_name", "config", "registered_name", …}.
struct LayerConfig {
    std::string name;        ///< its own: "dense_1"
    std::string class_name;  ///< "QDense"
    Library library = Library::keras;
    const Json* config = nullptr;  ///< of the class
};
/// Reads that from the JSON of a layer.
LayerConfig layer_config(const Json& layer);

/// Texts that a layer makes once although it is called several times: its parameters and formats.
using Memo = std::map<std::string, std::string>;

class LayerContext {
  public:
    /// `inputs`: in the order in which the call names them. `path`: unique to the layer in its model.
    LayerContext(Program& program, LayerConfig layer, Variables variables, std::vector<Value> inputs, Memo& memo,
                 std::string path);

    // --- what the model says

    [[nodiscard]] const std::string& name() const noexcept { return layer_.name; }
    [[nodiscard]] const std::string& class_name() const noexcept { return layer_.class_name; }
    [[nodiscard]] Library library() const noexcept { return layer_.library; }
    /// "layer `dense_1` (QDense)": for messages.
    [[nodiscard]] std::string where() const;
    [[nodiscard]] const Json& config() const noexcept { return *layer_.config; }
    /// A key of the configuration; null where it is not there.
    [[nodiscard]] const Json& operator[](std::string_view key) const { return config()[key]; }
    [[nodiscard]] bool flag(std::string_view key, bool otherwise) const;
    /// A count: an integer from 1 to 2^24. Error: bad_model_file.
    [[nodiscard]] Result<int64_t> count(std::string_view key) const;
    /// The same for one number, or one for each of `n` axes: [3, 3] of 3.
    [[nodiscard]] Result<std::vector<int64_t>> counts(std::string_view key, size_t n) const;
    [[nodiscard]] const Variables& variables() const noexcept { return variables_; }

    // --- how it was called

    [[nodiscard]] const std::vector<Value>& inputs() const noexcept { return inputs_; }
    /// The only input. Errors: bad_model_file if there are others; unknown_input_format if it is not quantized yet.
    [[nodiscard]] Result<Value> input();
    /// The only input for what moves or quantizes it: real numbers may be in it.
    [[nodiscard]] Result<Value> any_input() const;
    /// Arguments of the call besides the inputs, as the file has them: Keras 3's "args" and "kwargs"; Keras 2's kwargs.
    /// Inputs are in there as objects of class "__keras_tensor__".
    [[nodiscard]] const Json& arguments() const noexcept { return *arguments_; }
    [[nodiscard]] const Json& keywords() const noexcept { return *keywords_; }
    void set_call(const Json& arguments, const Json& keywords);
    /// Whether what this layer gives is an output of the model, and nothing else reads it.
    [[nodiscard]] bool is_final() const noexcept { return is_final_; }
    void set_final(bool is_final) noexcept { is_final_ = is_final; }
    /// The shape of its first output, where the file says it.
    [[nodiscard]] const std::optional<Shape>& declared_shape() const noexcept { return declared_shape_; }
    void set_declared_shape(std::optional<Shape> shape) { declared_shape_ = std::move(shape); }

    // --- what is written

    [[nodiscard]] Program& program() noexcept { return *program_; }
    /// `let <name of the layer> = expression`. With `moved`: a value whose numbers these still are, in other places.
    Value write(const std::string& expression, const Shape& shape, const Value* moved = nullptr);
    /// A comment line "<name>: …" above what is written next.
    void comment(std::string_view text);
    void decide(std::string what) { program_->decide(name(), std::move(what)); }
    /// Program::parameter, once for all calls of this layer: its text.
    std::string parameter(std::string_view part, const Tensor& trained, const std::optional<Formats>& formats);
    std::string parameter(std::string_view part, const Tensor& trained, const std::optional<Formats>& formats,
                          const Tensor& value);
    /// Program::array and Program::constant, once for all calls of this layer: "w.dense_table".
    std::string array(std::string_view part, const Tensor& values);
    std::string constant(std::string_view part, const Tensor& values);
    /// Formats as text, once for all calls of this layer; arrays are called "<layer>_<part>_i".
    std::string format(std::string_view part, const Formats& formats);
    /// "quantize(x, format)", or as Exactness::off wants it.
    Value quantize(const Value& value, std::string_view part, const Formats& formats);
    /// The format for a function of `nn` that rounds its input.
    std::string input_format(const Value& value, std::string_view part, const Formats& formats);

    // --- parts and wrapped layers

    /// A layer inside of this one: its configuration, what it reads, and where its variables are.
    [[nodiscard]] LayerContext inner(LayerConfig layer, Variables variables, std::vector<Value> inputs) const;

    // --- refusals, with the name and the class of the layer

    [[nodiscard]] Diagnostic bad(std::string_view fact) const;
    [[nodiscard]] Diagnostic unsupported(std::string_view fact, std::string_view help = {}) const;
    [[nodiscard]] Diagnostic inexact(std::string_view fact, std::string_view help = {}) const;

  private:
    template <class Make>
    std::string once(const std::string& key, const Make& make);

    Program* program_;
    LayerConfig layer_;
    Variables variables_;
    std::vector<Value> inputs_;
    Memo* memo_;
    std::string path_;
    const Json* arguments_;
    const Json* keywords_;
    bool is_final_ = false;
    std::optional<Shape> declared_shape_;
};

/// Writes a layer by the handler of its class. Errors: unknown_layer, those of handlers.
Result<Outputs> write_layer(LayerContext& layer);
/// The same where one value is expected.
Result<Value> write_single(LayerContext& layer);

}  // namespace dal::importer::keras
