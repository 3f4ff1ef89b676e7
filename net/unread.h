// Unread: replies that libzmq has and that their peer has not taken yet, in bytes.
//
// libzmq bounds what waits for a peer in messages only (TRAPS 26). Here each reply is handed over with a function that
// libzmq calls when it needs the bytes no more, so that this knows what it still holds, to the byte. A peer that does
// not read is told nothing more (is_behind), and beyond kPeerBytesMax its replies are dropped, as at ZeroMQ's own mark.
//
// Bounds: kPeerBytesMax a peer and kBytesMax in all. Once all of that is used, only peers that read (less than
// kSparedBytes wait for them) get more, up to twice kBytesMax.
// Lifetime: what libzmq still holds may outlive this. Threads: one; libzmq counts down in its own.
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
  static constexpr std::size_t kFrameCost = 256;  // bytes that a reply takes beside its own

  // Whether it should read first, before it is asked what else it wants.
  bool is_behind(const std::string& peer) const;

  bool takes(const std::string& peer, std::size_t frame_bytes) const;
  // The frame, counted from here until libzmq lets go of it.
  zmq::message_t hand_over(const std::string& peer, base::Bytes frame);

  // Forgets the peers for whom nothing waits. Call now and then.
  void sweep();

  std::size_t bytes() const { return *total_; }  // with kFrameCost for each reply
  std::size_t peers() const { return peers_.size(); }

 private:
  using Count = std::shared_ptr<std::atomic<std::size_t>>;
  struct Held;
  static void let_go(void* data, void* held);
  std::size_t of(const std::string& peer) const;

  Count total_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::unordered_map<std::string, Count> peers_;
};

}  // namespace net
