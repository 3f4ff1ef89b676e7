// The machine of this process.
#pragma once

#include <string>

namespace base {

// Names this host and its file system: two processes with the same host id can connect through an ipc path. The id
// includes the mount namespace, because containers and `ip netns` share a kernel but not the paths.
std::string host_id();

std::string host_name();

}  // namespace base
