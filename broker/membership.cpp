#include "broker/membership.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "msg/codec.h"
#include "msg/identity.h"

namespace broker {
namespace {

// A heartbeat speaks for its sender alone. A bridge beats as a frontend if it holds an edge.
bool is_of(const msg::Heartbeat& beat, const base::Sender* sender) {
  if (sender == nullptr) return true;
  const bool edge = beat.role == msg::Role::kFrontend && sender->role == base::KeyRole::kBridge;
  return beat.instance == sender->name && (edge || msg::word(beat.role) == msg::word(sender->role));
}

}  // namespace

Membership::Membership(base::Duration writer_timeout, base::Mono opened, std::set<std::string> members, Process own)
    : writer_timeout_(writer_timeout),
      known_(std::move(members)),
      own_(std::move(own)),
      grace_from_(opened),
      listened_(opened),
      digests_(known_) {}

bool Membership::is_name(std::string_view instance) {
  return !instance.empty() && instance.size() <= kInstanceBytesMax && !base::fault_of_text(instance);
}

Membership::Heard Membership::heard(base::BytesView payload, const std::string& store, base::Seq commit,
                                    const base::Sender* sender, base::Mono now) {
  if (payload.size() > msg::kHeartbeatBytesMax) return Heard::kMalformed;
  const auto beat = msg::decode<msg::Heartbeat>(payload);
  if (!beat || !is_name(beat->instance)) return Heard::kMalformed;
  // Only a broker's own heartbeat may have leadership; relayed from another process it would mislead every follower.
  if (beat->role == msg::Role::kBroker || beat->leader) return Heard::kMalformed;
  if (!is_of(*beat, sender)) return Heard::kForged;
  if (!beat->store.empty() && beat->store != store) return Heard::kForeign;
  const auto beyond = [&](const auto& digest) { return digest && digest->seq > commit; };
  if (beat->applied > commit || beyond(beat->digest) || beyond(beat->round_digest)) {
    if (beat->applied > commit && beat->store == store && counts(beat->instance)) note_ahead(*beat, now);
    return Heard::kAhead;
  }
  ahead_.erase(beat->instance);  // it was made anew
  if (members_.count(beat->instance) == 0 && !make_room(now)) return Heard::kFull;
  auto& member = members_[beat->instance];
  if (!member.name.takes({beat->incarnation, beat->pid}, now, 2 * writer_timeout_)) return Heard::kNamesake;
  member = {beat->role,
            beat->incarnation,
            beat->state,
            beat->applied,
            beat->durable.value_or(base::Seq()),
            now,
            member.name,
            Process{beat->host, beat->pid} == own_};
  if (beat->role != msg::Role::kFrontend) digests_.heard(*beat);
  if (beat->at && counts(beat->instance)) clock_.heard(beat->instance, *beat->at, now);
  return Heard::kTaken;
}

void Membership::note_ahead(const msg::Heartbeat& beat, base::Mono now) {
  std::erase_if(ahead_, [&](const auto& entry) { return now - entry.second.heard >= kForgetAhead; });
  if (ahead_.size() >= kAheadMax && ahead_.count(beat.instance) == 0) return;
  auto& ahead = ahead_.try_emplace(beat.instance, Ahead{.since = now}).first->second;
  ahead.applied = beat.applied;
  ahead.heard = now;
}

std::optional<std::pair<std::string, Membership::Ahead>> Membership::ahead(base::Mono now) const {
  std::optional<std::pair<std::string, Ahead>> furthest;
  for (const auto& [instance, ahead] : ahead_) {
    if (now - ahead.heard >= kForgetAhead) continue;
    if (!furthest || ahead.applied > furthest->second.applied) furthest = {instance, ahead};
  }
  return furthest;
}

bool Membership::make_room(base::Mono now) {
  if (members_.size() < kMembersMax) return true;
  const auto oldest = std::min_element(members_.begin(), members_.end(),
                                       [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; });
  if (now - oldest->second.heard < kForgetMember) return false;
  members_.erase(oldest);
  return true;
}

void Membership::listening(base::Mono now) {
  if (now - listened_ > writer_timeout_ / 2) grace_from_ = now;
  listened_ = now;
}

bool Membership::writer_serves(const msg::Control& control, base::Mono now) const {
  if (!control.epoch) return false;
  const bool grace = now - grace_from_ < writer_timeout_;
  const auto found = members_.find(control.writer);
  if (found == members_.end()) return grace;
  const auto& member = found->second;
  // The heartbeat came before the appointment, so the appointed incarnation is the one that was heard.
  if (member.incarnation != control.writer_incarnation || digests_.diverged(control.writer)) return false;
  return grace || now - member.heard < writer_timeout_;
}

std::optional<msg::WriterAppointed> Membership::successor(const msg::Control& control, base::Mono now) const {
  if (writer_serves(control, now)) return std::nullopt;
  return best({}, now);
}

std::optional<msg::WriterAppointed> Membership::successor_of_resigned(const msg::Control& control,
                                                                      base::Mono now) const {
  return best(control.writer, now);
}

std::vector<std::string> Membership::namesakes(base::Mono now) const {
  std::vector<std::string> told;
  for (const auto& [instance, member] : members_) {
    auto one = member.name.told(instance, now);
    if (one && told.size() < kNamesakesTold) told.push_back(std::move(*one));
  }
  return told;
}

std::optional<std::string> Membership::needs(base::Seq before, int views_min, base::Mono now) const {
  std::map<msg::Role, int> views{{msg::Role::kCatalog, 0}, {msg::Role::kOrder, 0}};
  for (const auto& [instance, member] : members_) {
    if (now - member.heard >= kForgetMember) continue;
    if (member.applied.next() < before) {
      return fmt::format("{} has applied seq {} only: later events must stay until it has caught up or is gone",
                         instance, member.applied);
    }
    const bool covers = member.durable.next() >= before && !digests_.diverged(instance);
    if (member.role != msg::Role::kFrontend && covers) ++views[member.role];
  }
  for (const auto& [role, count] : views) {
    if (count >= views_min) continue;
    return fmt::format(
        "{} of the {} views is on stable storage up to seq {}, {} must be: start another {}, or wait, "
        "because a view is brought there every few seconds",
        count, msg::word(role), before.value() - 1, views_min, msg::word(role));
  }
  return std::nullopt;
}

std::optional<msg::WriterAppointed> Membership::best(const std::string& except, base::Mono now) const {
  const auto rank = [](const Member& member) { return std::pair(member.applied, member.beside); };
  const std::pair<const std::string, Member>* best = nullptr;
  for (const auto& entry : members_) {
    const auto& [instance, member] = entry;
    const bool fit = member.role == msg::Role::kOrder && member.state == msg::State::kLive &&
                     now - member.heard < writer_timeout_ && instance != except && !digests_.diverged(instance);
    if (fit && (!best || rank(member) > rank(best->second))) best = &entry;
  }
  if (!best) return std::nullopt;
  return msg::WriterAppointed{best->first, best->second.incarnation};
}

std::optional<std::string> Membership::clock_trouble() const { return msg::clock_trouble(clock_.ahead()); }

}  // namespace broker
