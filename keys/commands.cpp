// The commands `pygmy keys ...`.
#include <fmt/format.h>

#include <stdexcept>

#include "base/notice.h"
#include "base/print.h"
#include "keys/certificates.h"
#include "keys/keys.h"
#include "msg/roles.h"
#include "net/key_file.h"
#include "net/key_list.h"
#include "process/keys.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace keys {
namespace {

// The path of a file is the result of a command that makes one.
int print_file(const KeysTask& task, const std::string& file) {
  if (task.json) {
    tasks::print_json({{"name", task.member.name}, {"file", file}});
  } else {
    base::print("{}\n", file);
  }
  return tasks::kDone;
}

}  // namespace

int run_init(const KeysTask& task) {
  make_store(task.directory);
  base::notice("pygmy: {} has the key of a new store. Next: pygmy keys add broker broker-1 --keys {}\n", task.directory,
               task.directory);
  return tasks::kDone;
}

int run_etcd(const KeysTask& task) {
  if (has_etcd_certificates(task.directory)) {
    throw std::runtime_error(
        fmt::format("{}/etcd is there already: to renew the certificates, stop the store, remove that directory, and "
                    "make them again",
                    task.directory));
  }
  make_etcd_certificates(task.directory, task.addresses);
  base::notice(
      "pygmy: certificates are in {}/etcd: ca.pem for all, member.* for the members of etcd, broker.* for the "
      "brokers (--etcd-ca, --etcd-cert, --etcd-key)\n",
      task.directory);
  return tasks::kDone;
}

int run_add(const KeysTask& task) {
  const auto file = add(task.directory, task.member);
  const bool asks = task.member.role == "client" || task.member.role == "operator";
  base::notice("pygmy: {}\n", asks ? "hand this file over: commands take it with --key-file FILE, or in PYGMY_KEY_FILE"
                                   : "the process finds this file in its --keys directory");
  return print_file(task, file);
}

int run_rotate(const KeysTask& task) {
  const auto file = rotate(task.directory, task.member.name);
  base::notice("pygmy: the old key of {} is revoked: restart it with this file\n", task.member.name);
  return print_file(task, file);
}

int run_revoke(const KeysTask& task) {
  revoke(task.directory, task.member.name);
  base::notice("pygmy: {} is revoked: processes that read {} cut its connections within a second\n", task.member.name,
               net::key_list_path(task.directory));
  return tasks::kDone;
}

int run_list(const KeysTask& task) {
  process::require_private_keys(task.directory);
  const auto listed = net::read_key_list(task.directory);
  if (!listed) throw std::runtime_error(listed.error().message + "; --keys DIR names the directory of the keys");
  auto json = tasks::Json::array();
  for (const auto& [sender, key] : listed->keys) {
    if (task.json) {
      json.push_back({{"role", msg::word(sender.role)}, {"name", sender.name}, {"key", key}});
    } else {
      base::print("{:<9} {:<24} {}\n", msg::word(sender.role), sender.name, key);
    }
  }
  if (task.json) tasks::print_json(tasks::Json{{"keys", std::move(json)}});
  return tasks::kDone;
}

}  // namespace keys
