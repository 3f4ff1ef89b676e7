#include "tests/sim/visitors.h"

#include "msg/sha256.h"

namespace sim {
namespace {

constexpr std::size_t kVisitors = 2;
constexpr Duration kAskAgain = 6s;  // later than the deadline of a request: its client has crashed

}  // namespace

void Visitors::start() {
  ++run_;
  for (std::size_t i = 0; i < kVisitors; ++i) begin();
}

void Visitors::begin() {
  auto visit = std::make_shared<Visit>();
  visit->run = run_;
  visit->token = new_name("token");
  const msg::Grant grant{.key = new_name("grant"), .hash = {msg::sha256(visit->token)}};
  insist(visit->run, grant, [this, visit](const client::Answer& answer) {
    if (answer.refusal) return world_.broken("a token was not granted: " + answer.refusal->message);
    world_.count("tokens granted");
    visit->id = msg::decode<msg::CredentialReply>(answer.body)->credential.id;
    browse(visit);
    browse(visit);
    world_.after(world_.some(20ms, 400ms), [this, visit] { revoke(visit); });
  });
}

void Visitors::revoke(const VisitPtr& visit) {
  visit->revoking = true;
  insist(visit->run, msg::Revoke{new_name("revoke"), visit->id}, [this, visit](const client::Answer& answer) {
    if (answer.refusal) return world_.broken("a token was not revoked: " + answer.refusal->message);
    world_.count("tokens revoked");
    visit->revoked = world_.now();
    world_.after(300ms, [this, visit] {
      visit->over = true;
      if (visit->run == run_) begin();
    });
  });
}

void Visitors::browse(const VisitPtr& visit) {
  world_.after(world_.some(1ms, 15ms), [this, visit] {
    if (visit->over || visit->run != run_) return;
    client::Options options;
    options.token = visit->token;
    options.timeout = 150ms;
    if (world_.chance(0.3)) options.stale_ok_ms = 5000;
    const auto began = world_.now();
    ask(msg::Lookup{.item = base::ItemId(1)}, options,
        [this, visit, began, was_revoking = visit->revoking](const client::Answer& answer) {
          judge(*visit, began, was_revoking, answer);
        });
    browse(visit);
  });
}

void Visitors::judge(const Visit& visit, Duration began, bool was_revoking, const client::Answer& answer) {
  const auto code = answer.refusal ? std::optional(answer.refusal->code) : std::nullopt;
  const bool refused = code == msg::Code::kUnauthenticated;
  const bool served = !code || (msg::is_business(*code) && !refused);
  world_.count(refused ? "tokens refused" : served ? "tokens served" : "tokens not answered");
  if (served && visit.revoked && began > *visit.revoked) {
    world_.broken(
        fmt::format("ADR 46: a request with the revoked token of credential {} began {} ms after the revocation "
                    "was acknowledged, and was served",
                    visit.id, base::millis(began - *visit.revoked)));
  }
  if (refused && !was_revoking && !visit.revoking) {
    world_.broken(
        fmt::format("ADR 46: a request with the token of credential {} was refused before it was revoked", visit.id));
  }
}

template <class Request>
void Visitors::insist(std::uint64_t run, Request request, std::function<void(const client::Answer&)> done) {
  if (run != run_) return;
  const auto answered = std::make_shared<bool>(false);
  ask(request, {}, [this, run, request, done, answered](const client::Answer& answer) {
    if (std::exchange(*answered, true)) return;
    const auto reach = answer.refusal ? msg::reach(answer.refusal->code) : msg::Reach::kEveryCopy;
    if (reach == msg::Reach::kEveryCopy || reach == msg::Reach::kThisCopy) return done(answer);
    world_.after(50ms, [this, run, request, done] { insist(run, request, done); });
  });
  world_.after(kAskAgain, [this, run, request, done, answered] {
    if (!std::exchange(*answered, true)) insist(run, request, done);
  });
}

template <class Request>
void Visitors::ask(const Request& request, const client::Options& options, Cluster::Done done) {
  const auto client = some_client();
  if (client.empty()) return;
  cluster_.node(client).act([request, options, done](base::Core& core, base::Turn turn) {
    static_cast<client::Core&>(core).submit(request, options, turn, done);
  });
}

std::string Visitors::some_client() {
  std::vector<std::string> able;
  for (const auto& client : cluster_.clients()) {
    if (!cluster_.is_plain(client) && cluster_.node(client).is_up()) able.push_back(client);
  }
  return able.empty() ? std::string() : able[world_.one_of(able.size())];
}

}  // namespace sim
