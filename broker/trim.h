// What a broker may let go of its stream, when somebody who looks after the store asks for it (ADR 18).
//
// Nothing may need it any more: no process that is heard has still to apply it, and of each role that keeps a view two
// at least have theirs durably past it, so that a lost one is made again from a peer's. The caller must make sure that
// a backup holds the trimmed events. Threads: none; owned by nobody. Tests: tests/broker/trim_test.cpp.
#pragma once

#include <functional>
#include <string>
#include <tl/expected.hpp>

#include "broker/membership.h"
#include "broker/replays.h"

namespace broker {

constexpr int kViewsMin = 2;  // durable, of each role, before anything is let go

// Keeps the block that holds trim.before and what follows it: replays are given no more, and `let_go` is called with
// the first seq that is kept. `store` and `commit` are those of this broker.
tl::expected<msg::TrimReply, msg::Refusal> answer(const msg::Trim& trim, const std::string& store, base::Seq commit,
                                                  const Membership& membership, Replays& replays, base::Mono now,
                                                  const std::function<void(base::Seq begins)>& let_go);

}  // namespace broker
