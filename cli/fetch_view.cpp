#include "cli/fetch_view.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/log.h"
#include "storage/snapshot_file.h"

namespace cli {
namespace {

// The fetch has compared the bytes with the peer's hash. check() opens the file to see that it is a view of this store
// at the promised seq. It checks all rows, because a lost row of the peer must not be passed on. Throws
// std::runtime_error.
void check(const ViewFile& view, const std::string& path, const msg::SnapshotReply& what) {
  const auto position = view.open(path);
  if (position.store != what.store || position.applied != what.seq) {
    throw std::runtime_error(fmt::format("{} is a view of store {} at seq {}, not of store {} at seq {}", path,
                                         position.store, position.applied, what.store, what.seq));
  }
  if (const auto fault = view.fault(path)) throw std::runtime_error(fmt::format("{}: {}", path, *fault));
}

void put_in_place(storage::SnapshotFile& file, const msg::SnapshotReply& what, const ViewFile& view) {
  try {
    check(view, file.path(), what);
  } catch (const std::exception& error) {
    return base::log::error("the snapshot of {} was refused: {}; the stream is replayed instead", what.maker,
                            error.what());
  }
  file.install(view.path);
}

}  // namespace

bool fetch_view(const stream::FetchConfig& config, net::Sockets sockets, const ViewFile& view) {
  storage::SnapshotFile file(view.directory);
  if (config.behind == 0) {
    file.discard();
    return true;
  }
  stream::SnapshotFetch core(config, view.open(view.path), file);
  sockets.serve.clear();  // while it fetches, the process answers no requests
  sockets.topics = {std::string(msg::kHeartbeatTopic), std::string(msg::kAnnounceTopic)};
  net::Reactor(sockets, core).run();
  if (core.outcome() == stream::SnapshotFetch::Outcome::kStopped) return false;
  if (core.outcome() == stream::SnapshotFetch::Outcome::kFetched) put_in_place(file, core.what(), view);
  file.discard();
  return true;
}

}  // namespace cli
