#include "frontend/turns.h"

namespace frontend {

void Turns::take_turn(const std::string& name, Client& client) {
  if (client.turn || client.waiting.empty() || client.gone.size() >= per_client_) return;
  client.turn = turns_.insert(turns_.end(), name);
}

void Turns::end_turn(Client& client) {
  if (client.turn) turns_.erase(*client.turn);
  client.turn.reset();
}

void Turns::wait(const std::string& name, std::uint64_t id) {
  auto& client = clients_[name];
  client.waiting.insert(id);
  take_turn(name, client);
}

std::optional<std::uint64_t> Turns::next() {
  if (at_replicas_ >= at_once_ || turns_.empty()) return std::nullopt;
  const auto name = turns_.front();
  auto& client = clients_.at(name);
  end_turn(client);
  const auto id = *client.waiting.begin();
  client.waiting.erase(client.waiting.begin());
  client.gone.insert(id);
  ++at_replicas_;
  take_turn(name, client);
  return id;
}

bool Turns::has_gone(const std::string& name, std::uint64_t id) const {
  const auto found = clients_.find(name);
  return found != clients_.end() && found->second.gone.count(id) != 0;
}

void Turns::leave(const std::string& name, std::uint64_t id) {
  const auto found = clients_.find(name);
  if (found == clients_.end()) return;
  auto& client = found->second;
  at_replicas_ -= client.gone.erase(id);
  client.waiting.erase(id);
  if (client.waiting.empty()) end_turn(client);
  take_turn(name, client);
  if (client.waiting.empty() && client.gone.empty()) clients_.erase(found);
}

}  // namespace frontend
