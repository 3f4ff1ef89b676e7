// restore: makes a data directory from a backup, as of its end or of an earlier moment.
//
// A block is restored whole or not at all, because blocks are chained by their hashes: half a block would begin a new
// history. The restored stream ends with the last block that ends at or before the requested seq or time.
//
// The journal is made in a working directory that gets its name last. So after an interrupted restore no broker can
// start on half of the data; nor can one lead on what was written to etcd, because its archive is missing. restore
// checks every block on the way, and makes nothing from a backup that is not sound.
#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <stdexcept>

#include "backup/new_journal.h"
#include "base/print.h"
#include "books/backup_directory.h"
#include "books/books.h"
#include "books/new_directory.h"
#include "books/progress.h"
#include "books/restore_etcd.h"
#include "books/walk.h"
#include "disk/durable.h"
#include "process/host.h"
#include "process/keys.h"
#include "tasks/hex.h"
#include "tasks/moment.h"
#include "tasks/output.h"

namespace books {
namespace {

namespace fs = std::filesystem;

struct Until {
  base::Seq seq;
  std::int64_t at = std::numeric_limits<std::int64_t>::max();
};

base::Result<Until> until(const RestoreTask& task, const Manifest& manifest) {
  Until until{.seq = base::Seq(task.to_seq.value_or(manifest.seq.value()))};
  if (!until.seq) return base::fail("--to-seq must be at least 1: the stream begins with seq 1");
  if (until.seq > manifest.seq) {
    return base::fail(fmt::format("the backup ends with seq {}, so it has no seq {}", manifest.seq, until.seq));
  }
  if (task.to_time.empty()) return until;
  const auto time = tasks::parse_moment(task.to_time);
  if (!time) return base::fail(time.error().message);
  if (*time > manifest.at) {
    return base::fail(
        fmt::format("the last event of the backup is of {}, which is before {}; to restore up to the end, leave "
                    "--to-time out",
                    tasks::time_text(manifest.at), tasks::time_text(*time)));
  }
  until.at = *time;
  return until;
}

// The directory in which `up` keeps the data of its broker.
constexpr auto kBroker = "broker-1";

// Gives the data their final names. The data of an etcd of its own (up/etcd_members.h) get theirs before the broker's
// data.
void put_in_place(const NewDirectory& place, const std::string& data) {
  disk::sync(place.making());
  for (const auto& member : fs::directory_iterator(place.making())) {
    if (member.is_directory()) place.keep(member.path().filename());
  }
  fs::rename(place.making(), fs::path(data) / kBroker);
  disk::sync(data);
}

class Restore {
 public:
  Restore(const backup::Archive& archive, const Manifest& manifest, backup::NewJournal& journal)
      : archive_(archive),
        manifest_(manifest),
        journal_(journal),
        walk_([this](const msg::Event& event, base::Seq seq, const msg::Order*) { journal_.event(event, seq); }) {}

  base::Result<void> run(const Until& until);
  const Walk& walk() const { return walk_; }
  // The first block of the backup that was not restored.
  const std::optional<msg::Block>& left_out() const { return left_out_; }

 private:
  base::Result<void> take(const backup::Row& row, const Until& until);
  base::Result<void> check() const;
  bool ended() const { return left_out_ || walk_.audit().block_no() == manifest_.block; }

  const backup::Archive& archive_;
  const Manifest& manifest_;
  backup::NewJournal& journal_;
  Walk walk_;
  std::optional<msg::Block> left_out_;
};

base::Result<void> Restore::run(const Until& until) {
  Progress progress("restoring", until.seq);
  while (!ended()) {
    const auto rows = archive_.read(walk_.audit().block_no(), kPageBytes);
    if (!rows) return base::fail(rows.error().message);
    if (rows->empty())
      return base::fail(fmt::format("the backup has no block after block {}", walk_.audit().block_no()));
    for (const auto& row : *rows) {
      if (ended()) break;
      if (auto taken = take(row, until); !taken) return taken;
    }
    progress.at(walk_.applied());
  }
  return check();
}

base::Result<void> Restore::take(const backup::Row& row, const Until& until) {
  auto block = msg::decode_block(row.bytes);
  if (!block) return base::fail(fmt::format("block {}: {}", row.no, block.error().message));
  if (block->last() > until.seq || block->at > until.at) {
    left_out_ = std::move(*block);
    return {};
  }
  walk_.block(row.bytes);
  if (walk_.audit().faults() > 0) return base::fail(fmt::format("block {} is not sound", row.no));
  journal_.block(*block, row.bytes);
  return {};
}

base::Result<void> Restore::check() const {
  if (left_out_ || same_shop(walk_.digest(), manifest_)) return {};
  return base::fail("the blocks do not make the shop that the manifest describes");
}

void print_restored(const RestoreTask& task, const Walk& walk, const std::optional<msg::Block>& left_out) {
  const auto digest = walk.digest();
  if (task.json) {
    return tasks::print_json({{"directory", task.directory},
                              {"data", task.data},
                              {"store", walk.store()},
                              {"seq", digest.seq.value()},
                              {"at", walk.at()},
                              {"items", walk.items().size()},
                              {"orders", walk.orders().last().value()},
                              {"items_digest", tasks::hex(digest.items)},
                              {"orders_digest", tasks::hex(digest.orders)}});
  }
  base::print("store {} restored to {} as of seq {}, {}\n", walk.store(), task.data, digest.seq,
              tasks::time_text(walk.at()));
  base::print("{} items, {} orders; digests {} and {}\n", walk.items().size(), walk.orders().last(),
              tasks::hex(digest.items), tasks::hex(digest.orders));
  if (task.to_seq && left_out && left_out->first.value() <= *task.to_seq) {
    base::print("seq {} is in the middle of block {}, seq {}..{}; a block is restored whole or not at all\n",
                *task.to_seq, left_out->no, left_out->first, left_out->last());
  }
  base::print("start it: pygmy up --data {}{}\n", task.data, options_of_up(task));
}

}  // namespace

int restore(const RestoreTask& task) {
  process::keep_files_private();
  if (task.journal == "etcd" && !task.cluster) process::require_certificates(task.etcd, {.insecure = task.insecure});
  const auto backup = open_backup(task.directory);
  if (!backup) return tasks::refuse(backup.error().message + "; nothing was restored", task.json);
  const auto to = until(task, backup->manifest);
  if (!to) return tasks::refuse(to.error().message, task.json);
  const NewDirectory place(task.data, std::string(kBroker) + ".restoring");
  std::optional<RestoreEtcd> etcd;
  if (task.journal == "etcd") etcd.emplace(task, place.making());
  backup::NewJournal journal(place.making() / (etcd ? "archive.db" : "journal.db"));
  Restore restore(*backup->archive, backup->manifest, journal);
  if (const auto ran = restore.run(*to); !ran) {
    return tasks::refuse(
        fmt::format("{}; nothing was restored; see: pygmy verify {}", ran.error().message, task.directory), task.json);
  }
  if (!restore.walk().applied()) {
    return tasks::refuse(
        fmt::format("the first block of the backup ends with seq {} at {}: no earlier state can be restored",
                    restore.left_out()->last(), tasks::time_text(restore.left_out()->at)),
        task.json);
  }
  const auto ending = journal.finish();
  if (etcd) etcd->put(ending);
  put_in_place(place, task.data);
  print_restored(task, restore.walk(), restore.left_out());
  return tasks::kDone;
}

}  // namespace books
