// Catalogue: all requests, grouped by the service that answers them. Dispatch in every core, the frontend's routes and
// the variants of requests come from these lists. So a request that is added to a list does not compile until its
// service handles it.
//
// Threads: none. Tests: tests/msg/catalogue_test.cpp, tests/build/vocabulary.py.
#pragma once

#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include "msg/internal.h"
#include "msg/requests.h"
#include "msg/rows.h"
#include "msg/snapshot.h"

namespace msg {

template <class... Request>
struct Requests {
  using Variant = std::variant<Request...>;
};

template <class... One, class... Other>
constexpr Requests<One..., Other...> operator+(Requests<One...>, Requests<Other...>) {
  return {};
}

// The requests of clients. A request with a `key` is a write and belongs to the writer; its effect happens at most once
// (G3).
using CatalogRequests = Requests<Lookup, Search>;
using OrderRequests = Requests<GetOrder, ListOrders>;
using WriterRequests = Requests<PlaceOrder, AddItems, ChangePrice, CountStock, Restock, Cancel, Outcome>;
using HoldChanges = Requests<PlaceHold, ConfirmHold, ExtendHold, ReleaseHold>;
using ItemChanges = Requests<EditItem, Transfer>;
using HoldRequests = Requests<GetHold, ListHolds>;
using MovementRequests = Requests<ListMovements>;                           // the history checker does not judge them
using SubscriptionChanges = Requests<Subscribe, Acknowledge, Unsubscribe>;  // likewise
using SubscriptionRequests = Requests<ListSubscriptions>;                   // likewise
using EventRequests = Requests<Events>;
using StatusRequests = Requests<Status, DescribeStore, Forget, WhoAmI>;
using StaffRequests = Requests<Grant, Revoke, Note>;  // the history checker does not judge them
using CredentialRequests = Requests<ListCredentials>;

// The requests of clients that the writer decides, and those that every order replica answers.
using WriterService =
    decltype(WriterRequests() + HoldChanges() + ItemChanges() + SubscriptionChanges() + StaffRequests());
using OrderService =
    decltype(OrderRequests() + HoldRequests() + MovementRequests() + SubscriptionRequests() + CredentialRequests());

// The requests that the store's processes send to each other.
using BrokerRequests = Requests<Append, LeaseRequest, Ack, Replay, Resign, Announce, Trim>;
using AuditRequests = Requests<Rows>;
using PeerRequests = Requests<Snapshot>;
using AccessRequests = Requests<FindCredential>;

// The service that answers a request of a client. A frontend hands requests of the first three to a replica or to the
// writer, and answers the others itself.
enum class Service : std::uint8_t { kCatalog, kOrder, kWriter, kEvents, kStatus };

template <class... Request>
constexpr bool has(Requests<Request...>, std::string_view type) {
  return ((Request::kType == type) || ...);
}

// The service for a type of request; nothing if clients may not send this type.
constexpr std::optional<Service> service_of(std::string_view type) {
  if (has(CatalogRequests(), type)) return Service::kCatalog;
  if (has(OrderService(), type)) return Service::kOrder;
  if (has(WriterService(), type)) return Service::kWriter;
  if (has(EventRequests(), type)) return Service::kEvents;
  if (has(StatusRequests(), type)) return Service::kStatus;
  return std::nullopt;
}

// The kind of the requests of a service whose time is measured. Requests for events may wait for long, and those for
// the status ask the frontend alone.
constexpr std::optional<RequestKind> kind_of(Service service) {
  switch (service) {
    case Service::kCatalog:
    case Service::kOrder:
      return RequestKind::kRead;
    case Service::kWriter:
      return RequestKind::kChange;
    case Service::kEvents:
    case Service::kStatus:
      return std::nullopt;
  }
  return std::nullopt;
}

// Calls visit(std::type_identity<R>()) for the request R of the list that has this type. Returns false if there is
// none.
template <class... Request, class Visit>
bool dispatch(Requests<Request...>, std::string_view type, const Visit& visit) {
  return ((Request::kType == type && (visit(std::type_identity<Request>()), true)) || ...);
}

using ClientRequests =
    decltype(CatalogRequests() + OrderService() + WriterService() + EventRequests() + StatusRequests());

using AllRequests = decltype(ClientRequests() + BrokerRequests() + AuditRequests() + PeerRequests() + AccessRequests());

template <class... Request>
constexpr std::optional<base::KeyRoles> senders_of(Requests<Request...>, std::string_view type) {
  std::optional<base::KeyRoles> roles;
  ((Request::kType == type ? void(roles = Request::kFrom) : void()), ...);
  return roles;
}

// The roles of those who may send this type of request; nothing if there is no such type.
constexpr std::optional<base::KeyRoles> senders_of(std::string_view type) { return senders_of(AllRequests(), type); }

template <class... Request>
constexpr bool may(Requests<Request...>, ClientRole role, std::string_view type) {
  return ((Request::kType == type && Request::kFor.has(role)) || ...);
}

// Returns true if a client with this role may send this type of request.
constexpr bool may(ClientRole role, std::string_view type) { return may(ClientRequests(), role, type); }

// The same for a client without a token. It may always ask for its rights. An anonymous buyer reads its order by the
// key of the order, which only it knows; `order` and `orders` would show it the orders of others, and `cancel` names an
// order by its number. Holds are named by their numbers, too, and nobody pays for them.
constexpr bool may(Anonymous anonymous, std::string_view type) {
  if (type == WhoAmI::kType) return true;
  switch (anonymous) {
    case Anonymous::kNone:
      return false;
    case Anonymous::kReader:
      return may(ClientRole::kReader, type);
    case Anonymous::kBuyer:
      return may(ClientRole::kBuyer, type) && type != Cancel::kType &&
             !has(OrderRequests() + HoldChanges() + HoldRequests(), type);
    case Anonymous::kAll:
      return true;
  }
  return false;
}

}  // namespace msg
