// The second opinion: a run's operations as the history checker takes them, which sees neither the stream nor the
// store. One thing is taken from the stream: the ids of items that were added without one. Of an addition that was
// never answered nobody else can say which items it made.
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
