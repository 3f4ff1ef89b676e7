// Request digests. Their input is a stored format and must never change. A new optional field is left out where it is
// missing, so older requests keep their digest. tests/ledger/command_test.cpp pins the values.
#include "ledger/command.h"
#include "ledger/hash.h"
#include "msg/codec.h"
#include "msg/sha256.h"

namespace ledger {
namespace {

enum class Kind : std::uint64_t {
  kPlace = 1,
  kAdd = 2,
  kPrice = 3,
  kRestock = 4,
  kGrant = 5,
  kRevoke = 6,
  kCancel = 7,
  kNote = 8,
  kHold = 9,
  kConfirm = 10,
  kExtend = 11,
  kRelease = 12,
  kEdit = 13,
  kCount = 14,
  kTransfer = 15,
  kSubscribe = 16,
  kAcknowledge = 17,
  kUnsubscribe = 18
};

Hasher start(Kind kind) { return Hasher(static_cast<std::uint64_t>(kind)); }

template <class Number>
void add_optional(Hasher& hasher, const std::optional<Number>& number) {
  hasher.add(std::uint64_t{number.has_value()});
  if (number) hasher.add(number->value());
}

// Of a field that older releases do not know.
template <class Number>
void add_new_optional(Hasher& hasher, const std::optional<Number>& number) {
  if (number) hasher.add(number->value());
}

void add_text(Hasher& hasher, const std::optional<std::string>& text) {
  if (text) hasher.add(std::string_view(*text));
}

template <class Request>
msg::Blob digest_of(const Request& request) {
  constexpr std::size_t kUsual = 256;  // bytes of most requests
  std::string bytes;
  bytes.reserve(kUsual);
  bytes = Request::kType;
  msg::encode(request, bytes);  // begins with a byte that no type's name has
  return {msg::sha256(bytes).substr(0, kDigestBytes)};
}

// A text that is there and empty counts as missing. Most requests have none, so they are not copied.
template <class Request>
msg::Blob digest_without(std::optional<std::string> Request::*text, const Request& request) {
  if (!(request.*text) || !(request.*text)->empty()) return digest_of(request);
  auto without = request;
  (without.*text).reset();
  return digest_of(without);
}

msg::Blob digest(const msg::PlaceOrder& place) { return digest_without(&msg::PlaceOrder::customer, place); }
msg::Blob digest(const msg::Restock& restock) { return digest_without(&msg::Restock::reason, restock); }
msg::Blob digest(const msg::CountStock& count) { return digest_without(&msg::CountStock::reason, count); }
msg::Blob digest(const msg::Transfer& transfer) { return digest_without(&msg::Transfer::reason, transfer); }
msg::Blob digest(const msg::Cancel& cancel) { return digest_without(&msg::Cancel::reason, cancel); }
msg::Blob digest(const msg::PlaceHold& place) { return digest_without(&msg::PlaceHold::customer, place); }
msg::Blob digest(const msg::ConfirmHold& confirm) { return digest_of(confirm); }
msg::Blob digest(const msg::ExtendHold& extend) { return digest_of(extend); }
msg::Blob digest(const msg::ReleaseHold& release) { return digest_of(release); }
msg::Blob digest(const msg::AddItems& add) { return digest_of(add); }
msg::Blob digest(const msg::ChangePrice& change) { return digest_of(change); }
msg::Blob digest(const msg::EditItem& edit) { return digest_of(edit); }
msg::Blob digest(const msg::Outcome&) { return {}; }
msg::Blob digest(const msg::Grant& grant) { return digest_of(grant); }
msg::Blob digest(const msg::Revoke& revoke) { return digest_of(revoke); }
msg::Blob digest(const msg::Note& note) { return digest_of(note); }
msg::Blob digest(const msg::Subscribe& subscribe) { return digest_of(subscribe); }
msg::Blob digest(const msg::Acknowledge& acknowledge) { return digest_of(acknowledge); }
msg::Blob digest(const msg::Unsubscribe& unsubscribe) { return digest_of(unsubscribe); }

std::uint64_t number_of(const msg::PlaceOrder& place) {
  Hasher hasher = start(Kind::kPlace);
  hasher.add(static_cast<std::uint64_t>(place.type)).add(place.customer ? *place.customer : std::string_view());
  hasher.add(std::uint64_t{place.lines.size()});
  for (const auto& line : place.lines) {
    hasher.add(line.item.value()).add(line.quantity.value());
    add_optional(hasher, line.price);
    add_text(hasher, line.place);
  }
  return hasher.value();
}

std::uint64_t number_of(const msg::AddItems& add) {
  Hasher hasher = start(Kind::kAdd);
  hasher.add(std::uint64_t{add.items.size()});
  for (const auto& item : add.items) {
    add_optional(hasher, item.id);
    hasher.add(item.title).add(item.topic).add(item.price.value()).add(item.stock.value());
  }
  return hasher.value();
}

std::uint64_t number_of(const msg::ChangePrice& change) {
  Hasher hasher = start(Kind::kPrice);
  hasher.add(change.item.value()).add(change.price.value());
  add_new_optional(hasher, change.version);
  return hasher.value();
}

std::uint64_t number_of(const msg::Restock& restock) {
  Hasher hasher = start(Kind::kRestock);
  hasher.add(restock.item.value()).add(restock.delta.value());
  hasher.add(restock.reason ? *restock.reason : std::string_view());
  add_new_optional(hasher, restock.version);
  add_text(hasher, restock.place);
  return hasher.value();
}

std::uint64_t number_of(const msg::Outcome&) { return 0; }

// Releases that compare this number alone do not know these requests.
std::uint64_t number_of(const msg::Grant& grant) { return start(Kind::kGrant).add(grant.hash.bytes).value(); }
std::uint64_t number_of(const msg::Revoke& revoke) { return start(Kind::kRevoke).add(revoke.id.value()).value(); }
std::uint64_t number_of(const msg::Cancel& cancel) { return start(Kind::kCancel).add(cancel.no.value()).value(); }
std::uint64_t number_of(const msg::PlaceHold& place) {
  return start(Kind::kHold).add(std::uint64_t{place.ttl}).add(std::uint64_t{place.lines.size()}).value();
}
std::uint64_t number_of(const msg::ConfirmHold& confirm) {
  return start(Kind::kConfirm).add(confirm.hold.value()).value();
}
std::uint64_t number_of(const msg::ExtendHold& extend) { return start(Kind::kExtend).add(extend.hold.value()).value(); }
std::uint64_t number_of(const msg::ReleaseHold& release) {
  return start(Kind::kRelease).add(release.hold.value()).value();
}
std::uint64_t number_of(const msg::EditItem& edit) { return start(Kind::kEdit).add(edit.item.value()).value(); }
std::uint64_t number_of(const msg::CountStock& count) { return start(Kind::kCount).add(count.item.value()).value(); }
std::uint64_t number_of(const msg::Transfer& transfer) {
  return start(Kind::kTransfer).add(transfer.item.value()).value();
}
std::uint64_t number_of(const msg::Subscribe& subscribe) { return start(Kind::kSubscribe).add(subscribe.name).value(); }
std::uint64_t number_of(const msg::Acknowledge& acknowledge) {
  return start(Kind::kAcknowledge).add(acknowledge.name).add(acknowledge.cursor.value()).value();
}
std::uint64_t number_of(const msg::Unsubscribe& unsubscribe) {
  return start(Kind::kUnsubscribe).add(unsubscribe.name).value();
}
std::uint64_t number_of(const msg::Note& note) {
  return start(Kind::kNote).add(msg::word(note.act)).add(note.subject).value();
}

}  // namespace

msg::Blob request_digest(const Command& command) {
  return std::visit([](const auto& request) { return digest(request); }, command);
}

std::uint64_t short_digest(const Command& command) {
  return std::visit([](const auto& request) { return number_of(request); }, command);
}

}  // namespace ledger
