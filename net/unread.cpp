#include "net/unread.h"

#include <utility>

namespace net {

Unread::Held::Held(base::Bytes frame, Count peer, Count total)
    : frame_(std::move(frame)), peer_(std::move(peer)), total_(std::move(total)) {
  const auto cost = frame_.size() + kFrameCost;
  *peer_ += cost;
  *total_ += cost;
}

Unread::Held::~Held() {
  const auto cost = frame_.size() + kFrameCost;
  *peer_ -= cost;
  *total_ -= cost;
}

std::size_t Unread::of(const std::string& peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? 0 : found->second->load();
}

bool Unread::is_behind(const std::string& peer) const {
  const auto waiting = of(peer);
  return waiting >= kPeerBehind || (waiting >= kSparedBytes && bytes() >= kBytesMax);
}

bool Unread::takes(const std::string& peer, std::size_t frame_bytes) const {
  const auto waiting = of(peer);
  const auto all = bytes() + frame_bytes + kFrameCost;
  if (waiting + frame_bytes + kFrameCost > kPeerBytesMax) return false;
  return all <= kBytesMax || (waiting < kSparedBytes && all <= 2 * kBytesMax);
}

std::unique_ptr<Unread::Held> Unread::hold(const std::string& peer, base::Bytes frame) {
  auto& count = peers_[peer];
  if (!count) count = std::make_shared<std::atomic<std::size_t>>(0);
  return std::make_unique<Held>(std::move(frame), count, total_);
}

zmq::message_t Unread::hand_over(const std::string& peer, base::Bytes frame) {
  auto held = hold(peer, std::move(frame));
  auto* const data = held->frame().data();
  const auto size = held->frame().size();
  return {data, size, &Unread::let_go, held.release()};
}

void Unread::let_go(void*, void* held) { const std::unique_ptr<Held> gone(static_cast<Held*>(held)); }

void Unread::sweep() {
  std::erase_if(peers_, [](const auto& entry) { return entry.second->load() == 0; });
}

}  // namespace net
