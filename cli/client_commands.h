// How the commands that talk to a store are added.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/commands_shared.h"

namespace cli {

// The options of one command. They live as long as the app.
template <class Task>
struct Call {
  Shared shared;
  Task task;
};

class Commands {
 public:
  Commands(CLI::App& app, int& exit_code) : app_(app), exit_code_(exit_code) {}

  // Adds a command. `describe` adds the options that fill in a Task, `run` carries the Task out.
  template <class Task, class Describe, class Run>
  void add(const char* name, const std::string& what, const char* example, Describe describe, Run run) {
    auto* command = app_.add_subcommand(name, what);
    command->footer(std::string("Example: pygmy ") + example);
    auto call = std::make_shared<Call<Task>>();
    describe(*command, call->task);
    add_shared_options(*command, call->shared);
    command->callback([&code = exit_code_, call, run] { code = run(call->shared.common(), call->task); });
  }

 private:
  CLI::App& app_;
  int& exit_code_;
};

// Adds --stale-ok.
void add_stale_ok(CLI::App& command, std::optional<std::uint32_t>& stale_ok_ms);

// Adds add, price, edit, terms, restock, count, transfer, import and export.
void add_keeping(Commands& commands);
// Adds status, top, events, subscriptions, audit and trace.
void add_watching(Commands& commands);
// Adds bench.
void add_load(Commands& commands);
// Adds check.
void add_check(CLI::App& app, int& exit_code);

}  // namespace cli
