#include "order/writer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "msg/effects.h"
#include "msg/identity.h"
#include "order/answers.h"

namespace order {

Writer::Writer(Self self, const ledger::Items& items, const ledger::Orders& orders,
               const ledger::Credentials& credentials, const ledger::Holds& holds,
               const ledger::Subscriptions& subscriptions, Store& store, base::Duration pending_age_max)
    : self_(std::move(self)),
      orders_(orders),
      credentials_(credentials),
      holds_(holds),
      store_(store),
      pending_age_max_(pending_age_max),
      replies_(items, credentials, subscriptions, store),
      outlook_(
          items, [&store](const std::string& key) { return store.key(key); }, orders.last(), &credentials,
          [this](base::OrderNo no) { return find_order(no); }, &holds,
          [&store](const std::string& customer, std::int64_t since) {
            return whole_orders_since(store, customer, since, ledger::Outlook::kOrdersCountedMax + 1);
          },
          &subscriptions, [this](base::HoldNo no) { return find_hold(no); }),
      applied_(store.position().applied),
      clock_(self_.instance),
      last_at_(store.position().at) {
  outlook_.applied(applied_);
}

// The wall clock may jump back, or far ahead; the stream's time does not.
std::int64_t Writer::time(base::Now now) { return std::max(credible_time(now), last_at_); }

void Writer::on_other(const msg::Heartbeat& beat, base::Now now) {
  if (beat.at) clock_.heard(beat.instance, *beat.at, now.mono);
}

std::optional<std::string> Writer::clock_trouble() const { return msg::clock_trouble(clock_.ahead()); }

void Writer::on_command(Asker asker, const ledger::Command& command, base::Turn turn) {
  if (!is_writer() || retired_) return not_writer(asker, turn.out);
  const auto at = time(turn.now);
  if (full(turn.now.mono) || !end_overdue(at, turn.now)) return busy(asker, turn.out);
  Waiting waiting{std::move(asker), std::holds_alternative<msg::Outcome>(command), turn.now.mono};
  if (outlook_.must_wait(command)) return hold({std::move(waiting), command});
  const Rights rights(credentials_, waiting.asker.by);
  if (!waiting.asker.by) return decide(std::move(waiting), command, rights, at, turn);
  auto narrowed = command;
  auto refusal = refuses(rights, narrowed);
  if (lost()) return;
  if (refusal) return refuse(std::move(waiting), std::move(*refusal), command, turn);
  decide(std::move(waiting), narrowed, rights, at, turn);
}

// Narrows the command to what its client may do. The order or hold of another customer is refused like one that does
// not exist.
std::optional<msg::Refusal> Writer::refuses(const Rights& rights, ledger::Command& command) {
  auto refusal = rights.refusal(std::visit([](const auto& request) { return request.kType; }, command));
  if (!refusal) refusal = rights.narrow(command);
  if (refusal) return refusal;
  if (const auto* cancel = std::get_if<msg::Cancel>(&command)) {
    const auto order = find_order(cancel->no);
    if (order && !rights.owns(order->customer)) return ledger::unknown_order(cancel->no);
  }
  if (const auto no = ledger::hold_of(command)) {
    const auto hold = find_hold(*no);
    if (hold && !rights.owns(hold->customer)) return ledger::unknown_hold(*no);
  }
  return std::nullopt;
}

void Writer::busy(const Asker& asker, base::Outbox& out) {
  ++counters_.busy;
  msg::append_refusal(out.reply(asker.from), asker.request, applied_,
                      {.code = msg::Code::kBusy, .message = "too much is waiting to be committed; try again"});
}

void Writer::on_tick(base::Turn turn) {
  if (is_writer() && !retired_ && !full(turn.now.mono)) end_overdue(time(turn.now), turn.now);
}

// Ends what is over at this time, and tells which items are low. Returns false if something of this is left.
bool Writer::end_overdue(std::int64_t at, base::Now now) {
  std::size_t ended = 0;
  while (auto end = ledger::next_end(outlook_, at)) {
    if (ended++ == kEndsAtOnce || appends_.bytes() >= kUnconfirmedBytesMax) return false;
    ++(std::holds_alternative<msg::HoldEnded>(end->what) ? counters_.expired
       : msg::level_of(*end)                             ? counters_.levels
                                                         : counters_.dropped);
    append(std::move(*end), now.mono);
  }
  return true;
}

// Finds an order with its cancellations. If it must be there and is not, the view has diverged.
std::optional<msg::Order> Writer::find_order(base::OrderNo no) {
  if (!no || no > orders_.last()) return std::nullopt;
  auto order = whole_order(store_, no);
  if (!order) lost_order_ = no;
  return order;
}

// The view has each hold up to the last one, also those that have ended.
std::optional<msg::Hold> Writer::find_hold(base::HoldNo no) {
  if (!no || no > holds_.last()) return std::nullopt;
  auto hold = store_.hold(no);
  if (!hold) lost_hold_ = no;
  return hold;
}

void Writer::decide(Waiting waiting, const ledger::Command& command, const Rights& rights, std::int64_t at,
                    base::Turn turn) {
  auto decision = ledger::decide(outlook_, command, at);
  if (lost()) return;
  if (auto* event = std::get_if<msg::Event>(&decision)) {
    if (!waiting.outcome && !rights.valid_at(event->at)) {
      return refuse(std::move(waiting), Rights::unauthenticated(), command, turn);
    }
    event->by = rights.actor();
    if (auto* noted = std::get_if<msg::ActNoted>(&event->what)) noted->who = waiting.asker.who;
    take(std::move(waiting), std::move(*event));
  } else if (auto* refusal = std::get_if<msg::Refusal>(&decision)) {
    refuse(std::move(waiting), std::move(*refusal), command, turn);
  } else {
    const auto& record = std::get<ledger::KeyRecord>(decision);
    if (rights.all_orders() || !waiting.outcome) return repeat(std::move(waiting), command, record, turn);
    if (!record.seq) return hold({std::move(waiting), command});  // whose order it is shows once it is committed
    if (!hides(rights, record)) return repeat(std::move(waiting), command, record, turn);
    if (lost()) return;
    refuse(std::move(waiting), {.code = msg::Code::kKeyReused, .message = "this key is of somebody else's request"},
           command, turn);
  }
}

// Returns true if a buyer may not see the effect of this committed key.
bool Writer::hides(const Rights& rights, const ledger::KeyRecord& record) {
  if (record.kind == msg::OutcomeKind::kVoid) return false;
  if (record.hold) {
    const auto hold = find_hold(record.hold);
    return !hold || !rights.owns(hold->customer);
  }
  if (!record.no) return true;  // buyers make no such change
  const auto order = find_order(record.no);
  return !order || (order->customer.empty() ? !rights.customer().empty() : !rights.owns(order->customer));
}

bool Writer::full(base::Mono now) const {
  const bool stalled = !pending_.empty() && now - pending_.front().decided >= pending_age_max_;
  return stalled || waiting_ >= kWaitingMax || appends_.bytes() >= kUnconfirmedBytesMax;
}

void Writer::take(Waiting waiting, msg::Event event) {
  ++counters_.decided;
  ++waiting_;
  append(std::move(event), waiting.decided).askers.push_back(std::move(waiting));
}

Writer::Pending& Writer::append(msg::Event event, base::Mono decided) {
  ++unsettled_;
  last_at_ = event.at;
  outlook_.decided(event);
  appends_.add(event);
  auto& pending = pending_.emplace_back();
  pending.event = std::move(event);
  pending.decided = decided;
  return pending;
}

void Writer::refuse(Waiting waiting, msg::Refusal refusal, const ledger::Command& command, base::Turn turn) {
  // A pending event changes the item, and its seq may be the very version that the sender has seen at an edge. Then it
  // is pending now, so the command is held once at most. An item that always has a pending event would hold it for
  // ever.
  const bool version_is_open = refusal.code == msg::Code::kVersionChanged && !refusal.version;
  if (version_is_open && !pending_.empty() && !std::exchange(waiting.asker.was_held, true)) {
    return hold({std::move(waiting), command});
  }
  ++counters_.rejected;
  const bool rests_on_state = msg::is_business(refusal.code);
  if (rests_on_state && !pending_.empty()) {
    ++counters_.held;
    return hold({std::move(waiting), std::move(refusal)});
  }
  auto header = answer_header(waiting.asker, applied_, {waiting.asker.arrived, waiting.decided, {}}, turn.now);
  header.err = std::string(msg::word(refusal.code));
  msg::append_message(turn.out.reply(waiting.asker.from), header, msg::readable(refusal));
}

void Writer::hold(Held held) {
  ++waiting_;
  pending_.back().held.push_back(std::move(held));
}

void Writer::repeat(Waiting waiting, const ledger::Command& command, const ledger::KeyRecord& record, base::Turn turn) {
  ++counters_.keys_repeated;
  if (record.seq) return answer_again(waiting, command, record, turn);
  const auto place = outlook_.place_of(ledger::key_of(command));
  CHECK(place && *place + pending_.size() > outlook_.last_place(), "a key is ahead, its event is not");
  ++waiting_;
  pending_[*place + pending_.size() - outlook_.last_place() - 1].askers.push_back(std::move(waiting));
}

void Writer::answer_again(const Waiting& waiting, const ledger::Command& command, const ledger::KeyRecord& record,
                          base::Turn turn) {
  if (record.no && !find_order(record.no)) return;
  if (record.hold && !find_hold(record.hold)) return;
  const auto reply = replies_.again(command, record);
  answer(waiting, reply, Replies::reveals(reply, applied_), {}, turn);
}

void Writer::on_event(const msg::Event& event, base::Seq seq, const msg::Order* order, base::Turn turn) {
  applied_ = seq;
  outlook_.applied(seq);
  last_at_ = std::max(last_at_, event.at);
  if (const auto* appointed = std::get_if<msg::WriterAppointed>(&event.what)) {
    abandon(turn.out);
    const bool me = appointed->replica == self_.instance && appointed->incarnation == self_.incarnation;
    if (me) appends_.start(base::epoch_of(seq));
  } else if (epoch() && msg::is_decided(event)) {
    confirm(event, seq, order, turn);
  }
}

void Writer::confirm(const msg::Event& event, base::Seq seq, const msg::Order* order, base::Turn turn) {
  CHECK(!pending_.empty(), "seq={} is of epoch={} but was not decided here", seq, epoch());
  Pending pending = std::move(pending_.front());
  pending_.pop_front();
  CHECK(pending.event == event, "seq={} of epoch={} is not what was decided", seq, epoch());
  outlook_.committed(event);
  waiting_ -= pending.askers.size() + pending.held.size();
  for (const auto& waiting : pending.askers) answer(waiting, pending, seq, order, turn);
  for (auto& held : pending.held) release(std::move(held), seq, pending.appended, turn);
}

void Writer::release(Held held, base::Seq seq, base::Mono appended, base::Turn turn) {
  auto& asker = held.waiting.asker;
  if (const auto* command = std::get_if<ledger::Command>(&held.then))
    return on_command(std::move(asker), *command, turn);
  const auto& refusal = std::get<msg::Refusal>(held.then);
  auto header = answer_header(asker, seq, {asker.arrived, held.waiting.decided, appended}, turn.now);
  header.err = std::string(msg::word(refusal.code));
  msg::append_message(turn.out.reply(asker.from), header, msg::readable(refusal));
}

void Writer::answer(const Waiting& waiting, const Pending& pending, base::Seq seq, const msg::Order* order,
                    base::Turn turn) {
  std::optional<msg::Hold> hold;
  if (const auto no = hold_shown_by(pending.event); no && !(hold = find_hold(*no))) return;
  if (waiting.outcome) {
    msg::OutcomeReply outcome{ledger::used_key(pending.event, seq)->record.kind, seq, {}};
    if (order) outcome.order = *order;
    outcome.hold = hold;
    answer(waiting, outcome, seq, pending.appended, turn);
  } else {
    std::optional<msg::Order> left;
    if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&pending.event.what)) {
      left = whole_order(store_, cancelled->no, seq);
      if (!left) lost_order_ = cancelled->no;
      if (!left) return;
      order = &*left;
    }
    const auto first = replies_.first(pending.event, seq, order, hold ? &*hold : nullptr);
    answer(waiting, first, seq, pending.appended, turn);
  }
}

void Writer::answer(const Waiting& waiting, const Reply& reply, base::Seq reveals, std::optional<base::Mono> appended,
                    base::Turn turn) {
  const Timing timing{waiting.asker.arrived, waiting.decided, appended};
  std::visit([&](const auto& body) { append_answer(waiting.asker, reveals, timing, body, turn); }, reply);
}

void Writer::on_block(const msg::Block& block) {
  if (!epoch() || block.epoch != epoch()) return;
  appends_.confirm(block.producer);
  CHECK(appends_.events() == pending_.size(), "block={} producer={}: {} events unconfirmed, {} pending", block.no,
        block.producer, appends_.events(), pending_.size());
}

void Writer::on_settled(const base::Endpoint& broker, base::Turn turn) {
  for (; unsettled_ > 0; --unsettled_) pending_[pending_.size() - unsettled_].appended = turn.now.mono;
  appends_.settle(broker, turn);
}

void Writer::on_leader(const msg::Leadership& leader, const base::Endpoint& broker, base::Turn turn) {
  term_ = std::max(term_, leader.term);
  if (fenced_ && leader.epoch == epoch() && leader.term > fenced_in_) {
    fenced_ = false;
    ++counters_.resumed;
    appends_.ignore_refusals_so_far();
  }
  if (!fenced_) appends_.on_leader(leader, broker, turn);
}

void Writer::on_refusal(std::uint64_t id, const msg::Refusal& refusal, const base::Endpoint& broker, base::Turn turn) {
  if (!appends_.is_news(id)) return;
  if (refusal.code == msg::Code::kFenced) return fence(turn.out);
  if (refusal.code == msg::Code::kSkipped && refusal.expected) {
    appends_.on_skipped(id, *refusal.expected, broker, turn);
  }
}

void Writer::fence(base::Outbox& out) {
  if (fenced_) return;
  fenced_ = true;
  ++counters_.fenced;
  fenced_in_ = term_;
  send_askers_away(out);
}

void Writer::abandon(base::Outbox& out) {
  send_askers_away(out);
  pending_.clear();
  unsettled_ = 0;
  fenced_ = false;
  appends_.start(base::Epoch());
  outlook_.drop(orders_.last());
}

void Writer::send_askers_away(base::Outbox& out) {
  for (auto& pending : pending_) {
    for (const auto& waiting : pending.askers) not_writer(waiting.asker, out);
    for (const auto& held : pending.held) not_writer(held.waiting.asker, out);
    pending.askers.clear();
    pending.held.clear();
  }
  waiting_ = 0;
}

void Writer::not_writer(const Asker& asker, base::Outbox& out) {
  ++counters_.not_writer;
  msg::append_refusal(out.reply(asker.from), asker.request, applied_,
                      {.code = msg::Code::kNotWriter, .message = "another replica decides; ask it with the same key"});
}

}  // namespace order
