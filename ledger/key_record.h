// What a request key did, kept for as long as its order lives (DESIGN 4).
#pragma once

#include <cstdint>

#include "msg/requests.h"

namespace ledger {

struct KeyRecord {
  msg::OutcomeKind kind = msg::OutcomeKind::kVoid;
  base::Seq seq;          // of the event
  std::uint64_t req = 0;  // digest of the request's body; another body with this key is refused
  base::OrderNo no;       // for kOrder
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

}  // namespace ledger
