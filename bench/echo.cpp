// A bare ZeroMQ echo, to compare cached lookups with: DEALER clients, and a ROUTER server in a process of its own. Each
// client keeps `inflight` messages under way. A request is a frame of `bytes` bytes, an answer one of `reply_bytes`
// bytes. Prints one JSON line.
//
//   echo_bench CLIENTS INFLIGHT SECONDS BYTES REPLY_BYTES
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>
#include <zmq.hpp>

namespace {

using Clock = std::chrono::steady_clock;

struct Load {
  int clients;
  int inflight;
  double seconds;
  std::size_t bytes;
  std::size_t reply_bytes;
};

// Takes all messages that have arrived before it answers any, as every process of the store does.
[[noreturn]] void serve(const std::string& endpoint, std::size_t reply_bytes) {
  zmq::context_t context;
  zmq::socket_t router(context, zmq::socket_type::router);
  router.bind(endpoint);
  const std::string reply(reply_bytes, 'y');
  std::vector<std::string> peers;
  for (;;) {
    zmq::pollitem_t item{router.handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, std::chrono::milliseconds(-1));
    zmq::message_t peer;
    zmq::message_t body;
    while (peers.size() < 256 && router.recv(peer, zmq::recv_flags::dontwait)) {
      (void)router.recv(body);
      peers.push_back(peer.to_string());
    }
    for (const auto& to : peers) {
      router.send(zmq::buffer(to), zmq::send_flags::sndmore);
      router.send(zmq::buffer(reply));
    }
    peers.clear();
  }
}

struct Client {
  zmq::socket_t socket;
  std::deque<Clock::time_point> sent;
};

void send(Client& client, const std::string& message) {
  client.socket.send(zmq::buffer(message));
  client.sent.push_back(Clock::now());
}

std::vector<double> drive(const std::string& endpoint, const Load& load, double& seconds) {
  zmq::context_t context;
  const std::string message(load.bytes, 'x');
  std::vector<Client> clients;
  std::vector<zmq::pollitem_t> items;
  for (int i = 0; i < load.clients; ++i) {
    clients.push_back({zmq::socket_t(context, zmq::socket_type::dealer), {}});
    clients.back().socket.connect(endpoint);
  }
  for (auto& client : clients) {
    items.push_back({client.socket.handle(), 0, ZMQ_POLLIN, 0});
    for (int i = 0; i < load.inflight; ++i) send(client, message);
  }
  std::vector<double> micros;
  zmq::message_t reply;
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load.seconds));
  while (Clock::now() < end) {
    zmq::poll(items, std::chrono::milliseconds(100));
    for (auto& client : clients) {
      while (client.socket.recv(reply, zmq::recv_flags::dontwait)) {
        micros.push_back(std::chrono::duration<double, std::micro>(Clock::now() - client.sent.front()).count());
        client.sent.pop_front();
        send(client, message);
      }
    }
  }
  seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return micros;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: %s CLIENTS INFLIGHT SECONDS BYTES REPLY_BYTES\n", argv[0]);
    return 2;
  }
  const Load load{std::atoi(argv[1]), std::atoi(argv[2]), std::atof(argv[3]), std::strtoul(argv[4], nullptr, 10),
                  std::strtoul(argv[5], nullptr, 10)};
  const std::string endpoint = "tcp://127.0.0.1:" + std::to_string(20'000 + getpid() % 20'000);
  const pid_t server = fork();
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(endpoint, load.reply_bytes);
  }
  double seconds = 0;
  auto micros = drive(endpoint, load, seconds);
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  std::sort(micros.begin(), micros.end());
  const auto at = [&](double part) {
    return micros.empty() ? 0.0 : micros[static_cast<std::size_t>(part * static_cast<double>(micros.size() - 1))];
  };
  std::printf("{\"op\": \"echo\", \"ops_s\": %.0f, \"p50_us\": %.0f, \"p99_us\": %.0f}\n",
              static_cast<double>(micros.size()) / seconds, at(0.5), at(0.99));
  return 0;
}
