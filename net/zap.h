// The questions of libzmq if a key may connect, and the answers (ZAP, ZeroMQ's RFC 27). A pure function.
//
// libzmq has checked that the peer holds the secret key. A socket's domain says whom it admits. A key that a socket
// does not admit is answered with 300, which libzmq takes for "try again later": the peer is disconnected, and dials
// again. So a key that is added to the list later gets in without a restart. Only a frontend answers 400: its peers are
// clients, which then tell their users at once, instead of dialling on. Threads: none. Tests: tests/net/zap_test.cpp,
// tests/fuzz/zap_fuzz.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core.h"
#include "net/key_list.h"

namespace net {

// Whom a socket admits: every key of the list (frontends), members and operators (the other servers), or members (the
// stream and the heartbeats).
enum class Domain : std::uint8_t { kAll, kStore, kMembers };
std::string_view word(Domain domain);

struct Verdict {
  std::vector<base::Bytes> reply;  // the frames of the answer; empty: the question cannot be answered
  std::string refused;             // the reason, for the log; empty: the key is admitted
  bool known = false;              // the key is on the list
};

// `question`: the frames of the question, without the address and the delimiter that ROUTER sockets add.
Verdict decide(const std::vector<base::BytesView>& question, const KeyList& list);

}  // namespace net
