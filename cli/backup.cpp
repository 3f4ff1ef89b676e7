// backup: copies the stream, which is the only truth, while the store runs.
//
// The copy ends where the stream ended when the first answer came. Each answer of a broker is on the disk before the
// next request is sent. Then backup verifies the whole archive, also the blocks of earlier runs, and only then it
// writes the manifest that names the new end. So after an interruption the directory holds the backup of the last
// complete run, and the next run continues where this one stopped.
#include <fmt/format.h>

#include <optional>

#include "base/file_lock.h"
#include "cli/backup_directory.h"
#include "cli/backups.h"
#include "cli/brokers.h"
#include "cli/inspection.h"
#include "cli/manifest.h"
#include "cli/output.h"
#include "cli/own_directory.h"
#include "cli/process_host.h"
#include "cli/progress.h"

namespace cli {
namespace {

// Copies blocks from the brokers into the archive.
class Fetch {
 public:
  Fetch(const BackupTask& task, backup::Archive& archive)
      : task_(task), brokers_(task.brokers, task.patience), archive_(archive) {}

  // Fetches everything after the end of the archive. Returns an exit code; after kDone the archive has reached the end
  // of the stream as of the first answer.
  int run();
  std::uint64_t events() const { return events_; }
  std::int64_t taken() const { return taken_; }

 private:
  base::Result<void> take(const backup::End& end, bool joined, const msg::ReplayReply& reply);

  const BackupTask& task_;
  Brokers brokers_;
  backup::Archive& archive_;
  std::uint64_t events_ = 0;
  std::int64_t taken_ = 0;
};

// Appends the blocks of `reply` to the archive. The first request asks for the archive's last block again (`joined` is
// false): if the broker has the same block, the blocks after it belong to the same history.
base::Result<void> Fetch::take(const backup::End& end, bool joined, const msg::ReplayReply& reply) {
  if (reply.trimmed) {
    return base::fail(
        fmt::format("the brokers no longer have the events before seq {}, and this backup ends with seq {}: "
                    "back up into the directory of a backup that has the events between",
                    reply.trimmed->begins, end.last));
  }
  if (joined && reply.blocks.empty()) return base::fail(fmt::format("no broker has the events after seq {}", end.last));
  if (!joined) {
    if (auto same = check_same_stream(end, reply); !same) return same;
  }
  std::vector<base::BytesView> blocks;
  for (const auto& block : reply.blocks) blocks.push_back(block.bytes);
  if (!joined) blocks.erase(blocks.begin());
  return archive_.append(blocks);
}

int Fetch::run() {
  auto end = archive_.end();
  if (!end) return refuse(end.error().message + "; see: pygmy verify", task_.json);
  const auto had = end->last;
  std::optional<Progress> progress;
  for (base::Seq to; !progress || end->last < to; end = archive_.end()) {
    const bool joined = progress || !end->block;
    const auto reply = brokers_.replay(joined ? end->last.next() : end->last);
    if (reply.refusal) return complain({.json = task_.json}, *reply.refusal);
    if (const auto taken = take(*end, joined, *reply); !taken) return refuse(taken.error().message, task_.json);
    if (!progress) {
      to = reply->commit;
      taken_ = base::now().wall;
      progress.emplace("fetching", to);
    }
    events_ = archive_.end()->last.value() - had.value();
    progress->at(archive_.end()->last);
  }
  return kDone;
}

void print_done(const BackupTask& task, const Manifest& manifest, std::uint64_t events) {
  if (task.json) {
    return print_json({{"directory", task.directory},
                       {"store", manifest.store},
                       {"seq", manifest.seq.value()},
                       {"block", manifest.block.value()},
                       {"new_events", events},
                       {"items", manifest.items},
                       {"orders", manifest.orders},
                       {"items_digest", hex(manifest.digest.items)},
                       {"orders_digest", hex(manifest.digest.orders)}});
  }
  fmt::print("store {} backed up to seq {}, {}; new: {} events\n", manifest.store, manifest.seq, time_text(manifest.at),
             events);
  fmt::print("verified: {} blocks, {} items, {} orders; digests {} and {}\n", manifest.block, manifest.items,
             manifest.orders, hex(manifest.digest.items), hex(manifest.digest.orders));
}

}  // namespace

// Verifies the blocks of earlier runs again, too, because the disk may have lost them since.
int backup(const BackupTask& task) {
  keep_files_private();
  require_own(task.directory, kBackupMarks, "a backup");
  std::optional<base::FileLock> lock;
  Traces traces;
  traces.will_make(task.directory);
  make_directory(task.directory);
  traces.will_make(task.directory + "/lock");
  lock.emplace(task.directory + "/lock");
  const auto before = read_manifest(task.directory);
  if (!before) return refuse(before.error().message, task.json);
  traces.will_make(blocks_file(task.directory));
  backup::Archive archive(blocks_file(task.directory), backup::Archive::Mode::kAppend);
  Fetch fetch(task, archive);
  const int code = fetch.run();
  if (!archive.end() || archive.end()->block) traces.keep();  // the next run continues from there
  if (code != kDone) return code;

  Inspection inspection(archive, StreamAudit::Keys::kForget);
  {
    Progress progress("verifying", archive.end()->last);
    if (*before) {
      inspection.walk(progress, (*before)->block);
      inspection.compare(**before);
    }
    inspection.walk(progress);
  }
  if (!inspection.sound()) {
    print_checks(inspection.checks(), task.json);
    fmt::print(stderr, "pygmy: this backup is not sound: put it aside, and back up into another directory\n");
    return kRefused;
  }
  auto manifest = inspection.manifest();
  manifest.taken = fetch.taken();
  manifest.program = "pygmy " PYGMY_VERSION;
  write_manifest(task.directory, manifest);
  print_done(task, manifest, fetch.events());
  return kDone;
}

int verify(const VerifyTask& task) {
  const auto manifest = whole_backup(task.directory);
  if (!manifest) return refuse(manifest.error().message, task.json);
  const backup::Archive archive(blocks_file(task.directory), backup::Archive::Mode::kRead);
  Inspection inspection(archive, StreamAudit::Keys::kRemember);
  {
    Progress progress("verifying", manifest->seq);
    inspection.walk(progress, manifest->block);
  }
  inspection.compare(*manifest);
  print_checks(inspection.checks(), task.json);
  return inspection.sound() ? kDone : kRefused;
}

}  // namespace cli
