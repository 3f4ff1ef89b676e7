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
  ask_too(ask(get(keys.lead())));  // with nothing to do, a member would answer from what it has
  for (const auto& op : ask_for_nested(keys)) ask_too(op);
  const auto response = until_answered(request, patience);
  if (!response) return base::fail(fmt::format("etcd does not answer: {}", response.error().why));
  if (auto nested = nested_in(keys, *response, 1, first_of(*response, 0) == nullptr)) return base::fail(*nested);
  if (!response->succeeded()) return base::fail(taken());
  return {};
}

// An outcome that is not known is settled by the same transaction, as that of an append: by our name as the leader's.
base::Result<void> Seed::put(const Commit& last, base::Term term, base::Duration patience) {
  CHECK(last.control.has_value());
  const auto name = "restored " + base::new_key();
  const auto response = until_answered(seed(Keys(settings_.prefix), name, last, term), patience);
  if (!response && !response.error().unknown) {
    return base::fail(fmt::format("etcd has refused it: {}", response.error().why));
  }
  if (!response) {
    return base::fail(
        fmt::format("etcd does not answer, it may still take what was sent: before you try again, look whether there "
                    "is anything under {} ({})",
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
      "there is a store in this etcd already (keys {}): choose another --etcd-prefix; or, if that store is the one to "
      "be replaced, stop its brokers and remove it: etcdctl del --prefix {}",
      keys, keys);
}

}  // namespace broker::etcd
