// What tells a release of the future from this one (msg/versions.h): with this object a program is that release. The
// steps of its views are real and change nothing that anybody is told.
#include "catalog/sqlite_store.h"
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

constexpr const char* kCatalogSteps[] = {"CREATE INDEX items_by_price ON items(price)",
                                         "CREATE TABLE next_catalog(one INTEGER)",
                                         "CREATE TABLE last_catalog(one INTEGER)"};
constexpr const char* kOrderSteps[] = {order::kStepTo3, "CREATE INDEX orders_by_time ON orders(at)",
                                       "CREATE TABLE next_order(one INTEGER)", "CREATE TABLE last_order(one INTEGER)"};

}  // namespace

constinit const msg::Versions msg::kVersions = kValues;
constinit const std::span<const char* const> catalog::SqliteStore::kSteps{kCatalogSteps, RELEASE};
constinit const std::span<const char* const> order::SqliteStore::kSteps{kOrderSteps, 1 + RELEASE};
