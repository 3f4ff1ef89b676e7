// Backlog: frames that have come in and that the core has not been told yet.
//
// Anybody may send, and as fast as the machine takes it. So what has come waits here, counted in bytes, and the core is
// told it in pieces: whole messages of one frame, about kPieceBytes of them, from one peer after the other. A peer that
// sends a thousand requests at once waits for its own, and a peer that sends one is served in between.
//
// Bounds: kPeerBytesMax a peer and kBytesMax in all. Once all of that is used, a peer that has little waiting
// (kSparedBytes) is still taken, up to twice kBytesMax, so that a crowd that floods locks nobody out.
// Invariants: a peer that has nothing waiting leaves no entry behind; within a peer the order is that of arrival.
// Threads: none. Tests: tests/net/backlog_test.cpp
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/core.h"

namespace net {

class Backlog {
 public:
  static constexpr std::size_t kPeerBytesMax = 4 * 1024 * 1024;
  static constexpr std::size_t kBytesMax = 64 * 1024 * 1024;
  static constexpr std::size_t kSparedBytes = 64 * 1024;
  static constexpr std::size_t kPieceBytes = 1024;
  static constexpr std::size_t kFrameCost = 256;  // bytes that a frame takes beside its own

  using MayBeTold = std::function<bool(const std::string& peer)>;
  using Tell = std::function<void(const base::ClientId& from, base::BytesView piece)>;

  // False: there is no room for it, and it was not taken.
  [[nodiscard]] bool add(const base::ClientId& from, base::BytesView frame);

  // Tells the next piece, of the next peer that may be told now. False: there is none.
  bool tell_next(const MayBeTold& may_be_told, const Tell& tell);

  // Its peer is gone: nobody would read the answers.
  void forget(const std::string& peer);

  bool empty() const { return peers_.empty(); }
  std::size_t bytes() const { return bytes_; }  // with kFrameCost for each frame
  std::size_t peers() const { return peers_.size(); }

 private:
  struct Frame {
    bool delimited;
    base::Bytes bytes;
  };
  struct Peer {
    std::deque<Frame> frames;
    std::size_t told = 0;  // bytes of the first frame
    std::size_t bytes = 0;
  };

  bool has_room(std::size_t peer_bytes, std::size_t cost) const;
  void drop_first(Peer& peer);

  std::unordered_map<std::string, Peer> peers_;
  std::deque<std::string> turns_;  // each peer once; the first one is next
  std::size_t bytes_ = 0;
};

}  // namespace net
