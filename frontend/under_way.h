// The requests that a frontend has taken and has not answered yet, and their bounds, for all clients and for each.
//
// Invariant: a client without a request here leaves no entry behind.
// Threads: none; owned by a frontend core. Tests: tests/frontend/under_way_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/core.h"
#include "frontend/gate.h"
#include "msg/catalogue.h"
#include "msg/envelope.h"
#include "msg/partly.h"

namespace frontend {

// Bounds of the requests under way. They are large enough to keep every replica busy, and small enough that requests
// are answered before their deadlines (G8).
constexpr std::size_t kUnderWayMax = 16'384;
constexpr std::size_t kUnderWayPerClientMax = 2'048;
constexpr std::size_t kUnderWayBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kUnderWayBytesPerClientMax = 16 * 1024 * 1024;
// Each block lets all waiting `events` go on at once, so a client has fewer of them than of other requests.
constexpr std::size_t kEventsWaitingPerClientMax = 256;
// When a crowd has used up these bounds, a client that has fewer requests than this under way is still taken, up to
// twice the bounds.
constexpr std::size_t kUnderWaySpared = 16;

using msg::Service;

struct UnderWay {
  base::ClientId from;
  std::string client;     // the name under which its client is counted; names of connections and of credentials differ
  bool for_many = false;  // `client` is a connection that asks for many clients
  msg::Header header;     // as the client sent it
  base::Bytes body;
  Service service = Service::kStatus;
  base::Mono arrived;
  base::Mono expires;
  std::optional<Stale> stale;  // set if the request was let in without a lease, as the client allowed
  // For `events`: the seq that was applied when the request was let in. Everything that was acknowledged before the
  // request has a seq up to this one.
  base::Seq covers;
  bool trusted = false;         // it comes from the store itself
  msg::Viewer viewer;           // for `events`
  std::string token;            // the hash of the client's token or key; empty: it has none that may have a credential
  bool by_key = false;          // `token` is the hash of a key
  std::optional<base::Seq> by;  // Header.by
  std::optional<std::string> who;  // Header.who
  base::Seq reveals;               // the last event about the client's credential
  base::Endpoint sent_to;          // empty: not sent yet
  base::Mono sent{};
  base::Mono ask_again{};
  base::Duration patience{};
  std::string cache_key;  // empty: the answer is not cached
  unsigned copies = 0;    // how often a write was sent, including its `outcome`
  struct Refused {
    msg::Header header;
    base::Bytes body;
  };
  std::optional<Refused> refused;  // the answer to give if the key turns out to have had no effect
  bool waits = false;              // it counts among the waiting `events` of its client; set by wait()

  // Returns whether a credential gives the request its rights.
  bool has_credential() const { return by.value_or(base::Seq()) != base::Seq(); }
};

class UnderWayRequests {
 public:
  // The ids of the requests begin after `last_id`.
  explicit UnderWayRequests(std::uint64_t last_id) : last_id_(last_id) {}

  // `client`: as in UnderWay. `bytes`: the size of the request's body.
  bool has_room(const std::string& client, std::size_t bytes) const;
  // Returns the id under which the request is kept. No id is used twice.
  std::uint64_t keep(UnderWay&& request);
  void forget(std::uint64_t id);
  // The `events` request waits for events until it is forgotten. Returns false if too many of its client do already.
  [[nodiscard]] bool wait(std::uint64_t id);

  UnderWay* find(std::uint64_t id);
  UnderWay& at(std::uint64_t id) { return requests_.at(id); }
  std::size_t size() const { return requests_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t clients() const { return clients_.size(); }  // those that have a request here
  auto begin() const { return requests_.begin(); }
  auto end() const { return requests_.end(); }

 private:
  // The part of the bounds that one client uses.
  struct Share {
    std::size_t requests = 0;
    std::size_t bytes = 0;
    std::size_t waiting = 0;
  };

  std::uint64_t last_id_;
  std::unordered_map<std::uint64_t, UnderWay> requests_;
  std::unordered_map<std::string, Share> clients_;
  std::size_t bytes_ = 0;
};

}  // namespace frontend
