// Edge: the implementation of frontend::Core. Private to frontend/.
//
//   core.cpp      the Core's methods, heartbeat, lease, the stream (the Follower's part)
//   requests.cpp  a request arrives: limits, cache, lease, choice of the service
//   passing.cpp   may the client send the request: its token or key, its rate, its role
//   answers.cpp   an answer arrives, or does not: cache fill, gate, resends, deadlines
//   events.cpp    `events`, `status`, `store`, `forget` and `whoami`, which the edge answers itself
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/latency.h"
#include "base/log.h"
#include "base/rate.h"
#include "frontend/access.h"
#include "frontend/allowance.h"
#include "frontend/block_times.h"
#include "frontend/core.h"
#include "frontend/gate.h"
#include "frontend/lease.h"
#include "frontend/routes.h"
#include "frontend/shared_reads.h"
#include "frontend/turns.h"
#include "frontend/under_way.h"
#include "msg/catalogue.h"
#include "msg/counters.h"
#include "stream/follower.h"
#include "stream/recent.h"

namespace frontend {

// A read without an answer is sent to another replica, a write again to the writer. Each next wait is twice as long. A
// replica that answers other reads is busy, not silent: then a read stays with it for kPatienceMax, because otherwise
// load would double itself.
constexpr base::Duration kReadPatience = std::chrono::milliseconds(100);
constexpr base::Duration kWritePatience = std::chrono::milliseconds(400);
constexpr base::Duration kPatienceMax = std::chrono::seconds(2);
// An `events` request may wait long for events, but only this long for a lease, because another frontend may have one.
constexpr base::Duration kEventsPatience = std::chrono::milliseconds(300);
// Between two searches for requests that must be sent again.
constexpr base::Duration kLookOver = std::chrono::milliseconds(20);
// At most this many reads of one role are at replicas. They keep several replicas busy; two replicas answer as many
// large searches in a second.
constexpr std::size_t kReadsAtOnce = 512;
constexpr std::size_t kReadsPerClient = 64;
// At most this many replays are asked for at a time, for clients' `events`. The broker sends about a megabyte for each,
// and its other messages to this frontend, such as leases, queue behind them.
constexpr std::size_t kReplaysAtOnce = 8;
constexpr std::size_t kReplaysPerClient = 2;
constexpr std::size_t kEventsRoundMax = 4 * 1024 * 1024;  // bytes of pages that leave together when the watermark moves
constexpr std::size_t kCacheKeyMax = 1024;
constexpr std::size_t kRecentBytesMax = 8 * 1024 * 1024;  // of blocks kept for `events`

class Core::Impl {
 public:
  explicit Impl(Config config);

  void on_request(const base::ClientId& from, base::BytesView frame, const base::Sender* sender);
  void on_reply(const base::Endpoint& from, base::BytesView frame);
  void on_reply(msg::Message&& message);
  void on_published(std::string_view topic, base::BytesView payload);
  void on_tick();
  void on_settled();
  void on_stop();
  bool leased() const { return lease_.valid(now_.mono); }

  // Set during each call from the Core.
  base::Now now_{};
  base::Outbox* out_ = nullptr;

 private:
  // core.cpp
  void apply(const msg::Block& block, const std::vector<msg::Event>& events, base::BytesView bytes);
  void touch(base::Seq seq, const msg::Event& event);
  void on_mark(base::Seq mark);
  void hear(base::BytesView payload);
  void beat();
  void gauge();
  void count_taken();
  std::vector<msg::Latency> latency_told() const;
  void ask_for_lease();
  void release_lease();
  void acknowledge();
  void on_lease_reply(const msg::Message& message);
  void on_lease_moved();

  // requests.cpp
  static bool needs_lease(const UnderWay& request);
  void take(const base::ClientId& from, msg::Message&& message, const base::Sender* sender);
  bool answer_from_cache(const UnderWay& request);
  std::optional<Stale> stale_now(const UnderWay& request) const;
  std::optional<std::uint64_t> age_of(const Stale& stale) const;
  void admit(std::uint64_t id);
  void make_exact(std::uint64_t id);
  void dispatch(std::uint64_t id);
  void send(std::uint64_t id, UnderWay& request);
  void send_reads();
  bool has_room(const UnderWay& request, std::size_t bytes) const;
  bool is_allowed(Allowance& allowance, const UnderWay& request) const;
  Turns* turns_of(const UnderWay& request);
  void forget(std::uint64_t id);

  // passing.cpp
  enum class Pass { kYes, kNo, kAsk };
  bool identify(UnderWay& request, const base::Sender* sender) const;
  void name_client(UnderWay& request, const base::Sender* sender) const;
  bool is_unnamed(const base::ClientId& peer) const;
  bool has_rate(const UnderWay& request, const base::Sender* sender) const;
  std::optional<msg::Refusal> over_rate(const UnderWay& request, const base::Sender* sender);
  Pass pass(UnderWay& request);
  Pass pass_without_credential(UnderWay& request);
  bool may_go_on(std::uint64_t id);
  void ask_for_credential(const std::string& client, const std::string& token);
  void on_credential(std::uint64_t id, const msg::Header& header, base::BytesView body);
  void on_credential_late(const std::string& token);
  std::vector<std::uint64_t> take_unidentified(const std::string& token);
  void deny(const UnderWay& request, msg::Code code, std::string message);

  // answers.cpp
  void on_answer(msg::Message&& message);
  void finish(std::uint64_t id, const msg::Header& answer, base::BytesView body);
  bool decides_nothing(UnderWay& request, msg::Code code);
  bool settle(std::uint64_t id, const msg::Header& answer, base::BytesView body);
  void settled(std::uint64_t id, const msg::Header& answer, base::BytesView body);
  void land(const UnderWay& leader, const msg::Header& answer, base::BytesView body);
  std::optional<CacheEntry> entry_of(const UnderWay& request, const msg::Header& answer, base::BytesView body) const;
  void join_again(const SharedReads::Ids& reads);
  void answer(const UnderWay& request, const msg::Header& answer, base::BytesView body);
  void release(Held& held, base::BytesView body);
  std::string without_lease() const;
  void measure(Service service, base::Mono arrived);
  void refuse(const UnderWay& request, msg::Code code, std::string message);
  void refuse(const UnderWay& request, const msg::Refusal& refusal);
  void refuse(const Held& held, msg::Code code, std::string message);
  void refuse(const base::ClientId& to, const msg::InReplyTo& request, const msg::Refusal& refusal);
  void resend_writes();
  void look_over();
  void give_up();
  void send_again(std::uint64_t id);
  bool is_at_work(const UnderWay& request) const;
  void expire(std::uint64_t id);
  void expire_held(base::Mono now);

  // events.cpp
  void remember(const msg::Block& block, base::BytesView bytes);
  void on_events(std::uint64_t id);
  bool is_end(const UnderWay& request, base::Seq from) const;
  void wait_for_events(std::uint64_t id, base::Seq from, base::Mono until);
  bool is_without_hope(const UnderWay& request) const;
  void serve_events(std::uint64_t id, msg::EventsReply reply);
  void on_replayed(std::uint64_t id, base::BytesView body);
  void ask_for_replay(std::uint64_t id, const msg::Events& events, std::uint32_t bytes);
  void serve_waiting_events();
  void serve_due_events();
  void answer_self(const UnderWay& request, base::BytesView body);
  void handle(const UnderWay& request, const msg::Status& status);
  void handle(const UnderWay& request, const msg::DescribeStore& describe);
  void handle(const UnderWay& request, const msg::Forget& forget);
  void handle(const UnderWay& request, const msg::WhoAmI& who);

  Config config_;
  stream::Follower follower_;
  Lease lease_;
  Gate gate_;
  SharedReads reads_;
  Access access_;
  Allowance outcomes_;
  Allowance notes_;  // apart: strangers must not use up what operators need
  base::Rate identified_{config_.client_rate, config_.client_burst};   // by the hash of a token or a key
  base::Rate connections_{config_.client_rate, config_.client_burst};  // apart: strangers must not use up its places
  Routes routes_;

  UnderWayRequests under_way_;
  Turns catalog_turns_{kReadsAtOnce, kReadsPerClient};
  Turns order_turns_{kReadsAtOnce, kReadsPerClient};
  Turns replay_turns_{kReplaysAtOnce, kReplaysPerClient};
  std::set<std::uint64_t> parked_;          // waiting for a lease, in the order of arrival
  std::set<std::uint64_t> unidentified_;    // waiting for their credential, in the order of arrival
  std::set<std::uint64_t> events_waiting_;  // waiting for the watermark to move
  std::set<std::uint64_t> events_due_;      // the watermark has moved; this round or a later one looks at them
  std::size_t events_bytes_ = 0;            // of pages that were sent in this round
  stream::Recent recent_{kRecentBytesMax};

  std::uint64_t last_lease_id_ = 0;
  base::Seq acknowledged_;
  BlockTimes times_;
  bool leader_is_here_ = false;  // the broker leader runs on our host
  msg::Beats beats_{config_.pace};
  base::Mono next_look_{};
  bool draining_ = false;
  base::Mono drain_until_{};
  std::array<base::LatencyCounts, msg::kWordCount<msg::RequestKind>> latency_;
  base::Counters counters_ = msg::counters_of(msg::Role::kFrontend);
  base::log::Throttle malformed_log_;
};

}  // namespace frontend
