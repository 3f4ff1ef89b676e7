#include "frontend/under_way.h"

namespace frontend {

bool UnderWayRequests::has_room(const std::string& client, std::size_t bytes) const {
  const auto found = per_client_.find(client);
  const auto of_client = found == per_client_.end() ? 0 : found->second;
  const std::size_t times = of_client < kUnderWaySpared ? 2 : 1;
  return requests_.size() < times * kUnderWayMax && bytes_ + bytes <= times * kUnderWayBytesMax &&
         of_client < kUnderWayPerClientMax;
}

std::uint64_t UnderWayRequests::keep(UnderWay&& request) {
  const auto id = ++last_id_;
  ++per_client_[request.from.routing];
  bytes_ += request.body.size();
  requests_.emplace(id, std::move(request));
  return id;
}

void UnderWayRequests::forget(std::uint64_t id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  bytes_ -= found->second.body.size();
  const auto client = per_client_.find(found->second.from.routing);
  if (--client->second == 0) per_client_.erase(client);
  requests_.erase(found);
}

UnderWay* UnderWayRequests::find(std::uint64_t id) {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : &found->second;
}

}  // namespace frontend
