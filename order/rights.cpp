#include "order/rights.h"

#include <fmt/format.h>

#include <variant>

#include "base/article.h"
#include "msg/catalogue.h"
#include "text/fold.h"

namespace order {

Rights::Rights(const ledger::Credentials& credentials, std::optional<base::Seq> by) : by_(by) {
  if (!by_) return;
  credential_ = *by_ ? credentials.find(*by_) : nullptr;
  buyer_ = !*by_ || (credential_ && credential_->role == msg::ClientRole::kBuyer);
  if (credential_) customer_ = credential_->customer;
}

bool Rights::valid_at(std::int64_t at) const { return !by_ || !*by_ || (credential_ && is_valid_at(*credential_, at)); }

std::optional<msg::Refusal> Rights::refusal(std::string_view type) const {
  if (!by_ || !*by_) return std::nullopt;
  if (!credential_) return unauthenticated();
  if (msg::may(credential_->role, type)) return std::nullopt;
  return msg::Refusal{
      .code = msg::Code::kForbidden,
      .message = fmt::format("{} may not send '{}'", base::with_article(msg::word(credential_->role)), type)};
}

bool Rights::owns(std::string_view customer) const {
  return !buyer_ || (!customer.empty() && text::folded(customer) == text::folded(customer_));
}

std::optional<msg::Refusal> Rights::narrow(ledger::Command& command) const {
  const auto forbidden = [](std::string message) {
    return msg::Refusal{.code = msg::Code::kForbidden, .message = std::move(message)};
  };
  if (!buyer_) return std::nullopt;
  const auto* cancel = std::get_if<msg::Cancel>(&command);
  if (cancel && cancel->kind != msg::CancelKind::kCancel) return forbidden("a buyer may cancel; a clerk takes returns");
  if (auto* hold = std::get_if<msg::PlaceHold>(&command)) {
    if (hold->customer && !hold->customer->empty() && !owns(*hold->customer)) {
      return forbidden("a buyer holds pieces for its own customer only");
    }
    if (!customer_.empty()) hold->customer = customer_;  // in one spelling, because the open holds of each are counted
    return std::nullopt;
  }
  auto* place = std::get_if<msg::PlaceOrder>(&command);
  if (!place) return std::nullopt;
  if (place->type == msg::OrderType::kSell) return forbidden("a buyer may not sell to the store");
  const auto named = place->customer.value_or("");
  if (!named.empty() && !owns(named)) return forbidden("a buyer places orders of its own customer only");
  if (named.empty() && !customer_.empty()) place->customer = customer_;
  return std::nullopt;
}

std::optional<base::Seq> Rights::actor() const { return credential_ ? by_ : std::nullopt; }

msg::Refusal Rights::unauthenticated() {
  return {.code = msg::Code::kUnauthenticated,
          .message = "the credential of this request is not known, was revoked or has expired"};
}

}  // namespace order
