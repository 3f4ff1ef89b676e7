// Trimming the stream at a broker, on request of an operator (ADR 18).
//
// No process may need the events any more: every live process has applied them, and of each role with a view at least
// two have them on stable storage, so that a lost view can be made again from a peer's. The caller must make sure that
// a backup holds the trimmed events. Threads: none; owned by nobody. Tests: tests/broker/trim_test.cpp.
#pragma once

#include <functional>
#include <string>
#include <tl/expected.hpp>

#include "broker/membership.h"
#include "broker/replays.h"

namespace broker {

constexpr int kViewsMin = 2;  // durable views of each role that a trim needs

// Keeps the block that holds trim.before and the blocks after it. Earlier ones are no longer replayed, and `let_go` is
// called with the first seq that is kept. `store` and `commit` are those of this broker.
tl::expected<msg::TrimReply, msg::Refusal> answer(const msg::Trim& trim, const std::string& store, base::Seq commit,
                                                  const Membership& membership, Replays& replays, base::Mono now,
                                                  const std::function<void(base::Seq begins)>& let_go);

}  // namespace broker
