// Router: the ROUTER of a process. Requests wait in the Backlog, and Unread counts the replies. So no client makes the
// process grow or keeps it from serving the others. Private to net/.
//
// tell() takes in frames from the socket, up to the bounds of a round. If the backlog has no room for a frame, each of
// its messages is refused at once as `busy` (G8). Then tell() tells the core pieces from the backlog, until it has told
// kPiecesPerRound or the answers have reached kRoundBytesMax. While a peer does not read its answers, the core is told
// nothing from it.
//
// Frames from the local bus (net/bus.h) wait in the same backlog.
//
// Threads: the loop's. Tests: tests/net/reactor_test.cpp
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "base/core.h"
#include "net/backlog.h"
#include "net/guard.h"
#include "net/readiness.h"
#include "net/unread.h"

namespace net {

class Router {
 public:
  static constexpr int kPiecesPerRound = 256;
  static constexpr std::size_t kRoundBytesMax = 4 * 1024 * 1024;
  // Bounds of one round: the frames and bytes that are taken in, and the messages that are refused, since refusing is
  // work, too.
  static constexpr int kFramesPerRound = 256;
  static constexpr std::size_t kInBytesPerRound = 16 * 1024 * 1024;
  static constexpr std::size_t kRefusalsPerRound = 8192;
  // A client may have this many requests under way at a frontend. If a refused frame has more, the rest is dropped.
  static constexpr std::size_t kRefusalsPerFrame = 2048;

  // `guard`: null in a store without keys.
  explicit Router(zmq::context_t& context, Guard* guard = nullptr);

  zmq::socket_t& socket() { return socket_; }
  Readiness& readiness() { return readiness_; }

  // Takes a frame from the local bus.
  void arrive(const base::ClientId& from, base::Bytes frame, base::Outbox& out);
  // Called when a peer on the local bus has hung up.
  void forget(const std::string& peer) { backlog_.forget(peer); }

  // Tells the core the requests that have arrived, within the bounds of a round.
  void tell(base::Core& core, base::Outbox& out);
  bool has_more() const { return more_ || arrived_; }  // tell() has more to tell at once
  bool has_arrived() const { return arrived_; }        // a frame came from the bus since the last tell()

  void reply(const base::ClientId& to, base::Bytes frame, base::Outbox& out);
  // Holds a reply for the local bus. Returns null if the peer takes no more; then the reply was dropped.
  std::unique_ptr<Unread::Held> hold(const base::ClientId& to, base::Bytes frame, base::Outbox& out);
  static void drop(base::Outbox& out);
  void on_tick(base::Outbox& out);
  // The bytes that backlog and unread replies hold.
  std::size_t bytes() const { return backlog_.bytes() + unread_.bytes(); }

 private:
  void take_in(base::Core& core, base::Outbox& out);
  std::size_t refuse(const base::ClientId& from, base::BytesView frame, base::Outbox& out);
  bool has_room_in_round(base::Outbox& out) const;
  void tell_piece(const base::ClientId& from, base::BytesView piece, const AdmittedPtr& by, base::Core& core,
                  base::Outbox& out);

  Guard* guard_;
  zmq::socket_t socket_;
  Readiness readiness_;
  std::vector<zmq::message_t> frames_;
  Backlog backlog_;
  Unread unread_;
  bool more_ = false;
  bool arrived_ = false;
  // Counted in the current call of tell().
  int told_ = 0;
  std::size_t answered_bytes_ = 0;
};

}  // namespace net
