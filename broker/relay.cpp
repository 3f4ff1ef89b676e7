#include "broker/relay.h"

#include <fmt/format.h>

#include "msg/codec.h"

namespace broker {

void Relay::take(std::string_view topic, base::BytesView payload, const std::string& store, base::Seq commit,
                 base::Turn turn) {
  if (topic != msg::kHeartbeatTopic) {
    ++counters_["unknown_topics"];
    return;
  }
  switch (membership_.heard(payload, store, commit, turn.sender, turn.now.mono)) {
    case Membership::Heard::kTaken:
      ++counters_["heartbeats"];
      return turn.out.publish(std::string(msg::kHeartbeatTopic), base::Bytes(payload));
    case Membership::Heard::kMalformed:
      ++counters_["malformed_heartbeats"];
      return;
    case Membership::Heard::kForged:
      ++counters_["heartbeats_forged"];
      return warn(turn.now.mono, fmt::format("a heartbeat is ignored, because the key of {} may not send it",
                                             turn.sender ? turn.sender->name : ""));
    case Membership::Heard::kFull:
      ++counters_["heartbeats_without_room"];
      return;
    case Membership::Heard::kNamesake:
      ++counters_["heartbeats_of_namesakes"];  // the core reports it
      return;
    case Membership::Heard::kForeign:
      ++counters_["foreign_heartbeats"];
      return warn(turn.now.mono, "a process of another store beats here and is ignored");
    case Membership::Heard::kAhead:
      ++counters_["heartbeats_beyond_stream"];
      return warn(turn.now.mono, "a process has applied events that the stream does not have; it is ignored");
  }
}

void Relay::announced(const msg::Announce& announce, const std::string& store, base::Turn turn) {
  const auto beat = msg::decode<msg::Heartbeat>(announce.beat.bytes);
  const bool fits = announce.beat.bytes.size() <= msg::kHeartbeatBytesMax && beat &&
                    Membership::is_name(beat->instance) && beat->role == msg::Role::kBroker && !beat->leader &&
                    (beat->store.empty() || beat->store == store);
  if (!fits) {
    ++counters_["malformed_heartbeats"];
    return;
  }
  if (!msg::speaks_for(turn.sender, beat->instance)) {
    ++counters_["heartbeats_forged"];
    return warn(turn.now.mono, fmt::format("{} announces another broker and is ignored", turn.sender->name));
  }
  ++counters_["announcements"];
  turn.out.publish(std::string(msg::kAnnounceTopic), base::Bytes(announce.beat.bytes));
}

void Relay::warn(base::Mono now, std::string_view what) {
  if (log_.pass(now)) base::log::warn("{}", what);
}

}  // namespace broker
