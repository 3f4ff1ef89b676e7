#include "frontend/under_way.h"

namespace frontend {

bool UnderWayRequests::has_room(const std::string& client, std::size_t bytes) const {
  const auto found = clients_.find(client);
  const auto its = found == clients_.end() ? Share() : found->second;
  const std::size_t times = its.requests < kUnderWaySpared ? 2 : 1;
  return requests_.size() < times * kUnderWayMax && bytes_ + bytes <= times * kUnderWayBytesMax &&
         its.requests < kUnderWayPerClientMax && its.bytes + bytes <= kUnderWayBytesPerClientMax;
}

std::uint64_t UnderWayRequests::keep(UnderWay&& request) {
  const auto id = ++last_id_;
  auto& its = clients_[request.client];
  ++its.requests;
  its.bytes += request.body.size();
  bytes_ += request.body.size();
  request.waits = false;
  requests_.emplace(id, std::move(request));
  return id;
}

void UnderWayRequests::forget(std::uint64_t id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  bytes_ -= found->second.body.size();
  const auto client = clients_.find(found->second.client);
  auto& its = client->second;
  its.bytes -= found->second.body.size();
  its.waiting -= found->second.waits ? 1 : 0;
  if (--its.requests == 0) clients_.erase(client);
  requests_.erase(found);
}

bool UnderWayRequests::wait(std::uint64_t id) {
  auto& request = requests_.at(id);
  auto& its = clients_.at(request.client);
  if (!request.waits && its.waiting >= kEventsWaitingPerClientMax && !request.for_many) return false;
  its.waiting += request.waits ? 0 : 1;
  request.waits = true;
  return true;
}

UnderWay* UnderWayRequests::find(std::uint64_t id) {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : &found->second;
}

}  // namespace frontend
