// Turns: decides which client's read goes to a replica next.
//
// A replica answers in the order in which it is asked. If every read went there at once, a client with two thousand
// searches would block all other clients for seconds, and the answers would fill this process's memory. So only a
// bounded number of reads is at replicas at a time. The others wait here: each client's reads in their order, and the
// clients in turn.
//
// Bounds: `at_once` reads of all clients and `per_client` of one are at replicas; as many wait as there are requests
// under way (edge.h). Invariant: a client without a read here leaves no entry behind.
// Threads: none. Tests: tests/frontend/turns_test.cpp
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace frontend {

class Turns {
 public:
  Turns(std::size_t at_once, std::size_t per_client) : at_once_(at_once), per_client_(per_client) {}

  // Adds a read for a replica; next() returns it when its turn has come. Ids must rise.
  void wait(const std::string& client, std::uint64_t id);
  // The read whose turn it is, if there is one; from then on it counts as being at a replica.
  std::optional<std::uint64_t> next();
  // The read was answered or given up, whether it waits or is at a replica. An unknown read is ignored.
  void leave(const std::string& client, std::uint64_t id);

  // Returns whether the read is at a replica.
  bool has_gone(const std::string& client, std::uint64_t id) const;

  std::size_t at_replicas() const { return at_replicas_; }
  std::size_t clients() const { return clients_.size(); }

 private:
  using Queue = std::list<std::string>;
  struct Client {
    std::set<std::uint64_t> waiting;
    std::set<std::uint64_t> gone;
    std::optional<Queue::iterator> turn;
  };
  void take_turn(const std::string& name, Client& client);
  void end_turn(Client& client);

  std::size_t at_once_;
  std::size_t per_client_;
  std::unordered_map<std::string, Client> clients_;
  Queue turns_;  // clients with a waiting read that may go, each once
  std::size_t at_replicas_ = 0;
};

}  // namespace frontend
