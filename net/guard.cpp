#include "net/guard.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "net/key_file.h"
#include "net/sockets.h"

namespace net {
namespace {

constexpr const char* kZapPlace = "inproc://zeromq.zap.01";  // of libzmq
constexpr int kQuestionsPerRound = 256;
constexpr int kDescriptorsMax = 1 << 20;
constexpr auto kUncounted =
    "it would revoke a key, and may have been cut short, because its last line (# end of N keys) is missing: copy it "
    "again, "
    "or let `pygmy keys` of this release write it";

// It must be there before the first socket is bound: libzmq lets everybody in whose key it can ask nobody about. The
// messages of such a peer name no key, so they would be dropped.
zmq::socket_t zap_socket(zmq::context_t& context) {
  if (zmq_has("curve") != 1) {
    throw std::runtime_error("this build of libzmq cannot encrypt (no CURVE): install Debian's libzmq5");
  }
  zmq::socket_t socket(context, zmq::socket_type::router);
  socket.set(zmq::sockopt::linger, 0);
  socket.bind(kZapPlace);
  return socket;
}

// Returns the port at which the connection arrived, or 0 if the descriptor is not one of TCP.
int port_of(int descriptor) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size) != 0) return 0;
  if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(name).sin_port);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(name).sin6_port);
  return 0;
}

}  // namespace

Guard::Guard(zmq::context_t& context, StoreKeys keys)
    : keys_(std::move(keys)),
      questions_(zap_socket(context)),
      readiness_(questions_),
      own_user_(fmt::format("localhost:{}:", ::getuid())) {
  version_ = version_of_file();
  const auto list = read_key_list(keys_.directory);
  if (!list) throw std::runtime_error(list.error().message + "; `pygmy keys init` makes a list");
  list_.replace(list->keys);
}

void Guard::watch(zmq::socket_t& socket, const base::Endpoint& endpoint, Domain domain) const {
  if (needs_key(endpoint)) {
    ask_for_keys(socket, keys_.pair, std::string(word(domain)));
  } else {
    use_no_keys(socket);
  }
}

void Guard::answer() {
  if (!readiness_.begin_reading()) return;
  for (int i = 0; i < kQuestionsPerRound; ++i) {
    if (!receive(questions_, frames_)) return readiness_.drained();
    std::vector<base::BytesView> question;
    for (std::size_t part = 2; part < frames_.size(); ++part) question.push_back(view(frames_[part]));
    auto verdict = decide(question, list_);
    // The key may have been added a moment ago. While the list has a fault, on_tick alone reads it: a stranger could
    // make this process read a large file again and again.
    if (!verdict.refused.empty() && !has_fault_ && read_again()) verdict = decide(question, list_);
    if (!verdict.refused.empty()) tell(verdict);
    if (verdict.reply.empty()) continue;
    frames_.resize(2);  // the address and the delimiter
    for (const auto& frame : verdict.reply) frames_.emplace_back(frame.data(), frame.size());
    send(questions_, std::move(frames_));
    frames_.clear();
  }
}

Proof Guard::proof_of(const zmq::message_t& message) {
  const char* key = zmq_msg_gets(message.handle(), "User-Id");
  const bool is_named = key != nullptr && *key != '\0';
  auto by = is_named ? list_.find(key) : nullptr;
  const bool counts = is_named ? by != nullptr : is_own(message);
  const auto descriptor = zmq_msg_get(message.handle(), ZMQ_SRCFD);
  if (by) note(descriptor, by);
  if (!counts && descriptor >= 0) ::shutdown(descriptor, SHUT_RDWR);
  return {counts, std::move(by)};
}

// libzmq writes the address of an ipc peer as localhost:USER:GROUP:PID, and that of a TCP peer as a number. A message
// from this process has none.
bool Guard::is_own(const zmq::message_t& message) const {
  const char* from = zmq_msg_gets(message.handle(), "Peer-Address");
  return from == nullptr || std::string_view(from).substr(0, own_user_.size()) == own_user_;
}

// A descriptor may become another connection's. Its first message notes that, so at most a connection that has not sent
// anything yet is cut by mistake; its peer dials again.
void Guard::note(int descriptor, const AdmittedPtr& by) {
  if (descriptor < 0 || descriptor > kDescriptorsMax) return;
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= connections_.size()) connections_.resize(index + 1);
  if (connections_[index].by != by) connections_[index] = {by, port_of(descriptor)};
}

void Guard::on_tick(base::Mono now) {
  if (now < look_next_) return;
  look_next_ = now + kLookEvery;
  read_again();
}

Guard::Version Guard::version_of_file() const {
  struct stat info {};
  if (::stat(key_list_path(keys_.directory).c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, {info.st_mtim, info.st_ctim}};
}

// The version is taken before the file is read, so that a change meanwhile is seen later.
bool Guard::read_again() {
  const auto version = version_of_file();
  has_fault_ = has_fault_ && version != version_;
  if (version == version_) return false;
  auto list = read_key_list(keys_.directory);
  if (list && !list->counted && list_.revokes(list->keys))
    list = base::fail(fmt::format("{}: {}", key_list_path(keys_.directory), kUncounted));
  has_fault_ = !list;
  if (!list) return tell_fault(list.error().message), false;
  version_ = version;
  fault_next_ = {};
  const bool revoked = list_.replace(list->keys);
  base::log::info("the list of keys was read again: {} keys", list_.size());
  if (revoked) cut_revoked();
  return true;
}

void Guard::cut_revoked() {
  for (std::size_t descriptor = 0; descriptor < connections_.size(); ++descriptor) {
    auto& connection = connections_[descriptor];
    if (!connection.by || !connection.by->revoked) continue;
    const auto open = static_cast<int>(descriptor);
    if (connection.port != 0 && port_of(open) == connection.port) ::shutdown(open, SHUT_RDWR);
    connection = {};
  }
}

void Guard::tell_fault(const std::string& why) {
  const auto now = base::now().mono;
  if (now < fault_next_) return;
  fault_next_ = now + kLogEvery;
  base::log::error("{}; the list of keys before it stays in force", why);
}

void Guard::tell(const Verdict& refusal) {
  const auto now = base::now().mono;
  auto& next = log_next_[refusal.known ? 1 : 0];
  if (now < next) return;
  next = now + kLogEvery;
  base::log::warn("{}", refusal.refused);
}

}  // namespace net
