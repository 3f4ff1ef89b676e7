// A frontend that clients with and without credentials ask, for its tests.
#pragma once

#include <string>
#include <vector>

#include "msg/sha256.h"
#include "tests/frontend/edge_fixture.h"

namespace edge_test {

class AccessTest : public EdgeTest {
 protected:
  AccessTest() { begin(msg::Anonymous::kNone); }

  void begin(msg::Anonymous rights) {
    anonymous = rights;
    make();
    start();
  }

  static msg::Blob hash_of(const std::string& token) { return {msg::sha256(token)}; }
  static msg::Credential credential(std::uint64_t id, const std::string& token,
                                    msg::ClientRole role = msg::ClientRole::kReader) {
    return {base::Seq(id), hash_of(token), role, "", "", 0, {}, {}};
  }
  static msg::Event granted(const std::string& token) {
    return {1, msg::CredentialGranted{"g-" + token, 0, hash_of(token), msg::ClientRole::kReader, "", "", {}}};
  }
  static msg::Event revoked(std::uint64_t id) { return {1, msg::CredentialRevoked{"r", 0, base::Seq(id)}}; }

  static msg::Header with(const std::string& token) {
    msg::Header header;
    header.token = msg::Blob{token};
    return header;
  }
  // Answers the question that was sent as number `index`. `seq`: what the replica has applied.
  void tell(std::size_t index, const msg::Credential& credential, std::uint64_t seq, int ms) {
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(sent.at(index).header, base::Seq(seq)),
                        msg::CredentialReply{credential});
    edge->on_reply(sent[index].to, frame, {at(ms), out});
    collect(ms);
  }
  bool is_mirrored(int ms) const {
    frontend::Mirror::Look look(*mirror);
    const auto body = msg::encoded(msg::Lookup{base::ItemId(1), {}});
    return look.take(frontend::cache_key(msg::Lookup::kType, msg::Header{}.v, body)) && look.answer(at(ms).mono);
  }
  std::vector<std::string> sent_types() const {
    std::vector<std::string> types;
    for (const auto& each : sent) types.push_back(each.header.t);
    return types;
  }
};

}  // namespace edge_test
