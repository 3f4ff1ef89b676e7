// The second opinion: gives a run's operations to the history checker, which sees neither the stream nor the store.
// Only the ids of items that were added without an id come from the stream, because an addition without an answer does
// not tell them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "history/history.h"
#include "tests/sim/judge.h"

namespace sim {

history::Operations operations_of(const std::vector<Recorded>& recorded, const Reference& stream);

struct SecondOpinion {
  std::optional<std::string> broken;  // the first violation, and the operations that show it
  bool decided = true;
};
SecondOpinion second_opinion(const std::vector<Recorded>& recorded, const Reference& stream);

}  // namespace sim
