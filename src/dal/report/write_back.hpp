// Formats written back into a program: its text, its modules, and the arrays that it loads. What is written is compiled
// first, and compared: nothing but the formats of quantizers may change by it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "dal/report/format_edits.hpp"

namespace dal::report {

/// A file that changes.
struct ChangedFile {
    std::string bytes;
    std::string what;  ///< "3 numbers", "`i0` (12 numbers)"
};
/// By path, as the program and its parts were read.
using ChangedFiles = std::map<std::filesystem::path, ChangedFile>;

/// The files with the changes. `path`: that of the program, which is the first text of `sources`, compiled with
/// `options`; the texts that are tried are added to them. Everything else of them stays as it is: comments and layout
/// of a text, the other members of an archive and the type of the elements where it has room. Errors:
/// format_not_written where a number is used for something else (`needs` are for its help), and those of compiling.
Result<ChangedFiles> changed_files(SourceMap& sources, const std::string& path, const Program& program,
                                   const FormatEdits& edits, std::span<const QuantizerNeeds> needs,
                                   const ElaborateOptions& options);

/// Replaces the files; all of them, or none with an error.
Result<void> write_in_place(const ChangedFiles& files);

/// Writes a copy of the program with these changes. `to` is a file (.da), if nothing but the text of the program
/// changes, or a directory for the program and all files of it that are not in a library.
Result<void> write_copy(const std::string& path, const Program& program, const ChangedFiles& files,
                        const std::string& to);

}  // namespace dal::report
