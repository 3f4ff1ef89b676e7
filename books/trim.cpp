// stream trim: has the brokers remove events that no process needs any more (ADR 18).
//
// After the trim only a backup has the removed events. So trim first verifies the backup from its first block to its
// last, and syncs it, because a power cut can destroy a copy that was never synced. Then every broker must have the
// very block with which the backup ends; this proves that the backup has all events that will be removed. The option
// --without-backup leaves all of this out.
// trim asks every broker whether it can remove the events before it tells the first one to do so. After an interruption
// it can be run again.
// The stream tells who trimmed it: trim notes the act once all brokers are ready, and before the first one removes
// anything. A client that may not note it does not trim. Without a frontend that answers it trims all the same.
// A subscriber would miss what it has not acknowledged, so these events are not trimmed (ADR 56).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/notice.h"
#include "base/print.h"
#include "books/backup_directory.h"
#include "books/books.h"
#include "books/brokers.h"
#include "books/inspection.h"
#include "tasks/output.h"

namespace books {
namespace {

int no_backup(const TrimTask& task) {
  return tasks::refuse(
      "after a trim only a backup has the removed events: name one with --backup DIR (see: pygmy backup --help), or "
      "give --without-backup",
      task.json);
}

// Verifies the backup and returns its manifest. Returns nothing with --without-backup. The error says why the backup
// cannot be used.
base::Result<std::optional<Manifest>> backed_up(const TrimTask& task) {
  if (task.backup.empty()) return std::nullopt;
  auto backup = open_backup(task.backup);
  if (!backup) return base::fail(backup.error().message);
  const auto& manifest = backup->manifest;
  if (base::Seq(task.before) > manifest.seq) {
    return base::fail(
        fmt::format("the backup ends with seq {}: back up first: pygmy backup {}", manifest.seq, task.backup));
  }
  Inspection inspection(*backup->archive);
  {
    Progress progress("verifying", manifest.seq);
    inspection.walk(progress, manifest.block);
  }
  inspection.compare(manifest);
  if (inspection.sound()) sync_backup(task.backup);
  if (inspection.sound()) return std::optional(std::move(backup->manifest));
  return base::fail(fmt::format("{} is not a sound backup; see: pygmy verify {}", task.backup, task.backup));
}

// Checks that the broker has the block with which the backup ends.
base::Result<void> same_history(const Manifest& backup, const msg::ReplayReply& reply) {
  if (reply.trimmed) {
    return base::fail(fmt::format("its stream begins with seq {}, but the backup ends with seq {}: back up first",
                                  reply.trimmed->begins, backup.seq));
  }
  return check_same_stream({backup.block, backup.seq, backup.hash}, reply);
}

int broker_refused(const TrimTask& task, const base::Endpoint& broker, const msg::Refusal& refusal) {
  const auto why = fmt::format("{}: {}", broker, refusal.message);
  if (msg::is_bad_request(refusal.code)) return tasks::refuse(why, task.json);
  return tasks::complain({.json = task.json}, {.code = refusal.code, .message = why});
}

// Sends the trim to one broker, after checking that it has the last block of the backup. Returns an exit code; `begins`
// is set to the first seq that the broker keeps.
int tell(const TrimTask& task, const base::Endpoint& broker, const std::optional<Manifest>& backup, bool dry,
         base::Seq& begins) {
  client::Client client(asking({broker}, task.timeout));
  if (backup) {
    const auto end = client.call(msg::Replay{.from = backup->seq, .to = {}, .bytes = 1});
    if (end.refusal) return broker_refused(task, broker, *end.refusal);
    const auto same = same_history(*backup, *end);
    if (!same) return tasks::refuse(fmt::format("{}: {}", broker, same.error().message), task.json);
  }
  msg::Trim trim{.before = base::Seq(task.before), .dry = dry};
  if (backup) trim.store = backup->store;
  const auto reply = client.call(trim);
  if (reply.refusal) return broker_refused(task, broker, *reply.refusal);
  begins = reply->begins;
  return tasks::kDone;
}

int note(const TrimTask& task) {
  return tasks::note_before(
      task.noted_by, msg::Act::kTrim,
      fmt::format("before seq {}{}", task.before, task.without_backup ? ", without a backup" : ""));
}

// Says why a subscriber would miss events; nothing if none would, or if no frontend tells.
std::optional<std::string> missed(const TrimTask& task) {
  if (task.noted_by.frontends.empty()) return std::nullopt;
  auto store = task.noted_by.connect();
  const auto reply = store.call(msg::ListSubscriptions{});
  if (reply.refusal) {
    base::notice("pygmy: the subscriptions are not known: {}\n", reply.refusal->message);
    return std::nullopt;
  }
  for (const auto& each : reply.body->subscriptions) {
    if (each.cursor.next() >= base::Seq(task.before)) continue;
    return fmt::format(
        "subscription {} has acknowledged the events up to seq {} only: wait until it has come to seq {}, or end it: "
        "pygmy unsubscribe {}",
        each.name, each.cursor, task.before - 1, each.name);
  }
  return std::nullopt;
}

void print_trimmed(const TrimTask& task, const tasks::Json& brokers, base::Seq begins) {
  if (task.json) return tasks::print_json({{"dry_run", task.dry_run}, {"brokers", brokers}});
  base::print("{}: the stream begins with seq {}{}\n", fmt::join(task.brokers, ", "), begins,
              task.dry_run ? " then" : " now");
  if (!task.dry_run) base::print("the brokers remove the earlier events from their disks within the next minutes\n");
}

}  // namespace

int trim(const TrimTask& task) {
  if (task.backup.empty() != task.without_backup) return no_backup(task);
  const auto backup = backed_up(task);
  if (!backup) return tasks::refuse(backup.error().message, task.json);
  if (const auto why = missed(task)) return tasks::refuse(*why, task.json);
  tasks::Json brokers = tasks::Json::array();
  base::Seq begins(1);
  for (const bool dry : {true, false}) {
    if (!dry && task.dry_run) break;
    if (const int code = dry ? tasks::kDone : note(task); code != tasks::kDone) return code;
    brokers = tasks::Json::array();
    for (const auto& broker : task.brokers) {
      base::Seq here;
      if (const int code = tell(task, broker, *backup, dry, here); code != tasks::kDone) return code;
      begins = std::max(begins, here);
      brokers.push_back({{"broker", broker}, {"begins", here.value()}});
    }
  }
  print_trimmed(task, brokers, begins);
  return tasks::kDone;
}

}  // namespace books
