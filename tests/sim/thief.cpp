#include "tests/sim/thief.h"

#include <algorithm>

#include "msg/catalogue.h"

namespace sim {
namespace {

using base::KeyRole;

bool is_edge(KeyRole role) { return role == KeyRole::kFrontend || role == KeyRole::kBridge; }
bool is_replica(KeyRole role) { return role == KeyRole::kCatalog || role == KeyRole::kOrder; }

}  // namespace

Thief::Thief(Cluster& cluster) : cluster_(cluster), world_(cluster.world()) {
  for (const auto& name : cluster.names()) {
    add(*msg::from_word<KeyRole>(name.substr(0, name.find('-'))), name);
  }
  add(KeyRole::kBridge, "bridge-1");
  add(KeyRole::kOperator, "operator-1");
  add(KeyRole::kClient, "client-1");
}

void Thief::add(KeyRole role, const std::string& name) {
  Hand hand{{role, name}, "thief-of-" + name};
  hand.node = cluster_.network().join(hand.place, *this, hand.key);
  hands_.push_back(std::move(hand));
}

void Thief::start() {
  ++run_;
  for (const auto& hand : hands_) {
    cluster_.network().up(hand.node);
    for (const auto& broker : cluster_.names("broker")) {
      cluster_.network().subscribe(cluster_.node(broker).number(), hand.node, {std::string(msg::kHeartbeatTopic)});
    }
  }
  strike(run_);
}

void Thief::strike(std::uint64_t run) {
  if (run != run_) return;
  if (const auto told = known()) strike(hands_[world_.one_of(hands_.size())], *told);
  world_.after(world_.some(1ms, 20ms), [this, run] { strike(run); });
}

void Thief::strike(const Hand& hand, const Known& known) {
  switch (world_.one_of(10)) {
    case 0:
      return forge_append(hand, known);
    case 1:
      return spoil_append(hand, known);
    case 2:
      return lease(hand, known);
    case 3:
      return rule(hand, known);
    case 4:
      return announce(hand);
    case 5:
      return beat(hand, known);
    case 6:
      return ask_with_a_wrong_token(hand);
    case 7:
      return ask_past_the_frontends(hand);
    case 8:
      return ask_as_a_process(hand);
    default:
      return talk_nonsense(hand);
  }
}

std::optional<Thief::Known> Thief::known() {
  auto& node = cluster_.node(cluster_.leader());
  const auto beat = msg::decode<msg::Heartbeat>(node.last_beat());
  if (!beat || !beat->leader) return std::nullopt;
  return Known{node.name(), *beat->leader, node.now().wall};
}

const Thief::Hand& Thief::hand_of(const std::string& name) const {
  const auto found =
      std::find_if(hands_.begin(), hands_.end(), [&](const Hand& hand) { return hand.key.name == name; });
  return found == hands_.end() ? hands_.front() : *found;
}

std::string Thief::some(const std::string& role) {
  const auto all = cluster_.names(role);
  return all[world_.one_of(all.size())];
}

// The last heartbeat of the process, or an empty one.
msg::Heartbeat Thief::beat_of(const std::string& name) {
  auto beat = msg::decode<msg::Heartbeat>(cluster_.node(name).last_beat());
  return beat ? std::move(*beat) : msg::Heartbeat{};
}

// --- events ---

// An event that fits into the stream, or nearly so, from anybody but the writer.
void Thief::forge_append(const Hand& hand, const Known& known) {
  if (hand.key.name == known.told.writer) return spoil_append(hand, known);
  const msg::PriceChanged cheaper{new_name("forged"), 1, base::ItemId(1), base::Cents(1), base::Cents(700), {}};
  ask(hand, known.leader,
      msg::Append{known.told.epoch,
                  known.told.producer.next(1 + world_.one_of(3)),
                  1,
                  known.now,
                  {msg::encoded(msg::Event{known.now, cheaper, {}})}});
}

// Events that nobody may append, most often from the writer. The number that the broker expects is near the last one
// that was committed.
void Thief::spoil_append(const Hand& hand, const Known& known) {
  const auto& by = world_.chance(0.7) ? hand_of(known.told.writer) : hand;
  for (std::uint64_t step = 1; step <= 3; ++step) ask(by, known.leader, spoilt(known, known.told.producer.next(step)));
}

msg::Append Thief::spoilt(const Known& known, base::ProducerNo producer) {
  constexpr base::WallMs kDay = 24 * 3'600'000;
  const auto key = new_name("spoilt");
  const base::ItemId item(1);
  msg::Event event{known.now, msg::KeyVoided{key}, {}};
  msg::Append append{known.told.epoch, producer, 1, known.now, {}};
  switch (world_.one_of(12)) {
    case 0:
      event.what = msg::PriceChanged{key, 1, item, base::Cents(msg::kPriceMaxCents + 1), base::Cents(700), {}};
      break;
    case 1:
      event.what = msg::StockMoved{key, 1, item, base::Quantity(-5), base::Quantity(-5), "", {}};
      break;
    case 2:
      event.what = msg::OrderPlaced{
          .key = key, .no = base::OrderNo(1), .lines = {{item, base::Quantity(1), {}, {}}}, .total = base::Cents(7)};
      break;
    case 3:
      event.what = msg::ItemsAdded{key, 1, {{item, std::string(msg::kTitleBytesMax + 1, 't'), "", {}, {}}}, {}};
      break;
    case 4:
      event.what = msg::KeyVoided{"\x1b[2J"};
      break;
    case 5:
      event.what = msg::HolderJoined{new_name("nobody"), base::Incarnation(1)};
      break;
    case 6:
      event.what = msg::WriterAppointed{known.told.writer, base::Incarnation(1)};
      break;
    case 7:
      event.what = msg::StoreCreated{"another", {}};
      break;
    case 8:
      event.at = known.now + (world_.chance(0.5) ? kDay : 100'000 * kDay);
      break;
    case 9:
      event.at = -1;
      break;
    case 10:
      append.count = 2;  // and there is one
      break;
    default:
      append.events.bytes = "\xc1";
  }
  append.at = event.at;
  if (append.events.bytes.empty()) append.events.bytes = msg::encoded(event);
  return append;
}

// --- requests to brokers ---

// Takes a lease, acknowledges or gives a lease up in the name of a frontend, or of one that does not exist.
void Thief::lease(const Hand& hand, const Known& known) {
  auto holder = some("frontend");
  auto incarnation = beat_of(holder).incarnation;
  if (holder == hand.key.name || world_.chance(0.3)) {
    holder = new_name("nobody");
    incarnation = base::Incarnation(world_.random().next());
  }
  const auto end = known.told.commit;
  if (world_.chance(0.3)) return ask(hand, known.leader, msg::Ack{holder, incarnation, end});
  std::optional<bool> gives_up;
  if (world_.chance(0.3)) gives_up = true;
  ask(hand, known.leader, msg::LeaseRequest{holder, incarnation, end, gives_up});
}

// Deposes the writer, or removes the past.
void Thief::rule(const Hand& hand, const Known& known) {
  const auto& told = known.told;
  if (world_.chance(0.5)) {
    if (hand.key.name != told.writer) ask(hand, known.leader, msg::Resign{told.writer, told.epoch});
  } else if (hand.key.role != KeyRole::kOperator) {
    ask(hand, some("broker"), msg::Trim{"simulated", told.commit, world_.chance(0.5)});
  }
}

// Leads all processes to another broker.
void Thief::announce(const Hand& hand) {
  msg::Heartbeat beat;
  beat.role = msg::Role::kBroker;
  beat.instance = hand.key.role == KeyRole::kBroker ? new_name("another-broker") : hand.key.name;
  beat.store = "simulated";
  beat.tcp = Network::endpoint(hand.place);
  ask(hand, some("broker"), msg::Announce{{msg::encoded(beat)}});
}

// A heartbeat that draws requests to the thief, takes a view out of use, or leads to another broker.
void Thief::beat(const Hand& hand, const Known& known) {
  const auto name = cluster_.names()[world_.one_of(cluster_.names().size())];
  auto beat = beat_of(name);
  beat.instance = name;
  if (name == hand.key.name) beat.role = hand.key.role == KeyRole::kOrder ? msg::Role::kCatalog : msg::Role::kOrder;
  beat.incarnation = base::Incarnation(world_.random().next());
  beat.tcp = Network::endpoint(hand.place);
  beat.state = msg::State::kLive;
  beat.applied = known.told.commit;
  beat.digest = msg::DigestAt{beat.applied, world_.random().next(), 0};
  if (world_.chance(0.2) && (name != hand.key.name || hand.key.role != KeyRole::kBroker)) {
    beat.role = msg::Role::kBroker;
    beat.leader = known.told;
    beat.leader->term = base::Term(std::uint64_t{1} << 60);
  }
  world_.count("thief: heartbeat");
  cluster_.network().publish(hand.node, {std::string(msg::kHeartbeatTopic), msg::encoded(beat)});
}

// --- requests of clients, and of other processes ---

void Thief::ask_with_a_wrong_token(const Hand& hand) {
  msg::Header header;
  header.token = msg::Blob{world_.chance(0.1) ? std::string(10'000, 't') : new_name("guessed")};
  if (world_.chance(0.5)) header.by = base::Seq(1 + world_.one_of(20));
  some_request([&](const auto& request) { ask(hand, some("frontend"), request, header); });
}

// A replica knows no tokens.
void Thief::ask_past_the_frontends(const Hand& hand) {
  if (is_edge(hand.key.role) || hand.key.role == KeyRole::kOperator) return;
  some_request([&](const auto& request) { ask(hand, some(world_.chance(0.7) ? "order" : "catalog"), request); });
}

void Thief::ask_as_a_process(const Hand& hand) {
  const auto role = hand.key.role;
  const auto replica = some(world_.chance(0.5) ? "order" : "catalog");
  switch (world_.one_of(4)) {
    case 0:
      return role == KeyRole::kClient ? ask(hand, some("broker"), msg::Replay{base::Seq(1), {}, 1000}) : void();
    case 1:
      return is_replica(role) ? void() : ask(hand, replica, msg::Snapshot{"", 0, 1000, {}});
    case 2:
      return role == KeyRole::kOperator ? void() : ask(hand, some("order"), msg::Rows{.limit = 10});
    default:
      return is_edge(role) ? void() : ask(hand, some("order"), msg::FindCredential{{std::string(32, 'h')}});
  }
}

void Thief::talk_nonsense(const Hand& hand) {
  base::Bytes bytes;
  msg::append_request(bytes, {}, msg::Lookup{.item = base::ItemId(1)});
  bytes[world_.one_of(bytes.size())] = static_cast<char>(world_.one_of(256));
  if (world_.chance(0.5)) bytes.resize(world_.one_of(bytes.size()));
  world_.count("thief: nonsense");
  cluster_.network().send(hand.node, Network::endpoint(some("")), std::move(bytes));
}

template <class Send>
void Thief::some_request(const Send& send) {
  const auto key = new_name("stolen");
  const base::ItemId item(1 + world_.one_of(5));
  switch (world_.one_of(17)) {
    case 0:
      return send(msg::Lookup{.item = item});
    case 1:
      return send(msg::Search{});
    case 2:
      return send(msg::PlaceOrder{.key = key, .lines = {{item, base::Quantity(1), {}}}});
    case 3:
      return send(msg::AddItems{key, {{{}, "stolen", "", base::Cents(1), base::Quantity(1)}}});
    case 4:
      return send(msg::ChangePrice{key, item, base::Cents(1), {}});
    case 5:
      return send(msg::Restock{key, item, base::Quantity(1), {}, {}});
    case 6:
      return send(msg::Outcome{key});
    case 7:
      return send(msg::GetOrder{base::OrderNo(1)});
    case 8:
      return send(msg::ListOrders{});
    case 9:
      return send(
          msg::Grant{.key = key, .hash = {std::string(msg::kTokenHashBytes, 's')}, .role = msg::ClientRole::kAdmin});
    case 10:
      return send(msg::Revoke{key, base::Seq(1 + world_.one_of(50))});
    case 11:
      return send(msg::EditItem{.key = key, .item = item, .title = "stolen", .retired = true});
    case 12:
      return send(msg::CountStock{key, item, base::Quantity(1), {}, {}});
    case 13:
      return send(msg::ListMovements{item, {}, {}});
    case 14:
      return send(msg::Transfer{.key = key, .item = item, .quantity = base::Quantity(1), .to = "lair", .opens = true});
    case 15:
      return send(msg::Subscribe{key, "stolen", {}, {}, {}});
    default:
      return send(msg::ListCredentials{});
  }
}

template <class Request>
void Thief::ask(const Hand& hand, const std::string& to, const Request& request, msg::Header header) {
  header.id = ++last_id_;
  base::Bytes bytes;
  msg::append_request(bytes, header, request);
  tries_[header.id] = fmt::format("{} of {}", Request::kType, to);
  world_.count("thief: request");
  cluster_.network().send(hand.node, Network::endpoint(to), std::move(bytes));
}

void Thief::arrive(Arrival arrival) {
  if (arrival.kind != Arrival::Kind::kReply) {
    const auto message = msg::FrameReader(*arrival.bytes).next();
    return world_.broken(fmt::format("a thief: a process believed his heartbeat and sent him '{}'",
                                     message ? message->header.t : arrival.topic));
  }
  for (msg::FrameReader reader(*arrival.bytes); !reader.done();) {
    const auto message = reader.next();
    if (!message) return world_.broken("a thief: an answer to him cannot be read");
    const auto found = tries_.find(message->header.id);
    if (found == tries_.end()) continue;  // an answer to nonsense, or one that came twice
    if (!message->header.err) return world_.broken("a thief: he was answered: " + found->second);
    world_.count("thief: refused as " + *message->header.err);
    tries_.erase(found);
  }
}

}  // namespace sim
