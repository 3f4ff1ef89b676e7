// stream trim: has the brokers let go of what nobody needs any more (ADR 18).
//
// What goes is for ever in a backup, or nowhere: so one is looked at before, unless it is said that there is none.
// Every broker is asked first whether it could, and only then told to; whatever interrupts it, it may be done again.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/backups.h"
#include "cli/manifest.h"
#include "cli/output.h"

namespace cli {
namespace {

int no_backup(const TrimTask& task) {
  return refuse(
      "what is trimmed is nowhere else: say --backup DIR with a backup that has it (see: pygmy backup "
      "--help), or --without-backup",
      task.json);
}

// The store that is meant, if there is a backup; an error says why it will not do.
base::Result<std::optional<std::string>> backed_up(const TrimTask& task) {
  if (task.backup.empty()) return std::optional<std::string>();
  const auto manifest = whole_backup(task.backup);
  if (!manifest) return base::fail(manifest.error().message);
  // The next backup into the directory begins by comparing its last block with the brokers'.
  if (base::Seq(task.before) <= manifest->seq) return std::optional(manifest->store);
  return base::fail(
      fmt::format("the backup ends with seq {}: back up first: pygmy backup {}", manifest->seq, task.backup));
}

int broker_refused(const TrimTask& task, const base::Endpoint& broker, const msg::Refusal& refusal) {
  const auto why = fmt::format("{}: {}", broker, refusal.message);
  if (msg::is_bad_request(refusal.code)) return refuse(why, task.json);
  return complain({.json = task.json}, {.code = refusal.code, .message = why});
}

void print_trimmed(const TrimTask& task, const Json& brokers, base::Seq begins) {
  if (task.json) return print_json({{"dry_run", task.dry_run}, {"brokers", brokers}});
  fmt::print("{}: the stream begins with seq {}{}\n", fmt::join(task.brokers, ", "), begins,
             task.dry_run ? " then" : " now");
  if (!task.dry_run) fmt::print("what was before goes from the disk in the course of the next minutes\n");
}

}  // namespace

int trim(const TrimTask& task) {
  if (task.backup.empty() != task.without_backup) return no_backup(task);
  const auto store = backed_up(task);
  if (!store) return refuse(store.error().message, task.json);
  Json brokers = Json::array();
  base::Seq begins(1);
  for (const bool dry : {true, false}) {
    if (!dry && task.dry_run) break;
    brokers = Json::array();
    for (const auto& broker : task.brokers) {
      client::Client client({.frontends = {broker}, .timeout = task.timeout});
      const auto reply = client.call(msg::Trim{*store, base::Seq(task.before), dry});
      if (reply.refusal) return broker_refused(task, broker, *reply.refusal);
      begins = std::max(begins, reply->begins);
      brokers.push_back({{"broker", broker}, {"begins", reply->begins.value()}});
    }
  }
  print_trimmed(task, brokers, begins);
  return kDone;
}

}  // namespace cli
