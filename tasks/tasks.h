// The tasks of the client commands, without their command lines.
//
// Each function prints its result on standard output, complaints on standard error, and returns the exit code. With
// `json` the result is one JSON value, or one value per line for events.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/client.h"

namespace tasks {

// Exit codes of every client command.
constexpr int kDone = 0;
constexpr int kRefused = 1;  // refused for a business reason, or because the rights lack
constexpr int kUsage = 2;    // wrong options or arguments
constexpr int kUnknown = 3;  // no definite answer, or the store is unavailable
constexpr int kPrefix = 4;   // of a backup: it ends before a block that is not sound
// cli/output_end.h has those of output that cannot be written.

struct Common {
  std::vector<base::Endpoint> frontends;
  base::Duration timeout = std::chrono::seconds(5);
  bool json = false;
  std::string token;  // of the credential; empty: none

  client::Client connect() const;
};

struct LookupTask {
  std::string what;                  // id or title
  std::optional<std::string> title;  // instead of `what`: also a title that is a number
  std::optional<std::uint32_t> stale_ok_ms;
  bool fresh = false;
};
int lookup(const Common& common, const LookupTask& task);
// Returns the subject of the look-up. Fails if the task names none.
base::Result<msg::Lookup> request_of(const LookupTask& task);

struct SearchTask {
  std::optional<std::string> topic;
  std::optional<std::string> text;
  std::optional<std::uint64_t> after;
  std::uint32_t limit = msg::kPageDefault;
  std::optional<std::uint32_t> stale_ok_ms;
  bool retired = false;  // retired items, too
  bool low = false;      // only those that are low
};
int search(const Common& common, const SearchTask& task);

struct PlaceTask {
  msg::OrderType type = msg::OrderType::kBuy;
  std::vector<std::string> items;        // ID or ID:N
  std::optional<std::int64_t> quantity;  // for a single ID
  std::string customer;
  std::string key;  // empty: a random one
  std::string expect_price;
  std::optional<std::string> place;  // of a buy: all its pieces come from there
};
int place(const Common& common, const PlaceTask& task);

struct CancelTask {
  std::uint64_t no = 0;
  std::vector<std::string> items;  // ID or ID:N; empty: everything that remains of the order
  msg::CancelKind kind = msg::CancelKind::kCancel;
  std::string reason;
  std::string key;  // empty: a random one
};
int cancel(const Common& common, const CancelTask& task);

struct HoldTask {
  std::vector<std::string> items;  // ID or ID:N
  std::uint64_t ttl_ms = 600'000;
  std::string customer;
  std::string key;           // empty: a random one
  std::string expect_price;  // of the only item; empty: any
};
int hold(const Common& common, const HoldTask& task);
// A change of a hold.
struct HoldChangeTask {
  std::uint64_t no = 0;
  std::vector<std::string> items;  // of a confirmation, ID or ID:N; empty: the whole hold
  std::uint64_t ttl_ms = 600'000;  // of an extension
  std::string key;                 // empty: a random one
};
int confirm_hold(const Common& common, const HoldChangeTask& task);
int extend_hold(const Common& common, const HoldChangeTask& task);
int release_hold(const Common& common, const HoldChangeTask& task);
int show_hold(const Common& common, std::uint64_t no);
struct HoldsTask {
  std::optional<std::string> customer;
  std::optional<std::uint64_t> after;  // only greater numbers
  std::uint32_t limit = msg::kPageDefault;
};
int holds(const Common& common, const HoldsTask& task);

int order(const Common& common, std::uint64_t no);
struct OrdersTask {
  std::optional<std::string> customer;
  std::string since, until;             // times or dates; empty: no bound
  bool oldest = false;                  // the oldest orders first, and not the newest
  std::optional<std::uint64_t> after;   // only greater numbers, the oldest first
  std::optional<std::uint64_t> before;  // only smaller numbers
  std::uint32_t limit = msg::kPageDefault;
};
int orders(const Common& common, const OrdersTask& task);
int outcome(const Common& common, const std::string& key);

enum class SalesBy { kDay, kTopic, kItem, kPlace };
constexpr const char* kUtc = "+00:00";
struct SalesTask {
  SalesBy by = SalesBy::kDay;
  std::string from, to;       // times or dates, both included; empty: no bound
  std::string offset = kUtc;  // of the days from UTC
  bool csv = false;
};
int report_sales(const Common& common, const SalesTask& task);

struct AddTask {
  std::optional<std::uint64_t> id;
  std::string title;
  std::vector<std::string> topics;  // the first one and others
  std::string price;
  std::int64_t stock = 0;
  std::string key;
  std::string description;
  std::vector<std::string> attributes;  // NAME=VALUE
};
int add(const Common& common, const AddTask& task);
struct PriceTask {
  std::uint64_t item = 0;
  std::string amount;
  std::string key;
  std::optional<std::uint64_t> expect_version;
};
int price(const Common& common, const PriceTask& task);
struct EditTask {
  std::uint64_t item = 0;
  std::optional<std::string> title;
  std::vector<std::string> topics;         // the first one and others; with a single one, the others stay
  bool one_topic = false;                  // without others
  std::optional<std::string> description;  // empty: none
  std::vector<std::string> attributes;     // NAME=VALUE
  std::vector<std::string> removed;        // names of attributes
  std::optional<std::int64_t> low;         // -1: none
  std::optional<bool> retired;             // true: retire it, false: bring it back
  std::string key;
  std::optional<std::uint64_t> expect_version;
};
int edit(const Common& common, const EditTask& task);
struct TermsTask {
  std::uint64_t item = 0;
  std::optional<std::int64_t> per_order;
  std::optional<std::int64_t> per_customer;
  std::optional<std::int64_t> window_ms;
  std::string from, until;  // times; empty: no bound
  bool none = false;
  std::string key;
  std::optional<std::uint64_t> expect_version;
};
int terms(const Common& common, const TermsTask& task);
struct RestockTask {
  std::uint64_t item = 0;
  std::int64_t delta = 0;
  std::string reason;
  std::string key;
  std::optional<std::uint64_t> expect_version;
  std::optional<std::string> place;
  bool opens = false;  // the place may be new
};
int restock(const Common& common, const RestockTask& task);
struct CountTask {
  std::uint64_t item = 0;
  std::int64_t stock = 0;
  std::string reason;
  std::string key;
  std::optional<std::uint64_t> expect_version;
  std::optional<std::string> place;
  bool opens = false;  // the place may be new
};
int count(const Common& common, const CountTask& task);
struct TransferTask {
  std::uint64_t item = 0;
  std::int64_t quantity = 0;
  std::optional<std::string> from;
  std::optional<std::string> to;
  bool opens = false;  // `to` may be new
  std::string reason;
  std::string key;
  std::optional<std::uint64_t> expect_version;
};
int transfer(const Common& common, const TransferTask& task);
struct MovementsTask {
  std::uint64_t item = 0;
  std::optional<std::uint64_t> before;  // only movements with a lesser seq
  std::uint32_t limit = msg::kPageDefault;
};
int movements(const Common& common, const MovementsTask& task);
struct HistoryTask {
  std::uint64_t item = 0;
};
int item_history(const Common& common, const HistoryTask& task);

struct SubscribeTask {
  std::string name;
  std::optional<std::uint64_t> from;    // seq of the first event; missing: the next one
  std::vector<std::string> types;       // of the events; empty: all
  std::optional<std::uint64_t> ttl_ms;  // missing: the store's default
  std::string key;
};
int subscribe(const Common& common, const SubscribeTask& task);
struct AcknowledgeTask {
  std::string name;
  std::uint64_t cursor = 0;
  std::string key;
};
int acknowledge(const Common& common, const AcknowledgeTask& task);
struct UnsubscribeTask {
  std::string name;
  std::string key;
};
int unsubscribe(const Common& common, const UnsubscribeTask& task);
int subscriptions(const Common& common);

// The clients' credentials. A new token is made here and printed once; only its SHA-256 is sent. A credential may
// belong to a client's key instead.
struct GrantTask {
  std::string role;
  std::string customer;
  std::string label;
  std::optional<std::uint64_t> expires_in_ms;
  std::string client_key;  // the public key, in Z85; empty: make a token
};
int grant(const Common& common, const GrantTask& task);
// The token of a new credential, which is not a buyer's. Throws std::runtime_error if it is not granted.
std::string granted_token(const Common& common, const GrantTask& task);
int revoke(const Common& common, std::uint64_t id);
int credentials(const Common& common);
int whoami(const Common& common);

struct ImportTask {
  std::string file;      // -: standard input
  bool dry_run = false;  // with `update`: only tells what differs
  bool update = false;   // gives items that the store has the values of the file
  std::string currency;  // code of the currency that the store must have; empty: any
};
int import_file(const Common& common, const ImportTask& task);
// For `up`: loads the file into a store without items, or continues a load of the same file that was interrupted.
// Leaves any other store as it is.
int load_catalogue(const Common& common, const std::string& file);
// With `json`: one JSON value for each item, order, open hold or movement, in a line of its own.
int export_items(const Common& common);
int export_orders(const Common& common);
int export_holds(const Common& common);
int export_movements(const Common& common);

struct StatusTask {
  bool watch = false;  // shows it again every second until interrupted
  bool wait = false;   // shows it once the store serves, or its timeout is over
};
int status(const Common& common, const StatusTask& task);
// Have the store note an act that is about to begin, or is done. If the store does not note it, a notice says so, and
// that is all, because a store that stands still must be operable, too. But a client that may not note an act must not
// begin it: it is told so, and note_before returns its exit code; otherwise kDone. Without frontends nobody is asked.
int note_before(const Common& common, msg::Act act, const std::string& subject);
void note_done(const Common& common, msg::Act act, const std::string& subject);
// Removes a silent process from the status of all frontends.
int forget(const Common& common, const std::string& instance);

struct EventsTask {
  std::uint64_t from = 1;
  std::optional<std::uint64_t> to;
  std::vector<std::string> types;      // only events of these types; empty: all
  std::optional<std::uint64_t> actor;  // only events that this credential's client made
  std::optional<std::uint64_t> item;   // only events that add or change this item, or tell whether it is low
  std::optional<std::uint64_t> limit;
  bool follow = false;
  std::string subscription;  // from its cursor on, and only its types; empty: none
  bool acknowledge = false;  // what was printed
};
int events(const Common& common, const EventsTask& task);

struct TraceTask {
  std::string what;  // lookup or buy
  std::string item;  // empty: with `buy`, an item of the topic `bench`
  bool yes = false;  // really buys the item of the store
};
int trace(const Common& common, const TraceTask& task);

// Checks records without a store. Returns 0: holds, 1: violated, 2: a file is broken, 3: not decided.
struct CheckTask {
  std::vector<std::string> files;
  bool json = false;
};
int check(const CheckTask& task);

}  // namespace tasks
