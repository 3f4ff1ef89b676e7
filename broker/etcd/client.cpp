#include "broker/etcd/client.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/check.h"
#include "broker/etcd/rpc.grpc.pb.h"

namespace broker::etcd {
namespace {

constexpr int kReceiveBytesMax = 64 * 1024 * 1024;  // a page of blocks
constexpr int kKeepaliveMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 2'000;
constexpr int kReconnectMs = 1'000;

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(fmt::format("{} cannot be read: does it exist, and may this user read it?", file));
  return {std::istreambuf_iterator<char>(in), {}};
}

std::shared_ptr<grpc::ChannelCredentials> credentials(const Settings& settings) {
  if (settings.ca.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = contents(settings.ca);
  options.pem_cert_chain = contents(settings.certificate);
  options.pem_private_key = contents(settings.key);
  return grpc::SslCredentials(options);
}

grpc::ChannelArguments arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMs);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // clients share no connection, so none waits for another
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  return arguments;
}

Failure failure(const grpc::Status& status) {
  using grpc::StatusCode;
  static constexpr std::array kNotDone{StatusCode::INVALID_ARGUMENT, StatusCode::OUT_OF_RANGE,
                                       StatusCode::PERMISSION_DENIED, StatusCode::UNAUTHENTICATED,
                                       StatusCode::UNIMPLEMENTED};
  const auto code = status.error_code();
  if (code == StatusCode::RESOURCE_EXHAUSTED) {  // etcdserver: mvcc: database space exceeded
    return {false, status.error_message().find("space") != std::string::npos, status.error_message()};
  }
  const bool not_done = std::find(kNotDone.begin(), kNotDone.end(), code) != kNotDone.end();
  return {!not_done, false, status.error_message()};
}

template <class Length>
auto in(Length length) {
  return std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(length);
}

}  // namespace

struct Client::Channels {
  struct Member {
    std::string endpoint;
    std::shared_ptr<grpc::Channel> channel;
  };
  std::vector<Member> members;
  std::size_t current = 0;

  Member& now() { return members[current]; }
  void rotate() { current = (current + 1) % members.size(); }

  template <class Response, class Service = rpc::KV, class Call>
  Answer<Response> call(Call call) {
    const auto& member = now();
    if (!member.channel->WaitForConnected(in(kConnect))) {
      rotate();
      return tl::unexpected(Failure{true, false, fmt::format("{} cannot be reached", member.endpoint)});
    }
    grpc::ClientContext context;
    context.set_deadline(in(kDeadline));
    context.AddMetadata("hasleader", "true");
    Response response;
    const grpc::Status status = call(typename Service::Stub(member.channel), &context, &response);
    if (status.ok()) return response;
    auto why = failure(status);
    why.why = fmt::format("{}: {}", member.endpoint, why.why);
    rotate();
    return tl::unexpected(std::move(why));
  }
};

Client::Client(const Settings& settings) : channels_(std::make_unique<Channels>()) {
  CHECK(!settings.endpoints.empty());
  const auto secret = credentials(settings);
  for (const auto& endpoint : settings.endpoints) {
    channels_->members.push_back({endpoint, grpc::CreateCustomChannel(endpoint, secret, arguments())});
  }
}

Client::~Client() = default;

Answer<rpc::TxnResponse> Client::txn(const rpc::TxnRequest& request) {
  return channels_->call<rpc::TxnResponse>(
      [&](auto stub, auto* context, auto* response) { return stub.Txn(context, request, response); });
}

Answer<rpc::RangeResponse> Client::range(const rpc::RangeRequest& request) {
  return channels_->call<rpc::RangeResponse>(
      [&](auto stub, auto* context, auto* response) { return stub.Range(context, request, response); });
}

Answer<bool> Client::compact(std::int64_t revision) {
  rpc::CompactionRequest request;
  request.set_revision(revision);
  return channels_
      ->call<rpc::CompactionResponse>(
          [&](auto stub, auto* context, auto* response) { return stub.Compact(context, request, response); })
      .map([](const auto&) { return true; });
}

Answer<rpc::MemberListResponse> Client::members() {
  return channels_->call<rpc::MemberListResponse, rpc::Cluster>([&](auto stub, auto* context, auto* response) {
    return stub.MemberList(context, rpc::MemberListRequest(), response);
  });
}

Answer<bool> Client::remove_member(std::uint64_t id) {
  rpc::MemberRemoveRequest request;
  request.set_id(id);
  return channels_
      ->call<rpc::MemberRemoveResponse, rpc::Cluster>(
          [&](auto stub, auto* context, auto* response) { return stub.MemberRemove(context, request, response); })
      .map([](const auto&) { return true; });
}

Answer<bool> Client::add_member(const std::string& peer_url) {
  rpc::MemberAddRequest request;
  request.add_peers(peer_url);
  return channels_
      ->call<rpc::MemberAddResponse, rpc::Cluster>(
          [&](auto stub, auto* context, auto* response) { return stub.MemberAdd(context, request, response); })
      .map([](const auto&) { return true; });
}

void Client::rotate() { channels_->rotate(); }

struct Client::Watch::Call {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<rpc::WatchRequest, rpc::WatchResponse>> stream;
};

Client::Watch::Watch(std::unique_ptr<Call> call) : call_(std::move(call)) {}

Client::Watch::~Watch() {
  stop();
  rpc::WatchResponse rest;
  while (call_->stream->Read(&rest)) {
  }
  call_->stream->Finish();
}

bool Client::Watch::next(rpc::WatchResponse& response) {
  return call_->stream->Read(&response) && !response.canceled();
}

void Client::Watch::stop() { call_->context.TryCancel(); }

std::unique_ptr<Client::Watch> Client::watch(const std::string& key, const std::string& end, std::int64_t revision) {
  const auto& member = channels_->now();
  if (!member.channel->WaitForConnected(in(kConnect))) {
    rotate();
    return nullptr;
  }
  auto call = std::make_unique<Watch::Call>();
  call->context.AddMetadata("hasleader", "true");
  call->stream = rpc::Watch::Stub(member.channel).Watch(&call->context);
  rpc::WatchRequest request;
  request.mutable_create()->set_key(key);
  request.mutable_create()->set_end(end);
  request.mutable_create()->set_start_revision(revision);
  call->stream->Write(request);
  return std::unique_ptr<Watch>(new Watch(std::move(call)));
}

}  // namespace broker::etcd
