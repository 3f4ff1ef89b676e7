// Sequencer: gives every event its place in the stream, and makes blocks of the events (DESIGN 3, 4).
//
// Group commit: while a block is in flight at the journal, new events are gathered; when it is durable, the waiting
// events become the next block. So the commit rate is the disk's, whatever the load, and a single event need not wait
// for others.
//
// An append or a control event gets its seq when it is *accepted*, in the order of the queue. So the epoch is known
// before its appointment is durable: later appends of the old writer are refused, and earlier ones come before the
// appointment.
//
// Fencing: an append must name the epoch of the last accepted appointment. Producer numbers: the next number is taken;
// a taken one is a repeat, which is ignored; a later one is refused with the number that is expected. A refused append
// leaves no trace, so the same number may come again.
//
// Time: event times never go back along the stream, although two clocks stamp them. While there is a writer, its clock
// rules: a holder joins and leaves at the time of the event before. The broker's own clock stamps an appointment,
// because the writer decides nothing before it has applied it. The time of a block is that of its last event (ADR 11).
//
// An appended event must be one that every process can read, within the limits of msg/well_formed.h. Its time is at
// most kAheadMax after the latest time that the broker has believed, or that of the stream if that is later (ADR 44).
// At the start the broker believes the stream's time. The sense of an event is the writer's affair.
//
// Bounds: at most kQueueBytesMax of accepted events wait. While the oldest has waited for kQueueAgeMax, nothing new is
// accepted (G8). A block holds at most msg::kBlockEventsMax events and closes at kBlockBytes, unless a single append is
// larger. Threads: none. Tests: tests/broker/sequencer_test.cpp, tests/broker/event_time_test.cpp.
#pragma once

#include <algorithm>
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

// Events that the broker itself puts into the stream.
using ControlEvent = std::variant<msg::StoreCreated, msg::WriterAppointed, msg::HolderJoined, msg::HolderLeft>;

// Updates `control` by `event`, whose seq is `seq`.
void evolve(msg::Control& control, const ControlEvent& event, base::Seq seq);

// A block that has become durable.
struct Committed {
  base::BlockNo no;
  base::Seq first;
  base::Seq last;
  std::uint32_t count = 0;
  base::Bytes bytes;
  std::vector<ControlEvent> control;
  base::Mono since{};  // when its oldest event came
};

class Sequencer {
 public:
  static constexpr std::size_t kBlockBytes = 128 * 1024;  // of events; longer blocks only add latency
  static constexpr std::size_t kQueueBytesMax = 32 * 1024 * 1024;
  // If the journal stalls for a client's default deadline, an append is refused as `busy` at once.
  static constexpr base::Duration kQueueAgeMax = std::chrono::milliseconds(msg::kTtlDefaultMs);
  // Two clocks that are believed differ by at most twice CredibleTime::kStepMax.
  static constexpr base::WallMs kAheadMax = std::chrono::milliseconds(std::chrono::hours(1)).count();
  static constexpr std::size_t kAppendBytesMax = msg::kBlockBytesMax - 4096;  // an append is never split over blocks

  // `lease_ms` is the lease that will be granted; the first block puts it on record.
  Sequencer(Journal& journal, const Tail& tail, std::uint32_t lease_ms);

  // If an append is neither taken nor refused, it is a repeat.
  struct Verdict {
    bool taken = false;
    std::optional<msg::Refusal> refusal;
  };
  Verdict append(msg::Append append, base::Mono now);
  // Tells a time that this broker believes. Appends of up to kAheadMax after the latest of these times are taken, even
  // if the clocks are set back.
  void believe(base::WallMs time);
  base::WallMs latest() const { return std::max(accepted_at_, believed_ + kAheadMax); }
  base::Seq control(const ControlEvent& event, base::Now now);

  // Closes the next block and hands it to the journal, if none is in flight and events wait.
  bool commit_next();
  // The journal has made the block in flight durable.
  Committed committed(base::BlockNo no);

  bool idle() const { return !flight_ && queue_.empty(); }
  std::size_t queue_bytes() const { return queue_bytes_; }
  base::Seq commit_seq() const { return committed_last_; }
  // The end of the events that may be durable by now. A block in flight may be: a process that hears it from a standby
  // has applied it before the journal has told us.
  base::Seq durable_at_most() const { return flight_ ? flight_->block.last : committed_last_; }
  const msg::Control& committed() const { return committed_control_; }         // the record of the committed events
  const msg::Control& accepted() const { return accepted_control_; }           // the record after all accepted events
  std::int64_t accepted_at() const { return accepted_at_; }                    // the time of the last accepted event
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
  std::optional<std::string> fault_of(const msg::Append& append) const;
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
  base::WallMs believed_;     // at first that of the stream

  std::optional<Flight> flight_;
  base::BlockNo committed_no_;
  base::Seq committed_last_;
  msg::Hash committed_hash_;
  msg::Control committed_control_;
  base::ProducerNo committed_producer_;
};

}  // namespace broker
