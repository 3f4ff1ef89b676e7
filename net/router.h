// Router: the ROUTER of a process. Requests wait in the Backlog, and Unread counts the replies, so that no client makes
// the process grow or keeps it from the others. Private to net/.
//
// A round: take_in() empties the socket. A frame for which there is no room in the backlog is refused at once with
// `busy`, message by message (G8). tell() tells the core pieces of what waits, until it has been told kPiecesPerRound
// or the answers have reached kRoundBytesMax. A peer that does not read its answers is told nothing until it does.
//
// Threads: the loop's. Tests: tests/net/reactor_test.cpp
#pragma once

#include <cstddef>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "base/core.h"
#include "net/backlog.h"
#include "net/unread.h"

namespace net {

class Router {
 public:
  static constexpr int kPiecesPerRound = 256;
  static constexpr std::size_t kRoundBytesMax = 4 * 1024 * 1024;
  // Bounds of one round for what is taken in, and for what of it is refused: to refuse is work, too.
  static constexpr int kFramesPerRound = 256;
  static constexpr std::size_t kInBytesPerRound = 16 * 1024 * 1024;
  static constexpr std::size_t kRefusalsPerRound = 8192;
  // As many as one client may have under way at a frontend. Of a frame with more the rest is dropped.
  static constexpr std::size_t kRefusalsPerFrame = 2048;

  explicit Router(zmq::context_t& context);

  zmq::socket_t& socket() { return socket_; }

  void take_in(base::Core& core, base::Outbox& out);
  // After take_in. True: there is more to tell, at once.
  bool tell(base::Core& core, base::Outbox& out);
  void reply(const base::ClientId& to, base::Bytes frame, base::Outbox& out);
  void on_tick(base::Outbox& out);
  // Of all that it keeps.
  std::size_t bytes() const { return backlog_.bytes() + unread_.bytes(); }

 private:
  std::size_t refuse(const base::ClientId& from, base::BytesView frame, base::Outbox& out);
  static void drop(base::Outbox& out);
  bool has_room_in_round(base::Outbox& out) const;
  void tell_piece(const base::ClientId& from, base::BytesView piece, base::Core& core, base::Outbox& out);

  zmq::socket_t socket_;
  std::vector<zmq::message_t> frames_;
  Backlog backlog_;
  Unread unread_;
  // Of this round.
  int told_ = 0;
  std::size_t answered_bytes_ = 0;
};

}  // namespace net
