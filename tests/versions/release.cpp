// The only object in which a release of the future differs from this one (msg/versions.h). The steps of its views are
// real and change nothing that anybody is told.
#include "catalog/sqlite_store.h"
#include "catalog/steps.h"
#include "msg/versions.h"
#include "order/sqlite_store.h"
#include "order/steps.h"

namespace {

#if RELEASE == 1  // the next one
constexpr msg::Versions kValues{.oldest = 1, .newest = 2, .spoken = 1};
#elif RELEASE == 2  // the one after
constexpr msg::Versions kValues{.oldest = 1, .newest = 3, .spoken = 2};
#else
constexpr msg::Versions kValues{.oldest = 2, .newest = 4, .spoken = 3};
#endif

constexpr std::array<const char*, 3> kCatalogMore{"CREATE INDEX items_by_price ON items(price)",
                                                  "CREATE TABLE next_catalog(one INTEGER)",
                                                  "CREATE TABLE last_catalog(one INTEGER)"};
constexpr std::array<const char*, 3> kOrderMore{"CREATE INDEX orders_by_time ON orders(at)",
                                                "CREATE TABLE next_order(one INTEGER)",
                                                "CREATE TABLE last_order(one INTEGER)"};

// The steps up to this release, and one more for each release after it.
template <std::size_t kNow>
constexpr auto with(const std::array<const char*, kNow>& now, const std::array<const char*, 3>& more) {
  std::array<const char*, kNow + RELEASE> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i < kNow ? now[i] : more[i - kNow];
  return all;
}
constexpr auto kCatalogSteps = with(catalog::kStepsOfThisRelease, kCatalogMore);
constexpr auto kOrderSteps = with(order::kStepsOfThisRelease, kOrderMore);

}  // namespace

constinit const msg::Versions msg::kVersions = kValues;
constinit const std::span<const char* const> catalog::SqliteStore::kSteps{kCatalogSteps};
constinit const std::span<const char* const> order::SqliteStore::kSteps{kOrderSteps};
