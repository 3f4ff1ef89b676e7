// Answers: the parts that all answers of this process have in common.
#pragma once

#include "msg/envelope.h"
#include "order/writer.h"

namespace order {

// The times of a request in this process, for `trace`.
struct Timing {
  base::Mono arrived{};
  base::Mono decided{};                // when its decision was made
  std::optional<base::Mono> appended;  // when its event was sent to the broker
};

msg::Header answer_header(const Asker& asker, base::Seq reveals, const Timing& timing, base::Now now);

template <class Body>
void append_answer(const Asker& asker, base::Seq reveals, const Timing& timing, const Body& body, base::Turn turn) {
  msg::append_message(turn.out.reply(asker.from), answer_header(asker, reveals, timing, turn.now), body);
}

}  // namespace order
