#include "msg/counters.h"

#include "msg/catalogue.h"
#include "msg/snapshot.h"

namespace msg {
namespace {

constexpr std::string_view kUnknownType = "unknown";

base::CounterOwners owner_of(Role role) {
  switch (role) {
    case Role::kBroker:
      return base::kOfBroker;
    case Role::kCatalog:
      return base::kOfCatalog;
    case Role::kOrder:
      return base::kOfOrder;
    case Role::kFrontend:
      return base::kOfFrontend;
  }
  return 0;
}

// Calls `visit` with each list of the requests that the role answers and counts.
template <class Visit>
void each_list(Role role, const Visit& visit) {
  switch (role) {
    case Role::kBroker:
      return;
    case Role::kCatalog:
      return visit(CatalogRequests() + Requests<Snapshot>());
    case Role::kOrder:
      return visit(OrderService() + WriterService() + AuditRequests() + AccessRequests() + Requests<Snapshot>());
    case Role::kFrontend:
      return visit(ClientRequests());
  }
}

template <class... Request>
void add(base::Counters& counters, Requests<Request...>) {
  (counters.of("requests", Request::kType), ...);
  counters.of("requests", kUnknownType);
}

}  // namespace

base::Counters counters_of(Role role) {
  base::Counters counters(owner_of(role));
  each_list(role, [&](auto list) { add(counters, list); });
  for (const auto word : kWords<Code>) counters.of("refused", word);
  return counters;
}

std::uint64_t counter_of(const Heartbeat& beat, std::string_view name) {
  for (const auto& counter : beat.counters) {
    if (counter.name == name) return counter.value;
  }
  return 0;
}

void count_request(base::Counters& counters, Role role, std::string_view type) {
  bool known = false;
  each_list(role, [&](auto list) { known = has(list, type); });
  ++counters.of("requests", known ? type : kUnknownType);
}

void count_refusal(base::Counters& counters, Code code) {
  ++counters.of("refused", word(code));
  if (code == Code::kMalformed) ++counters["malformed"];
}

}  // namespace msg
