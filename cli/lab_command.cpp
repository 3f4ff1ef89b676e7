#include "cli/lab_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/options_checks.h"
#include "cli/options_lists.h"
#include "lab/lab.h"
#include "up/options.h"

namespace cli {
namespace {

std::vector<std::string> letters() {
  std::vector<std::string> all;
  all.reserve(lab::kTitles.size());
  for (const auto& title : lab::kTitles) all.emplace_back(1, title.letter);
  return all;
}

std::string lab_footer() {
  std::string text = "Experiments:\n";
  for (const auto& title : lab::kTitles) {
    text += fmt::format("  {}  {}{}\n", title.letter, title.name, title.on_any_store ? "" : " (not with --frontend)");
  }
  return text +
         "Exit code 1: the store broke a promise that was checked.\n"
         "Example: pygmy lab\n"
         "Example: pygmy lab a c --requests 200 --output results\n"
         "Example: pygmy lab --frontend tcp://127.0.0.1:7410,tcp://127.0.0.1:7412";
}

}  // namespace

void add_lab(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "lab", "make the experiments that university labs published for such stores; write tables, plots and a page");
  struct Call {
    std::vector<std::string> letters;
    lab::LabTask task;
  };
  const auto call = std::make_shared<Call>();
  auto& task = call->task;
  command->add_option("experiment", call->letters, "the experiments; all if missing")->check(CLI::IsMember(letters()));
  add_list(*command, "--frontend", task.frontends, broker_endpoint(),
           "frontends of a running store, whose topic bench is used; without them the lab starts a store of its own")
      ->type_name("tcp://HOST:PORT[,...]");
  command->add_option("--port-base", task.port_base, "first of the 70 ports of its own store")
      ->check(CLI::Range(1024U, 65460U))
      ->capture_default_str();
  command->add_option("--requests", task.requests, "requests of each kind and client")
      ->check(CLI::Range(4U, 1'000'000U))
      ->capture_default_str();
  command->add_option("--clients", task.clients, "numbers of clients in experiment a")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1U, 100U))
      ->type_name("N[,N...]")
      ->default_str("1,5,10");
  command->add_option("--cache-items", task.cache_items, "answers that the cache of experiment h holds")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  command->add_option("--seed", task.seed, "seed of the random choices")->capture_default_str();
  command->add_option("--output", task.output, "directory for the results; created if missing")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_flag("--json", task.json, "print JSON");
  command->footer(lab_footer());
  command->callback([&exit_code, call] {
    for (const auto& letter : call->letters) call->task.letters += letter;
    exit_code = lab::run_lab(call->task);
  });
}

}  // namespace cli
