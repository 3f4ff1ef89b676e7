// Backlog: frames that have arrived and that the core has not been told yet.
//
// Any stranger may send, as fast as the machine takes it. So arrived frames wait here, counted in bytes. The core is
// told them in pieces: whole messages of one frame, about kPieceBytes, from one peer after another. A peer that sends a
// thousand requests at once waits for its own, and a peer that sends one is served in between.
//
// Bounds: kPeerBytesMax for each peer and kBytesMax in all. Once kBytesMax is used, frames of a peer with less than
// kSparedBytes waiting are still taken, up to twice kBytesMax, so that a crowd that floods locks nobody out.
// Invariants: a peer with nothing waiting leaves no entry behind; the frames of a peer keep the order of their arrival.
// Threads: none. Tests: tests/net/backlog_test.cpp
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/core.h"
#include "net/key_list.h"

namespace net {

class Backlog {
 public:
  static constexpr std::size_t kPeerBytesMax = 4 * 1024 * 1024;
  static constexpr std::size_t kBytesMax = 64 * 1024 * 1024;
  static constexpr std::size_t kSparedBytes = 64 * 1024;
  static constexpr std::size_t kPieceBytes = 1024;
  static constexpr std::size_t kFrameCost = 256;  // bytes that a frame takes besides its own

  using MayBeTold = std::function<bool(const std::string& peer)>;
  using Tell = std::function<void(const base::ClientId& from, base::BytesView piece, const AdmittedPtr& by)>;

  // Returns false if there is no room for the frame; then it was not taken. `by` proved the frame. It stays with the
  // frame, because a peer that is gone may be followed by another one with the same routing id.
  [[nodiscard]] bool add(const base::ClientId& from, base::BytesView frame, AdmittedPtr by = nullptr);
  // Like add(), but without a copy. The frame is moved from only if it was taken.
  [[nodiscard]] bool take(const base::ClientId& from, base::Bytes& frame);

  // Tells the next piece of the next peer for which `may_be_told` is true. Returns false if there is none.
  bool tell_next(const MayBeTold& may_be_told, const Tell& tell);

  // Drops the frames of a peer that is gone, because nobody would read the answers.
  void forget(const std::string& peer);

  bool empty() const { return peers_.empty(); }
  std::size_t bytes() const { return bytes_; }  // with kFrameCost for each frame
  std::size_t peers() const { return peers_.size(); }

 private:
  struct Frame {
    bool delimited;
    base::Bytes bytes;
    AdmittedPtr by;
  };
  struct Peer {
    std::deque<Frame> frames;
    std::size_t told = 0;  // bytes of the first frame that the core has been told
    std::size_t bytes = 0;
  };

  bool has_room(std::size_t peer_bytes, std::size_t cost) const;
  // Returns the peer to which a frame of that size is added, or null if there is no room.
  Peer* place_for(const base::ClientId& from, std::size_t frame_bytes);
  void drop_first(Peer& peer);

  std::unordered_map<std::string, Peer> peers_;
  std::deque<std::string> turns_;  // each peer once; the first one is next
  std::size_t bytes_ = 0;
};

}  // namespace net
