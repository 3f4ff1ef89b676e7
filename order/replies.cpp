#include "order/replies.h"

#include <algorithm>

#include "base/check.h"
#include "ledger/repeat.h"
#include "msg/effects.h"

namespace order {
namespace {

// The seq of the last event that a repeated answer shows. It is that of the key's event, or a later one if the answer
// shows items as they are now.
base::Seq shown_up_to(const msg::OrderReply& reply, base::Seq) { return last_seq(reply.order); }
base::Seq shown_up_to(const msg::HoldReply& reply, base::Seq) { return reply.hold.version; }
base::Seq shown_up_to(const msg::OutcomeReply& reply, base::Seq) {
  return reply.hold ? reply.hold->version : reply.seq;
}
base::Seq shown_up_to(const msg::NoteReply& reply, base::Seq) { return reply.seq; }
base::Seq shown_up_to(const msg::ItemReply& reply, base::Seq) { return reply.item.version; }
base::Seq shown_up_to(const msg::CredentialReply& reply, base::Seq) {
  return reply.credential.revoked.value_or(reply.credential.id);
}
base::Seq shown_up_to(const msg::ItemsReply& reply, base::Seq) {
  base::Seq last;
  for (const auto& item : reply.items) last = std::max(last, item.version);
  return last;
}
base::Seq shown_up_to(const msg::SubscriptionReply& reply, base::Seq applied) {
  return reply.subscription ? std::max(reply.seq, reply.subscription->version) : applied;
}

// The answer to a request whose event has this seq. A later subscription may have the same name.
msg::SubscriptionReply subscription_at(const ledger::Subscriptions& subscriptions, const std::string& name,
                                       base::Seq seq) {
  const auto* subscription = subscriptions.find(name);
  return {seq, subscription && subscription->id <= seq ? std::optional(*subscription) : std::nullopt};
}

// Makes the first answer, with one function for each kind of event.
struct FirstAnswer {
  const ledger::Items& items;
  const ledger::Credentials& credentials;
  const ledger::Subscriptions& subscriptions;
  base::Seq seq;
  std::int64_t at;
  const msg::Order* order;
  const msg::Hold* hold;

  msg::ItemsReply operator()(const msg::ItemsAdded& added) const {
    msg::ItemsReply reply{{}, {}, at};
    for (const auto& item : added.items) reply.items.push_back(msg::as_added(item.id, item, seq));
    return reply;
  }
  msg::ItemReply operator()(const msg::PriceChanged& changed) const {
    return {*items.find(changed.item), at, changed.was};
  }
  msg::ItemReply operator()(const msg::ItemEdited& edited) const { return {*items.find(edited.item), at, {}}; }
  msg::ItemReply operator()(const msg::StockMoved& moved) const { return {*items.find(moved.item), at, {}}; }
  msg::OrderReply operator()(const msg::OrderPlaced&) const { return {*order}; }
  msg::OrderReply operator()(const msg::OrderCancelled&) const { return {*order}; }
  msg::HoldReply operator()(const msg::HoldPlaced&) const { return {*hold}; }
  msg::HoldReply operator()(const msg::HoldExtended&) const { return {*hold}; }
  msg::OrderReply operator()(const msg::HoldConfirmed&) const { return {*order}; }
  msg::HoldReply operator()(const msg::HoldEnded&) const { return {*hold}; }
  msg::CredentialReply operator()(const msg::CredentialGranted&) const { return {*credentials.find(seq)}; }
  msg::CredentialReply operator()(const msg::CredentialRevoked& revoked) const {
    return {*credentials.find(revoked.id)};
  }
  msg::NoteReply operator()(const msg::ActNoted&) const { return {seq}; }
  msg::SubscriptionReply operator()(const msg::SubscriptionMade& made) const {
    return subscription_at(subscriptions, made.name, seq);
  }
  msg::SubscriptionReply operator()(const msg::SubscriptionAcknowledged& acknowledged) const {
    return subscription_at(subscriptions, acknowledged.name, seq);
  }
  msg::SubscriptionReply operator()(const msg::SubscriptionEnded&) const { return {seq, {}}; }
  msg::NoteReply operator()(const msg::StockLow&) const { nobody_asked(); }
  msg::NoteReply operator()(const msg::StockOk&) const { nobody_asked(); }
  // Only `outcome` asks about a voided key, and the writer does not decide control events.
  msg::OutcomeReply operator()(const msg::KeyVoided&) const { nobody_asked(); }
  msg::OutcomeReply operator()(const msg::StoreCreated&) const { nobody_asked(); }
  msg::OutcomeReply operator()(const msg::WriterAppointed&) const { nobody_asked(); }
  msg::OutcomeReply operator()(const msg::HolderJoined&) const { nobody_asked(); }
  msg::OutcomeReply operator()(const msg::HolderLeft&) const { nobody_asked(); }

 private:
  [[noreturn]] void nobody_asked() const { CHECK(false, "seq={} was asked for by nobody", seq); }
};

// Makes the answer to a repetition, with one function for each kind of request.
struct AnswerAgain {
  const ledger::Items& items;
  const ledger::Credentials& credentials;
  const ledger::Subscriptions& subscriptions;
  Store& store;
  const ledger::KeyRecord& record;

  msg::OrderReply operator()(const msg::PlaceOrder&) const { return {must_order()}; }
  msg::OrderReply operator()(const msg::Cancel&) const {
    auto order = must_order();
    add_cancellations(store, order, record.seq);
    return {std::move(order)};
  }
  msg::HoldReply operator()(const msg::PlaceHold&) const { return {must_hold(record.hold)}; }
  msg::OrderReply operator()(const msg::ConfirmHold&) const { return {must_order()}; }
  msg::HoldReply operator()(const msg::ExtendHold& extend) const { return {must_hold(extend.hold)}; }
  msg::HoldReply operator()(const msg::ReleaseHold& release) const { return {must_hold(release.hold)}; }
  msg::OutcomeReply operator()(const msg::Outcome&) const {
    msg::OutcomeReply outcome{record.kind, record.seq, {}};
    if (record.kind == msg::OutcomeKind::kOrder) outcome.order = must_order();
    if (record.hold) outcome.hold = must_hold(record.hold);
    return outcome;
  }
  msg::CredentialReply operator()(const msg::Grant&) const { return {*credentials.find(record.seq)}; }
  msg::CredentialReply operator()(const msg::Revoke& revoke) const { return {*credentials.find(revoke.id)}; }
  msg::NoteReply operator()(const msg::Note&) const { return {record.seq}; }
  msg::SubscriptionReply operator()(const msg::Subscribe& subscribe) const {
    return subscription_at(subscriptions, subscribe.name, record.seq);
  }
  msg::SubscriptionReply operator()(const msg::Acknowledge& acknowledge) const {
    return subscription_at(subscriptions, acknowledge.name, record.seq);
  }
  msg::SubscriptionReply operator()(const msg::Unsubscribe&) const { return {record.seq, {}}; }
  template <class Change>
  typename Change::Reply operator()(const Change& change) const {
    return ledger::answer_again(change, record, items);
  }

 private:
  msg::Order must_order() const {
    auto order = store.order(record.no);
    CHECK(order, "a key made order={}, which is not there", record.no);
    return std::move(*order);
  }
  msg::Hold must_hold(base::HoldNo no) const {
    auto hold = store.hold(no);
    CHECK(hold, "a key is of hold={}, which is not there", no);
    return std::move(*hold);
  }
};

}  // namespace

std::optional<base::HoldNo> hold_shown_by(const msg::Event& event) {
  return std::visit(
      [](const auto& what) -> std::optional<base::HoldNo> {
        if constexpr (
            requires { what.hold; } && !requires { what.no; })
          return what.hold;
        return std::nullopt;
      },
      event.what);
}

Reply Replies::first(const msg::Event& event, base::Seq seq, const msg::Order* order, const msg::Hold* hold) const {
  const FirstAnswer first{items_, credentials_, subscriptions_, seq, event.at, order, hold};
  return std::visit([&](const auto& what) -> Reply { return first(what); }, event.what);
}

Reply Replies::again(const ledger::Command& command, const ledger::KeyRecord& record) const {
  const AnswerAgain again{items_, credentials_, subscriptions_, store_, record};
  return std::visit([&](const auto& request) -> Reply { return again(request); }, command);
}

base::Seq Replies::reveals(const Reply& reply, base::Seq applied) {
  return std::visit([&](const auto& body) { return shown_up_to(body, applied); }, reply);
}

}  // namespace order
