// Publishes to a stream of NATS JetStream and waits for the acknowledgements, in a closed loop. It speaks the text
// protocol of NATS itself (https://docs.nats.io/reference/reference-protocols/nats-protocol), so no library is needed
// and the client is not the limit. Each message has an id, by which JetStream ignores repeats. Prints one JSON line.
//
//   nats_bench PORT CLIENTS INFLIGHT SECONDS BYTES
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "bench/peers/times.h"

namespace {

constexpr const char* kStream =
    R"({"name":"shop","subjects":["buy"],"storage":"file","retention":"limits","num_replicas":1,"duplicate_window":60000000000})";

struct Client {
  int fd = -1;
  std::string inbox;  // of its own: all who subscribe to a subject get its messages
  std::string in, out;
  std::vector<peers::Clock::time_point> sent;  // by slot
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "nats_bench: %s\n", what.c_str());
  std::exit(1);
}

int dial(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("no server");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void request(Client& client, const std::string& subject, std::size_t slot, const std::string& body) {
  client.out += "PUB " + subject + " " + client.inbox + std::to_string(slot) + " " + std::to_string(body.size()) +
                "\r\n" + body + "\r\n";
}

class Load {
 public:
  explicit Load(std::size_t bytes) : body_(bytes, 'x') {}

  void publish(Client& client, std::size_t slot) {
    const auto header =
        "NATS/1.0\r\nNats-Msg-Id: " + std::to_string(::getpid()) + "-" + std::to_string(++last_) + "\r\n\r\n";
    client.out += "HPUB buy " + client.inbox + std::to_string(slot) + " " + std::to_string(header.size()) + " " +
                  std::to_string(header.size() + body_.size()) + "\r\n" + header + body_ + "\r\n";
    client.sent[slot] = peers::Clock::now();
  }

 private:
  std::string body_;
  std::uint64_t last_ = 0;
};

void flush(Client& client) {
  while (!client.out.empty()) {
    const auto sent = ::send(client.fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) fail("the server has closed the connection");
    if (sent > 0) client.out.erase(0, static_cast<std::size_t>(sent));
  }
}

void receive(Client& client) {
  char buffer[65536];
  const auto got = ::recv(client.fd, buffer, sizeof buffer, 0);
  if (got <= 0) fail("the server has closed the connection");
  client.in.append(buffer, static_cast<std::size_t>(got));
}

// Calls take(slot, payload) for every whole message that has come.
template <class Take>
void parse(Client& client, Take take) {
  std::size_t at = 0;
  for (;;) {
    const auto end = client.in.find("\r\n", at);
    if (end == std::string::npos) break;
    const auto line = client.in.substr(at, end - at);
    if (line.rfind("-ERR", 0) == 0) fail(line);
    if (line.rfind("PING", 0) == 0) client.out += "PONG\r\n";
    std::size_t next = end + 2;
    if (line.rfind("MSG " + client.inbox, 0) == 0) {
      const auto size = std::strtoul(line.c_str() + line.rfind(' '), nullptr, 10);
      if (client.in.size() < next + size + 2) break;
      take(std::strtoul(line.c_str() + 4 + client.inbox.size(), nullptr, 10), client.in.substr(next, size));
      next += size + 2;
    }
    at = next;
  }
  client.in.erase(0, at);
}

Client connected(int port, std::size_t inflight) {
  const int fd = dial(port);
  Client client{fd, "in." + std::to_string(fd) + ".", {}, {}, std::vector<peers::Clock::time_point>(inflight)};
  client.out = std::string() + "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB " +
               client.inbox + "* 1\r\n";
  return client;
}

void make_stream(int port) {
  auto client = connected(port, 1);
  request(client, "$JS.API.STREAM.CREATE.shop", 0, kStream);
  bool made = false;
  while (!made) {
    flush(client);
    receive(client);
    parse(client, [&](std::size_t, const std::string& answer) {
      if (answer.find("\"error\"") != std::string::npos) fail(answer);
      made = true;
    });
  }
  ::close(client.fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: %s PORT CLIENTS INFLIGHT SECONDS BYTES\n", argv[0]);
    return 2;
  }
  const int port = std::atoi(argv[1]);
  const auto inflight = std::strtoul(argv[3], nullptr, 10);
  make_stream(port);
  Load load(std::strtoul(argv[5], nullptr, 10));
  peers::Times times;
  std::vector<Client> clients;
  std::vector<pollfd> fds;
  const auto count = std::strtoul(argv[2], nullptr, 10);
  clients.reserve(count);
  for (std::size_t i = 0; i < count; ++i) clients.push_back(connected(port, inflight));
  for (auto& client : clients) {
    for (std::size_t slot = 0; slot < inflight; ++slot) load.publish(client, slot);
    flush(client);
    fds.push_back({client.fd, POLLIN, 0});
  }
  const auto begin = peers::Clock::now();
  const auto end = begin + std::chrono::duration<double>(std::atof(argv[4]));
  while (peers::Clock::now() < end) {
    ::poll(fds.data(), fds.size(), 100);
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if ((fds[i].revents & POLLIN) == 0) continue;
      auto& client = clients[i];
      receive(client);
      parse(client, [&](std::size_t slot, const std::string& answer) {
        if (answer.find("\"error\"") != std::string::npos) fail(answer);
        times.add(client.sent.at(slot));
        load.publish(client, slot);
      });
      flush(client);
    }
  }
  times.print(std::chrono::duration<double>(peers::Clock::now() - begin).count());
  return 0;
}
