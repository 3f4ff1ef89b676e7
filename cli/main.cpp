// The `pygmy` program: one binary with a subcommand for each process and each task.
//
// cli/help.cpp has the exit codes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

#include "base/log.h"
#include "base/notice.h"
#include "cli/options.h"
#include "cli/output_end.h"
#include "cli/program.h"
#include "cli/versions.h"
#include "process/host.h"

namespace {

constexpr int kUsage = 2;

int complain(const CLI::App& app, const std::string& what) {
  const auto chosen = app.get_subcommands();
  const auto command = chosen.empty() ? std::string() : chosen.front()->get_name() + " ";
  const auto* end = what.back() == '?' ? "" : ";";
  base::notice("pygmy: {}{} see: pygmy {}--help\n", what, end, command);
  return kUsage;
}

// `pygmy order` runs an order replica, and `pygmy order 17` shows order 17. The number decides which of the two is
// meant. `pygmy hold 4` holds a piece of item 4, and `pygmy hold show 4` shows hold 4.
std::vector<std::string> with_words_told_apart(std::vector<std::string> arguments) {
  if (arguments.size() > 1 && arguments[0] == "hold" && arguments[1] == "show") {
    arguments.erase(arguments.begin());
    arguments[0] = "show-hold";
    return arguments;
  }
  if (arguments.empty() || arguments[0] != "order") return arguments;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const bool number = arguments[i].find_first_not_of("0123456789") == std::string::npos && !arguments[i].empty();
    const bool value = arguments[i - 1].rfind("--", 0) == 0 && arguments[i - 1] != "--json";
    if (number && !value) arguments[0] = "show-order";
  }
  return arguments;
}

int parse_and_run(CLI::App& app, int argc, char** argv, int& exit_code) {
  const auto arguments = with_words_told_apart({argv + 1, argv + argc});
  try {
    cli::refuse_empty_assignments(arguments);
    cli::apply_config_file(app, arguments);
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 expects the last argument first
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return complain(app, cli::complaint_about(app, error, arguments));
  }
  return exit_code;
}

int run(CLI::App& app, int argc, char** argv) {
  int exit_code = 0;
  cli::build(app, exit_code);
  try {
    return cli::end_output(parse_and_run(app, argc, argv, exit_code));
  } catch (const std::system_error& error) {
    if (std::ferror(stdout) != 0) return cli::output_failed(error.code().value());
    base::notice("pygmy: {}\n", error.what());
  } catch (const std::exception& error) {
    base::notice("pygmy: {}\n", error.what());
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  cli::keep_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // write to a closed pipe fails instead of ending the process
  std::signal(SIGXFSZ, SIG_IGN);  // so does a write beyond the limit of a file's size
  process::raise_descriptor_limit();
  process::leave_no_core_dumps();
  base::log::start(base::log::Level::kWarn, "pygmy");
  CLI::App app{"Pygmy: the back end of a shop that never sells what it does not have.", "pygmy"};
  app.set_version_flag("-V,--version", cli::version_text());
  app.require_subcommand(1);
  app.footer(
      "Options of a command: pygmy help COMMAND\n"
      "Example: pygmy up --catalogue samples/bookstore.csv, and in another terminal: pygmy buy 1");
  return run(app, argc, argv);
}
