#include "net/lanes.h"

#include <algorithm>

namespace net {
namespace {

std::size_t cost_of(const base::Publication& publication) { return publication.payload.size() + Lanes::kItemCost; }

}  // namespace

void Lanes::add(const Key& key, Item item) {
  auto& lane = lanes_[key];
  if (lane.items.empty()) turns_.push_back(key);
  lane.items.push_back(std::move(item));
}

void Lanes::add_reply(const base::Endpoint& from, Reply reply) { add({nullptr, from}, {std::move(reply), nullptr}); }

bool Lanes::add_publication(const void* from, Published publication) {
  const Key key{from, {}};
  auto& bytes = lanes_[key].bytes;
  const auto cost = cost_of(*publication);
  if (bytes + cost > kLaneBytesMax) return false;
  bytes += cost;
  add(key, {nullptr, std::move(publication)});
  return true;
}

std::size_t Lanes::tell_next(const std::function<void(const base::Endpoint& from, base::BytesView reply)>& tell_reply,
                             const std::function<void(const base::Publication&)>& tell_publication) {
  if (turns_.empty()) return 0;
  const auto key = std::move(turns_.front());
  turns_.pop_front();
  auto& lane = lanes_.at(key);
  const auto item = std::move(lane.items.front());
  lane.items.pop_front();
  if (!lane.items.empty()) turns_.push_back(key);
  if (item.publication) {
    const auto cost = cost_of(*item.publication);
    lane.bytes -= cost;
    tell_publication(*item.publication);
    return cost;
  }
  tell_reply(key.second, item.reply->frame());
  return item.reply->frame().size() + Unread::kFrameCost;
}

void Lanes::erase(const Key& key) {
  lanes_.erase(key);
  std::erase(turns_, key);
}

}  // namespace net
