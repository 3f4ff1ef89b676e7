// Writer: decides the commands of the shop while this replica is appointed (DESIGN 4).
//
//   command -> decide(outlook) -> event: pending, packed into an Append, answered when the stream brings it back
//                              -> refusal: it rests on the pending events, so it is held until they are committed
//                              -> a repeated request: answered from the record of its key (ledger/repeat.h); if the
//                                 key's event is pending, its asker waits for that event
//
// The writer never waits for a commit before it decides the next command. Pending events are in the order of the
// stream: while this replica is the writer, each event with a key must be the first pending one (CHECKed; the broker's
// fencing makes it true). When another replica is appointed, all pending events are dropped. Then, or when the broker
// says `fenced`, every asker gets `not_writer`. The frontend asks the next writer with the same key, which finds out if
// the event was committed after all.
//
// Seqs revealed: the answer to an event reveals its seq. A held refusal reveals the seq of the last event that was
// pending when it was decided. With nothing pending, an answer reveals what is applied.
//
// A client's credential must be valid for each event that it makes. So while an event that changes the credentials is
// pending, all commands are held, and decided once it is committed. A repeated request and `outcome` are answered also
// for a credential that is no longer valid: its client must learn what its earlier copies did (G3).
//
// A `cancel` rests on what remains of its order. So while a pending event places this order or takes pieces of it back,
// the command is held, too.
//
// An item may have terms of sale for each customer. The writer reads what a customer has bought from the store and from
// the pending events, so such a command is not held (ADR 54).
//
// Before it decides a command, the writer ends the open holds and the subscriptions that are over at the time of the
// decision: their events come first in the stream. on_tick() does the same if nothing is asked, so the events of a
// hold's end follow it within 50 ms. A command that finds more than kEndsAtOnce of them over is refused with `busy`.
//
// Bounds: kWaitingMax askers, kUnconfirmedBytesMax of events, and pending_age_max for the oldest pending event. Beyond
// any of them commands are refused with `busy`, before any work is done (G8).
// Lifetime: items, orders, credentials, holds, subscriptions and store outlive it. Threads: none. Tests:
// tests/order/writer_test.cpp, tests/order/hold_test.cpp, tests/order/subscriptions_test.cpp.
#pragma once

#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "base/core.h"
#include "base/credible_time.h"
#include "ledger/credentials.h"
#include "ledger/decide.h"
#include "ledger/orders.h"
#include "msg/envelope.h"
#include "order/appends.h"
#include "order/replies.h"
#include "order/rights.h"
#include "order/store.h"

namespace order {

// A request that waits for an answer.
struct Asker {
  base::ClientId from;
  msg::InReplyTo request;
  base::Mono arrived{};
  bool trace = false;
  std::optional<base::Seq> by;     // Header.by
  std::optional<std::string> who;  // Header.who, if it may stand in an event
  bool was_held = false;           // the version that it names may have been that of a pending event
};

struct WriterCounters {
  std::uint64_t decided = 0;
  std::uint64_t rejected = 0;
  std::uint64_t keys_repeated = 0;
  std::uint64_t busy = 0;
  std::uint64_t not_writer = 0;
  std::uint64_t held = 0;     // refusals that waited for a commit
  std::uint64_t fenced = 0;   // by the broker
  std::uint64_t expired = 0;  // holds that it ended because they were over
  std::uint64_t dropped = 0;  // subscriptions that it ended because nobody acknowledged them
  std::uint64_t levels = 0;   // of items that it told: stock_low and stock_ok
  std::uint64_t resumed = 0;  // in a later term, after the appointment that fenced it was lost
};

class Writer {
 public:
  static constexpr std::size_t kWaitingMax = 16'384;
  static constexpr std::size_t kUnconfirmedBytesMax = 8 * 1024 * 1024;
  // If the journal stalls for the default deadline of a client, new requests get `busy` at once.
  static constexpr base::Duration kPendingAgeMax = std::chrono::milliseconds(msg::kTtlDefaultMs);

  static constexpr std::size_t kEndsAtOnce = 1000;

  struct Self {
    std::string instance;
    base::Incarnation incarnation;
  };

  Writer(Self self, const ledger::Items& items, const ledger::Orders& orders, const ledger::Credentials& credentials,
         const ledger::Holds& holds, const ledger::Subscriptions& subscriptions, Store& store,
         base::Duration pending_age_max = kPendingAgeMax);

  void on_command(Asker asker, const ledger::Command& command, base::Turn turn);

  // Ends the holds and the subscriptions that are over.
  void on_tick(base::Turn turn);

  // Takes every event of the stream, in order, after the view. `order`: the row that an OrderPlaced made, else null.
  void on_event(const msg::Event& event, base::Seq seq, const msg::Order* order, base::Turn turn);
  // Takes the block of the events that were taken last.
  void on_block(const msg::Block& block);

  void on_settled(const base::Endpoint& broker, base::Turn turn);
  void on_leader(const msg::Leadership& leader, const base::Endpoint& broker, base::Turn turn);
  // Takes the time that another process tells.
  void on_other(const msg::Heartbeat& beat, base::Now now);
  // The time that events may get, whatever the stream's last event has.
  base::WallMs credible_time(base::Now now) { return clock_.at(now, last_at_); }
  bool clock_compared() const { return clock_.compared(); }
  // Tells what was wrong with the clock at the last call of credible_time.
  std::optional<std::string> clock_trouble() const;
  // Takes the broker's refusal of the append with this request id.
  void on_refusal(std::uint64_t id, const msg::Refusal& refusal, const base::Endpoint& broker, base::Turn turn);

  // Takes no new command from now on; pending events go on.
  void retire() { retired_ = true; }
  // Drops all pending events: every asker gets `not_writer`, and nothing is decided until the next appointment.
  void abandon(base::Outbox& out);

  // The order of a repeated key or of a cancellation, if the view does not have it. Then its asker got no answer, and
  // the view has diverged. The same for a hold.
  const std::optional<base::OrderNo>& lost_order() const { return lost_order_; }
  const std::optional<base::HoldNo>& lost_hold() const { return lost_hold_; }

  bool is_writer() const { return appends_.epoch() && !fenced_; }
  base::Epoch epoch() const { return appends_.epoch(); }
  bool idle() const { return pending_.empty(); }
  const WriterCounters& counters() const { return counters_; }
  const Appends& appends() const { return appends_; }

 private:
  struct Waiting {
    Asker asker;
    bool outcome = false;  // the request is `outcome`
    base::Mono decided{};
  };
  // Waits for an event to be committed. Then the refusal is given, or the command is decided anew.
  struct Held {
    Waiting waiting;
    std::variant<msg::Refusal, ledger::Command> then;
  };
  struct Pending {
    msg::Event event;
    base::Mono decided{};
    std::vector<Waiting> askers;
    std::vector<Held> held;  // this is the last event that they rest on
    base::Mono appended{};
  };

  bool full(base::Mono now) const;
  std::int64_t time(base::Now now);
  bool end_overdue(std::int64_t at, base::Now now);
  void busy(const Asker& asker, base::Outbox& out);
  std::optional<msg::Refusal> refuses(const Rights& rights, ledger::Command& command);
  void decide(Waiting waiting, const ledger::Command& command, const Rights& rights, std::int64_t at, base::Turn turn);
  bool hides(const Rights& rights, const ledger::KeyRecord& record);
  std::optional<msg::Order> find_order(base::OrderNo no);
  std::optional<msg::Hold> find_hold(base::HoldNo no);
  bool lost() const { return lost_order_ || lost_hold_; }
  Pending& append(msg::Event event, base::Mono decided);
  void take(Waiting waiting, msg::Event event);
  void refuse(Waiting waiting, msg::Refusal refusal, const ledger::Command& command, base::Turn turn);
  void hold(Held held);
  void release(Held held, base::Seq seq, base::Mono appended, base::Turn turn);
  void repeat(Waiting waiting, const ledger::Command& command, const ledger::KeyRecord& record, base::Turn turn);
  void answer_again(const Waiting& waiting, const ledger::Command& command, const ledger::KeyRecord& record,
                    base::Turn turn);
  void fence(base::Outbox& out);
  void send_askers_away(base::Outbox& out);
  void confirm(const msg::Event& event, base::Seq seq, const msg::Order* order, base::Turn turn);
  void answer(const Waiting& waiting, const Pending& pending, base::Seq seq, const msg::Order* order, base::Turn turn);
  void answer(const Waiting& waiting, const Reply& reply, base::Seq reveals, std::optional<base::Mono> appended,
              base::Turn turn);
  void not_writer(const Asker& asker, base::Outbox& out);

  Self self_;
  const ledger::Orders& orders_;
  const ledger::Credentials& credentials_;
  const ledger::Holds& holds_;
  Store& store_;
  base::Duration pending_age_max_;
  Replies replies_;
  ledger::Outlook outlook_;
  Appends appends_;
  std::deque<Pending> pending_;
  std::size_t waiting_ = 0;    // askers of all pending events and held refusals
  std::size_t unsettled_ = 0;  // pending events at the end that are not sent yet
  base::Seq applied_;
  base::CredibleTime clock_;
  std::int64_t last_at_ = 0;  // of the last event, applied or decided
  std::optional<base::OrderNo> lost_order_;
  std::optional<base::HoldNo> lost_hold_;
  bool retired_ = false;
  bool fenced_ = false;
  base::Term fenced_in_;  // the last known leader's term when it was fenced
  base::Term term_;       // of the last known leader
  WriterCounters counters_;
};

}  // namespace order
