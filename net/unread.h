// Unread: counts the bytes of replies that libzmq holds because their peer has not taken them yet.
//
// libzmq bounds its queue for a peer in messages only (TRAPS 26). Here each reply is handed over with a function that
// libzmq calls when it no longer needs the bytes. So this class knows how many bytes libzmq still holds. The core is
// told nothing from a peer that does not read (is_behind). Beyond kPeerBytesMax the peer's replies are dropped, as at
// ZeroMQ's own high-water mark. Replies on the local bus count in the same way, until they are told.
//
// Bounds: kPeerBytesMax for each peer and kBytesMax in all. Once kBytesMax is used, only peers that read (less than
// kSparedBytes wait for them) get more, up to twice kBytesMax.
// Lifetime: libzmq may hold bytes longer than this object lives. Threads: one; libzmq counts down in its own.
// Tests: tests/net/unread_test.cpp
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <zmq.hpp>

#include "base/core.h"

namespace net {

class Unread {
 public:
  static constexpr std::size_t kPeerBytesMax = 16 * 1024 * 1024;  // twice what one round may answer
  static constexpr std::size_t kPeerBehind = 4 * 1024 * 1024;
  static constexpr std::size_t kBytesMax = 64 * 1024 * 1024;
  static constexpr std::size_t kSparedBytes = 64 * 1024;
  static constexpr std::size_t kFrameCost = 256;  // bytes that a reply takes besides its own

  // A reply whose bytes count until this object is destroyed.
  class Held;

  // Returns whether the peer must read its replies before its requests are told.
  bool is_behind(const std::string& peer) const;

  bool takes(const std::string& peer, std::size_t frame_bytes) const;
  // Holds the frame. Its bytes count from here until the Held is destroyed.
  std::unique_ptr<Held> hold(const std::string& peer, base::Bytes frame);
  // Makes a message of the frame. Its bytes count from here until libzmq lets go of them.
  zmq::message_t hand_over(const std::string& peer, base::Bytes frame);

  // Forgets the peers for which nothing waits. Call it now and then.
  void sweep();

  std::size_t bytes() const { return *total_; }  // with kFrameCost for each reply
  std::size_t peers() const { return peers_.size(); }

 private:
  using Count = std::shared_ptr<std::atomic<std::size_t>>;
  static void let_go(void* data, void* held);
  std::size_t of(const std::string& peer) const;

  Count total_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::unordered_map<std::string, Count> peers_;
};

class Unread::Held {
 public:
  Held(base::Bytes frame, Count peer, Count total);
  ~Held();
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  base::Bytes& frame() { return frame_; }

 private:
  base::Bytes frame_;
  Count peer_;
  Count total_;
};

}  // namespace net
