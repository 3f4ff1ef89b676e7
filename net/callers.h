// Callers: the TCP connections that a socket has accepted, counted by the address from which they come.
//
// libzmq accepts connections as long as there are descriptors, and cannot bound those of one address. Its monitor tells
// of each that was accepted or has ended (net/monitor.h). A connection that is one too many for its address is shut
// down at the next tick, so an address has more of them for some milliseconds at most. They count until they have
// ended, also those that are in a handshake. All IPv6 addresses with the same first 64 bits count as one. Connections
// over ipc do not count: only processes of this user make them.
//
// libzmq tells a descriptor after it may have become another connection's. So a connection is shut down only if all
// news have been heard and its descriptor still has its address. Bounds: one entry for each descriptor. Private to
// net/. Threads: the loop's. Tests: tests/net/callers_test.cpp, tests/process/test_abuse.py
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace net {

class Callers {
 public:
  // `each_max`: connections of one address.
  explicit Callers(std::uint32_t each_max) : each_max_(each_max) {}

  void came(int descriptor);
  void left(int descriptor);

  // Shuts down the connections that are too many. Returns the address of each.
  std::vector<std::string> cut();

  std::size_t addresses() const { return numbers_.size(); }

 private:
  const std::uint32_t each_max_;
  std::unordered_map<int, std::string> addresses_;          // of each connection
  std::unordered_map<std::string, std::uint32_t> numbers_;  // of connections, for each address
  std::vector<int> too_many_;
};

}  // namespace net
