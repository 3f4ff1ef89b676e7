#include "cli/versions.h"

#include <fmt/format.h>

#include "catalog/sqlite_store.h"
#include "msg/versions.h"
#include "order/sqlite_store.h"
#include "process/release.h"

namespace cli {

std::string version_text() {
  return fmt::format("pygmy {}\nspeaks version {}, understands {}; views: catalog {}, order {}", process::kRelease,
                     msg::kVersions.spoken, msg::understood_text(), catalog::SqliteStore::format(),
                     order::SqliteStore::format());
}

}  // namespace cli
