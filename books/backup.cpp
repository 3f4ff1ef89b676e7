// backup: copies the stream, which is the only truth, while the store runs.
//
// The copy ends where the stream ended when the first answer came. Each answer of a broker is on the disk before the
// next request is sent. Then backup verifies the whole archive, also the blocks of earlier runs, and only then it
// writes the manifest that names the new end. So after an interruption the directory holds the backup of the last
// complete run, and the next run continues where this one stopped. At the end backup has the stream note who made it.
#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "base/file_lock.h"
#include "base/notice.h"
#include "base/print.h"
#include "base/text.h"
#include "books/backup_directory.h"
#include "books/books.h"
#include "books/brokers.h"
#include "books/inspection.h"
#include "books/manifest.h"
#include "books/progress.h"
#include "process/host.h"
#include "process/own_directory.h"
#include "process/release.h"
#include "tasks/hex.h"
#include "tasks/output.h"

namespace books {
namespace {

// Copies blocks from the brokers into the archive.
class Fetch {
 public:
  Fetch(const BackupTask& task, backup::Archive& archive)
      : task_(task), brokers_(task.brokers, task.patience), archive_(archive) {}

  // Fetches everything after the end of the archive. Returns an exit code; after kDone the archive has reached the end
  // of the stream as of the first answer, or ends before the block that stopped() names.
  int run();
  const std::optional<std::string>& stopped() const { return stopped_; }
  std::uint64_t events() const { return events_; }
  std::int64_t taken() const { return taken_; }

 private:
  base::Result<void> take(const backup::End& end, bool joined, const msg::ReplayReply& reply);

  const BackupTask& task_;
  Brokers brokers_;
  backup::Archive& archive_;
  std::uint64_t events_ = 0;
  std::int64_t taken_ = 0;
  std::optional<std::string> stopped_;
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
  for (const auto& bytes : reply.blocks) {
    if (const auto block = msg::decode_block(bytes.bytes); !block) {
      stopped_ = fmt::format("block {} as the broker has it: {}", end.block.value() + blocks.size() + (joined ? 1 : 0),
                             block.error().message);
      break;
    }
    blocks.push_back(bytes.bytes);
  }
  if (!joined) blocks.erase(blocks.begin());
  return archive_.append(blocks);
}

int Fetch::run() {
  auto end = archive_.end();
  if (!end) return tasks::refuse(end.error().message + "; see: pygmy verify", task_.json);
  const auto had = end->last;
  std::optional<Progress> progress;
  for (base::Seq to; !stopped_ && (!progress || end->last < to); end = archive_.end()) {
    const bool joined = progress || !end->block;
    const auto reply = brokers_.replay(joined ? end->last.next() : end->last);
    if (reply.refusal) return tasks::complain({.json = task_.json}, *reply.refusal);
    if (const auto taken = take(*end, joined, *reply); !taken) return tasks::refuse(taken.error().message, task_.json);
    if (!progress) {
      to = reply->commit;
      taken_ = base::now().wall;
      progress.emplace("fetching", to);
    }
    events_ = archive_.end()->last.value() - had.value();
    progress->at(archive_.end()->last);
  }
  return tasks::kDone;
}

void print_done(const BackupTask& task, const Manifest& manifest, std::uint64_t events,
                const std::optional<std::string>& stopped) {
  if (task.json) {
    tasks::Json told{{"directory", task.directory},
                     {"store", manifest.store},
                     {"seq", manifest.seq.value()},
                     {"block", manifest.block.value()},
                     {"new_events", events},
                     {"items", manifest.items},
                     {"orders", manifest.orders},
                     {"items_digest", tasks::hex(manifest.digest.items)},
                     {"orders_digest", tasks::hex(manifest.digest.orders)}};
    if (stopped) told["stopped"] = *stopped;
    return tasks::print_json(told);
  }
  base::print("store {} backed up to seq {}, {}; new: {} events\n", manifest.store, manifest.seq,
              tasks::time_text(manifest.at), events);
  base::print("verified: {} blocks, {} items, {} orders; digests {} and {}\n", manifest.block, manifest.items,
              manifest.orders, tasks::hex(manifest.digest.items), tasks::hex(manifest.digest.orders));
}

// The sound part of a stream whose block `unsound` is damaged. Nothing if an earlier backup has as much.
std::optional<Inspection> sound_part(const backup::Archive& archive, base::BlockNo unsound,
                                     const std::optional<Manifest>& before) {
  if (unsound <= (before ? before->block : base::BlockNo(1))) return std::nullopt;
  Inspection part(archive);
  Progress progress("verifying again", base::Seq());
  if (before) {
    part.walk(progress, before->block);
    part.compare(*before);
  }
  part.walk(progress, base::BlockNo(unsound.value() - 1));
  return part.sound() ? std::optional(std::move(part)) : std::nullopt;
}

std::string faults_of(const Inspection& inspection) {
  std::string faults;
  for (const auto& check : inspection.checks()) {
    if (!check.ok) faults += (faults.empty() ? "" : "; ") + check.detail;
  }
  return faults;
}

// The stream gets the name of the directory without its path, which may tell more of the machine than readers of the
// stream need to know.
void note(const BackupTask& task, base::Seq seq) {
  constexpr std::size_t kNameBytesMax = 100;
  auto path = std::filesystem::absolute(task.directory).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // DIR/
  const auto name = path.filename().string();
  const bool is_text = !name.empty() && name.size() <= kNameBytesMax && !base::fault_of_text(name);
  tasks::note_done(task.noted_by, msg::Act::kBackup,
                   fmt::format("up to seq {}{}", seq, is_text ? fmt::format(", in {}", name) : ""));
}

int write(const BackupTask& task, const Fetch& fetch, const Inspection& inspection,
          const std::optional<std::string>& stopped) {
  auto manifest = inspection.manifest();
  manifest.taken = fetch.taken();
  manifest.program = std::string("pygmy ") + process::kVersion;
  write_manifest(task.directory, manifest);
  note(task, manifest.seq);
  print_done(task, manifest, fetch.events(), stopped);
  if (!stopped) return tasks::kDone;
  base::notice(
      "pygmy: the stream is not sound after seq {}: {}\npygmy: what is before that is backed up: pygmy restore {} "
      "--to-seq {} makes the store as it was then\n",
      manifest.seq, *stopped, task.directory, manifest.seq);
  return tasks::kPrefix;
}

}  // namespace

// Verifies the blocks of earlier runs again, too, because the disk may have lost them since.
int backup(const BackupTask& task) {
  process::keep_files_private();
  process::require_own(task.directory, process::kBackupMarks, "a backup");
  std::optional<base::FileLock> lock;
  process::Traces traces;
  traces.will_make(task.directory);
  process::make_directory(task.directory);
  traces.will_make(task.directory + "/lock");
  lock.emplace(task.directory + "/lock");
  const auto before = read_manifest(task.directory);
  if (!before) return tasks::refuse(before.error().message, task.json);
  traces.will_make(blocks_file(task.directory));
  backup::Archive archive(blocks_file(task.directory), backup::Archive::Mode::kAppend);
  Fetch fetch(task, archive);
  const int code = fetch.run();
  if (!archive.end() || archive.end()->block) traces.keep();  // the next run continues from there
  if (code != tasks::kDone) return code;

  Inspection inspection(archive);
  {
    Progress progress("verifying", archive.end()->last);
    if (*before) {
      inspection.walk(progress, (*before)->block);
      inspection.compare(**before);
    }
    inspection.walk(progress);
  }
  if (inspection.sound()) return write(task, fetch, inspection, fetch.stopped());
  const auto unsound = inspection.first_unsound();
  if (const auto part = unsound ? sound_part(archive, *unsound, *before) : std::nullopt) {
    return write(task, fetch, *part, fmt::format("block {}: {}", *unsound, faults_of(inspection)));
  }
  print_checks(inspection.checks(), task.json);
  base::notice("pygmy: this backup is not sound: put it aside, and back up into another directory\n");
  return tasks::kRefused;
}

int verify(const VerifyTask& task) {
  const auto manifest = whole_backup(task.directory);
  if (!manifest) return tasks::refuse(manifest.error().message, task.json);
  const backup::Archive archive(blocks_file(task.directory), backup::Archive::Mode::kRead);
  storage::ScratchRows rows;
  Inspection inspection(archive, &rows);
  {
    Progress progress("verifying", manifest->seq);
    inspection.walk(progress, manifest->block);
  }
  inspection.compare(*manifest);
  print_checks(inspection.checks(), task.json);
  return inspection.sound() ? tasks::kDone : tasks::kRefused;
}

}  // namespace books
