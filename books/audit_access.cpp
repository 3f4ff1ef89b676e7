// StreamAudit: credentials, and what they allow (ADR 46). Since there are credentials, no role has lost a right.
#include <fmt/format.h>

#include <limits>

#include "base/article.h"
#include "books/audit_stream.h"
#include "msg/catalogue.h"
#include "msg/effects.h"
#include "text/fold.h"

namespace books {
namespace {

// The type of the request that makes such an event; empty if none does. One function for each kind of event.
struct Asking {
  using Type = std::string_view;

  Type operator()(const msg::StoreCreated&) const { return {}; }
  Type operator()(const msg::WriterAppointed&) const { return {}; }
  Type operator()(const msg::HolderJoined&) const { return {}; }
  Type operator()(const msg::HolderLeft&) const { return {}; }
  Type operator()(const msg::ItemsAdded&) const { return msg::AddItems::kType; }
  Type operator()(const msg::PriceChanged&) const { return msg::ChangePrice::kType; }
  Type operator()(const msg::ItemEdited&) const { return msg::EditItem::kType; }
  Type operator()(const msg::StockMoved& moved) const {
    if (moved.counted) return msg::CountStock::kType;
    return moved.delta.value() == 0 ? msg::Transfer::kType : msg::Restock::kType;
  }
  Type operator()(const msg::OrderPlaced&) const { return msg::PlaceOrder::kType; }
  Type operator()(const msg::OrderCancelled&) const { return msg::Cancel::kType; }
  Type operator()(const msg::KeyVoided&) const { return msg::Outcome::kType; }
  Type operator()(const msg::CredentialGranted&) const { return msg::Grant::kType; }
  Type operator()(const msg::CredentialRevoked&) const { return msg::Revoke::kType; }
  Type operator()(const msg::ActNoted&) const { return msg::Note::kType; }
  Type operator()(const msg::HoldPlaced&) const { return msg::PlaceHold::kType; }
  Type operator()(const msg::HoldExtended&) const { return msg::ExtendHold::kType; }
  Type operator()(const msg::HoldConfirmed&) const { return msg::ConfirmHold::kType; }
  Type operator()(const msg::HoldEnded& ended) const { return ended.key ? msg::ReleaseHold::kType : Type(); }
  Type operator()(const msg::SubscriptionMade&) const { return msg::Subscribe::kType; }
  Type operator()(const msg::SubscriptionAcknowledged&) const { return msg::Acknowledge::kType; }
  Type operator()(const msg::SubscriptionEnded& ended) const { return ended.key ? msg::Unsubscribe::kType : Type(); }
  Type operator()(const msg::StockLow&) const { return {}; }
  Type operator()(const msg::StockOk&) const { return {}; }
};

}  // namespace

// A client may ask for the outcome of its key although its credential is no longer valid.
void StreamAudit::acted(const msg::Event& event) {
  const auto found = credentials_.find(*event.by);
  const bool is_valid = found != credentials_.end() && (std::holds_alternative<msg::KeyVoided>(event.what) ||
                                                        (!found->second.revoked && event.at < found->second.until));
  if (!is_valid) {
    return access_.add(fmt::format("seq {} was made with credential {}, which was not valid then", seq_, *event.by));
  }
  const auto& credential = found->second;
  const auto what = fmt::format("seq {}, {}, was made with credential {}", seq_, msg::type_of(event), *event.by);
  const auto type = std::visit(Asking(), event.what);
  if (type.empty()) return access_.add(what + ", and nobody asks for it");
  if (!msg::may(credential.role, type)) {
    return access_.add(fmt::format("{}, which is {}'s", what, base::with_article(msg::word(credential.role))));
  }
  if (credential.role == msg::ClientRole::kBuyer) acted_as_buyer(event, credential.customer);
}

// `customer`: that of the buyer, folded.
void StreamAudit::acted_as_buyer(const msg::Event& event, const std::string& customer) {
  const auto* placed = std::get_if<msg::OrderPlaced>(&event.what);
  const auto* cancelled = std::get_if<msg::OrderCancelled>(&event.what);
  if ((placed && placed->type == msg::OrderType::kSell) || (cancelled && cancelled->kind != msg::CancelKind::kCancel)) {
    return access_.add(fmt::format("seq {} was made with credential {}: a buyer takes no pieces in", seq_, *event.by));
  }
  const auto* of = msg::customer_of(event);
  if (!of || text::folded(*of) == customer) return;
  access_.add(fmt::format("seq {} was made with credential {}, and is about customer '{}' and not its own", seq_,
                          *event.by, *of));
}

void StreamAudit::apply(const msg::CredentialGranted& granted) {
  if (!tokens_.insert(granted.hash.bytes).second) {
    access_.add(fmt::format("seq {} grants a token that was granted before", seq_));
  }
  credentials_.emplace(seq_, Credential{granted.expires.value_or(std::numeric_limits<std::int64_t>::max()),
                                        granted.role, text::folded(granted.customer)});
}

void StreamAudit::apply(const msg::CredentialRevoked& revoked) {
  const auto found = credentials_.find(revoked.id);
  if (found == credentials_.end() || found->second.revoked) {
    return access_.add(
        fmt::format("seq {} revokes credential {}, which was not granted or was revoked before", seq_, revoked.id));
  }
  found->second.revoked = true;
  ++revoked_;
}

}  // namespace books
