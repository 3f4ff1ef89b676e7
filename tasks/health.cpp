// health: one HTTP request over a socket of its own, so that a container's health check needs no other program.
#include "tasks/health.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "base/notice.h"
#include "client/client.h"
#include "msg/internal.h"

namespace tasks {
namespace {

constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};
constexpr auto kProcessPatience = std::chrono::milliseconds(2000);

struct Url {
  bool tls = false;
  std::string host;
  std::string port = "80";
  std::string path = "/";
};

bool parse(std::string text, Url& url) {
  url.tls = text.rfind("https://", 0) == 0;
  if (!url.tls && text.rfind("http://", 0) != 0) return false;
  if (url.tls) url.port = "443";
  text = text.substr(url.tls ? 8 : 7);
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    url.path = text.substr(slash);
    text = text.substr(0, slash);
  }
  const bool is_v6 = text.rfind('[', 0) == 0;  // its address has colons
  const auto bracket = is_v6 ? text.find(']') : 0;
  if (bracket == std::string::npos) return false;
  const auto colon = text.find(':', bracket);
  url.host = is_v6 ? text.substr(1, bracket - 1) : text.substr(0, colon);
  if (colon != std::string::npos) url.port = text.substr(colon + 1);
  return !url.host.empty();
}

// Returns a connected socket, or -1.
int dial(const Url& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found) != 0) return -1;
  int fd = -1;
  for (auto* place = found; place != nullptr && fd < 0; place = place->ai_next) {
    fd = ::socket(place->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    if (::connect(fd, place->ai_addr, place->ai_addrlen) == 0) break;
    ::close(fd);
    fd = -1;
  }
  ::freeaddrinfo(found);
  return fd;
}

std::string request_for(const Url& url) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n\r\n", url.path,
                     url.host.find(':') == std::string::npos ? url.host : '[' + url.host + ']', url.port);
}

// Calls receive(buffer, size) until it returns no bytes.
template <class Receive>
std::string all_of(Receive receive) {
  std::string answer;
  char buffer[4096];
  for (ssize_t count = 0; (count = receive(buffer, sizeof buffer)) > 0 && answer.size() < 65536;) {
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  return answer;
}

std::string ask(int fd, const Url& url) {
  const auto request = request_for(url);
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return {};
  return all_of([fd](char* into, std::size_t size) { return ::recv(fd, into, size, 0); });
}

bool use(SSL_CTX* context, const TlsFiles& files) {
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return ::SSL_CTX_load_verify_file(context, files.ca.c_str()) == 1 &&
         ::SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) == 1 &&
         ::SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1;
}

// Without files the certificate is not checked: it is for the store's name, and the question is whether this process
// answers.
std::string ask_tls(int fd, const Url& url, const TlsFiles& files) {
  const auto request = request_for(url);
  const std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context(::SSL_CTX_new(::TLS_client_method()),
                                                                    ::SSL_CTX_free);
  if (!files.ca.empty() && !use(context.get(), files)) return {};
  const std::unique_ptr<SSL, decltype(&::SSL_free)> tls(::SSL_new(context.get()), ::SSL_free);
  if (!files.ca.empty() && ::SSL_set1_host(tls.get(), url.host.c_str()) != 1) return {};
  ::SSL_set_fd(tls.get(), fd);
  if (::SSL_connect(tls.get()) != 1) return {};
  if (::SSL_write(tls.get(), request.data(), static_cast<int>(request.size())) <= 0) return {};
  return all_of([&](char* into, std::size_t size) { return ::SSL_read(tls.get(), into, static_cast<int>(size)); });
}

}  // namespace

std::optional<std::string> unhealthy(const std::string& url, const TlsFiles& files) {
  Url place;
  if (!parse(url, place))
    return fmt::format("'{}' is not a URL: write http://HOST:PORT/readyz or https://HOST:PORT/readyz", url);
  const int fd = dial(place);
  if (fd < 0) return fmt::format("no process listens at {}", url);
  const auto answer = place.tls ? ask_tls(fd, place, files) : ask(fd, place);
  ::close(fd);
  if (answer.rfind("HTTP/1.1 200 ", 0) == 0) return std::nullopt;
  const auto body = answer.find("\r\n\r\n");
  return answer.empty() ? "no answer" : answer.substr(body == std::string::npos ? 0 : body + 4);
}

namespace {

// A process that listens on all addresses can be reached at 127.0.0.1, or at ::1.
std::string met_here(std::string place) {
  if (const auto at = place.find("[::]:"); at != std::string::npos) return place.replace(at, 4, "[::1]");
  for (const std::string any : {"0.0.0.0", "*"}) {
    if (const auto at = place.find(any + ":"); at != std::string::npos) place.replace(at, any.size(), "127.0.0.1");
  }
  return place;
}

// A frontend answers `status` and says whether it holds a lease. Other processes refuse the request as unknown, which
// shows that they answer.
std::optional<std::string> unhealthy_process(const base::Endpoint& endpoint) {
  client::Config config;
  config.frontends = {endpoint};
  config.timeout = kProcessPatience;
  config.token = client::token_of_environment();
  client::Client process(std::move(config));
  const auto status = process.call(msg::Status{});
  if (status.refusal && status.refusal->code == msg::Code::kUnknownType) return std::nullopt;
  if (status.refusal) return status.refusal->message;
  if (!status.body->leased) return "this frontend holds no lease, so it cannot answer: is the broker up?";
  return std::nullopt;
}

std::optional<std::string> problem_of(const HealthOptions& options) {
  const auto place = met_here(options.of);
  if (place.rfind("tcp://", 0) == 0) return unhealthy_process(place);
  if (place.find("://") != std::string::npos) return unhealthy(place);
  return unhealthy((options.tls_certificate.empty() ? "http://" : "https://") + place + "/readyz");
}

}  // namespace

int run_health(const HealthOptions& options) {
  const auto problem = problem_of(options);
  if (!problem) return 0;
  base::notice("pygmy health: {}\n", *problem);
  return 1;
}

}  // namespace tasks
