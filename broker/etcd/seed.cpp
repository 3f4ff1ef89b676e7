#include "broker/etcd/seed.h"

#include <fmt/format.h>

#include <thread>

#include "base/check.h"
#include "base/random.h"
#include "broker/etcd/requests.h"

namespace broker::etcd {
namespace {

constexpr base::Duration kAskAgain = std::chrono::milliseconds(50);

}  // namespace

base::Result<void> Seed::room(base::Duration patience) {
  const Keys keys(settings_.prefix);
  rpc::TxnRequest request;
  *request.add_compare() = none(keys.all());
  const auto ask_too = [&](const rpc::RequestOp& op) { *request.add_success() = *request.add_failure() = op; };
  ask_too(ask(get(keys.lead())));  // a member answers an empty transaction without asking the others
  for (const auto& op : ask_for_nested(keys)) ask_too(op);
  const auto response = until_answered(request, patience);
  if (!response) return base::fail(fmt::format("etcd does not answer: {}", response.error().why));
  if (auto nested = nested_in(keys, *response, 1, first_of(*response, 0) == nullptr)) return base::fail(*nested);
  if (!response->succeeded()) return base::fail(taken());
  return {};
}

// If the outcome is unknown, the same transaction is sent again, like an append. The leader key then has our name if an
// earlier try succeeded.
base::Result<void> Seed::put(const Commit& last, base::Term term, base::Duration patience) {
  CHECK(last.control.has_value());
  const auto name = "restored " + base::new_key();
  const auto response = until_answered(seed(Keys(settings_.prefix), name, last, term), patience);
  if (!response && !response.error().unknown) {
    return base::fail(fmt::format("etcd has refused the restored store: {}", response.error().why));
  }
  if (!response) {
    return base::fail(
        fmt::format("etcd does not answer, and may still take what was sent: before you try again, check whether there "
                    "are keys under {} ({})",
                    Keys(settings_.prefix).all(), response.error().why));
  }
  if (!seeded(*response, name)) return base::fail(taken());
  return {};
}

Answer<rpc::TxnResponse> Seed::until_answered(const rpc::TxnRequest& request, base::Duration patience) {
  const auto give_up = base::now().mono + patience;
  for (;;) {
    auto response = client_.txn(request);
    if (response || !response.error().unknown || base::now().mono >= give_up) return response;
    std::this_thread::sleep_for(kAskAgain);
  }
}

std::string Seed::taken() const {
  const auto keys = Keys(settings_.prefix).all();
  return fmt::format(
      "there is already a store in this etcd (keys {}): choose another --etcd-prefix. To replace that store, stop its "
      "brokers and remove it: etcdctl del --prefix {}",
      keys, keys);
}

}  // namespace broker::etcd
