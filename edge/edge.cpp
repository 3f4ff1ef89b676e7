#include "edge/edge.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <future>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/host.h"
#include "base/random.h"
#include "client/client.h"
#include "client/handover.h"
#include "edge/translate.h"
#include "frontend/core.h"
#include "msg/internal.h"
#include "net/loop.h"

namespace pygmy {
namespace {

constexpr std::size_t kNameBytesMax = 64;

bool is_name(const std::string& text) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= kNameBytesMax && std::all_of(text.begin(), text.end(), plain);
}

// The endpoint of the edge on its loop. No other process can reach it.
base::Endpoint inside(const std::string& name) { return "inproc://" + name; }

frontend::Config edge_config(const Edge::Config& config, std::shared_ptr<frontend::Mirror> mirror) {
  return {.identity = {.role = msg::Role::kFrontend,
                       .instance = config.name,
                       .incarnation = base::Incarnation(base::entropy()),
                       .host = base::host_id(),
                       .tcp = inside(config.name),
                       .pid = static_cast<std::uint64_t>(::getpid())},
          .brokers = config.brokers,
          .cache_bytes = config.cache_bytes,
          .mirror = std::move(mirror)};
}

client::Config client_config(const Edge::Config& config) {
  return {.frontends = {inside(config.name)}, .timeout = config.timeout, .seed = base::entropy()};
}

// A store with keys lets an edge in that has the key of a frontend of this name.
std::optional<net::Key> key_of(const Edge::Config& config) {
  if (config.key_file.empty()) return std::nullopt;
  auto key = net::require_key(config.key_file);
  if (key.role == msg::word(msg::Role::kFrontend) && key.name == config.name) return key;
  throw std::runtime_error(config.key_file + " is the key of the " + key.role + " '" + key.name +
                           "'; this edge needs one of its own: pygmy keys add frontend " + config.name);
}

net::Sockets edge_sockets(const Edge::Config& config) {
  net::Sockets sockets;
  sockets.key = key_of(config);
  for (const auto& broker : config.brokers) {
    sockets.publish_connect.push_back(net::heartbeat_endpoint(broker));
    sockets.subscribe_connect.push_back(net::publish_endpoint(broker));
  }
  for (const auto topic : {msg::kBlockTopic, msg::kMarkTopic, msg::kHeartbeatTopic, msg::kAnnounceTopic}) {
    sockets.topics.emplace_back(topic);
  }
  sockets.known_as = {inside(config.name)};
  return sockets;
}

client::Answer refused(msg::Code code, std::string message) {
  client::Answer answer;
  answer.refusal = msg::Refusal{.code = code, .message = std::move(message)};
  return answer;
}

// The edge's core; it notes why it has stopped.
class Stopping : public frontend::Core {
 public:
  using frontend::Core::Core;
  void on_settled(base::Turn turn) override {
    frontend::Core::on_settled(turn);
    if (turn.out.stopped()) stopped_ = *turn.out.stopped();
  }
  const std::optional<std::string>& stopped() const { return stopped_; }

 private:
  std::optional<std::string> stopped_;
};

// The program's signals are for its own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

class Edge::Impl {
 public:
  explicit Impl(const Config& config)
      : mirror_(std::make_shared<frontend::Mirror>()),
        edge_(edge_config(config, mirror_)),
        client_(
            client_config(config),
            [](const std::vector<client::Handover::Ended>& all) {
              for (const auto& [done, answer] : all) done(answer);
            },
            mirror_) {
    loop_.add(edge_sockets(config), edge_);
    loop_.add({}, client_);
    loop_.watch(edge_, stop_.fd(), [this](base::Turn turn) {
      stop_.clear();
      edge_.on_stop(turn);
    });
    loop_.watch(client_, client_.fd(), [this](base::Turn turn) { client_.take(turn); });
    const SignalsBlocked blocked;
    thread_ = std::thread([this] { run(); });
  }
  ~Impl() {
    stop_.raise();
    thread_.join();
  }

  template <class Request>
  client::Reply<typename Request::Reply> call(const Request& request) {
    constexpr bool is_write = requires { request.key; };
    auto body = msg::encoded(request);
    auto answer = client_.find(Request::kType, body, {});
    return client::reply_of<typename Request::Reply>(answer ? *answer : ask(Request::kType, is_write, std::move(body)));
  }

 private:
  using Promise = std::promise<client::Answer>;
  using Waiting = std::shared_ptr<Promise>;

  client::Answer ask(std::string_view type, bool is_write, base::Bytes body) {
    const auto waiting = std::make_shared<Promise>();
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return refused(msg::Code::kUnavailable, *ended_);
      waiting_.insert(waiting);
    }
    auto answer = waiting->get_future();
    const auto done = [this, waiting](const client::Answer& end) { finish(waiting, end); };
    if (!client_.hand_over(type, is_write, std::move(body), {}, done)) {
      finish(waiting, refused(msg::Code::kBusy, "too many calls are under way in this edge"));
    }
    return answer.get();
  }

  void finish(const Waiting& waiting, const client::Answer& answer) {
    const std::lock_guard lock(mutex_);
    if (waiting_.erase(waiting) > 0) waiting->set_value(answer);
  }

  void run() {
    std::string why;
    try {
      loop_.run_until([this] { return edge_.stopped().has_value(); }, base::Mono::max());
      why = edge_.stopped().value_or("");
    } catch (const std::exception& error) {
      why = error.what();
    }
    const std::lock_guard lock(mutex_);
    ended_ = "this edge has stopped" + (why.empty() ? "" : ": " + why);
    for (const auto& waiting : waiting_) waiting->set_value(refused(msg::Code::kUnknown, *ended_));
    waiting_.clear();
  }

  std::shared_ptr<frontend::Mirror> mirror_;
  Stopping edge_;
  client::Handover client_;
  base::EventFd stop_;
  net::Loop loop_;
  std::mutex mutex_;  // of the next two
  std::optional<std::string> ended_;
  std::set<Waiting> waiting_;
  std::thread thread_;
};

Edge::Edge(const Config& config) {
  if (config.brokers.empty()) throw std::runtime_error("an edge needs the endpoints of the store's brokers");
  if (!is_name(config.name)) {
    throw std::runtime_error("an edge needs a name of 1 to 64 letters, digits, '-', '_', '.': '" + config.name + "'");
  }
  impl_ = std::make_unique<Impl>(config);
}
Edge::~Edge() = default;

std::string new_key() { return base::new_key(); }

Reply<Item> Edge::lookup(std::uint64_t item) {
  return translated(impl_->call(msg::Lookup{.item = base::ItemId(item)}),
                    [](const msg::ItemReply& reply) { return translated(reply.item); });
}

Reply<Items> Edge::search(const Search& search) {
  return translated(impl_->call(translated(search)), [](const msg::ItemsReply& reply) { return translated(reply); });
}

Reply<Order> Edge::place(const NewOrder& order) {
  return translated(impl_->call(translated(order)),
                    [](const msg::OrderReply& reply) { return translated(reply.order); });
}

Reply<Item> Edge::restock(const std::string& key, std::uint64_t item, std::int64_t pieces) {
  return translated(impl_->call(msg::Restock{.key = key, .item = base::ItemId(item), .delta = base::Quantity(pieces)}),
                    [](const msg::ItemReply& reply) { return translated(reply.item); });
}

Reply<Item> Edge::set_price(const std::string& key, std::uint64_t item, std::int64_t price) {
  return translated(impl_->call(msg::ChangePrice{.key = key, .item = base::ItemId(item), .price = base::Cents(price)}),
                    [](const msg::ItemReply& reply) { return translated(reply.item); });
}

Reply<Item> Edge::edit(const std::string& key, std::uint64_t item, const Edit& edit) {
  const msg::EditItem request{key, base::ItemId(item), edit.title, edit.topic, edit.retired, {}};
  return translated(impl_->call(request), [](const msg::ItemReply& reply) { return translated(reply.item); });
}

Reply<Outcome> Edge::outcome(const std::string& key) {
  return translated(impl_->call(msg::Outcome{key}), [](const msg::OutcomeReply& reply) { return translated(reply); });
}

Reply<Order> Edge::order(std::uint64_t no) {
  return translated(impl_->call(msg::GetOrder{base::OrderNo(no)}),
                    [](const msg::OrderReply& reply) { return translated(reply.order); });
}

Reply<std::vector<Order>> Edge::orders(const std::string& customer, std::uint64_t after, std::uint32_t limit) {
  msg::ListOrders list{.after = base::OrderNo(after), .limit = limit};
  if (!customer.empty()) list.customer = customer;
  return translated(impl_->call(list), [](const msg::OrdersReply& reply) {
    std::vector<Order> orders;
    for (const auto& order : reply.orders) orders.push_back(translated(order));
    return orders;
  });
}

}  // namespace pygmy
