#include "ledger/decide.h"

#include <fmt/format.h>

#include <vector>

#include "ledger/answers.h"
#include "ledger/repeat.h"

namespace ledger {
namespace {

using msg::Code;

Answer answer(const Outlook& outlook, const msg::Grant& grant, std::int64_t at) {
  const auto& credentials = outlook.credentials();
  if (credentials.find(grant.hash)) {
    return msg::Refusal{.code = Code::kLimit, .message = "this token or key has been granted before: make a new one"};
  }
  if (credentials.size() >= msg::kCredentialsMax) {
    return msg::Refusal{
        .code = Code::kLimit,
        .message = fmt::format("there are {} credentials, as many as a store may have", msg::kCredentialsMax)};
  }
  return msg::Event{
      at, msg::CredentialGranted{grant.key, short_digest(grant), grant.hash, grant.role, grant.customer.value_or(""),
                                 grant.label.value_or(""), grant.expires, request_digest(grant)}};
}

Answer answer(const Outlook& outlook, const msg::Revoke& revoke, std::int64_t at) {
  const auto* credential = outlook.credentials().find(revoke.id);
  if (!credential || credential->revoked) {
    return msg::Refusal{.code = Code::kUnknownCredential,
                        .message = credential ? fmt::format("credential {} was revoked before", revoke.id)
                                              : fmt::format("there is no credential {}", revoke.id)};
  }
  return msg::Event{at, msg::CredentialRevoked{revoke.key, short_digest(revoke), revoke.id, request_digest(revoke)}};
}

msg::Refusal subscription_limit(std::string message) { return {.code = Code::kLimit, .message = std::move(message)}; }

Answer answer(const Outlook& outlook, const msg::Subscribe& subscribe, std::int64_t at) {
  const auto& subscriptions = outlook.subscriptions();
  if (subscriptions.find(subscribe.name)) {
    return subscription_limit(fmt::format("there is a subscription {}: end it first", subscribe.name));
  }
  if (subscriptions.all().size() >= msg::kSubscriptionsMax) {
    return subscription_limit(
        fmt::format("there are {} subscriptions, as many as a store may have", msg::kSubscriptionsMax));
  }
  if (subscribe.from && *subscribe.from > outlook.applied().next()) {
    return subscription_limit(fmt::format("from: the stream ends at seq {}", outlook.applied()));
  }
  return msg::Event{
      at, msg::SubscriptionMade{subscribe.key, short_digest(subscribe), subscribe.name, subscribe.from,
                                subscribe.types.value_or(std::vector<std::string>()),
                                subscribe.ttl.value_or(msg::kSubscriptionMsDefault), request_digest(subscribe)}};
}

Answer answer(const Outlook& outlook, const msg::Acknowledge& acknowledge, std::int64_t at) {
  const auto* subscription = outlook.subscriptions().find(acknowledge.name);
  if (!subscription) return unknown_subscription(acknowledge.name);
  if (acknowledge.cursor < subscription->cursor) {
    return subscription_limit(fmt::format("cursor: subscription {} is acknowledged up to seq {}, and never goes back",
                                          acknowledge.name, subscription->cursor));
  }
  if (acknowledge.cursor > outlook.applied()) {
    return subscription_limit(fmt::format("cursor: the stream ends at seq {}", outlook.applied()));
  }
  if (subscription->acknowledged && at < *subscription->acknowledged + msg::kAcknowledgeMsMin) {
    return subscription_limit(
        fmt::format("subscription {} was acknowledged less than {} ms ago: acknowledge more at once", acknowledge.name,
                    msg::kAcknowledgeMsMin));
  }
  return msg::Event{
      at, msg::SubscriptionAcknowledged{acknowledge.key, short_digest(acknowledge), acknowledge.name,
                                        acknowledge.cursor, subscription->cursor, request_digest(acknowledge)}};
}

Answer answer(const Outlook& outlook, const msg::Unsubscribe& unsubscribe, std::int64_t at) {
  if (!outlook.subscriptions().find(unsubscribe.name)) return unknown_subscription(unsubscribe.name);
  return msg::Event{at, msg::SubscriptionEnded{unsubscribe.key, short_digest(unsubscribe), unsubscribe.name,
                                               request_digest(unsubscribe)}};
}

Answer answer(const Outlook&, const msg::Note& note, std::int64_t at) {
  return msg::Event{at, msg::ActNoted{note.key, short_digest(note), note.act, note.subject, {}, request_digest(note)}};
}

// The question itself voids a key that nobody has used, so that the answer stays true (G3).
Answer answer(const Outlook&, const msg::Outcome& outcome, std::int64_t at) {
  return msg::Event{at, msg::KeyVoided{outcome.key}};
}

// An earlier release may have taken what this one refuses as `invalid`. Its answer stays (G3).
bool took_effect(const Outlook& outlook, const Command& command, const KeyRecord& record) {
  return std::holds_alternative<msg::Outcome>(command) ||
         (record.kind != msg::OutcomeKind::kVoid && is_repeat(command, record, outlook.items()));
}

Decision used_before(const Outlook& outlook, const Command& command, const KeyRecord& record) {
  if (std::holds_alternative<msg::Outcome>(command)) return record;
  if (record.kind == msg::OutcomeKind::kVoid) {
    return msg::Refusal{.code = Code::kKeyVoided,
                        .message =
                            "this key is void, and did nothing: its outcome was asked for, or an earlier copy of this "
                            "request was refused and its answer was lost: use a new key"};
  }
  if (!is_repeat(command, record, outlook.items())) {
    return msg::Refusal{.code = Code::kKeyReused, .message = "this key was used for another request: use a new key"};
  }
  return record;
}

std::optional<msg::Event> next_level(const Outlook& outlook, std::int64_t at) {
  if (outlook.levels_due().empty()) return std::nullopt;
  const auto id = *outlook.levels_due().begin();
  const auto item = *outlook.item(id);  // items are never removed
  if (item.is_low()) return msg::Event{at, msg::StockLow{id, item.available(), *item.low}};
  return msg::Event{at, msg::StockOk{id, item.available(), item.low}};
}

}  // namespace

msg::Refusal out_of_stock(base::ItemId id, base::Quantity asked, base::Quantity available) {
  return {.code = Code::kOutOfStock,
          .message = fmt::format("item {}: {} asked for, {} available", id, asked, available),
          .item = id,
          .stock = available};
}

msg::Refusal too_few_at(const std::string& place, base::ItemId id, base::Quantity asked, base::Quantity there) {
  auto refusal = out_of_stock(id, asked, there);
  refusal.message = fmt::format("item {}: {} asked for, {} at {}", id, asked, there, place);
  return refusal;
}

msg::Refusal unknown_item(base::ItemId id) {
  return {.code = Code::kUnknownItem, .message = fmt::format("there is no item {}", id), .item = id};
}

msg::Refusal unknown_order(base::OrderNo no) {
  return {.code = Code::kUnknownOrder, .message = fmt::format("there is no order {}", no)};
}

msg::Refusal unknown_hold(base::HoldNo no) {
  return {.code = Code::kUnknownHold, .message = fmt::format("there is no hold {}", no)};
}

msg::Refusal unknown_subscription(const std::string& name) {
  return {.code = Code::kUnknownSubscription, .message = fmt::format("there is no subscription {}", name)};
}

std::optional<msg::Event> next_end(const Outlook& outlook, std::int64_t at) {
  const auto* hold = outlook.holds().first();
  if (hold && hold->expires <= at) {
    return msg::Event{at, msg::HoldEnded{{}, 0, hold->no, hold->customer, ended_lines(outlook, *hold), {}}};
  }
  const auto* subscription = outlook.subscriptions().first();
  if (!subscription || msg::expires_of(*subscription) > at) return next_level(outlook, at);
  return msg::Event{at, msg::SubscriptionEnded{{}, 0, subscription->name, {}}};
}

Decision decide(const Outlook& outlook, const Command& command, std::int64_t at) {
  const auto record = outlook.key(key_of(command));
  if (auto fault = validate(command)) {
    if (record && took_effect(outlook, command, *record)) return *record;
    return std::move(*fault);
  }
  if (record) return used_before(outlook, command, *record);
  auto answered = std::visit([&](const auto& request) { return answer(outlook, request, at); }, command);
  return std::visit([](auto& either) -> Decision { return std::move(either); }, answered);
}

}  // namespace ledger
