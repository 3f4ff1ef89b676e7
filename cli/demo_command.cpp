#include "cli/demo_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "demo/demo.h"

namespace cli {

void add_demo(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "demo", "run a store of its own with sample data and customers, and open its control room; nothing is kept");
  const auto task = std::make_shared<demo::DemoTask>();
  command->add_option("--rate", task->rate, "requests a second of all customers")
      ->check(CLI::Range(0.1, 100'000.0))
      ->capture_default_str();
  command->add_option("--customers", task->customers)->check(CLI::Range(1U, 1000U))->capture_default_str();
  command->add_flag("--faults", task->faults, "kill or pause a process at random every few seconds");
  command->add_option("--minutes", task->minutes, "end by itself after so long")->check(CLI::Range(0.01, 100'000.0));
  command->add_option("--catalogue", task->catalogue, "CSV file with the items; the sample bookstore if missing")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  command->add_option("--port-base", task->port_base, "first of the 81 ports of the store; free ones if missing")
      ->check(CLI::Range(1024U, 65450U));
  command->add_option("--seed", task->seed, "seed of the customers and the faults; another one each time if missing");
  command->add_flag("--no-browser", task->no_browser, "do not open the control room in a browser");
  command->footer(
      "Ctrl-C ends it: the books are audited, and the store is removed.\n"
      "Exit code 1: a request failed, or the audit found a fault.\n"
      "Example: pygmy demo\n"
      "Example: pygmy demo --faults --rate 200\n"
      "Example: pygmy demo --faults --minutes 5 --no-browser");
  command->callback([&exit_code, task] { exit_code = demo::run_demo(*task); });
}

}  // namespace cli
