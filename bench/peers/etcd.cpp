// Buys and look-ups in etcd, in a closed loop. A buy is one transaction: if the key is new and the item is as it was
// seen last, it writes the item's stock and the order. If another buy of the item came between, the transaction fails,
// gives the item as it is now, and is tried again; the time of a buy includes its tries. Prints one JSON line.
//
//   etcd_bench ENDPOINT[,ENDPOINT...] buy|lookup CLIENTS INFLIGHT SECONDS ITEMS BYTES
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include "bench/peers/times.h"
#include "broker/etcd/rpc.grpc.pb.h"

namespace {

namespace rpc = etcdserverpb;

struct Item {
  std::int64_t mod = 0;  // revision of its last change; 0: it is not there
  std::int64_t stock = 1'000'000'000;
};

struct Options {
  bool buys;
  int items;
  std::string order;  // the bytes of an order
};

struct Slot {
  std::size_t client = 0;
  int item = 0;
  std::string key;
  peers::Clock::time_point sent;
  std::unique_ptr<grpc::ClientContext> context;
  grpc::Status status;
  rpc::TxnResponse txn;
  rpc::RangeResponse range;
  std::unique_ptr<grpc::ClientAsyncResponseReader<rpc::TxnResponse>> buying;
  std::unique_ptr<grpc::ClientAsyncResponseReader<rpc::RangeResponse>> looking;
};

class Load {
 public:
  Load(const std::vector<std::string>& endpoints, int clients, Options options) : options_(std::move(options)) {
    grpc::ChannelArguments own;
    own.SetInt("grpc.use_local_subchannel_pool", 1);  // a connection for each client
    for (int i = 0; i < clients; ++i) {
      const auto& to = endpoints[static_cast<std::size_t>(i) % endpoints.size()];
      stubs_.push_back(rpc::KV::NewStub(grpc::CreateCustomChannel(to, grpc::InsecureChannelCredentials(), own)));
    }
  }

  void begin(Slot& slot) {
    slot.item = static_cast<int>(random_() % static_cast<unsigned>(options_.items));
    slot.key = "key/" + std::to_string(::getpid()) + "-" + std::to_string(++keys_);
    slot.sent = peers::Clock::now();
    send(slot);
  }

  // Returns false if the request is under way again.
  bool end(Slot& slot) {
    if (!slot.status.ok()) {
      std::fprintf(stderr, "etcd_bench: %s\n", slot.status.error_message().c_str());
      std::exit(1);
    }
    if (!options_.buys) return true;
    auto& item = items_[slot.item];
    if (slot.txn.succeeded()) {
      if (slot.txn.header().revision() > item.mod) item = {slot.txn.header().revision(), item.stock - 1};
      return true;
    }
    for (const auto& kv : slot.txn.responses(0).range().kvs()) {
      if (kv.mod() > item.mod) item = {kv.mod(), std::atoll(kv.value().c_str())};
    }
    send(slot);
    return false;
  }

  bool next(Slot*& slot) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_.Next(&tag, &ok)) return false;
    slot = static_cast<Slot*>(tag);
    return true;
  }

 private:
  std::string name(int item) const { return "item/" + std::to_string(item); }

  void send(Slot& slot) {
    auto& stub = *stubs_[slot.client];
    slot.context = std::make_unique<grpc::ClientContext>();
    if (!options_.buys) {
      rpc::RangeRequest request;
      request.set_key(name(slot.item));
      slot.looking = stub.AsyncRange(slot.context.get(), request, &queue_);
      return slot.looking->Finish(&slot.range, &slot.status, &slot);
    }
    slot.buying = stub.AsyncTxn(slot.context.get(), buy(slot), &queue_);
    slot.buying->Finish(&slot.txn, &slot.status, &slot);
  }

  rpc::TxnRequest buy(const Slot& slot) {
    const auto& item = items_[slot.item];
    rpc::TxnRequest request;
    auto* is_new = request.add_compare();
    is_new->set_target(rpc::Compare::VERSION);
    is_new->set_key(slot.key);
    is_new->set_version(0);
    auto* unchanged = request.add_compare();
    unchanged->set_target(rpc::Compare::MOD);
    unchanged->set_key(name(slot.item));
    unchanged->set_mod(item.mod);
    put(request, name(slot.item), std::to_string(item.stock - 1));
    put(request, slot.key, options_.order);
    request.add_failure()->mutable_range()->set_key(name(slot.item));
    return request;
  }

  static void put(rpc::TxnRequest& request, const std::string& key, const std::string& value) {
    auto* put = request.add_success()->mutable_put();
    put->set_key(key);
    put->set_value(value);
  }

  Options options_;
  std::vector<std::unique_ptr<rpc::KV::Stub>> stubs_;
  grpc::CompletionQueue queue_;
  std::map<int, Item> items_;
  std::mt19937 random_{std::random_device{}()};
  std::uint64_t keys_ = 0;
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fprintf(stderr, "usage: %s ENDPOINTS buy|lookup CLIENTS INFLIGHT SECONDS ITEMS BYTES\n", argv[0]);
    return 2;
  }
  const int clients = std::atoi(argv[3]);
  Load load(split(argv[1]), clients,
            {std::string(argv[2]) == "buy", std::atoi(argv[6]), std::string(std::strtoul(argv[7], nullptr, 10), 'x')});
  std::vector<Slot> slots(static_cast<std::size_t>(clients * std::atoi(argv[4])));
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i].client = i % static_cast<std::size_t>(clients);
  const auto begin = peers::Clock::now();
  const auto end = begin + std::chrono::duration<double>(std::atof(argv[5]));
  for (auto& slot : slots) load.begin(slot);
  peers::Times times;
  for (Slot* slot = nullptr; peers::Clock::now() < end && load.next(slot);) {
    if (!load.end(*slot)) continue;
    times.add(slot->sent);
    load.begin(*slot);
  }
  times.print(std::chrono::duration<double>(peers::Clock::now() - begin).count());
  std::fflush(stdout);
  std::_Exit(0);  // without waiting for what is under way
}
