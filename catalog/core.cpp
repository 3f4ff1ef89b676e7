#include "catalog/core.h"

#include <algorithm>
#include <set>

#include "ledger/command.h"
#include "ledger/items_pass.h"
#include "msg/effects.h"
#include "msg/serve.h"
#include "stream/pass_pace.h"
#include "stream/store_pace.h"

namespace catalog {
namespace {

// A page of items ends once they list more places, or have more bytes of descriptions, topics and attributes. So it
// stays smaller than the largest frame.
constexpr std::size_t kPlacesOnPage = 8000;
constexpr std::size_t kDetailsOnPage = 512 * 1024;

ledger::Items load_items(Store& store) {
  ledger::Items items;
  store.each_item([&](const msg::Item& item) { items.put(item); });
  return items;
}

// Returns the fault if the view was marked as diverged, or if its rows do not have the committed digest.
std::optional<std::string> fault_of(const Store& store, const ledger::Items& items) {
  if (auto why = store.diverged()) return why;
  return ledger::loaded_fault(items, store.items_digest(), store.position().applied);
}

}  // namespace

class Core::Impl : public stream::View {
 public:
  Impl(Config config, Store& store)
      : config_(std::move(config)),
        store_(store),
        items_(load_items(store)),
        pace_(config_.store_commit, store.position().applied),
        replica_(config_.replica, store.position(), *this) {
    if (const auto fault = fault_of(store, items_)) diverge(*fault);
  }

  void apply(const msg::Block& block, const std::vector<msg::Event>& events, base::Turn turn) override {
    auto seq = block.first;
    for (const auto& event : events) {
      evolve(event, seq);
      if (seq.value() % msg::kDigestEvery == 0) round_digest_ = digest_at(seq);
      seq = seq.next();
    }
    pace_.applied(events.size());
    if (pace_.full()) commit_store(turn.now);
  }

  void answer(const stream::Request& request, base::Turn turn) override {
    msg::serve_as(
        msg::CatalogRequests(), request.header.t, request.body, "a catalog replica",
        [&](const msg::Refusal& refusal) { refuse(request, refusal, turn.out); },
        [&](const auto& query) { answer_query(query, request, turn); });
  }

  msg::DigestAt digest() const override { return digest_at(replica_.position().applied); }
  std::optional<msg::DigestAt> round_digest() const override { return round_digest_; }
  base::Seq durable() const override { return pace_.durable(); }
  void keep(base::Now now) override { commit_store(now); }
  void convicted(const std::string& why, base::Outbox&) override { diverge(why); }

  void on_tick(base::Turn turn) {
    if (!replica_.diverged()) look_over(turn.now);
    if (pace_.due(turn.now.mono)) commit_store(turn.now);
    pace_.settle(store_, turn.now.mono);
    if (pace_.look_due(turn.now.mono)) store_.look();
    replica_.tell_room(pace_.has_room());
    replica_.counters()["checkpoints_failed"] = store_.checkpoints_failed();
    replica_.on_tick(turn);
  }

  void on_stop(base::Turn turn) {
    replica_.drain();
    commit_store(turn.now);
    turn.out.stop();
  }

  stream::Replica& replica() { return replica_; }
  const stream::Replica& replica() const { return replica_; }
  std::uint64_t passes() const { return passes_.passes(); }

 private:
  void evolve(const msg::Event& event, base::Seq seq) {
    items_.evolve(event, seq);
    // New and edited items must be in the index before the next search. The last state of other items is written at the
    // commit.
    msg::each_item(event, [&](const msg::ItemEffect& effect) {
      if (effect.relists) {
        store_.put_item(*items_.find(effect.item));
      } else {
        dirty_.insert(effect.item);
      }
    });
    if (const auto item = msg::level_of(event)) dirty_.insert(item);
  }

  // Compares a few more rows of the present pass.
  void look_over(base::Now now) {
    if (!passes_.due(now.mono)) return;
    const auto rows = store_.items(pass_.after(), stream::PassPace::kRows);
    const bool at_end = rows.size() < stream::PassPace::kRows;
    const auto fault = pass_.take(rows, at_end, items_, dirty_);
    if (at_end) passes_.ended();
    replica_.counters()["view_passes"] = passes_.passes();
    if (fault) diverge(*fault);
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
    store_.commit(replica_.position(), items_.digest());
    pace_.committed(replica_.position().applied, now.mono);
    ++replica_.counters()["store_commits"];
  }

  void answer_query(const msg::Lookup& lookup, const stream::Request& request, base::Turn turn) {
    if (const auto fault = ledger::validate(lookup)) return refuse(request, *fault, turn.out);
    auto id = lookup.item;
    if (lookup.title) id = store_.find_title(*lookup.title);
    const auto* item = id ? items_.find(*id) : nullptr;
    if (!item) {
      return refuse(request, {.code = msg::Code::kUnknownItem, .message = "there is no such item", .item = lookup.item},
                    turn.out);
    }
    // The answer to a title also reveals that no item with a lesser id has this title and is for sale.
    const auto reveals = lookup.title ? replica_.position().applied : item->version;
    reply(request, reveals, msg::ItemReply{*item}, turn);
  }

  void answer_query(const msg::Search& search, const stream::Request& request, base::Turn turn) {
    if (const auto fault = ledger::validate(search)) return refuse(request, *fault, turn.out);
    const auto limit = search.limit.value_or(msg::kPageDefault);
    msg::ItemsReply found;
    std::size_t places = 0;
    std::size_t details = 0;
    for (const auto id : ids_of(search, limit + 1)) {
      if (found.items.size() == limit || places > kPlacesOnPage || details > kDetailsOnPage) {
        found.next = found.items.back().id;
        break;
      }
      const auto* item = items_.find(id);
      if (!item) return diverge(fmt::format("titles: item {} is in the index and not in memory", id));
      found.items.push_back(*item);
      places += item->places ? item->places->size() : 0;
      details += msg::details_bytes(*item);
    }
    reply(request, replica_.position().applied, found, turn);
  }

  // A page of all items, or of all that are low, comes from memory, without the index.
  std::vector<base::ItemId> ids_of(const msg::Search& search, std::uint32_t limit) {
    if (search.topic || search.text) return store_.search(search, limit);
    std::vector<base::ItemId> ids;
    if (search.low.value_or(false)) {
      items_.each_low_after(search.after.value_or(base::ItemId()), [&](base::ItemId id) {
        ids.push_back(id);
        return ids.size() < limit;
      });
      return ids;
    }
    const bool all = search.retired.value_or(false);
    items_.each_after(search.after.value_or(base::ItemId()), [&](const msg::Item& item) {
      if (all || !msg::is_retired(item)) ids.push_back(item.id);
      return ids.size() < limit;
    });
    return ids;
  }

  template <class Reply>
  void reply(const stream::Request& request, base::Seq reveals, const Reply& body, base::Turn turn) {
    auto header = msg::reply_header(request.header, reveals);
    if (request.header.trace.value_or(false)) {
      header.spans = std::vector<msg::Span>{{"catalog", base::micros(turn.now.mono - request.arrived)}};
    }
    msg::append_message(turn.out.reply(request.from), header, body);
  }

  void refuse(const stream::Request& request, const msg::Refusal& refusal, base::Outbox& out) {
    msg::count_refusal(replica_.counters(), refusal.code);
    msg::append_refusal(out.reply(request.from), request.header, replica_.position().applied, refusal);
  }

  msg::DigestAt digest_at(base::Seq seq) const { return {seq, items_.digest(), 0}; }

  Config config_;
  Store& store_;
  ledger::Items items_;
  std::set<base::ItemId> dirty_;  // items changed in memory and not yet in the store
  stream::StorePace pace_;
  stream::PassPace passes_;
  ledger::ItemsPass pass_;
  std::optional<msg::DigestAt> round_digest_;
  stream::Replica replica_;
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
  impl_->replica().on_published(topic, payload, turn);
}
void Core::on_tick(base::Turn turn) { impl_->on_tick(turn); }
void Core::on_settled(base::Turn) {}
void Core::on_stop(base::Turn turn) { impl_->on_stop(turn); }

const stream::Position& Core::position() const { return impl_->replica().position(); }
msg::DigestAt Core::digest() const { return impl_->digest(); }
msg::State Core::state() const { return impl_->replica().state(); }
const std::optional<std::string>& Core::diverged() const { return impl_->replica().diverged(); }
bool Core::rebuilds() const { return impl_->replica().rebuilds(); }
std::uint64_t Core::passes() const { return impl_->passes(); }

std::optional<std::string> fault_of(Store& store) { return fault_of(store, load_items(store)); }

}  // namespace catalog
