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
#include "order/writer.h"
#include "stream/pass_pace.h"
#include "stream/store_pace.h"

namespace order {
namespace {

constexpr base::Duration kResignAgain = std::chrono::milliseconds(100);
// A hand-over takes two round trips. A process that must stop does not wait longer, because its broker may be gone.
constexpr base::Duration kDrainMax = std::chrono::seconds(2);
// Keeps a page much smaller than the largest frame. 1000 orders of 100 lines would exceed it.
constexpr std::size_t kPageBytesTarget = 512 * 1024;
constexpr std::size_t kOrderBytesAbout = 400;
constexpr std::size_t kLineBytesAbout = 64;
constexpr std::size_t kCancellationBytesAbout = 400;
constexpr std::size_t kMovementBytesAbout = 200;
constexpr std::size_t kPlaceBytesAbout = msg::kPlaceBytesMax + 20;

std::size_t bytes_about(const std::vector<msg::OrderLine>& lines) {
  auto bytes = lines.size() * kLineBytesAbout;
  for (const auto& line : lines) bytes += line.places ? line.places->size() * kPlaceBytesAbout : 0;
  return bytes;
}

std::size_t bytes_about(const msg::Order& order) {
  auto bytes = kOrderBytesAbout + bytes_about(order.lines);
  if (!order.cancellations) return bytes;
  for (const auto& each : *order.cancellations) bytes += kCancellationBytesAbout + bytes_about(each.lines);
  return bytes;
}

std::size_t bytes_about(const msg::Movement& movement) {
  return kMovementBytesAbout + movement.reason.value_or("").size() +
         (movement.places ? movement.places->size() * kPlaceBytesAbout : 0);
}

// Returns how many of the rows fit on one page. `bytes_of` is called once for each of them, in their order.
template <class Row, class BytesOf>
std::size_t fitting(std::vector<Row>& rows, std::size_t limit, BytesOf bytes_of) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < std::min(rows.size(), limit) && bytes < kPageBytesTarget) bytes += bytes_of(rows[count++]);
  return count;
}

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
    if (writer_.lost_order()) return diverge(lost(*writer_.lost_order()), out);
    if (writer_.lost_hold()) diverge(lost(*writer_.lost_hold()), out);
  }

  // Refuses a read if the client's credential is not valid as of what is applied here. Returns whether it did.
  bool refuse_read(const stream::Request& request, const Rights& rights, base::Turn turn) {
    auto refusal = rights.refusal(request.header.t);
    if (!refusal && !rights.valid_at(position().at)) refusal = Rights::unauthenticated();
    if (refusal) refuse(request, *refusal, turn.out);
    return refusal.has_value();
  }

  // The order of another customer is answered like one that does not exist.
  void tell(const stream::Request& request, const msg::GetOrder& get, base::Turn turn) {
    const Rights rights(credentials_, request.header.by);
    if (refuse_read(request, rights, turn)) return;
    if (const auto fault = ledger::validate(get)) return refuse(request, *fault, turn.out);
    const bool placed = get.no <= orders_.last();
    auto order = placed ? whole_order(store_, get.no) : std::nullopt;
    if (placed && !order) return diverge(lost(get.no), turn.out);
    if (!order || !rights.owns(order->customer)) {
      return refuse(request, ledger::unknown_order(get.no), turn.out);
    }
    const auto seq = last_seq(*order);
    reply(request, seq, msg::OrderReply{std::move(*order)}, turn);
  }

  void tell(const stream::Request& request, const msg::ListOrders& list, base::Turn turn) {
    const Rights rights(credentials_, request.header.by);
    if (refuse_read(request, rights, turn)) return;
    if (const auto fault = ledger::validate(list)) return refuse(request, *fault, turn.out);
    if (list.customer && !rights.owns(*list.customer)) {
      return refuse(request, {.code = msg::Code::kForbidden, .message = "a buyer sees its own customer's orders only"},
                    turn.out);
    }
    const auto customer = rights.all_orders() ? list.customer : std::optional(rights.customer());
    const auto limit = list.limit.value_or(msg::kPageDefault);
    const auto after = list.after.value_or(base::OrderNo());
    msg::OrdersReply page{store_.orders(customer, after, limit + 1), {}};
    const auto hole = customer ? std::nullopt : hole_in(page.orders, after, limit + 1);
    if (hole) return diverge(lost(*hole), turn.out);
    const auto size = fitting(page.orders, limit, [this](msg::Order& order) {
      add_cancellations(store_, order);
      return bytes_about(order);
    });
    if (size < page.orders.size()) {
      page.orders.resize(size);
      page.next = page.orders.back().no;
    }
    reply(request, position().applied, page, turn);
  }

  // The hold of another customer is answered like one that does not exist.
  void tell(const stream::Request& request, const msg::GetHold& get, base::Turn turn) {
    const Rights rights(credentials_, request.header.by);
    if (refuse_read(request, rights, turn)) return;
    if (const auto fault = ledger::validate(get)) return refuse(request, *fault, turn.out);
    const bool placed = get.hold <= holds_.last();
    auto hold = placed ? store_.hold(get.hold) : std::nullopt;
    if (placed && !hold) return diverge(lost(get.hold), turn.out);
    if (!hold || !rights.owns(hold->customer)) return refuse(request, ledger::unknown_hold(get.hold), turn.out);
    const auto version = hold->version;
    reply(request, version, msg::HoldReply{std::move(*hold)}, turn);
  }

  void tell(const stream::Request& request, const msg::ListHolds& list, base::Turn turn) {
    const Rights rights(credentials_, request.header.by);
    if (refuse_read(request, rights, turn)) return;
    if (const auto fault = ledger::validate(list)) return refuse(request, *fault, turn.out);
    if (list.customer && !rights.owns(*list.customer)) {
      return refuse(request, {.code = msg::Code::kForbidden, .message = "a buyer sees its own customer's holds only"},
                    turn.out);
    }
    const auto limit = list.limit.value_or(msg::kPageDefault);
    const auto after = list.after.value_or(base::HoldNo());
    msg::HoldsReply page;
    std::size_t bytes = 0;
    const auto take = [&](const msg::Hold& hold) {
      if (page.holds.size() == limit || bytes >= kPageBytesTarget) page.next = page.holds.back().no;
      if (page.next) return false;
      bytes += kOrderBytesAbout + hold.lines.size() * kLineBytesAbout;
      page.holds.push_back(hold);
      return true;
    };
    if (const auto customer = rights.all_orders() ? list.customer : std::optional(rights.customer())) {
      if (!customer->empty()) holds_.each_of(*customer, after, take);
    } else {
      holds_.each_after(after, take);
    }
    reply(request, position().applied, page, turn);
  }

  void tell(const stream::Request& request, const msg::ListMovements& list, base::Turn turn) {
    const Rights rights(credentials_, request.header.by);
    if (refuse_read(request, rights, turn)) return;
    if (!rights.all_orders()) {
      return refuse(request, {.code = msg::Code::kForbidden, .message = "a buyer does not see movements"}, turn.out);
    }
    if (const auto fault = ledger::validate(list)) return refuse(request, *fault, turn.out);
    const auto* item = items_.find(list.item);
    if (!item) return refuse(request, ledger::unknown_item(list.item), turn.out);
    const auto limit = list.limit.value_or(msg::kPageDefault);
    msg::MovementsReply page{store_.movements(list.item, list.before.value_or(kAllSeqs), limit + 1), {}};
    if (const auto seq = hole_in(page.movements, *item, list.before, limit))
      return diverge(lost(*item, *seq), turn.out);
    const auto size = fitting(page.movements, limit, [](const msg::Movement& each) { return bytes_about(each); });
    if (size < page.movements.size()) {
      page.movements.resize(size);
      page.next = page.movements.back().seq;
    }
    reply(request, position().applied, page, turn);
  }

  void tell(const stream::Request& request, const msg::ListSubscriptions& list, base::Turn turn) {
    const Rights rights(credentials_, request.header.by);
    if (refuse_read(request, rights, turn)) return;
    if (!rights.all_orders()) {
      return refuse(request, {.code = msg::Code::kForbidden, .message = "a buyer does not see subscriptions"},
                    turn.out);
    }
    if (const auto fault = ledger::validate(list)) return refuse(request, *fault, turn.out);
    msg::SubscriptionsReply all{{}, position().applied};
    if (list.name) {
      const auto* subscription = subscriptions_.find(*list.name);
      if (!subscription) return refuse(request, ledger::unknown_subscription(*list.name), turn.out);
      all.subscriptions.push_back(*subscription);
    } else {
      for (const auto& [name, subscription] : subscriptions_.all()) all.subscriptions.push_back(subscription);
    }
    reply(request, position().applied, all, turn);
  }

  void tell(const stream::Request& request, const msg::ListCredentials& list, base::Turn turn) {
    if (refuse_read(request, Rights(credentials_, request.header.by), turn)) return;
    if (const auto fault = ledger::validate(list)) return refuse(request, *fault, turn.out);
    const auto limit = list.limit.value_or(msg::kPageDefault);
    msg::CredentialsReply page;
    credentials_.each_after(list.after.value_or(base::Seq()), [&](const msg::Credential& credential) {
      if (page.credentials.size() == limit) page.next = page.credentials.back().id;
      if (!page.next) page.credentials.push_back(credential);
      return !page.next;
    });
    reply(request, position().applied, page, turn);
  }

  void tell(const stream::Request& request, const msg::FindCredential& find, base::Turn turn) {
    if (const auto* credential = credentials_.find(find.hash)) {
      return reply(request, position().applied, msg::CredentialReply{*credential}, turn);
    }
    refuse(request, {.code = msg::Code::kUnknownCredential, .message = "no credential has this token or key"},
           turn.out);
  }

  std::string lost(base::OrderNo no) const {
    return fmt::format("orders: order {} of {} is not there", no, orders_.last());
  }

  std::string lost(base::HoldNo no) const {
    return fmt::format("holds: hold {} of {} is not there", no, holds_.last());
  }

  static std::string lost(const msg::Item& item, base::Seq before) {
    return fmt::format("movements: one of item {} up to seq {} is not there", item.id, before);
  }

  // Returns a seq at or before which a movement is missing in this list of the item's movements, the newest first. They
  // are all up to the first one, unless there are more than `limit`.
  static std::optional<base::Seq> hole_in(const std::vector<msg::Movement>& movements, const msg::Item& item,
                                          const std::optional<base::Seq>& before, std::size_t limit) {
    const bool from_newest = !before || *before > item.version;
    const msg::Movement now{.item = item.id, .seq = item.version.next(), .stock = item.stock, .held = item.held};
    const auto* later = from_newest ? &now : nullptr;
    for (const auto& movement : movements) {
      if (later && !ledger::follows(*later, movement)) return later->seq;
      later = &movement;
    }
    if (movements.empty()) return from_newest ? std::optional(item.version) : std::nullopt;
    const bool is_whole = movements.size() > limit || ledger::begins(movements.back());
    return is_whole ? std::nullopt : std::optional(movements.back().seq);
  }

  // Returns the first order that is missing in this list of all orders after `after`. The list must have no gaps.
  std::optional<base::OrderNo> hole_in(const std::vector<msg::Order>& orders, base::OrderNo after, std::size_t limit) {
    for (const auto& order : orders) {
      if (order.no != after.next()) return after.next();
      after = order.no;
    }
    return orders.size() < limit && after < orders_.last() ? std::optional(after.next()) : std::nullopt;
  }

  void tell(const stream::Request& request, const msg::Rows& rows, base::Turn turn) {
    if (rows.limit == 0 || rows.limit > msg::kPageMax) {
      return refuse(request, {.code = msg::Code::kInvalid, .message = fmt::format("limit: 1 to {}", msg::kPageMax)},
                    turn.out);
    }
    reply(request, position().applied, msg::RowsReply{rows_of(rows)}, turn);
  }

  std::vector<msg::Row> rows_of(const msg::Rows& asked) {
    std::vector<msg::Row> rows;
    switch (asked.table) {
      case msg::Table::kOrders:
        for (const auto& order : store_.orders(std::nullopt, asked.after, asked.limit)) {
          rows.push_back({order.no, order.key, order.seq, ledger::row_digest(order)});
        }
        return rows;
      case msg::Table::kKeys:
        for (const auto& [key, record] : store_.keys(asked.after_key, asked.limit)) {
          rows.push_back({record.no, key, record.seq, ledger::row_digest(key, record)});
        }
        return rows;
      case msg::Table::kMovements: {
        const auto item = asked.after_item.value_or(base::ItemId());
        for (const auto& each : store_.movements_after(item, asked.after_seq.value_or(base::Seq()), asked.limit)) {
          msg::Row row{
              each.order.value_or(base::OrderNo()), "", each.seq, ledger::row_digest(each), each.item, each.delta};
          if (each.kind == msg::MovementKind::kCarried) row.carried = true;
          rows.push_back(row);
        }
        return rows;
      }
    }
    CHECK(false, "no such table");
  }

  static Asker asker(const stream::Request& request) {
    return {request.from,      request.header,
            request.arrived,   request.header.trace.value_or(false),
            request.header.by, name_of_key(request.header)};
  }

  template <class Body>
  void reply(const stream::Request& request, base::Seq reveals, const Body& body, base::Turn turn) {
    append_answer(asker(request), reveals, {request.arrived, turn.now.mono, {}}, body, turn);
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
      greatest = std::max(greatest, position().applied.value() - subscription.cursor.value());
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
