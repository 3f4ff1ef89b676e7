#include "broker/relay.h"

#include "msg/codec.h"

namespace broker {

void Relay::take(std::string_view topic, base::BytesView payload, const std::string& store, base::Seq commit,
                 base::Mono now, base::Outbox& out) {
  if (topic != msg::kHeartbeatTopic) {
    ++counters_["unknown_topics"];
    return;
  }
  switch (membership_.heard(payload, store, commit, now)) {
    case Membership::Heard::kTaken:
      ++counters_["heartbeats"];
      return out.publish(std::string(msg::kHeartbeatTopic), base::Bytes(payload));
    case Membership::Heard::kMalformed:
      ++counters_["malformed_heartbeats"];
      return;
    case Membership::Heard::kFull:
      ++counters_["heartbeats_without_room"];
      return;
    case Membership::Heard::kNamesake:
      ++counters_["heartbeats_of_namesakes"];  // the core reports it
      return;
    case Membership::Heard::kForeign:
      ++counters_["foreign_heartbeats"];
      return warn(now, "a process of another store beats here and is ignored");
    case Membership::Heard::kAhead:
      ++counters_["heartbeats_beyond_stream"];
      return warn(now, "a process has applied events that the stream does not have; it is ignored");
  }
}

void Relay::announced(const msg::Announce& announce, const std::string& store, base::Outbox& out) {
  const auto beat = msg::decode<msg::Heartbeat>(announce.beat.bytes);
  const bool fits = announce.beat.bytes.size() <= msg::kHeartbeatBytesMax && beat &&
                    Membership::is_name(beat->instance) && beat->role == msg::Role::kBroker && !beat->leader &&
                    (beat->store.empty() || beat->store == store);
  if (!fits) {
    ++counters_["malformed_heartbeats"];
    return;
  }
  ++counters_["announcements"];
  out.publish(std::string(msg::kAnnounceTopic), base::Bytes(announce.beat.bytes));
}

void Relay::warn(base::Mono now, std::string_view what) {
  if (log_.pass(now)) base::log::warn("{}", what);
}

}  // namespace broker
