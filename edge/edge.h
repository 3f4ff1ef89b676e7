// pygmy::Edge: an edge of a Pygmy store inside your program.
//
//   pygmy::Edge shop({.brokers = {"tcp://127.0.0.1:7400"}, .name = "till-1"});
//   if (const auto item = shop.lookup(2)) show(item->title, item->stock);
//   const auto order = shop.place({.key = pygmy::new_key(), .lines = {{.item = 2, .quantity = 1}}});
//   if (!order) complain(order.refusal.code, order.refusal.message);
//
// An edge follows the store's stream on a thread of its own and keeps answers to lookups and searches in memory. These
// are given in the caller's thread, without a message and in about a microsecond. All else goes to a process
// of the store. Every answer is linearizable, also one from memory: if a change was acknowledged to anybody before the
// call, the answer shows the change, or later ones.
//
// While an edge is connected, each change in the store waits for it. If its thread does not run (a machine that is
// overloaded, a debugger), changes wait up to the broker's lease, usually 500 ms, once. So a program has one edge,
// shared by its threads, and a store has as few as it needs.
//
// Errors: the constructor throws std::runtime_error with a line that says what to do. A call throws nothing of its own:
// it returns a Reply without a value, and the reason. Threads: any thread may call any function, except the constructor
// and destructor. The destructor waits for the edge to give its lease back, at most about two seconds; it must not run
// while a call does.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pygmy {

// Amounts are whole minor units of the store's currency (cents): 0 .. 1,000,000,000. Texts are UTF-8.
struct Item {
  std::uint64_t id = 0;  // 1 .. 2^53 - 1
  std::string title;     // at most 400 bytes
  std::string topic;     // at most 100 bytes
  std::int64_t price = 0;
  std::int64_t stock = 0;     // pieces on hand, 0 .. 1,000,000,000
  std::uint64_t version = 0;  // seq of the last event that touched the item
  std::int64_t held = 0;      // pieces of the stock that open holds keep; the others can be bought
  bool retired = false;       // it is not sold, and searches do not show it
};

// A field that is missing stays as it is.
struct Edit {
  std::optional<std::string> title{};
  std::optional<std::string> topic{};
  std::optional<bool> retired{};
};

struct Search {
  std::optional<std::string> topic{};  // the whole topic, without case
  std::optional<std::string> text{};   // words that the title must all have; at most 200 bytes
  std::uint64_t after = 0;             // items with a greater id only
  std::uint32_t limit = 100;           // 1 .. 1000
};
struct Items {
  std::vector<Item> items;  // ascending by id
  std::uint64_t next = 0;   // `after` for the next page; 0: this is the last one
};

enum class OrderType : std::uint8_t { kBuy, kSell };  // kSell: the store takes pieces in
struct Line {
  std::uint64_t item = 0;
  std::int64_t quantity = 0;  // pieces, 1 .. 1,000,000
  std::optional<std::int64_t>
      price{};  // in a request: what the customer saw; refused as `price_changed` if it is another
};
struct NewOrder {
  std::string key;  // 1 .. 64 bytes; see new_key()
  OrderType type = OrderType::kBuy;
  std::string customer{};     // at most 128 bytes; may be empty
  std::vector<Line> lines{};  // 1 .. 100; all are carried out, or none
};
struct Order {
  std::uint64_t no = 0;
  std::uint64_t seq = 0;  // of its event
  std::int64_t at = 0;    // milliseconds since 1970 UTC
  OrderType type = OrderType::kBuy;
  std::string key;
  std::string customer;
  std::vector<Line> lines;  // with the price of a piece
  std::int64_t total = 0;
};

enum class Effect : std::uint8_t { kOrder, kChange, kNone };
struct Outcome {
  Effect effect = Effect::kNone;
  std::uint64_t seq = 0;         // of the event that the key made; for kNone, of the event that voided the key
  std::optional<Order> order{};  // for kOrder
};

// `code` is a word of PROTOCOL 5. The store has refused for good: unknown_item, unknown_order, not_for_sale,
// out_of_stock, price_changed, key_reused, key_voided, limit, invalid. Try again: busy, unavailable. Of a write,
// `unknown` means that it may have taken effect: ask for the outcome of its key, or send the same request with the same
// key again.
struct Refusal {
  std::string code;
  std::string message;  // for people
};

// Either a value, or the refusal.
template <class T>
struct Reply {
  std::optional<T> value;
  Refusal refusal;
  std::uint64_t seq = 0;  // the last event that the answer shows

  explicit operator bool() const { return value.has_value(); }
  const T& operator*() const { return *value; }
  const T* operator->() const { return &*value; }
};

// A key for one write, at random. A key takes effect at most once: keep it until the write is answered.
std::string new_key();

class Edge {
 public:
  struct Config {
    std::vector<std::string> brokers;  // tcp://HOST:PORT or ipc://PATH, all brokers of the store
    // The name of this edge, unique in the store and the same whenever the program runs: the store remembers each name
    // that it has heard. 1 .. 64 letters, digits, '-', '_', '.'
    std::string name;
    // In a store with keys: the file with the key of this edge, which `pygmy keys add frontend NAME` makes.
    std::string key_file{};
    std::size_t cache_bytes = 64 * 1024 * 1024;  // 0: every call asks the store
    std::chrono::milliseconds timeout{5000};     // of a call, 1 .. 60,000
  };

  explicit Edge(const Config& config);
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  // Answered from memory, if they are there.
  Reply<Item> lookup(std::uint64_t item);
  Reply<Items> search(const Search& search = {});

  Reply<Order> place(const NewOrder& order);
  Reply<Item> restock(const std::string& key, std::uint64_t item, std::int64_t pieces);  // `pieces` may be negative
  Reply<Item> set_price(const std::string& key, std::uint64_t item, std::int64_t price);
  Reply<Item> edit(const std::string& key, std::uint64_t item, const Edit& edit);
  // If the key has had no effect, it will have none.
  Reply<Outcome> outcome(const std::string& key);

  Reply<Order> order(std::uint64_t no);
  // Ascending by number. `customer`: empty for all. `after`: greater numbers only. `limit`: 1 .. 1000.
  Reply<std::vector<Order>> orders(const std::string& customer = {}, std::uint64_t after = 0,
                                   std::uint32_t limit = 100);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pygmy
