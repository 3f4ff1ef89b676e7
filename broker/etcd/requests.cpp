#include "broker/etcd/requests.h"

#include <fmt/format.h>

#include <charconv>

#include "base/decimal.h"
#include "msg/codec.h"

namespace broker::etcd {

std::optional<base::BlockNo> Keys::block_of(const std::string& key) const {
  const auto start = blocks();
  if (key.compare(0, start.size(), start) != 0) return std::nullopt;
  const auto no = base::decimal(std::string_view(key).substr(start.size()));
  return no ? std::optional(base::BlockNo(*no)) : std::nullopt;
}

std::vector<std::string> Keys::outer_leads() const {
  std::vector<std::string> leads;
  for (auto end = prefix_.rfind('/'); end != std::string::npos && end > 0; end = prefix_.rfind('/', end - 1)) {
    leads.push_back(prefix_.substr(0, end) + "/lead");
  }
  return leads;
}

std::string after_all(std::string prefix) {
  prefix.back() = static_cast<char>(prefix.back() + 1);  // all prefixes here end with '/'
  return prefix;
}

rpc::RangeRequest get(const std::string& key) {
  rpc::RangeRequest request;
  request.set_key(key);
  return request;
}

rpc::RangeRequest get_range(const std::string& key, const std::string& end, std::int64_t limit) {
  auto request = get(key);
  request.set_end(end);
  request.set_limit(limit);
  return request;
}

rpc::RequestOp put(const std::string& key, const std::string& value) {
  rpc::RequestOp op;
  op.mutable_put()->set_key(key);
  op.mutable_put()->set_value(value);
  return op;
}

rpc::RequestOp ask(const rpc::RangeRequest& range) {
  rpc::RequestOp op;
  *op.mutable_range() = range;
  return op;
}

rpc::RequestOp remove(const std::string& key, const std::string& end) {
  rpc::RequestOp op;
  op.mutable_delete_range()->set_key(key);
  op.mutable_delete_range()->set_end(end);
  return op;
}

rpc::Compare mod_is(const std::string& key, std::int64_t revision) {
  rpc::Compare compare;
  compare.set_result(rpc::Compare::EQUAL);
  compare.set_target(rpc::Compare::MOD);
  compare.set_key(key);
  compare.set_mod(revision);
  return compare;
}

rpc::Compare absent(const std::string& key) {
  rpc::Compare compare;
  compare.set_result(rpc::Compare::EQUAL);
  compare.set_target(rpc::Compare::CREATE);
  compare.set_key(key);
  compare.set_create(0);
  return compare;
}

rpc::Compare present(const std::string& key) {
  auto compare = absent(key);
  compare.set_result(rpc::Compare::GREATER);
  return compare;
}

rpc::Compare none(const std::string& prefix) {
  auto compare = absent(prefix);
  compare.set_end(after_all(prefix));
  return compare;
}

rpc::TxnRequest append(const Keys& keys, std::int64_t lead, const Commit& block) {
  rpc::TxnRequest request;
  *request.add_compare() = mod_is(keys.lead(), lead);
  *request.add_compare() = absent(keys.block(block.no));
  *request.add_compare() = present(keys.block(base::BlockNo(block.no.value() - 1)));
  *request.add_success() = put(keys.block(block.no), block.bytes);
  if (block.control) *request.add_success() = put(keys.control(), msg::encoded(*block.control));
  *request.add_failure() = ask(get(keys.lead()));
  *request.add_failure() = ask(get(keys.block(block.no)));
  return request;
}

rpc::TxnRequest remove_before(const Keys& keys, std::int64_t lead, base::BlockNo up_to, std::int64_t revision) {
  rpc::TxnRequest request;
  *request.add_compare() = mod_is(keys.lead(), lead);
  *request.add_compare() = mod_is(keys.block(up_to), revision);
  *request.add_success() = remove(keys.block(base::BlockNo(0)), keys.block(up_to));
  return request;
}

AppendOutcome outcome(const rpc::TxnResponse& response, std::int64_t lead, const Commit& block) {
  if (response.succeeded()) return {Appended::kNow, true};
  const auto* leader = first_of(response, 0);
  const auto* stored = first_of(response, 1);
  const bool leading = leader != nullptr && leader->mod() == lead;
  if (stored != nullptr && stored->value() == block.bytes) return {Appended::kEarlier, leading};
  return {leading ? Appended::kBroken : Appended::kFenced, leading};
}

rpc::TxnRequest seed(const Keys& keys, const std::string& name, const Commit& last, base::Term term) {
  rpc::TxnRequest request;
  *request.add_compare() = none(keys.all());
  *request.add_success() = put(keys.lead(), name);
  *request.add_success() = put(keys.terms(), std::to_string(term.value()));
  *request.add_success() = put(keys.control(), msg::encoded(*last.control));
  *request.add_success() = put(keys.block(last.no), last.bytes);
  *request.add_failure() = ask(get(keys.lead()));
  return request;
}

bool seeded(const rpc::TxnResponse& response, const std::string& name) {
  if (response.succeeded()) return true;
  const auto* lead = first_of(response, 0);
  return lead != nullptr && lead->value() == name;
}

std::uint64_t number(const std::string& value) {
  std::uint64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

// In a new store there may be the claims of brokers that have not led yet, and no other keys. So claims do not count.
std::vector<rpc::RequestOp> ask_for_nested(const Keys& keys) {
  std::vector<rpc::RequestOp> ops{ask(get_range(keys.all(), keys.archives(), 1)),
                                  ask(get_range(after_all(keys.archives()), after_all(keys.all()), 1))};
  for (const auto& lead : keys.outer_leads()) ops.push_back(ask(get(lead)));
  return ops;
}

std::optional<std::string> nested_in(const Keys& keys, const rpc::TxnResponse& response, int first, bool is_new) {
  for (int i = first; i < response.responses_size(); ++i) {
    const auto* key = first_of(response, i);
    if (key == nullptr || (i < first + 2 && !is_new)) continue;
    return fmt::format(
        "the keys {} of this store and the key {} of another one are nested: choose an --etcd-prefix that is not the "
        "beginning of another store's path; nothing was changed",
        keys.all(), key->key());
  }
  return std::nullopt;
}

std::string ends_before(const Keys& keys, base::BlockNo held) {
  return fmt::format(
      "the stream in etcd (keys {}) ends before block {}, the last one of this broker's archive: is this the right "
      "cluster? If the data of etcd are lost, restore them from the archives: `pygmy rescue DIR --from` the data "
      "directory of each broker, then `pygmy restore`. If the store was restored to an earlier moment, move "
      "archive.db* "
      "away from this broker's data; it then fetches the archive anew from another broker. Nothing was changed",
      keys.all(), held);
}

const rpc::KeyValue* first_of(const rpc::TxnResponse& response, int index) {
  if (index >= response.responses_size()) return nullptr;
  const auto& range = response.responses(index).range();
  return range.kvs_size() == 0 ? nullptr : &range.kvs(0);
}

}  // namespace broker::etcd
