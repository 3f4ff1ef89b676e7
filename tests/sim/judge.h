// The judge: checks that every answer is one that a single shop could have given, if it served one request after the
// other (G2, G3, G4).
//
// The order of events is known, so linearizability needs no search. An answer agrees with some prefixes of the stream.
// Of these the judge takes the least one that is not before any prefix taken for an operation that had ended when this
// one was invoked. If there is none, or if it is not durable yet, the answer was stale, from the future, or wrong. To
// take the least is enough, because it restricts later operations the least.
//
// An answer that is marked as stale (DESIGN 5.9) is judged in the same way, but with another bound: its prefix must not
// be before what had been acknowledged stale_ms before the answer left its frontend. It must not be older than the
// client allowed. A page of `events` without a block says that no event from `from` on had been acknowledged before the
// request.
//
// Keys: an effect must belong to a request that was sent and is not answered yet. A refused request has had no effect,
// whatever word refuses it (msg::reach), and takes none later through a copy that was on its way. An acknowledged
// effect must be durable at that moment and belong to this very request. The store may also void the key of a refused
// request, so that the refusal stays true.
// Threads: none. Tests: tests/sim/judge_test.cpp, and those of the judge beside it.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "tests/sim/operation.h"

namespace sim {

// An operation and its end, for another kind of checker (tests/sim/history.h).
struct Recorded {
  Operation operation;
  Duration ended{};
  std::optional<client::Answer> answer;  // none: the client crashed, or the run ended first
};

class Judge {
 public:
  Judge(World& world, const Disk& disk);

  void invoked(Operation& operation);
  // `sent` is the time at which the answer left its frontend.
  void answered(const Operation& operation, const client::Answer& answer, Duration sent);
  // Reads all durable blocks without an answer at hand.
  void look_once_more() { reference_.read(); }

  // A disk drops the events before this seq.
  void trimmed(Prefix begins) { begins_ = std::max(begins_, begins); }
  Prefix begins() const { return begins_; }
  // From now on answers are recorded and not judged.
  void only_record() { only_records_ = true; }
  // Every operation, in the order of their invocation.
  const std::vector<Recorded>& history() const { return history_; }

  Reference& reference() { return reference_; }
  std::uint64_t answers() const { return answers_; }
  std::uint64_t failures() const { return failures_; }  // answers without a definite end, at clients that retry

 private:
  // The least prefix that a definite answer agrees with, from the operation's floor on; nothing if there is none.
  using Least = std::optional<Prefix>;
  struct Case {
    const Operation& operation;
    const client::Answer& answer;
  };

  void on_effect(const std::string& key, const Effect& effect);
  void indefinite(const Case& c);
  Prefix known_before(Duration then) const;
  bool may_be_so_old(const Case& c) const;
  const Effect* denied(const Case& c) const;
  void end_use(const Case& c);
  void wrong(const Case& c, const std::string& why);
  Least judge(const Case& c);
  template <class R>
  Least judge_reply(const Case& c, const R& request);

  Least agrees(const Case& c, const msg::Lookup& request, const msg::ItemReply& reply);
  Least agrees(const Case& c, const msg::Search& request, const msg::ItemsReply& reply);
  Least agrees(const Case& c, const msg::PlaceOrder& request, const msg::OrderReply& reply);
  Least agrees(const Case& c, const msg::AddItems& request, const msg::ItemsReply& reply);
  Least agrees(const Case& c, const msg::ChangePrice& request, const msg::ItemReply& reply);
  Least agrees(const Case& c, const msg::EditItem& request, const msg::ItemReply& reply);
  bool follows(const msg::ItemEdited& edited, const msg::EditItem& request, const Effect& effect) const;
  Least agrees(const Case& c, const msg::Restock& request, const msg::ItemReply& reply);
  Least agrees(const Case& c, const msg::CountStock& request, const msg::ItemReply& reply);
  Least agrees(const Case& c, const msg::Transfer& request, const msg::ItemReply& reply);
  // Returns whether the lines of an order that name no place take what the others leave, as the rule says.
  bool is_by_rule(const msg::PlaceOrder& request, const Effect& effect) const;
  Least when_unknown(const Case& c, const std::optional<std::string>& place);
  Least agrees(const Case& c, const msg::ListMovements& request, const msg::MovementsReply& reply);
  // Returns whether the item had this version when the effect happened.
  bool had_version(base::ItemId id, base::Seq version, const Effect& effect) const;
  Least agrees(const Case& c, const msg::Cancel& request, const msg::OrderReply& reply);
  Least agrees(const Case& c, const msg::PlaceHold& request, const msg::HoldReply& reply);
  Least agrees(const Case& c, const msg::ConfirmHold& request, const msg::OrderReply& reply);
  Least agrees(const Case& c, const msg::ExtendHold& request, const msg::HoldReply& reply);
  Least agrees(const Case& c, const msg::ReleaseHold& request, const msg::HoldReply& reply);
  Least agrees(const Case& c, const msg::GetHold& request, const msg::HoldReply& reply);
  Least agrees(const Case& c, const msg::ListHolds& request, const msg::HoldsReply& reply);
  Least agrees(const Case& c, const msg::Subscribe& request, const msg::SubscriptionReply& reply);
  Least agrees(const Case& c, const msg::Acknowledge& request, const msg::SubscriptionReply& reply);
  Least agrees(const Case& c, const msg::Unsubscribe& request, const msg::SubscriptionReply& reply);
  Least agrees(const Case& c, const msg::ListSubscriptions& request, const msg::SubscriptionsReply& reply);
  Least subscription_after(const Case& c, const std::string& name, const msg::SubscriptionReply& reply);
  // Returns the hold as the answer shows it; null if it never was like that.
  const msg::Hold* shown(const msg::Hold& hold) const;
  Least changed(const Case& c, base::HoldNo no, const msg::HoldReply& reply);
  bool lists(const msg::ListHolds& request, const msg::HoldsReply& reply, Prefix prefix) const;
  Least agrees(const Case& c, const msg::GetOrder& request, const msg::OrderReply& reply);
  Least agrees(const Case& c, const msg::ListOrders& request, const msg::OrdersReply& reply);
  Least agrees(const Case& c, const msg::Outcome& request, const msg::OutcomeReply& reply);
  Least agrees(const Case& c, const msg::Events& request, const msg::EventsReply& reply);

  Least refusal(const Case& c, const msg::Refusal& refusal);
  Least when_item(const Case& c, base::ItemId id, const std::function<bool(const msg::Item*)>& holds);
  Least when_sold_out(const Case& c, const msg::Refusal& refusal);
  Least when_absent(const Case& c, const msg::Refusal& refusal);
  Least when_order(const Case& c, base::OrderNo no, const std::function<bool(Prefix)>& holds);
  Least when_it_remains(const Case& c, const msg::Refusal& refusal);
  Least when_hold(const Case& c, const std::function<bool(const msg::Hold*)>& holds);
  Least when_subscription(const Case& c, const std::string& name,
                          const std::function<bool(const msg::Subscription*, Prefix)>& holds);
  Least when_limited(const Case& c, const msg::Refusal& refusal);
  Least left(const Case& c, const Effect& effect, const std::vector<msg::Item>& items, std::optional<std::int64_t> at);
  Least within(const Case& c, Prefix from, Prefix until);
  Prefix first_kept(base::BytesView bytes) const;
  const Effect* effect_of(const Case& c);
  bool is_effect_of_this_alone(const Case& c, const std::string& key, const Effect& effect) const;
  bool may_be_of_another(const Effect& effect, const std::string& key, const Request& request) const;
  Least when_listed(const Case& c, Prefix from, Prefix until, const std::function<bool(Prefix)>& holds);
  Least left_since(const Case& c, const Effect& effect, const std::vector<msg::Item>& items);
  bool shown_whole(const msg::Search& search, const msg::ItemsReply& reply, Prefix prefix) const;

  void record(const Operation& operation, const client::Answer* answer);

  World& world_;
  const Disk& disk_;
  std::vector<Recorded> history_;
  std::map<std::uint64_t, std::size_t> recorded_;  // by number of an operation that has not ended
  bool only_records_ = false;
  Prefix begins_{1};
  Reference reference_;
  Prefix floor_;                                     // the greatest prefix taken for an operation that has ended
  std::vector<std::pair<Duration, Prefix>> floors_;  // each time it rose
  std::uint64_t operations_ = 0;
  std::uint64_t answers_ = 0;
  std::uint64_t failures_ = 0;
  struct Use {
    std::uint64_t operation;
    Request request;
    bool over = false;  // has a definite answer, so it can no longer take effect
  };
  struct Asked {
    Prefix durable;  // the durable prefix at the key's first request
    std::vector<Use> uses;
  };
  std::map<std::string, Asked> asked_;  // by key
};

}  // namespace sim
