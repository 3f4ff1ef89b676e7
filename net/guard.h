// Guard: decides who may connect to the sockets of a loop whose store has keys, and who sent each message
// (docs/adr/0045-keys-of-the-transport.md).
//
// TCP endpoints that are bound under its watch ask for CURVE. libzmq asks the guard about each key (net/zap.h), and
// from then on each message of the connection carries the key. ipc endpoints need no key, because only processes of
// this user can open them, and the guard compares the user; the sender of their messages is not named.
//
// The guard looks every kLookEvery, and before it refuses a key, whether the file of the list has changed, and reads it
// then. Connections of keys that are not on the new list are cut, and what they have sent does not count any more. A
// list that cannot be read, or that may be a part of one (net/key_list.h: it is not counted, and would revoke a key),
// is logged, and the one before stays in force. It is read again every kLookEvery. Private to net/. Errors: the
// constructor throws std::runtime_error. Threads: the loop's. Tests: tests/net/guard_test.cpp,
// tests/process/test_secure.py
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
  static constexpr base::Duration kLogEvery = std::chrono::minutes(1);  // for each kind of refusal or fault

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
    std::array<timespec, 2> changed{};  // its contents; also its mode
    friend bool operator==(const Version& a, const Version& b) {
      const auto same = [](const timespec& x, const timespec& y) {
        return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
      };
      return a.device == b.device && a.inode == b.inode && a.bytes == b.bytes && same(a.changed[0], b.changed[0]) &&
             same(a.changed[1], b.changed[1]);
    }
  };
  // The entry that admitted the connection with a descriptor, and the port at which it arrived.
  struct Connection {
    AdmittedPtr by;
    int port = 0;
  };

  Version version_of_file() const;
  // Reads the file if it has changed. Returns whether another list is in force.
  bool read_again();
  void tell_fault(const std::string& why);
  void note(int descriptor, const AdmittedPtr& by);
  void cut_revoked();
  bool is_own(const zmq::message_t& message) const;
  void tell(const Verdict& refusal);

  StoreKeys keys_;
  zmq::socket_t questions_;
  Readiness readiness_;
  KeyList list_;
  Version version_;          // of the list in force
  bool has_fault_ = false;   // the file has changed and was not taken
  base::Mono fault_next_{};  // when it may be logged again
  base::Mono look_next_{};
  std::vector<Connection> connections_;  // by descriptor
  std::vector<zmq::message_t> frames_;
  std::string own_user_;  // begins the addresses of this user's ipc peers
  std::array<base::Mono, 2> log_next_{};
};

}  // namespace net
