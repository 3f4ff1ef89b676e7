// backup: a copy of the stream, which is the only truth, while the store runs.
//
// It goes to where the stream ended when the first answer came. Each answer of a broker is on the disk before the next
// is asked for. Then all that the archive holds is gone over, what was backed up before included, and only then the
// manifest says that there is more than before. So whatever interrupts it, the directory holds the backup of the last
// run that ended, and the next run goes on where this one was.
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

// Fetched from the brokers, into the archive.
class Fetch {
 public:
  Fetch(const BackupTask& task, backup::Archive& archive)
      : task_(task), brokers_(task.brokers, task.patience), archive_(archive) {}

  // Everything, from where the archive ends. Returns an exit code; with kDone, the archive is level.
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

// What comes is put behind the end of the archive. The last block is asked for again at first: if the broker has it,
// too, what follows it is the same history.
base::Result<void> Fetch::take(const backup::End& end, bool joined, const msg::ReplayReply& reply) {
  if (reply.trimmed) {
    return base::fail(
        fmt::format("the brokers have nothing before seq {} any more, and this backup ends with seq {}: "
                    "back up into the directory of a backup that has what is between",
                    reply.trimmed->begins, end.last));
  }
  if (joined && reply.blocks.empty()) return base::fail(fmt::format("no broker has what follows seq {}", end.last));
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
  fmt::print("gone over: {} blocks, {} items, {} orders; digests {} and {}\n", manifest.block, manifest.items,
             manifest.orders, hex(manifest.digest.items), hex(manifest.digest.orders));
}

}  // namespace

// Everything is gone over again, also what was backed up before: a disk may have lost what it had.
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
  if (!archive.end() || archive.end()->block) traces.keep();  // the next run goes on from there
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
    fmt::print(stderr, "pygmy: this is no sound backup: keep it aside, and back up into another directory\n");
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
