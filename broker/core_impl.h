// The broker core's implementation: core.cpp has time, blocks and heartbeats; requests.cpp has the peers' requests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "broker/core.h"
#include "broker/membership.h"
#include "broker/relay.h"
#include "broker/replays.h"
#include "broker/scrub.h"
#include "broker/sequencer.h"
#include "broker/watermark.h"
#include "msg/counters.h"

namespace broker {

class Core::Impl {
 public:
  Impl(Config config, Journal& journal, base::Now now);

  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn);
  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn);
  // No reply can come, because a broker connects to no other process.
  void on_reply() { ++counters_["unexpected_replies"]; }
  void on_tick(base::Turn turn);
  void on_settled(base::Turn turn);
  void on_stop(base::Turn turn);
  void on_committed(base::BlockNo no, base::Turn turn);

  base::Seq commit_seq() const { return sequencer_.commit_seq(); }
  base::Seq mark() const { return watermark_.mark(); }
  base::Term term() const { return tail_.term; }
  const std::optional<msg::Currency>& currency() const { return sequencer_.accepted().currency; }

 private:
  // A request on its way to its answer.
  struct Asked {
    const base::ClientId& from;
    msg::InReplyTo request;
    base::Turn turn;
  };
  struct Joining {
    base::ClientId from;
    msg::InReplyTo request;
    base::Seq applied;
  };

  void handle(msg::Append append, const Asked& asked);
  void handle(const msg::Replay& replay, const Asked& asked);
  void handle(const msg::LeaseRequest& request, const Asked& asked);
  void handle(const msg::Ack& ack, const Asked& asked);
  void handle(const msg::Resign& resign, const Asked& asked);
  void handle(const msg::Announce& announce, const Asked& asked);
  void handle(const msg::Trim& trim, const Asked& asked);

  // Returns the reason if nothing may be written to the journal.
  std::optional<std::string> held_up(base::Now now) const;
  std::vector<std::string> trouble(base::Now now);
  // Returns `now` with the wall time that the broker stamps on its own events.
  base::Now credible(base::Now now);
  void refuse(const Asked& asked, const msg::Refusal& refusal);
  // Refuses a request that speaks for another instance than its sender. Returns whether it did.
  bool refuse_forged(const Asked& asked, const std::string& instance);
  void join(const msg::Holder& holder, const msg::LeaseRequest& request, const Asked& asked);
  void grant(const msg::Holder& holder, const Asked& asked);
  void holder_joined(const msg::Holder& holder, base::Turn turn);
  void appoint(const std::optional<msg::WriterAppointed>& successor, base::Now now);
  void commit_next(base::Now now);
  msg::Mark take_mark();
  void publish_mark(base::Turn turn);
  void beat(base::Turn turn);
  void stop_if_done(base::Outbox& out);

  const Config config_;
  Journal& journal_;
  const Tail tail_;
  Sequencer sequencer_;
  Watermark watermark_;
  base::Counters counters_ = msg::counters_of(msg::Role::kBroker);
  Membership membership_;
  Relay relay_;
  Replays replays_;
  Scrub scrub_;
  std::map<msg::Holder, Joining> joining_;  // waiting until HolderJoined is committed; the latest request is answered
  bool appointing_ = false;
  bool stopping_ = false;
  bool told_ahead_ = false;
  bool told_clock_ = false;
  const base::Mono opened_;
  base::Seq published_mark_;
  std::vector<std::string> namesakes_;  // as they were reported last
  base::Mono commit_began_{};
  msg::Beats beats_{config_.pace};
  base::log::Throttle malformed_log_;
};

}  // namespace broker
