#include "cli/keys_command.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "keys/keys.h"

namespace cli {
namespace {

using Run = int (*)(const keys::KeysTask&);

class KeysCommands {
 public:
  KeysCommands(CLI::App& keys, int& exit_code) : keys_(keys), exit_code_(exit_code) {}

  CLI::App& add(const char* name, const char* what, const char* example, keys::KeysTask& task, Run run) {
    auto* command = keys_.add_subcommand(name, what);
    command->footer(std::string("Example: pygmy keys ") + example);
    command->callback([&code = exit_code_, &task, run] { code = run(task); });
    return *command;
  }

 private:
  CLI::App& keys_;
  int& exit_code_;
};

void add_place(CLI::App& command, keys::KeysTask& task) {
  command.add_option("--keys", task.directory, "directory of the store's keys")
      ->envname("PYGMY_KEYS")
      ->type_name("DIR")
      ->capture_default_str();
}

void add_name(CLI::App& command, keys::KeysTask& task) {
  command.add_option("name", task.member.name, "whose key: for a process, its --instance")->required();
}

void add_json(CLI::App& command, keys::KeysTask& task) { command.add_flag("--json", task.json, "print JSON"); }

}  // namespace

void add_keys_command(CLI::App& app, int& exit_code) {
  auto* all = app.add_subcommand("keys", "make, list and revoke the keys with which processes and clients connect");
  all->require_subcommand(1);
  all->footer(
      "Example: pygmy keys init ./keys\n"
      "Example: pygmy keys add broker broker-1 --keys ./keys");
  // The task lives as long as the command.
  const auto task = std::make_shared<keys::KeysTask>();
  all->callback([task] {});
  KeysCommands commands(*all, exit_code);

  auto& init = commands.add("init", "make the key of a new store, and an empty list of keys", "init ./keys", *task,
                            keys::run_init);
  init.add_option("dir", task->directory, "directory for the keys; created if missing, must be empty")
      ->type_name("DIR")
      ->capture_default_str();

  auto& add = commands.add("add", "make a key, and let it connect", "add client till-7", *task, keys::run_add);
  add.add_option("role", task->member.role, "what the key may do")
      ->required()
      ->check(CLI::IsMember({"broker", "catalog", "order", "frontend", "bridge", "operator", "client"}));
  add_name(add, *task);

  auto& rotate = commands.add("rotate", "make a new key for a name, and revoke the old one", "rotate frontend-2", *task,
                              keys::run_rotate);
  add_name(rotate, *task);
  auto& revoke = commands.add("revoke", "end a key: its connections are cut", "revoke till-7", *task, keys::run_revoke);
  add_name(revoke, *task);
  auto& list = commands.add("list", "show who may connect", "list --json", *task, keys::run_list);

  auto& etcd = commands.add("etcd", "make the certificates of a store's etcd: for its members, and for the brokers",
                            "etcd etcd-1 etcd-2 etcd-3 --keys ./keys", *task, keys::run_etcd);
  etcd.add_option("address", task->addresses, "names or IP addresses at which the members listen")
      ->required()
      ->type_name("HOST ...");

  for (auto* command : {&add, &rotate, &revoke, &list, &etcd}) add_place(*command, *task);
  for (auto* command : {&add, &rotate, &list}) add_json(*command, *task);
}

}  // namespace cli
