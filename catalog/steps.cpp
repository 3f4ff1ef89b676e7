#include "catalog/steps.h"

#include "catalog/sqlite_store.h"

namespace catalog {

constinit const std::span<const char* const> SqliteStore::kSteps{kStepsOfThisRelease};

}  // namespace catalog
