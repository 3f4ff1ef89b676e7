// Before a replica starts: a peer's view in the place of its own, if that is far behind (stream/snapshot_fetch.h).
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
  // Opens a file as the role does, with all its checks, and closes it; throws std::runtime_error.
  std::function<stream::Position(const std::string& path)> open;
  // The same, and goes over all rows: what is wrong with the first that is.
  std::function<std::optional<std::string>(const std::string& path)> fault;
};

// False: told to stop. Otherwise the replica starts now, on another view or on the one it had.
bool fetch_view(const stream::FetchConfig& config, net::Sockets sockets, const ViewFile& view);

}  // namespace cli
