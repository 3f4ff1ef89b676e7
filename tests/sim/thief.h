// A thief: he has a copy of the key of every process, of an operator and of a client, and sends what the holder of the
// key may not send (docs/SECURITY.md). Nothing of it may change what others see, so all other checks go on meanwhile.
//
// He knows all that processes publish: the epoch, the producer number, the seqs, names and incarnations. He sends
//   - requests that the role of the key does not allow, to every kind of process, also past the frontends;
//   - requests and heartbeats in the names of others, and heartbeats of another role in the key's own name;
//   - appended events that nobody may append: not an event, out of bounds, of the broker, of another time. For these he
//     prefers the key of the writer;
//   - requests of clients with tokens that nobody granted;
//   - bytes that are no message.
// He does not do what the holder of a key may do: the writer's key may append any event that is well-formed.
//
// He checks that none of his requests is answered but by a refusal, and that no process believes his heartbeats.
// Threads: none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/cluster.h"

namespace sim {

class Thief : public Receiver {
 public:
  explicit Thief(Cluster& cluster);
  void start();
  void stop() { ++run_; }
  void arrive(Arrival arrival) override;

 private:
  // The place on the network from which he uses one key.
  struct Hand {
    base::Sender key;
    std::string place;
    NodeNo node = 0;
  };
  // A part of the last heartbeat of the leader.
  struct Known {
    std::string leader;
    msg::Leadership told;
    base::WallMs now;
  };

  void add(base::KeyRole role, const std::string& name);
  void strike(std::uint64_t run);
  void strike(const Hand& hand, const Known& known);
  std::optional<Known> known();
  const Hand& hand_of(const std::string& name) const;
  std::string some(const std::string& role);
  msg::Heartbeat beat_of(const std::string& name);
  std::string new_name(std::string_view what) { return fmt::format("{}-{}", what, ++names_); }

  void forge_append(const Hand& hand, const Known& known);
  void spoil_append(const Hand& hand, const Known& known);
  msg::Append spoilt(const Known& known, base::ProducerNo producer);
  void lease(const Hand& hand, const Known& known);
  void rule(const Hand& hand, const Known& known);
  void announce(const Hand& hand);
  void beat(const Hand& hand, const Known& known);
  void ask_with_a_wrong_token(const Hand& hand);
  void ask_past_the_frontends(const Hand& hand);
  void ask_as_a_process(const Hand& hand);
  void talk_nonsense(const Hand& hand);

  // Calls send(request) with some request of a client.
  template <class Send>
  void some_request(const Send& send);
  template <class Request>
  void ask(const Hand& hand, const std::string& to, const Request& request, msg::Header header = {});

  Cluster& cluster_;
  World& world_;
  std::vector<Hand> hands_;
  std::uint64_t run_ = 0;
  std::uint64_t names_ = 0;
  std::uint64_t last_id_ = std::uint64_t{1} << 32;  // nonsense has other ids
  std::map<std::uint64_t, std::string> tries_;      // by the id of the request
};

}  // namespace sim
