#include "process/fetch_view.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "base/log.h"

namespace process {
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

ViewFetch::ViewFetch(const stream::FetchConfig& config, ViewFile view)
    : view_(std::move(view)), file_(view_.directory) {
  if (config.behind > 0) core_.emplace(config, view_.open(view_.path), file_);
}

void ViewFetch::begin(net::Loop& loop, net::Sockets sockets) {
  if (!core_) return;
  sockets.serve.clear();  // while it fetches, the replica answers no requests
  sockets.known_as.clear();
  sockets.topics = {std::string(msg::kHeartbeatTopic), std::string(msg::kAnnounceTopic)};
  loop.add(sockets, *core_);
}

void ViewFetch::finish() {
  const bool fetched = core_ && core_->outcome() == stream::SnapshotFetch::Outcome::kFetched;
  if (fetched) put_in_place(file_, core_->what(), view_);
  file_.discard();
}

}  // namespace process
