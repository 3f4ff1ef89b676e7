#include "order/core.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "ledger/items.h"
#include "ledger/orders.h"
#include "msg/effects.h"
#include "msg/serve.h"
#include "order/answers.h"
#include "order/pass.h"
#include "order/reads.h"
#include "order/writer.h"
#include "stream/pass_pace.h"
#include "stream/store_pace.h"

namespace order {
namespace {

constexpr base::Duration kResignAgain = std::chrono::milliseconds(100);
// A hand-over takes two round trips. A process that must stop does not wait longer, because its broker may be gone.
constexpr base::Duration kDrainMax = std::chrono::seconds(2);

// The broker refuses an append with a name that cannot be one, so such a name is left out.
std::optional<std::string> name_of_key(const msg::Header& header) {
  const bool is_one = header.who && !header.who->empty() && header.who->size() <= msg::kWhoBytesMax &&
                      !base::fault_of_text(*header.who);
  return is_one && !header.by ? header.who : std::nullopt;
}

}  // namespace

class Core::Impl : public stream::View {
 public:
  Impl(Config config, Store& store)
      : config_(std::move(config)),
        store_(store),
        items_(load_items(store)),
        orders_(store.totals().last_order, store.totals().orders_digest),
        keys_(store.totals().keys),
        movements_(store.totals().movements),
        credentials_(load_credentials(store)),
        holds_(load_holds(store)),
        subscriptions_(load_subscriptions(store)),
        reads_(store, items_, orders_, holds_, credentials_, subscriptions_),
        pass_(store, items_, holds_),
        pace_(config_.store_commit, store.position().applied),
        writer_({config_.replica.identity.instance, config_.replica.identity.incarnation}, items_, orders_,
                credentials_, holds_, subscriptions_, store, config_.pending_age_max),
        replica_(config_.replica, store.position(), *this) {
    replica_.on_broker_message = [this](const msg::Message& message, base::Turn turn) {
      on_broker_refusal(message, turn);
    };
    replica_.on_other = [this](const msg::Heartbeat& beat, base::Now now) { writer_.on_other(beat, now); };
    replica_.on_leadership = [this](const msg::Leadership& leadership, base::Turn turn) {
      writer_.on_leader(leadership, replica_.broker(), turn);
    };
    if (const auto fault = fault_of(store, items_)) diverge(*fault);
    if (const auto fault = fault_of(store, credentials_)) diverge(*fault);
    if (const auto fault = fault_of(store, holds_)) diverge(*fault);
    if (const auto fault = fault_of(store, subscriptions_)) diverge(*fault);
  }

  void apply(const msg::Block& block, const std::vector<msg::Event>& events, base::Turn turn) override {
    base::Seq seq = block.first;
    for (const auto& event : events) {
      evolve(event, seq, turn);
      seq = seq.next();
    }
    writer_.on_block(block);
    look_for_losses(turn.out);
    pace_.applied(events.size());
    if (pace_.full()) commit_store(turn.now);
  }

  void answer(const stream::Request& request, base::Turn turn) override {
    msg::serve_as(
        msg::WriterService() + msg::OrderService() + msg::AccessRequests() + msg::AuditRequests(), request.header.t,
        request.body, "an order replica", [&](const msg::Refusal& refusal) { refuse(request, refusal, turn.out); },
        [&](auto body) { tell(request, std::move(body), turn); });
  }

  msg::DigestAt digest() const override { return digest_at(position().applied); }
  std::optional<msg::DigestAt> round_digest() const override { return round_digest_; }
  base::Seq durable() const override { return pace_.durable(); }
  void keep(base::Now now) override { commit_store(now); }
  void convicted(const std::string& why, base::Outbox& out) override { diverge(why, out); }

  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn) {
    replica_.on_published(topic, payload, turn);
  }

  void on_tick(base::Turn turn) {
    if (!replica_.diverged()) look_over(turn);
    if (!replica_.diverged()) writer_.on_tick(turn);
    if (pace_.due(turn.now.mono)) commit_store(turn.now);
    pace_.settle(store_, turn.now.mono);
    if (pace_.look_due(turn.now.mono)) store_.look();
    replica_.tell_room(pace_.has_room());
    count();
    look_at_clock(turn.now);
    if (stop_by_) drain(turn);
    replica_.on_tick(turn);
  }

  void on_stop(base::Turn turn) {
    if (stop_by_) {
      alone_ = true;
      return;
    }
    stop_by_ = turn.now.mono + kDrainMax;
    writer_.retire();
    replica_.drain();
    drain(turn);
  }

  stream::Replica& replica() { return replica_; }
  const stream::Replica& replica() const { return replica_; }
  std::uint64_t passes() const { return passes_.passes(); }
  Writer& writer() { return writer_; }
  const Writer& writer() const { return writer_; }
  const stream::Position& position() const { return replica_.position(); }

 private:
  void evolve(const msg::Event& event, base::Seq seq, base::Turn turn) {
    items_.evolve(event, seq);
    msg::each_item_named(event, [&](base::ItemId item) { dirty_.insert(item); });
    const auto order = orders_.evolve(event, seq);
    if (order) store_.put_order(*order);
    if (const auto cancellation = ledger::cancellation_of(event, seq)) store_.put_cancellation(*cancellation);
    if (const auto* credential = credentials_.evolve(event, seq)) store_.put_credential(*credential);
    if (const auto hold = holds_.evolve(event, seq)) store_.put_hold(*hold);
    if (const auto* name = subscriptions_.evolve(event, seq)) {
      const auto* subscription = subscriptions_.find(*name);
      subscription ? store_.put_subscription(*subscription) : store_.remove_subscription(*name);
    }
    for (const auto& movement : ledger::movements_of(event, seq, items_)) {
      movements_.add(movement);
      store_.put_movement(movement);
    }
    if (const auto used = ledger::used_key(event, seq, &items_)) {
      keys_.add(used->key, used->record);
      store_.put_key(used->key, used->record);
    }
    if (seq.value() % msg::kDigestEvery == 0) round_digest_ = digest_at(seq);
    writer_.on_event(event, seq, order ? &*order : nullptr, turn);
  }

  // Without the movements: a view that carried items over from an older format has fewer of them than others.
  msg::DigestAt digest_at(base::Seq seq) const {
    return {seq, items_.digest(),
            orders_.digest() + keys_.common + credentials_.digest() + holds_.digest() + subscriptions_.digest()};
  }
  Totals totals() const {
    return {orders_.last(), orders_.digest(),       keys_, credentials_.digest(), holds_.total(),
            movements_,     subscriptions_.digest()};
  }

  void look_at_clock(base::Now now) {
    const auto time = writer_.credible_time(now);
    auto trouble = writer_.clock_trouble();
    if (trouble && !clock_told_) base::log::error("{}", *trouble);
    clock_told_ = trouble.has_value();
    replica_.tell(writer_.clock_compared() ? std::optional(time) : std::nullopt, std::move(trouble));
  }

  // Compares a few more rows of the present pass.
  void look_over(base::Turn turn) {
    if (!passes_.due(turn.now.mono)) return;
    const auto fault = pass_.step(stream::PassPace::kRows, {position().applied, totals()}, dirty_);
    if (pass_.ended()) passes_.ended();
    replica_.counters()["view_passes"] = passes_.passes();
    if (fault) diverge(*fault, turn.out);
  }

  void diverge(const std::string& why, base::Outbox& out) {
    if (writer_.is_writer()) writer_.abandon(out);
    diverge(why);
  }

  void diverge(const std::string& why) {
    store_.diverge(why);
    replica_.diverge(why);
  }

  void commit_store(base::Now now) {
    if (!pace_.anything() || replica_.diverged()) return;
    for (const auto id : dirty_) store_.put_item(*items_.find(id));
    dirty_.clear();
    if (!pace_.may_commit(store_.has_room(), now.mono)) return;
    store_.commit(position(), totals(), items_.digest());
    pace_.committed(position().applied, now.mono);
  }

  void tell(const stream::Request& request, const ledger::Command& command, base::Turn turn) {
    writer_.on_command(asker(request), command, turn);
    look_for_losses(turn.out);
  }

  void look_for_losses(base::Outbox& out) {
    if (replica_.diverged()) return;
    if (writer_.lost_order()) return diverge(reads_.lost(*writer_.lost_order()).why, out);
    if (writer_.lost_hold()) diverge(reads_.lost(*writer_.lost_hold()).why, out);
  }

  // Answers a read.
  template <class Request>
  requires(!std::is_convertible_v<Request, ledger::Command>) void tell(const stream::Request& request,
                                                                       const Request& asked, base::Turn turn) {
    auto read = reads_.read(asked, {request.header.by, position().applied, position().at});
    if (const auto* refusal = std::get_if<msg::Refusal>(&read)) return refuse(request, *refusal, turn.out);
    if (const auto* lost = std::get_if<Lost>(&read)) return diverge(lost->why, turn.out);
    const auto& shown = std::get<Shown<typename Request::Reply>>(read);
    append_answer(asker(request), shown.reveals, {request.arrived, turn.now.mono, {}}, shown.body, turn);
  }

  static Asker asker(const stream::Request& request) {
    return {request.from,      request.header,
            request.arrived,   request.header.trace.value_or(false),
            request.header.by, name_of_key(request.header)};
  }

  void refuse(const stream::Request& request, const msg::Refusal& refusal, base::Outbox& out) {
    msg::count_refusal(replica_.counters(), refusal.code);
    msg::append_refusal(out.reply(request.from), request.header, position().applied, refusal);
  }

  void on_broker_refusal(const msg::Message& message, base::Turn turn) {
    const auto refusal = msg::decode_refusal(message);
    if (!refusal) {
      ++replica_.counters()["malformed"];
      return;
    }
    ++replica_.counters()["broker_refused"];
    if (refusal_log_.pass(turn.now.mono)) {
      base::log::info("the broker refused: {} ({})", msg::word(refusal->code), refusal->message);
    }
    writer_.on_refusal(message.header.id, *refusal, replica_.broker(), turn);
  }

  // After SIGTERM a writer waits until its pending events are committed, resigns, and stops once another replica is
  // appointed. A second SIGTERM means that the whole store stops, so there is no replica to wait for.
  void drain(base::Turn turn) {
    if (!writer_.is_writer() || turn.now.mono >= *stop_by_ || (alone_ && writer_.idle())) return finish(turn);
    if (!writer_.idle() || turn.now.mono < resign_at_) return;
    resign_at_ = turn.now.mono + kResignAgain;
    msg::append_request(turn.out.send(replica_.broker()), {},
                        msg::Resign{config_.replica.identity.instance, writer_.epoch()});
  }

  void finish(base::Turn turn) {
    if (writer_.is_writer()) writer_.abandon(turn.out);
    commit_store(turn.now);
    turn.out.stop();
  }

  void count() {
    auto& counters = replica_.counters();
    const auto& writer = writer_.counters();
    counters["decided"] = writer.decided;
    counters["rejected"] = writer.rejected;
    counters["keys_repeated"] = writer.keys_repeated;
    counters["writer_busy"] = writer.busy;
    counters["not_writer"] = writer.not_writer;
    counters["refusals_held"] = writer.held;
    counters["holds_expired"] = writer.expired;
    counters["subscriptions_dropped"] = writer.dropped;
    counters["levels_told"] = writer.levels;
    counters["subscriptions"] = subscriptions_.all().size();
    counters["subscription_lag"] = greatest_lag();
    counters["writer_fenced"] = writer.fenced;
    counters["writer_resumed"] = writer.resumed;
    counters["appended"] = writer_.appends().sent();
    counters["resent"] = writer_.appends().resent();
    counters["checkpoints_failed"] = store_.checkpoints_failed();
  }

  // The events after the cursor of the subscription that is the furthest behind.
  std::uint64_t greatest_lag() const {
    std::uint64_t greatest = 0;
    for (const auto& [name, subscription] : subscriptions_.all()) {
      greatest = std::max(greatest, msg::lag_of(subscription, position().applied));
    }
    return greatest;
  }

  Config config_;
  Store& store_;
  ledger::Items items_;
  ledger::Orders orders_;
  ledger::KeysTotal keys_;
  ledger::MovementsTotal movements_;
  ledger::Credentials credentials_;
  ledger::Holds holds_;
  ledger::Subscriptions subscriptions_;
  Reads reads_;
  Pass pass_;
  stream::PassPace passes_;
  stream::StorePace pace_;
  Writer writer_;
  stream::Replica replica_;
  std::optional<msg::DigestAt> round_digest_;
  std::set<base::ItemId> dirty_;  // items changed since the last commit of the store
  std::optional<base::Mono> stop_by_;
  bool clock_told_ = false;
  bool alone_ = false;  // no replica is left to hand over to
  base::Mono resign_at_{};
  base::log::Throttle refusal_log_;
};

Core::Core(Config config, Store& store) : impl_(std::make_unique<Impl>(std::move(config), store)) {}
Core::~Core() = default;

void Core::on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) {
  impl_->replica().on_request(from, frame, turn);
}

void Core::on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) {
  impl_->replica().on_reply(from, frame, turn);
}

void Core::on_published(std::string_view topic, base::BytesView payload, base::Turn turn) {
  impl_->on_published(topic, payload, turn);
}

void Core::on_tick(base::Turn turn) { impl_->on_tick(turn); }

void Core::on_settled(base::Turn turn) { impl_->writer().on_settled(impl_->replica().broker(), turn); }

void Core::on_stop(base::Turn turn) { impl_->on_stop(turn); }

const stream::Position& Core::position() const { return impl_->position(); }
msg::DigestAt Core::digest() const { return impl_->digest(); }
bool Core::is_writer() const { return impl_->writer().is_writer(); }
msg::State Core::state() const { return impl_->replica().state(); }
const std::optional<std::string>& Core::diverged() const { return impl_->replica().diverged(); }
bool Core::rebuilds() const { return impl_->replica().rebuilds(); }
std::uint64_t Core::passes() const { return impl_->passes(); }

}  // namespace order
