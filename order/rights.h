// Rights: whom a client's request may touch (ADR 46). The edge has checked the client's token and role; a replica knows
// the credentials themselves, so it checks them again as of its own seq, and knows whose orders a buyer may see.
//
// Threads: none. Tests: tests/order/rights_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/command.h"
#include "ledger/credentials.h"

namespace order {

class Rights {
 public:
  // `by`: Header.by of the request; missing: the sender may do everything.
  Rights(const ledger::Credentials& credentials, std::optional<base::Seq> by);

  // True if the credential is there and valid at this time. A request without one is always valid.
  bool valid_at(std::int64_t at) const;
  // `unauthenticated` if the credential is not known, and `forbidden` if its role may not send this type.
  std::optional<msg::Refusal> refusal(std::string_view type) const;

  // False for buyers: they touch their own orders alone.
  bool all_orders() const { return !buyer_; }
  // The customer of a buyer; empty if the buyer has no credential.
  const std::string& customer() const { return customer_; }
  // True if the orders of this customer are the buyer's.
  bool owns(std::string_view customer) const;
  // Makes a buyer's order or hold one of its customer. Refuses one of another customer, and requests that take pieces
  // in: a sell, a return.
  std::optional<msg::Refusal> narrow(ledger::Command& command) const;

  // The actor of an event.
  std::optional<base::Seq> actor() const;
  static msg::Refusal unauthenticated();

 private:
  std::optional<base::Seq> by_;
  const msg::Credential* credential_ = nullptr;
  bool buyer_ = false;
  std::string customer_;
};

}  // namespace order
