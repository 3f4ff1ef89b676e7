// Guard: decides who may connect to the sockets of a loop whose store has keys, and who sent each message
// (docs/adr/0045-keys-of-the-transport.md).
//
// TCP endpoints that are bound under its watch ask for CURVE. libzmq asks the guard about each key (net/zap.h), and
// from then on each message of the connection carries the key. ipc endpoints need no key, because only processes of
// this user can open them, and the guard compares the user; the sender of their messages is not named.
//
// The list is read again within kLookEvery after its file has changed, and before a key is refused. Connections of keys
// that are not on the new list are cut, and what they have sent does not count any more. A list that cannot be read is
// logged, and the one before stays in force. Private to net/. Errors: the constructor throws std::runtime_error.
// Threads: the loop's. Tests: tests/net/guard_test.cpp, tests/process/test_secure.py
#pragma once

#include <sys/stat.h>

#include <array>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "base/core.h"
#include "base/time.h"
#include "net/key_list.h"
#include "net/loop.h"
#include "net/readiness.h"
#include "net/zap.h"

namespace net {

// Whose key proved a message. If `counts` is false, the message must be dropped.
struct Proof {
  bool counts = true;
  AdmittedPtr by;  // null: the transport does not name the sender
};

class Guard {
 public:
  static constexpr base::Duration kLookEvery = std::chrono::milliseconds(250);
  static constexpr base::Duration kLogEvery = std::chrono::minutes(1);  // for each kind of refusal

  Guard(zmq::context_t& context, StoreKeys keys);

  // Call it before `socket` binds `endpoint`.
  void watch(zmq::socket_t& socket, const base::Endpoint& endpoint, Domain domain) const;

  // Answers libzmq's questions about keys.
  Readiness& readiness() { return readiness_; }
  void answer();

  Proof proof_of(const zmq::message_t& message);

  void on_tick(base::Mono now);

 private:
  // The place and the version of the list's file.
  struct Version {
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = 0;
    timespec changed{};
  };
  // The entry that admitted the connection with a descriptor, and the port at which it arrived.
  struct Connection {
    AdmittedPtr by;
    int port = 0;
  };

  bool has_changed();
  void read_again();
  void note(int descriptor, const AdmittedPtr& by);
  void cut_revoked();
  bool is_own(const zmq::message_t& message) const;
  void tell(const Verdict& refusal);

  StoreKeys keys_;
  zmq::socket_t questions_;
  Readiness readiness_;
  KeyList list_;
  Version version_;
  base::Mono look_next_{};
  std::vector<Connection> connections_;  // by descriptor
  std::vector<zmq::message_t> frames_;
  std::string own_user_;  // begins the addresses of this user's ipc peers
  std::array<base::Mono, 2> log_next_{};
};

}  // namespace net
