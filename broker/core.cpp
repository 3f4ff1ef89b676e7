#include "broker/core.h"

#include <algorithm>

#include "base/check.h"
#include "broker/core_impl.h"
#include "msg/block.h"
#include "msg/codec.h"

namespace broker {
namespace {

Watermark::Settings watermark_settings(const Config& config) {
  return {config.lease, config.drift_margin, config.holder_forget};
}

std::uint32_t lease_ms(const Config& config) {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::milliseconds>(config.lease).count());
}

// A broker of an earlier release writes the control record without the currency. Then the first event tells it. If that
// event cannot be read, the currency stays unknown, and the store starts.
Tail with_currency(Journal& journal) {
  auto tail = journal.tail();
  if (tail.control.currency || tail.begins > base::Seq(1)) return tail;
  for (const auto& bytes : journal.read(base::Seq(1), base::Seq(1), 1).value_or(std::vector<base::Bytes>())) {
    const auto block = msg::decode_block(bytes);
    const auto events = block ? msg::decode_events(block->events.bytes, block->count) : base::fail("");
    const auto* created = events ? std::get_if<msg::StoreCreated>(&events->front().what) : nullptr;
    if (created) tail.control.currency = created->currency;
  }
  return tail;
}

}  // namespace

std::optional<std::string> wrong_currency(const std::optional<msg::Currency>& currency,
                                          const std::optional<msg::Currency>& of_store) {
  if (!currency || currency == of_store) return std::nullopt;
  if (of_store) {
    return fmt::format(
        "--currency {}: the currency of this store is {}, and it stays so: leave --currency out, or start another "
        "store "
        "with another --data",
        currency->code, of_store->code);
  }
  return fmt::format(
      "--currency {}: this store was created without a currency, and it stays so: leave --currency out, or export its "
      "items and import them into a new store",
      currency->code);
}

Core::Impl::Impl(Config config, Journal& journal, base::Now now)
    : config_(std::move(config)),
      journal_(journal),
      tail_(with_currency(journal)),
      sequencer_(journal, tail_, lease_ms(config_)),
      watermark_(watermark_settings(config_), tail_.control.holders, std::chrono::milliseconds(tail_.control.lease_ms),
                 now.mono),
      membership_(config_.writer_timeout, now.mono, config_.members, {config_.identity.host, config_.identity.pid}),
      relay_(membership_, counters_),
      replays_([this](auto from, auto to, auto bytes_max) { return journal_.read(from, to, bytes_max); }, counters_),
      scrub_(journal_.kept(),
             [this](auto from, auto to, auto bytes_max) { return journal_.read(from, to, bytes_max); }),
      opened_(now.mono) {
  if (!tail_.block) {
    CHECK(!config_.new_store.empty(), "an empty journal needs the name of a new store");
    sequencer_.control(msg::StoreCreated{config_.new_store, config_.currency}, credible(now));
  }
  replays_.begin_at(tail_.begins);
  base::log::info("stream of store {} opened: term {}, seq {}, epoch {} of {}", sequencer_.accepted().store, tail_.term,
                  tail_.last, tail_.control.epoch, tail_.control.writer.empty() ? "nobody" : tail_.control.writer);
}

// --- the writer ---

void Core::Impl::appoint(const std::optional<msg::WriterAppointed>& successor, base::Now now) {
  if (!successor || appointing_ || stopping_) return;
  const auto epoch = sequencer_.control(*successor, credible(now));
  appointing_ = true;
  membership_.appointed(now.mono);
  ++counters_["appointments"];
  base::log::info("{} is to be the writer, epoch {}", successor->replica, epoch);
}

void Core::Impl::on_published(std::string_view topic, base::BytesView payload, base::Turn turn) {
  relay_.take(topic, payload, sequencer_.accepted().store, sequencer_.durable_at_most(), turn);
}

// --- time and blocks ---

void Core::Impl::on_tick(base::Turn turn) {
  membership_.listening(turn.now.mono);
  if (!stopping_ && !held_up(turn.now)) {
    appoint(membership_.successor(sequencer_.accepted(), turn.now.mono), turn.now);
    for (const auto& gone : watermark_.forget(turn.now.mono)) {
      sequencer_.control(msg::HolderLeft{gone.holder, gone.incarnation}, credible(turn.now));
    }
  }
  commit_next(turn.now);
  publish_mark(turn);
  if (config_.scrubs) scrub_.on_tick(turn.now.mono, replays_.begins(), commit_seq());
  if (beats_.due(turn.now.mono)) beat(turn);
}

void Core::Impl::on_settled(base::Turn turn) {
  replays_.new_round();
  commit_next(turn.now);
  publish_mark(turn);
  stop_if_done(turn.out);
}

void Core::Impl::commit_next(base::Now now) {
  if (sequencer_.commit_next()) commit_began_ = now.mono;
}

void Core::Impl::on_committed(base::BlockNo no, base::Turn turn) {
  auto block = sequencer_.committed(no);
  ++counters_["blocks"];
  counters_["events"] += block.count;
  counters_["commit_us"] += base::micros(turn.now.mono - commit_began_);
  const msg::BlockTimes times{base::micros(commit_began_ - block.since), base::micros(turn.now.mono - commit_began_),
                              static_cast<std::uint64_t>(turn.now.mono.time_since_epoch().count())};
  commit_next(turn.now);
  for (const auto& event : block.control) {
    if (const auto* joined = std::get_if<msg::HolderJoined>(&event)) {
      holder_joined({joined->holder, joined->incarnation}, turn);
    } else if (std::holds_alternative<msg::WriterAppointed>(event)) {
      appointing_ = false;
      membership_.appointed(turn.now.mono);
    }
  }
  watermark_.advance(commit_seq(), turn.now.mono);
  base::Bytes payload = block.bytes;
  auto mark = take_mark();
  mark.times = times;
  msg::encode(mark, payload);
  turn.out.publish(std::string(msg::kBlockTopic), std::move(payload));
  replays_.add(block.first, block.last, std::move(block.bytes));
  stop_if_done(turn.out);
}

msg::Mark Core::Impl::take_mark() {
  published_mark_ = watermark_.mark();
  return {term(), published_mark_, commit_seq()};
}

void Core::Impl::publish_mark(base::Turn turn) {
  watermark_.advance(commit_seq(), turn.now.mono);
  if (watermark_.mark() == published_mark_) return;
  turn.out.publish(std::string(msg::kMarkTopic), msg::encoded(take_mark()));
}

void Core::Impl::beat(base::Turn turn) {
  const auto& control = sequencer_.committed();
  const auto state = stopping_ ? msg::State::kDraining : commit_seq() ? msg::State::kLive : msg::State::kStarting;
  counters_["queue_bytes"] = sequencer_.queue_bytes();
  scrub_.count(counters_);
  counters_["checkpoints_failed"] = journal_.checkpoints_failed();
  auto beat = msg::heartbeat_of(config_.identity, control.store, state, commit_seq());
  if (beats_.tells_counters()) msg::tell_counters(beat, counters_, turn.out.loop_counters());
  beat.leader = msg::Leadership{term(),
                                commit_seq(),
                                watermark_.mark(),
                                control.epoch,
                                control.writer,
                                sequencer_.committed_producer(),
                                watermark_.leased(turn.now.mono),
                                membership_.diverged(),
                                {},
                                membership_.guilty(),
                                control.currency};
  if (auto all = trouble(turn.now); !all.empty()) beat.trouble = std::move(all);
  beat.at = credible(turn.now).wall;
  if (replays_.begins() > base::Seq(1)) beat.leader->begins = replays_.begins();
  turn.out.publish(std::string(msg::kHeartbeatTopic), msg::encoded(beat));
}

std::optional<std::string> Core::Impl::held_up(base::Now now) const {
  if (auto lost = journal_.lost()) return lost;
  const auto ahead = membership_.ahead(now.mono);
  if (!ahead) return std::nullopt;
  const auto& [instance, claim] = *ahead;
  return fmt::format(
      "{} has applied seq {}, and this broker's journal ends at seq {}: the journal is an older copy, or another "
      "broker leads by now. Nothing is written to it. Events after seq {} may be in the views alone, so remove none of "
      "them. "
      "Stop the store and put the newer journal in its place; if there is none, restore the latest backup into a new "
      "directory and keep this one: the orders that the backup does not have are in its order-*/order.db",
      instance, claim.applied, commit_seq(), commit_seq());
}

// The problems that an operator must look at. A broker whose term has ended without its knowledge hears of members that
// are ahead for less than a second, so a shorter time is not a problem.
std::vector<std::string> Core::Impl::trouble(base::Now now) {
  const auto ahead = membership_.ahead(now.mono);
  const bool lasts = journal_.lost() || (ahead && now.mono - ahead->second.since >= std::chrono::seconds(1));
  auto why = lasts ? held_up(now) : std::nullopt;
  credible(now);
  auto clock = membership_.clock_trouble();
  if (clock && !told_clock_) base::log::error("{}", *clock);
  told_clock_ = clock.has_value();
  if (why && !told_ahead_ && !journal_.lost()) base::log::error("{}", *why);
  told_ahead_ = why.has_value();
  auto all = membership_.namesakes(now.mono);
  if (all != namesakes_) {
    for (const auto& one : all) base::log::error("{}", one);
  }
  namesakes_ = all;
  if (why) all.push_back(std::move(*why));
  if (clock) all.push_back(std::move(*clock));
  if (auto full = journal_.full()) all.push_back(std::move(*full));
  if (scrub_.finding()) all.push_back(*scrub_.finding());
  return all;
}

base::Now Core::Impl::credible(base::Now now) {
  now.wall = membership_.credible_time(now, sequencer_.accepted_at());
  return now;
}

void Core::Impl::on_stop(base::Turn turn) {
  stopping_ = true;
  commit_next(turn.now);
  stop_if_done(turn.out);
}

void Core::Impl::stop_if_done(base::Outbox& out) {
  if (stopping_ && (sequencer_.idle() || journal_.lost() || journal_.full())) out.stop();
}

// --- the methods of Core ---

Core::Core(Config config, Journal& journal, base::Now now)
    : impl_(std::make_unique<Impl>(std::move(config), journal, now)) {}
Core::~Core() = default;

void Core::on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) {
  impl_->on_request(from, frame, turn);
}

void Core::on_reply(const base::Endpoint&, base::BytesView, base::Turn) { impl_->on_reply(); }

void Core::on_published(std::string_view topic, base::BytesView payload, base::Turn turn) {
  impl_->on_published(topic, payload, turn);
}

void Core::on_tick(base::Turn turn) { impl_->on_tick(turn); }
void Core::on_settled(base::Turn turn) { impl_->on_settled(turn); }
void Core::on_stop(base::Turn turn) { impl_->on_stop(turn); }

void Core::on_committed(base::BlockNo no, base::Turn turn) { impl_->on_committed(no, turn); }

void Core::on_fenced(base::Turn turn) {
  turn.out.stop(
      fmt::format("term {} is over: another broker has taken the stream over; this one stops and may be started "
                  "again as a standby",
                  impl_->term()));
}

base::Seq Core::commit_seq() const { return impl_->commit_seq(); }
base::Seq Core::mark() const { return impl_->mark(); }
const std::optional<msg::Currency>& Core::currency() const { return impl_->currency(); }

}  // namespace broker
