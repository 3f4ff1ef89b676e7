// Before a replica starts, its view may be far behind. Then a peer's view replaces it (stream/snapshot_fetch.h).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/reactor.h"
#include "stream/snapshot_fetch.h"

namespace cli {

struct ViewFile {
  std::string directory;
  std::string path;
  // Opens a file as the role does, with all its checks, and closes it. Throws std::runtime_error.
  std::function<stream::Position(const std::string& path)> open;
  // Opens a file in the same way and checks all rows. Returns the first fault.
  std::function<std::optional<std::string>(const std::string& path)> fault;
};

// Returns false if the process was told to stop. Otherwise the replica can start, with the peer's view or its own.
bool fetch_view(const stream::FetchConfig& config, net::Sockets sockets, const ViewFile& view);

}  // namespace cli
