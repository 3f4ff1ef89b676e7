// Turns: whose read goes to a replica next.
//
// A replica answers in the order in which it is asked. If every read went there at once, a client with two thousand
// searches would keep it from everybody else for seconds, and the answers would fill this process. So only so many
// reads are at replicas at a time; the others wait here, each client's in their order, and the clients take turns.
//
// Bounds: `at_once` of all clients and `per_client` of one; as many wait as there are requests under way (edge.h).
// Invariant: a client of whom nothing is here leaves no entry behind.
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

  // A read that is to go to a replica: next() gives it back when it may. Ids rise.
  void wait(const std::string& client, std::uint64_t id);
  // The read that may go now; from here on it is at a replica.
  std::optional<std::uint64_t> next();
  // It was answered or given up, whether it has gone or waits. Of what is not here nothing happens.
  void leave(const std::string& client, std::uint64_t id);

  // Whether it is at a replica.
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
  Queue turns_;  // those of whom one waits that may go, each once
  std::size_t at_replicas_ = 0;
};

}  // namespace frontend
