// The trained arrays of one layer, or of a part of one (a quantizer, the cell of a recurrent layer), wherever a file
// has them. Files of Keras 3 number them ("layers/q_dense/iq/quantizer/vars/0"), older ones name them
// ("q_dense/q_dense_iq/fixed_point_quantizer_kif/k:0"); handlers of layers say both and do not see which it is.
#pragma once

#include <string>
#include <string_view>

#include "dal/import/hdf5.hpp"
#include "dal/import/tensor.hpp"

namespace dal::importer::keras {

class Variables {
  public:
    enum class Naming : uint8_t { by_position, by_name };

    /// Nothing is stored.
    Variables() = default;
    /// `group`: of the layer, or null; `file` and `path` are for messages. The group must outlive this.
    Variables(const Hdf5Group* group, Naming naming, std::string file, std::string path);

    [[nodiscard]] Naming naming() const noexcept { return naming_; }
    /// Where these are in the file, for messages: "layers/q_dense".
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    /// Null if nothing is stored. For layouts that this class does not know.
    [[nodiscard]] const Hdf5Group* group() const noexcept { return group_; }
    /// How many arrays the layer itself has, without its parts.
    [[nodiscard]] size_t count() const;

    /// A part by its attribute in Python, "iq", "cell", or by what older files call it, "q_dense_iq"; both may be
    /// paths. Empty if it is not there.
    [[nodiscard]] Variables part(std::string_view attribute, std::string_view name) const;
    /// The part of an older file that is the `index`th of those called `stem`, `stem_1`, …, in the order of their
    /// numbers; of a newer file, the one of this index.
    [[nodiscard]] Variables numbered(std::string_view stem, size_t index) const;
    /// The only part that there is. Empty if there are several, or none.
    [[nodiscard]] Variables only_part() const;

    [[nodiscard]] bool has(size_t position, std::string_view name) const { return find(position, name) != nullptr; }
    /// An array: the one at `position` among those of the layer (trainable ones first, in the order in which the layer
    /// makes them), or in older files the one of this name. Error: bad_model_file if it is not there, holds no finite
    /// numbers, or has another shape.
    [[nodiscard]] Result<Tensor> at(size_t position, std::string_view name, const Shape& shape) const;
    /// The same of any shape.
    [[nodiscard]] Result<Tensor> at(size_t position, std::string_view name) const;

  private:
    [[nodiscard]] const Hdf5Value* find(size_t position, std::string_view name) const;

    const Hdf5Group* group_ = nullptr;
    Naming naming_ = Naming::by_position;
    std::string file_;
    std::string path_;
};

}  // namespace dal::importer::keras
