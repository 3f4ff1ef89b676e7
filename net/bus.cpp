#include "net/bus.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace net {
namespace {

std::string routing_number(std::uint64_t number) {
  std::string routing(9, '\0');
  for (std::size_t i = 0; i < 8; ++i) routing[i + 1] = static_cast<char>(number >> (8 * i));
  return routing;
}

// It compares as a SUB does: a topic lets through all topics that begin with it, and an empty one lets all through.
bool wants(const std::vector<std::string>& topics, const std::string& topic) {
  return std::any_of(topics.begin(), topics.end(), [&](const std::string& t) { return topic.rfind(t, 0) == 0; });
}

void forget(std::map<base::Endpoint, Bus::Seat*>& places, const Bus::Seat* seat) {
  std::erase_if(places, [&](const auto& place) { return place.second == seat; });
}

}  // namespace

void Bus::join(Seat& seat, const Sockets& sockets) {
  for (const auto& endpoint : sockets.serve) servers_[endpoint] = &seat;
  for (const auto& endpoint : sockets.publish_bind) publishers_[endpoint] = &seat;
  for (const auto& endpoint : sockets.subscribe_bind) hearers_[endpoint] = &seat;
  for (const auto& endpoint : sockets.known_as) {
    if (seat.router) servers_[endpoint] = &seat;
    if (!sockets.publish_bind.empty()) publishers_[publish_endpoint(endpoint)] = &seat;
    if (!sockets.subscribe_bind.empty()) hearers_[heartbeat_endpoint(endpoint)] = &seat;
  }
  seat.topics = sockets.topics;
}

void Bus::leave(Seat& seat) {
  forget(servers_, &seat);
  forget(publishers_, &seat);
  forget(hearers_, &seat);
  std::vector<std::string> ended;
  for (const auto& [routing, link] : links_) {
    if (link.server == &seat || link.dialled.first == &seat) ended.push_back(routing);
  }
  for (const auto& routing : ended) cut(routing);
  for (auto* subscriber : seat.subscribers) {
    subscriber->publishers.erase(&seat);
    subscriber->lanes.forget_publications(&seat);
  }
  for (auto* publisher : seat.publishers) publisher->subscribers.erase(&seat);
}

void Bus::connect(Seat& publisher, Seat& subscriber) {
  publisher.subscribers.insert(&subscriber);
  subscriber.publishers.insert(&publisher);
}

bool Bus::subscribe(Seat& seat, const base::Endpoint& publisher) {
  const auto found = publishers_.find(publisher);
  if (found == publishers_.end()) return false;
  connect(*found->second, seat);
  return true;
}

bool Bus::publish_to(Seat& seat, const base::Endpoint& subscriber) {
  const auto found = hearers_.find(subscriber);
  if (found == hearers_.end()) return false;
  connect(seat, *found->second);
  return true;
}

const std::string& Bus::routing_of(const Dialled& dialled, Seat& server) {
  auto& routing = routings_[dialled];
  if (routing.empty()) {
    routing = routing_number(++last_routing_);
    links_[routing] = {dialled, &server};
  }
  return routing;
}

void Bus::send(Seat& from, const base::Endpoint& to, base::Bytes frame) {
  auto& server = *servers_.at(to);
  server.router->arrive({routing_of({&from, to}, server), false}, std::move(frame), *server.outbox);
}

bool Bus::reply(const std::string& routing, Lanes::Reply reply) {
  const auto found = links_.find(routing);
  if (found == links_.end()) return false;
  const auto& [seat, endpoint] = found->second.dialled;
  seat->lanes.add_reply(endpoint, std::move(reply));
  return true;
}

std::size_t Bus::publish(Seat& from, base::Publication publication) {
  const auto shared = std::make_shared<const base::Publication>(std::move(publication));
  std::size_t dropped = 0;
  for (auto* subscriber : from.subscribers) {
    if (wants(subscriber->topics, shared->topic) && !subscriber->lanes.add_publication(&from, shared)) ++dropped;
  }
  return dropped;
}

void Bus::hang_up(Seat& from, const base::Endpoint& to) {
  if (const auto found = routings_.find({&from, to}); found != routings_.end()) cut(std::string(found->second));
}

void Bus::cut(const std::string& routing) {
  const auto link = links_.at(routing);
  link.server->router->forget(routing);
  link.dialled.first->lanes.forget_replies(link.dialled.second);
  routings_.erase(link.dialled);
  links_.erase(routing);
}

bool is_of_this_loop(const base::ClientId& peer) { return Bus::is_local(peer.routing); }

}  // namespace net
