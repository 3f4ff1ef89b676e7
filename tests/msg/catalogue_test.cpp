// The service of each request.
#include "msg/catalogue.h"

#include <gmock/gmock.h>

namespace msg {
namespace {

TEST(CatalogueTest, EachRequestOfAClientHasItsService) {
  const std::vector<std::pair<std::string_view, Service>> all{
      {"lookup", Service::kCatalog}, {"search", Service::kCatalog}, {"order", Service::kOrder},
      {"orders", Service::kOrder},   {"place", Service::kWriter},   {"add", Service::kWriter},
      {"price", Service::kWriter},   {"restock", Service::kWriter}, {"outcome", Service::kWriter},
      {"events", Service::kEvents},  {"status", Service::kStatus},  {"forget", Service::kStatus},
      {"store", Service::kStatus},   {"whoami", Service::kStatus},  {"note", Service::kWriter},
      {"edit", Service::kWriter},    {"count", Service::kWriter},   {"movements", Service::kOrder},
      {"transfer", Service::kWriter}};
  for (const auto& [type, service] : all) EXPECT_EQ(service_of(type), service) << type;
}

// A client that could send these would take part in the stream.
TEST(CatalogueTest, RequestsBetweenProcessesAreNotForClients) {
  for (const auto type :
       {"append", "replay", "lease", "ack", "resign", "trim", "announce", "rows", "snapshot", "", "x"}) {
    EXPECT_FALSE(service_of(type)) << type;
  }
}

template <class Request>
constexpr bool is_write = requires(Request request) {
  request.key;
};

template <class... Request>
std::vector<bool> writes(Requests<Request...>) {
  return {is_write<Request>...};
}

// G3: only the writer decides the effect of a key.
TEST(CatalogueTest, TheWritersRequestsAreThoseWithAKey) {
  EXPECT_THAT(writes(WriterRequests()), testing::Each(true));
  EXPECT_THAT(writes(HoldChanges() + ItemChanges() + SubscriptionChanges() + StaffRequests()), testing::Each(true));
  EXPECT_THAT(writes(CatalogRequests() + OrderRequests() + HoldRequests() + MovementRequests() +
                     SubscriptionRequests() + EventRequests() + StatusRequests()),
              testing::Each(false));
}

TEST(CatalogueTest, DispatchVisitsTheOneRequestOfTheType) {
  std::vector<std::string_view> visited;
  const auto visit = [&]<class Request>(std::type_identity<Request>) { visited.push_back(Request::kType); };
  EXPECT_TRUE(dispatch(WriterRequests(), "price", visit));
  EXPECT_THAT(visited, testing::ElementsAre("price"));
  EXPECT_FALSE(dispatch(WriterRequests(), "lookup", visit));
  EXPECT_THAT(visited, testing::SizeIs(1));
}

}  // namespace
}  // namespace msg
