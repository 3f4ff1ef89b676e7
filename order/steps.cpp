#include "order/steps.h"

#include "order/sqlite_store.h"

namespace order {
namespace {

constexpr const char* kAll[] = {kStepTo3};

}  // namespace

constinit const std::span<const char* const> SqliteStore::kSteps{kAll};

}  // namespace order
