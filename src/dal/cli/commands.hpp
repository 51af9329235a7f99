// The commands, one file each. They print to standard output and error and return an exit code.
#pragma once

#include "dal/cli/options.hpp"

namespace dal::cli {

int check_command(const CheckOptions& options, const CommonOptions& common);
int run_command(const RunArguments& options, const CommonOptions& common);
/// `dal run --float`.
int float_run_command(const RunArguments& options, const CommonOptions& common);
int calibrate_command(const CalibrateOptions& options, const CommonOptions& common);
int import_command(const ImportArguments& options, const CommonOptions& common);
int build_command(const BuildArguments& options, const CommonOptions& common);
int cmvm_command(const CmvmOptions& options, const CommonOptions& common);
int explain_command(const ExplainOptions& options, const CommonOptions& common);
int fmt_command(const FmtOptions& options, const CommonOptions& common);
int test_command(const TestOptions& options, const CommonOptions& common);
int repl_command(const ReplOptions& options, const CommonOptions& common);
int doc_command(const DocOptions& options, const CommonOptions& common);
int version_command();

}  // namespace dal::cli
