#include "order/steps.h"

#include "order/sqlite_store.h"

namespace order {

constinit const std::span<const char* const> SqliteStore::kSteps{kStepsOfThisRelease};

}  // namespace order
