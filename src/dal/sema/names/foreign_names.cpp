#include "dal/sema/names/foreign_names.hpp"

#include <algorithm>
#include <map>

#include "dal/support/file.hpp"
#include "dal/syntax/foreign/translate.hpp"
#include "dal/syntax/foreign/words.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::sema {
namespace {

/// The modules with a function of this name that lie where `use` looks, by name.
std::vector<std::string> modules_with(const std::string& function, const ElaborateOptions& options) {
    std::vector<std::string> found;
    for (const std::filesystem::path& directory : options.module_directories) {
        std::error_code failed;
        for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
            if (entry.path().extension() != ".da") continue;
            const auto text = read_file(entry.path());
            if (text && text->find("\nfn " + function + "(") != std::string::npos) found.push_back(entry.path().stem());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// What users of other libraries call functions of the library.
std::string name_in_library(const std::string& name) {
    static const std::map<std::string, std::string> names{
        {"Dense", "dense"},
        {"QDense", "dense"},
        {"Linear", "linear"},
        {"Conv1D", "conv1d"},
        {"Conv1d", "conv1d"},
        {"Conv2D", "conv2d"},
        {"Conv2d", "conv2d"},
        {"QConv2D", "conv2d"},
        {"Conv3D", "conv3d"},
        {"MaxPooling1D", "max_pool1d"},
        {"MaxPool1d", "max_pool1d"},
        {"MaxPooling2D", "max_pool2d"},
        {"MaxPool2d", "max_pool2d"},
        {"maxpool2d", "max_pool2d"},
        {"maxpool", "max_pool2d"},
        {"max_pool", "max_pool2d"},
        {"avg_pool", "avg_pool2d"},
        {"avgpool", "avg_pool2d"},
        {"AveragePooling2D", "avg_pool2d"},
        {"AvgPool2d", "avg_pool2d"},
        {"GRU", "gru"},
        {"LSTM", "lstm"},
        {"Softmax", "softmax"},
        {"LeakyReLU", "leaky_relu"},
        {"ReLU6", "relu6"},
        {"topk", "top_k"},
        {"batchnorm", "batch_norm"},
        {"BatchNormalization", "batch_norm"},
        {"layernorm", "layer_norm"},
        {"LayerNormalization", "layer_norm"},
        {"Embedding", "embedding"},
        {"GELU", "gelu"},
        {"SiLU", "silu"},
    };
    const auto known = names.find(name);
    return known == names.end() ? name : known->second;
}

bool parses(const std::string& expression) {
    SourceMap sources;
    const FileId file = sources.add("", "let it = " + expression);
    return parse(sources, file).diagnostics.empty();
}

/// Puts modules before functions that only a module of the library has.
class Qualify {
  public:
    Qualify(Evaluator& e, const Scope& scope) : e_(e), scope_(scope) {}

    std::string run(std::string_view expression) {
        foreign::Words words = foreign::words_of(expression);
        for (size_t at = 0; at + 1 < words.size(); ++at) {
            const std::string name = words[at].text;
            const bool is_call = words[at].is_name() && words[at + 1].is("(") && (at == 0 || !words[at - 1].is("."));
            if (!is_call || Evaluator::find(name, scope_)) continue;
            const std::string known = name_in_library(name);
            const std::vector<std::string> modules = modules_with(known, e_.options());
            if (modules.empty()) continue;
            const std::string& module = modules.front();
            words[at].text = module + "." + known;
            if (!Evaluator::find(module, scope_) && std::find(missing.begin(), missing.end(), module) == missing.end())
                missing.push_back(module);
            changed = true;
        }
        return foreign::text_of(words);
    }

    bool changed = false;
    std::vector<std::string> missing;  ///< modules that nobody uses yet

  private:
    Evaluator& e_;
    const Scope& scope_;
};

}  // namespace

Diagnostic with_translation(const SourceMap& sources, const Span& span, Diagnostic diagnostic) {
    if (!span.known()) return diagnostic;
    const std::string_view text = sources.file(span.file).text();
    const auto extent = foreign::expression_around(text, span.begin);
    if (!extent) return diagnostic;
    const auto translated = foreign::translate(text.substr(extent->begin, extent->end - extent->begin));
    if (!translated || !parses(translated->text)) return diagnostic;
    diagnostic.rules.push_back(translated->note);
    diagnostic.help = {"`" + translated->text + "`"};
    return diagnostic;
}

std::optional<ForeignName> foreign_name(Evaluator& e, const std::string& name, const Span& span, const Scope& scope) {
    if (!span.known()) return std::nullopt;
    const std::string_view text = e.reports().sources().file(span.file).text();
    const auto extent = foreign::expression_around(text, span.begin);
    if (!extent) return std::nullopt;
    const std::string expression(text.substr(extent->begin, extent->end - extent->begin));
    const auto translated = foreign::translate(expression);
    Qualify qualify(e, scope);
    const std::string result = qualify.run(translated ? translated->text : expression);
    if (result == expression || !parses(result)) return std::nullopt;
    // What is left of the name was not known.
    const foreign::Words words = foreign::words_of(result);
    for (size_t at = 0; at < words.size(); ++at)
        if (words[at].is(name) && (at == 0 || !words[at - 1].is("."))) return std::nullopt;
    ForeignName found;
    found.rule = translated ? translated->note : "a function of the library stands behind the name of its module";
    if (!qualify.missing.empty()) {
        std::string uses;
        for (const std::string& module : qualify.missing) uses += (uses.empty() ? "`use " : ", `use ") + module + "`";
        found.help.push_back("above: " + uses);
    }
    found.help.push_back((qualify.missing.empty() ? "`" : "here: `") + result + "`");
    return found;
}

}  // namespace dal::sema
