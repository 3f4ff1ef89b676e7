#include "broker/sequencer.h"

#include <algorithm>

#include "base/check.h"
#include "msg/codec.h"
#include "msg/effects.h"
#include "msg/well_formed.h"

namespace broker {
namespace {

msg::Refusal refusal(msg::Code code, std::string message) { return {.code = code, .message = std::move(message)}; }

msg::Event as_event(const ControlEvent& control, std::int64_t at) {
  msg::Event event;
  event.at = at;
  std::visit([&](const auto& what) { event.what = what; }, control);
  return event;
}

// One function for each kind of control event.
struct Evolve {
  msg::Control& control;
  base::Seq seq;

  void operator()(const msg::StoreCreated& created) const {
    control.store = created.store;
    control.currency = created.currency;
  }
  void operator()(const msg::WriterAppointed& appointed) const {
    control.epoch = base::epoch_of(seq);
    control.writer = appointed.replica;
    control.writer_incarnation = appointed.incarnation;
  }
  void operator()(const msg::HolderJoined& joined) const {
    control.holders.push_back({joined.holder, joined.incarnation});
  }
  void operator()(const msg::HolderLeft& left) const {
    std::erase(control.holders, msg::Holder{left.holder, left.incarnation});
  }
};

}  // namespace

void evolve(msg::Control& control, const ControlEvent& event, base::Seq seq) {
  std::visit(Evolve{control, seq}, event);
}

Sequencer::Sequencer(Journal& journal, const Tail& tail, std::uint32_t lease_ms)
    : journal_(journal),
      term_(tail.term),
      accepted_last_(tail.last),
      accepted_control_(tail.control),
      accepted_producer_(tail.producer),
      accepted_at_(tail.at),
      believed_(tail.at),
      committed_no_(tail.block),
      committed_last_(tail.last),
      committed_hash_(tail.hash),
      committed_control_(tail.control),
      committed_producer_(tail.producer) {
  accepted_control_.lease_ms = std::max(accepted_control_.lease_ms, lease_ms);
}

Sequencer::Verdict Sequencer::append(msg::Append append, base::Mono now) {
  if (auto why = refuse(append, now)) return {.taken = false, .refusal = std::move(why)};
  if (append.producer <= accepted_producer_) return {};
  accepted_producer_ = append.producer;
  accepted_at_ = std::max(accepted_at_, append.at);
  enqueue({std::move(append.events.bytes), append.count, {}, append.producer, accepted_at_, now, std::nullopt});
  return {.taken = true, .refusal = std::nullopt};
}

void Sequencer::believe(base::WallMs time) { believed_ = std::max(believed_, time); }

// The order matters: a deposed writer learns of that before anything else, and the content of a repeat is not examined.
std::optional<msg::Refusal> Sequencer::refuse(const msg::Append& append, base::Mono now) const {
  const auto epoch = accepted_control_.epoch;
  if (!append.epoch || append.epoch != epoch) {
    return refusal(msg::Code::kFenced, fmt::format("epoch {} has ended, the epoch is {}", append.epoch, epoch));
  }
  if (!append.producer) return refusal(msg::Code::kInvalid, "producer numbers begin with 1");
  if (append.producer <= accepted_producer_) return std::nullopt;
  if (append.producer > accepted_producer_.next()) {
    auto skipped = refusal(msg::Code::kSkipped, fmt::format("producer number {} came where {} was expected",
                                                            append.producer, accepted_producer_.next()));
    skipped.expected = accepted_producer_.next();
    return skipped;
  }
  const auto size = append.events.bytes.size();
  if (append.count == 0 || append.count > msg::kBlockEventsMax || size > kAppendBytesMax) {
    return refusal(msg::Code::kInvalid, fmt::format("an append holds 1 to {} events in at most {} bytes",
                                                    msg::kBlockEventsMax, kAppendBytesMax));
  }
  if (auto fault = fault_of(append)) return refusal(msg::Code::kInvalid, "events: " + *fault);
  const bool stalled = !queue_.empty() && now - queue_.front().since >= kQueueAgeMax;
  if (stalled || queue_bytes_ + size > kQueueBytesMax) {
    return refusal(msg::Code::kBusy, "the journal does not keep up, try again later");
  }
  return std::nullopt;
}

// A durable event is read by all processes for ever, and one that they cannot read ends them all.
std::optional<std::string> Sequencer::fault_of(const msg::Append& append) const {
  const auto events = msg::decode_events(append.events.bytes, append.count);
  if (!events) return events.error().message;
  const auto latest = this->latest();
  for (const auto& event : *events) {
    if (auto fault = msg::fault_of_appended(event)) return fmt::format("{}: {}", msg::type_of(event), *fault);
    if (event.at < 0 || event.at > latest) {
      return fmt::format("{}: at: {} is not within 0 .. {}, an hour after this broker's time; is a clock wrong?",
                         msg::type_of(event), event.at, latest);
    }
  }
  if (append.at == events->back().at) return std::nullopt;
  return fmt::format("at: {} is not the time of the last event", append.at);
}

base::Seq Sequencer::control(const ControlEvent& event, base::Now now) {
  const bool appoints = std::holds_alternative<msg::WriterAppointed>(event);
  if (appoints || !accepted_control_.epoch) {
    accepted_at_ = std::max(accepted_at_, now.wall);
    believe(accepted_at_);
  }
  if (appoints) accepted_producer_ = {};
  evolve(accepted_control_, event, accepted_last_.next());
  enqueue({msg::encoded(as_event(event, accepted_at_)), 1, {}, {}, accepted_at_, now.mono, event});
  return accepted_last_;
}

void Sequencer::enqueue(Item item) {
  item.first = accepted_last_.next();
  accepted_last_ = accepted_last_.next(item.count);
  queue_bytes_ += item.events.size();
  queue_.push_back(std::move(item));
}

bool Sequencer::commit_next() {
  if (flight_ || queue_.empty()) return false;
  msg::Block block;
  block.no = committed_no_.next();
  block.first = committed_last_.next();
  block.term = term_;
  block.prev.bytes = committed_hash_;
  Flight flight{{}, {}, committed_control_, committed_producer_};
  flight.block.since = queue_.front().since;
  bool control_changed = flight.control.lease_ms != accepted_control_.lease_ms;
  flight.control.lease_ms = accepted_control_.lease_ms;
  do {
    take_into(block, flight, control_changed);
  } while (!queue_.empty() && block.count + queue_.front().count <= msg::kBlockEventsMax &&
           block.events.bytes.size() + queue_.front().events.size() <= kBlockBytes);
  block.epoch = flight.control.epoch;
  block.producer = flight.producer;

  flight.block.bytes = msg::encode_block(block);
  CHECK(flight.block.bytes.size() <= msg::kBlockBytesMax, "block {} has {} bytes", block.no, flight.block.bytes.size());
  flight.hash = block.hash.bytes;
  flight.block.no = block.no;
  flight.block.first = block.first;
  flight.block.last = block.last();
  flight.block.count = block.count;
  Commit commit{block.no, block.first, block.last(), flight.block.bytes, std::nullopt};
  if (control_changed) commit.control = flight.control;
  flight_ = std::move(flight);
  journal_.commit(std::move(commit));
  return true;
}

void Sequencer::take_into(msg::Block& block, Flight& flight, bool& control_changed) {
  Item item = std::move(queue_.front());
  queue_.pop_front();
  queue_bytes_ -= item.events.size();
  CHECK(item.first == block.first.next(block.count), "event {} would take the place of {}", item.first,
        block.first.next(block.count));
  block.events.bytes += item.events;
  block.count += item.count;
  block.at = item.at;
  if (!item.control) {
    flight.producer = item.producer;
    return;
  }
  evolve(flight.control, *item.control, item.first);
  if (std::holds_alternative<msg::WriterAppointed>(*item.control)) flight.producer = {};
  flight.block.control.push_back(std::move(*item.control));
  control_changed = true;
}

Committed Sequencer::committed(base::BlockNo no) {
  CHECK(flight_ && flight_->block.no == no, "the journal tells of block {}, which is not in flight", no);
  Flight flight = std::move(*flight_);
  flight_.reset();
  committed_no_ = no;
  committed_last_ = flight.block.last;
  committed_hash_ = std::move(flight.hash);
  committed_control_ = std::move(flight.control);
  committed_producer_ = flight.producer;
  return std::move(flight.block);
}

}  // namespace broker
