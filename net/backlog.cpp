#include "net/backlog.h"

#include <utility>

#include "msg/codec.h"

namespace net {
namespace {

// The number of bytes of `rest` in the next piece. Bytes that cannot be decoded are one piece, so the core refuses them
// once.
std::size_t piece_of(base::BytesView rest) {
  if (rest.size() <= Backlog::kPieceBytes) return rest.size();
  std::size_t end = 0;
  while (end < Backlog::kPieceBytes) {
    const auto header = msg::skip_value(rest.substr(end));
    if (!header) return rest.size();
    const auto body = msg::skip_value(rest.substr(end + header->size()));
    if (!body) return rest.size();
    const auto next = end + header->size() + body->size();
    if (end > 0 && next > Backlog::kPieceBytes) break;
    end = next;
    if (end == rest.size()) break;
  }
  return end;
}

}  // namespace

bool Backlog::has_room(std::size_t peer_bytes, std::size_t cost) const {
  if (peer_bytes + cost > kPeerBytesMax) return false;
  if (bytes_ + cost <= kBytesMax) return true;
  return peer_bytes + cost <= kSparedBytes && bytes_ + cost <= 2 * kBytesMax;
}

Backlog::Peer* Backlog::place_for(const base::ClientId& from, std::size_t frame_bytes) {
  const auto cost = frame_bytes + kFrameCost;
  const auto found = peers_.find(from.routing);
  if (!has_room(found == peers_.end() ? 0 : found->second.bytes, cost)) return nullptr;
  auto& peer = found == peers_.end() ? peers_[from.routing] : found->second;
  if (found == peers_.end()) turns_.push_back(from.routing);
  peer.bytes += cost;
  bytes_ += cost;
  return &peer;
}

bool Backlog::add(const base::ClientId& from, base::BytesView frame, AdmittedPtr by) {
  auto* peer = place_for(from, frame.size());
  if (peer) peer->frames.push_back({from.delimited, base::Bytes(frame), std::move(by)});
  return peer != nullptr;
}

bool Backlog::take(const base::ClientId& from, base::Bytes& frame) {
  auto* peer = place_for(from, frame.size());
  if (peer) peer->frames.push_back({from.delimited, std::move(frame), nullptr});
  return peer != nullptr;
}

bool Backlog::tell_next(const MayBeTold& may_be_told, const Tell& tell) {
  for (auto left = turns_.size(); left > 0; --left) {
    auto name = std::move(turns_.front());
    turns_.pop_front();
    if (!may_be_told(name)) {
      turns_.push_back(std::move(name));
      continue;
    }
    auto& peer = peers_.at(name);
    const auto& frame = peer.frames.front();
    const auto rest = base::BytesView(frame.bytes).substr(peer.told);
    const auto size = piece_of(rest);
    tell({name, frame.delimited}, rest.substr(0, size), frame.by);
    peer.told += size;
    if (size == rest.size()) drop_first(peer);
    if (peer.frames.empty()) {
      peers_.erase(name);
    } else {
      turns_.push_back(std::move(name));
    }
    return true;
  }
  return false;
}

void Backlog::forget(const std::string& peer) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  bytes_ -= found->second.bytes;
  peers_.erase(found);
  std::erase(turns_, peer);
}

void Backlog::drop_first(Peer& peer) {
  const auto cost = peer.frames.front().bytes.size() + kFrameCost;
  peer.frames.pop_front();
  peer.told = 0;
  peer.bytes -= cost;
  bytes_ -= cost;
}

}  // namespace net
