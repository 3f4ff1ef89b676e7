// ClusterCore: one broker of several (DESIGN 8); a standby until it leads.
//
// A standby follows the journal: it archives every block, publishes it, replays, and relays heartbeats. It does not
// answer requests that only the leader may carry out (append, lease, ack, resign). Their senders send them again to the
// broker whose heartbeats say that it leads. It also ignores replay requests from followers that are ahead of it.
//
// A broker trusts its archive only after it has compared the archive with the journal, by its last block's hash (ADR
// 24). Before that it is not live, claims nothing, gives no replay, trims nothing and does not take the lead. If the
// archive has another history, the process ends. A peer's replay is trusted once a block of the journal follows it.
//
// If the journal shows no sign of the leader for takeover_after, or says that nobody leads, the standby takes over:
// from then on it is a broker::Core. When it loses the lead, the process ends and is started again as a standby.
//
// Only a broker whose archive is whole up to the journal's end takes over. It gets blocks that have left the journal
// from another broker's archive.
// Threads: none. Tests: tests/broker/cluster_core_test.cpp, tests/sim.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "broker/core.h"
#include "broker/membership.h"
#include "broker/relay.h"
#include "broker/replays.h"
#include "broker/scrub.h"
#include "broker/shared_journal.h"
#include "msg/counters.h"
#include "stream/follower.h"

namespace broker {

struct ClusterConfig {
  Config broker;
  std::vector<base::Endpoint> peers;                               // the other brokers
  base::Duration takeover_after = std::chrono::milliseconds(500);  // silence of the leader
};

class ClusterCore : public base::Core {
 public:
  ClusterCore(ClusterConfig config, Archive& archive, SharedJournal& journal, base::Now now);
  ~ClusterCore() override;

  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override;
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) override;
  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn) override;
  void on_tick(base::Turn turn) override;
  void on_settled(base::Turn turn) override;
  void on_stop(base::Turn turn) override;
  void on_journal(JournalEvent event, base::Turn turn);

  const broker::Core* leader() const { return leader_.get(); }  // null for a standby
  const stream::Position& position() const { return follower_.position(); }
  base::Seq commit_seq() const;
  bool is_live() const { return leader_ || level(); }

 private:
  class Led;  // the journal as the leader's core sees it

  void on(BlockSeen&& seen, base::Turn turn);
  void on(LeaderSeen&&, base::Turn turn);
  void on(LeadVacant&&, base::Turn turn);
  void on(TakenOver&& taken, base::Turn turn);
  void on(NotTakenOver&& refused, base::Turn turn);
  void on(BlockCommitted&& committed, base::Turn turn);
  void on(LeadLost&&, base::Turn turn);
  void on(JournalBroken&& broken, base::Turn turn);

  void archive(const msg::Block& block, base::BytesView bytes);
  void follow(base::Turn turn);
  void take_over_if_due(base::Mono now);
  void join();
  bool level() const { return told_ && follower_.level() && follower_.confirmed(); }
  void answer(const msg::Message& message, const base::ClientId& from, base::Turn turn);
  void refuse(const base::ClientId& to, const msg::InReplyTo& request, const msg::Refusal& refusal, base::Outbox& out);
  msg::Heartbeat own_beat() const;
  void announce(base::Outbox& out);

  const ClusterConfig config_;
  Archive& archive_;
  SharedJournal& journal_;
  base::Counters counters_ = msg::counters_of(msg::Role::kBroker);
  Membership membership_;
  Relay relay_;
  Replays replays_;
  Scrub scrub_;                                         // while it stands by
  const std::vector<base::Endpoint> asked_for_replay_;  // asked in turn
  stream::Follower follower_;
  bool is_empty_;                // whether the archive is empty
  bool told_ = false;            // the journal has told where the stream ends
  bool joined_ = false;          // the journal knows that the archive has its history
  base::Outbox* out_ = nullptr;  // set while the follower applies blocks from the journal
  bool vacant_ = false;          // nobody leads
  bool asked_ = false;           // we have asked for the lead
  base::Mono sign_of_life_;      // the leader's last sign of life
  msg::Beats beats_{config_.broker.pace};
  base::log::Throttle log_;
  std::unique_ptr<Led> led_;
  std::unique_ptr<broker::Core> leader_;
};

}  // namespace broker
