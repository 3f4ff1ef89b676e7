// rescue: makes a backup from the archives of brokers, when the store no longer runs and cannot be backed up.
//
// A broker's archive holds every block that the broker has seen committed, so it goes further than the newest backup.
// rescue asks no process: it reads the archives in their directories, while no broker uses them. Together the archives
// must make one stream from its first event on (backup/merge.h). If events were trimmed, a backup that has them must be
// named, too. rescue verifies the result as `backup` does, and makes a backup of it only if it is sound.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <stdexcept>

#include "backup/merge.h"
#include "base/file_lock.h"
#include "base/notice.h"
#include "base/print.h"
#include "books/backup_directory.h"
#include "books/books.h"
#include "books/inspection.h"
#include "books/new_directory.h"
#include "books/progress.h"
#include "disk/durable.h"
#include "process/host.h"
#include "process/release.h"
#include "tasks/hex.h"
#include "tasks/output.h"

namespace books {
namespace {

using Mode = backup::Archive::Mode;

// The archives, each locked against the process that writes it.
class Archives {
 public:
  explicit Archives(const std::vector<std::string>& directories) {
    for (const auto& directory : directories) add(directory);
  }
  std::vector<backup::Merge::Source> take() { return std::move(sources_); }
  base::Seq last() const { return last_; }

 private:
  struct Kind {
    const char* file;
    const char* lock;
    Mode mode;
  };
  // The archive of a broker on etcd, the journal of a single broker, and a backup.
  static constexpr Kind kKinds[]{{"/archive.db", "/broker.lock", Mode::kBroker},
                                 {"/journal.db", "/broker.lock", Mode::kBroker},
                                 {"/blocks.db", "/lock", Mode::kRead}};

  void add(const std::string& directory) {
    for (const auto& kind : kKinds) {
      if (!std::filesystem::exists(directory + kind.file)) continue;
      // A directory that cannot be written needs no lock, because no process can write there either.
      if (::access(directory.c_str(), W_OK) == 0) locks_.emplace_back(directory + kind.lock);
      auto archive = std::make_unique<backup::Archive>(directory + kind.file, kind.mode);
      if (const auto end = archive->end()) last_ = std::max(last_, end->last);
      return sources_.push_back({directory, std::move(archive)});
    }
    throw std::runtime_error(fmt::format(
        "there is no archive in {}: name the data directory of a broker, like data/broker-1, or a backup", directory));
  }

  std::deque<base::FileLock> locks_;
  std::vector<backup::Merge::Source> sources_;
  base::Seq last_;
};

base::Result<void> copy(backup::Merge& merge, const std::filesystem::path& file, base::Seq last) {
  backup::Archive archive(file, Mode::kAppend);
  Progress progress("reading", last);
  for (bool more = true; more;) {
    std::vector<base::Bytes> blocks;
    for (std::size_t bytes = 0; more && bytes < kPageBytes;) {
      auto block = merge.next();
      if (!block) return base::fail(block.error().message);
      more = block->has_value();
      if (more) bytes += blocks.emplace_back(std::move(**block)).size();
    }
    if (auto kept = archive.append({blocks.begin(), blocks.end()}); !kept) return kept;
    progress.at(merge.end().last);
  }
  return {};
}

// Says why no block was taken.
std::string nothing(const std::vector<backup::Merge::Seen>& seen) {
  for (const auto& source : seen) {
    if (source.damaged > 0) return fmt::format("no block can be taken: {}: {}", source.name, source.damage);
  }
  for (const auto& source : seen) {
    if (source.begins) {
      return fmt::format(
          "the archives begin with block {}, because the blocks before it were trimmed: also name a backup that has "
          "them: --from BACKUP",
          source.begins);
    }
  }
  return "the archives have no blocks";
}

// Says which part of a source was not taken, and why. Empty: all was taken.
std::string left_out(const backup::Merge::Seen& source, base::BlockNo end) {
  auto why = source.damage;
  if (source.beyond) {
    why += fmt::format("{}its blocks from {} on were not taken: no archive has block {}, which comes before them",
                       why.empty() ? "" : "; ", source.beyond, end.next());
  }
  return why;
}

void print_rescued(const RescueTask& task, const Manifest& manifest, const std::vector<backup::Merge::Seen>& seen) {
  if (task.json) {
    auto from = tasks::Json::array();
    for (const auto& source : seen) {
      from.push_back({{"directory", source.name},
                      {"begins", source.begins.value()},
                      {"taken", source.taken.value()},
                      {"damaged", source.damaged},
                      {"left_out", left_out(source, manifest.block)}});
    }
    return tasks::print_json({{"directory", task.directory},
                              {"store", manifest.store},
                              {"seq", manifest.seq.value()},
                              {"block", manifest.block.value()},
                              {"at", manifest.at},
                              {"items", manifest.items},
                              {"orders", manifest.orders},
                              {"items_digest", tasks::hex(manifest.digest.items)},
                              {"orders_digest", tasks::hex(manifest.digest.orders)},
                              {"from", from}});
  }
  base::print("store {} rescued to {} up to seq {}, {}\n", manifest.store, task.directory, manifest.seq,
              tasks::time_text(manifest.at));
  for (const auto& source : seen) {
    base::print("{}: blocks {} to {}\n", source.name, source.begins, source.taken);
    if (const auto why = left_out(source, manifest.block); !why.empty()) base::print("{}: {}\n", source.name, why);
  }
  base::print("verified: {} blocks, {} items, {} orders; digests {} and {}\n", manifest.block, manifest.items,
              manifest.orders, tasks::hex(manifest.digest.items), tasks::hex(manifest.digest.orders));
}

// Verifies the copied blocks. Returns their manifest if they are sound.
std::optional<Manifest> gone_over(const std::filesystem::path& file, base::Seq last, bool json) {
  const backup::Archive archive(file, Mode::kRead);
  Inspection inspection(archive);
  {
    Progress progress("verifying", last);
    inspection.walk(progress);
  }
  if (inspection.sound()) return inspection.manifest();
  print_checks(inspection.checks(), json);
  base::notice("pygmy: the archives agree, but their blocks are not sound; nothing was rescued\n");
  return std::nullopt;
}

}  // namespace

int rescue(const RescueTask& task) {
  process::keep_files_private();
  const NewDirectory place(task.directory, "rescuing");
  Archives archives(task.from);
  const auto blocks = blocks_file(place.making());
  backup::Merge merge(archives.take());
  if (const auto copied = copy(merge, blocks, archives.last()); !copied) {
    return tasks::refuse(copied.error().message + "; nothing was rescued", task.json);
  }
  const auto seen = merge.seen();
  if (!merge.end().block) return tasks::refuse(nothing(seen), task.json);
  auto manifest = gone_over(blocks, merge.end().last, task.json);
  if (!manifest) return tasks::kRefused;
  manifest->taken = base::now().wall;
  manifest->program = std::string("pygmy ") + process::kVersion;
  write_manifest(place.making(), *manifest);
  place.keep("blocks.db");
  disk::sync(task.directory);
  place.keep("manifest.json");
  disk::sync(task.directory);
  print_rescued(task, *manifest, seen);
  return tasks::kDone;
}

}  // namespace books
