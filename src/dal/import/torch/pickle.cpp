// Pickles are programs: loading one runs it. They are known by their first bytes, and refused with the way that leads
// in.
#include <algorithm>
#include <array>

#include "dal/array/zip.hpp"
#include "dal/import/problem.hpp"
#include "dal/import/readers.hpp"

namespace dal::importer::torch {
namespace {

bool has(std::string_view bytes, std::string_view word) { return bytes.find(word) != std::string_view::npos; }

/// A pickle of protocol 2 to 5, or joblib's form of one, or what torch.save makes (a zip with `data.pkl`).
bool recognizes(const ModelFile& file) {
    const std::string_view bytes = file.bytes();
    if (is_zip(bytes)) {
        const auto members = zip_members(bytes);
        return members && std::ranges::any_of(*members, [](const ZipMember& member) {
                   return member.name == "data.pkl" || member.name.ends_with("/data.pkl");
               });
    }
    constexpr std::array<std::string_view, 5> names{"pkl", "pickle", "joblib", "pt", "pth"};
    const bool is_named = std::ranges::find(names, file.extension()) != names.end();
    const bool has_protocol = bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
    return has_protocol || is_named;
}

// As Reader::read is called. NOLINTNEXTLINE(performance-unnecessary-value-param)
Result<Imported> refuse(const ModelFile& file, const ImportOptions& /*options*/, PrecisionConfig /*precision*/) {
    const std::string_view bytes = file.bytes();
    const std::string fact = "is a pickle, which is a program that loading it would run, and is not read";
    const auto refused = [&](std::string_view help) { return failure(unknown_model(file.name(), fact, help)); };
    if (has(bytes, "sklearn"))
        return refused(
            "of scikit-learn, save it with conifer "
            "(`conifer.converters.convert_from_sklearn(model).save(\"model.json\")`), "
            "or as ONNX (`skl2onnx.to_onnx`)");
    if (has(bytes, "xgboost")) return refused("of XGBoost: `model.save_model(\"model.json\")`");
    if (has(bytes, "lightgbm")) return refused("of LightGBM: `model.booster_.save_model(\"model.txt\")`");
    return refused(
        "of PyTorch: `torch.export.save(torch.export.export(model.eval(), (example,)), \"model.pt2\")` with PyTorch "
        "2.8 or "
        "later, or `torch.onnx.export`");
}

}  // namespace

const Reader pickles{"pickles (refused)", recognizes, refuse};

}  // namespace dal::importer::torch
