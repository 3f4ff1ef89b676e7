// Sequencer: gives every event its place in the stream, and makes blocks of them (DESIGN 3, 4).
//
// Group commit: while a block is in flight at the journal, what comes is gathered; when it is durable, the next one is
// closed from what waits. So the commit rate is the disk's, whatever the load, and a lone event waits for nobody.
//
// A seq is given when an append or a control event is *accepted*, in the order of the queue. So the epoch is known
// before its appointment is durable: what the old writer sends after that is refused, what it sent before comes before
// it.
//
// Fencing: an append must name the epoch of the last accepted appointment. Producer numbers: the next one is taken, one
// that was taken is a repeat (nothing to do, nothing wrong), one further on is refused with the number that is
// expected. A refused append left no trace: the same number may come again.
//
// Time: events never go back in time along the stream, although two clocks stamp them. While a writer reigns, time is
// the writer's: holders come and go at the time of the event before them. An appointment is stamped by the broker's own
// clock, for its writer decides nothing before it has applied it. The time of a block is that of its last event (ADR
// 11).
//
// Bounds: kQueueBytesMax of accepted events wait, and nothing new is accepted while the oldest has waited for
// kQueueAgeMax (G8); a block holds at most msg::kBlockEventsMax events and closes at kBlockBytes, unless a single
// append is larger than that. Threads: none. Tests: tests/broker/sequencer_test.cpp.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/core.h"
#include "broker/journal.h"
#include "msg/envelope.h"
#include "msg/internal.h"
#include "msg/refusal.h"

namespace broker {

// What the broker itself puts into the stream.
using ControlEvent = std::variant<msg::StoreCreated, msg::WriterAppointed, msg::HolderJoined, msg::HolderLeft>;

// Control after `event`, whose seq is `seq`.
void evolve(msg::Control& control, const ControlEvent& event, base::Seq seq);

// A block that has become durable.
struct Committed {
  base::BlockNo no;
  base::Seq first;
  base::Seq last;
  std::uint32_t count = 0;
  base::Bytes bytes;
  std::vector<ControlEvent> control;
};

class Sequencer {
 public:
  static constexpr std::size_t kBlockBytes = 128 * 1024;  // of events; longer blocks only add to everybody's latency
  static constexpr std::size_t kQueueBytesMax = 32 * 1024 * 1024;
  // Behind a journal that stalls for a client's default deadline an append is answered `busy` at once.
  static constexpr base::Duration kQueueAgeMax = std::chrono::milliseconds(msg::kTtlDefaultMs);
  static constexpr std::size_t kAppendBytesMax = msg::kBlockBytesMax - 4096;  // an append is never split over blocks

  // `lease_ms` is to be granted; it is on record with the first block.
  Sequencer(Journal& journal, const Tail& tail, std::uint32_t lease_ms);

  // `refusal` says why it was not taken; neither taken nor refused: a repeat.
  struct Verdict {
    bool taken = false;
    std::optional<msg::Refusal> refusal;
  };
  Verdict append(msg::Append append, base::Now now);
  base::Seq control(const ControlEvent& event, base::Now now);

  // Closes the next block and hands it to the journal, if none is in flight and something waits.
  bool commit_next();
  // The journal says that the block in flight is durable.
  Committed committed(base::BlockNo no);

  bool idle() const { return !flight_ && queue_.empty(); }
  std::size_t queue_bytes() const { return queue_bytes_; }
  base::Seq commit_seq() const { return committed_last_; }
  // The end of what can be durable by now: a block in flight may be, and who hears it from a standby has applied it
  // before the journal has told us.
  base::Seq durable_at_most() const { return flight_ ? flight_->block.last : committed_last_; }
  const msg::Control& committed() const { return committed_control_; }         // what the stream says now
  const msg::Control& accepted() const { return accepted_control_; }           // what it will say
  std::int64_t accepted_at() const { return accepted_at_; }                    // the time of the last event
  base::ProducerNo committed_producer() const { return committed_producer_; }  // of the committed epoch

 private:
  struct Item {
    base::Bytes events;
    std::uint32_t count = 0;
    base::Seq first;
    base::ProducerNo producer;  // 0: a control event
    std::int64_t at = 0;        // of its last event
    base::Mono since{};
    std::optional<ControlEvent> control;
  };
  struct Flight {
    Committed block;
    msg::Hash hash;
    msg::Control control;
    base::ProducerNo producer;
  };

  std::optional<msg::Refusal> refuse(const msg::Append& append, base::Mono now) const;
  void enqueue(Item item);
  void take_into(msg::Block& block, Flight& flight, bool& control_changed);

  Journal& journal_;
  const base::Term term_;

  std::deque<Item> queue_;
  std::size_t queue_bytes_ = 0;
  base::Seq accepted_last_;
  msg::Control accepted_control_;
  base::ProducerNo accepted_producer_;
  std::int64_t accepted_at_;  // of the last event

  std::optional<Flight> flight_;
  base::BlockNo committed_no_;
  base::Seq committed_last_;
  msg::Hash committed_hash_;
  msg::Control committed_control_;
  base::ProducerNo committed_producer_;
};

}  // namespace broker
