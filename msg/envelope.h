// The envelope, PROTOCOL 2: a frame is one or more messages; a message is a header map followed by a body map.
//
// Frames are packed: all messages of a round to one peer travel together. The body is opaque here, so an edge forwards
// it without decoding it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/core.h"
#include "base/result.h"
#include "msg/codec.h"
#include "msg/refusal.h"
#include "msg/types.h"
#include "msg/versions.h"

namespace msg {

// libzmq ends a connection for ever whose peer sends a larger frame. Any message may come behind a batch that is almost
// full, so a frame has room for both.
constexpr std::size_t kAnswerBytesMax = 2 * 1024 * 1024;                           // of an answer, or a publication
constexpr std::size_t kFrameBytesMax = base::kFrameBytesTarget + kAnswerBytesMax;  // of answers
constexpr std::size_t kRequestFrameBytesMax = 512 * 1024;                          // any stranger may send these
// Of a request. A frontend passes it on with a few more fields, behind a batch of others.
constexpr std::size_t kFieldsOfFrontendBytesMax = 8 * 1024;
constexpr std::size_t kRequestBytesMax = kRequestFrameBytesMax - base::kFrameBytesTarget - kFieldsOfFrontendBytesMax;
constexpr std::size_t kItemAddedBytesMax = kTitleBytesMax + kTopicBytesMax + 100;  // with the names of its fields
static_assert(kRequestBytesMax > kItemsAddedMax * kItemAddedBytesMax + kAddedDetailsBytesMax);
// Of a header. Servers keep the headers of requests that wait, and count the bytes of bodies alone.
constexpr std::size_t kHeaderBytesMax = 2 * 1024;
constexpr std::uint32_t kTtlDefaultMs = 5'000;
constexpr std::uint32_t kTtlMaxMs = 600'000;

// How long a tier had the request: `queue`, `decide`, `commit`, `gate`, ... An outer tier's time includes the inner
// ones.
struct Span {
  std::string tier;
  std::uint64_t us = 0;
  static constexpr auto fields() { return std::tuple(field("tier", &Span::tier), field("us", &Span::us)); }
};

struct Header {
  std::uint32_t v = kVersions.spoken;
  std::string t;         // type of the request; "reply" in an answer
  std::uint64_t id = 0;  // chosen by the sender of the request; the answer repeats it
  // in requests
  std::optional<std::uint32_t> ttl;       // milliseconds until the sender gives up
  std::optional<Seq> min;                 // answer only once this is applied (DESIGN 5.6)
  std::optional<std::uint32_t> stale_ok;  // milliseconds (DESIGN 5.9)
  std::optional<bool> fresh;              // do not answer from a cache
  std::optional<bool> trace;              // report the time per tier
  std::optional<Blob> token;              // of the client's credential; empty: a client without one
  std::optional<Seq> by;                  // from a frontend: the credential of the client; 0: a buyer without one
  std::optional<std::string> who;  // from a frontend: the name of the operator's key, for a client without a token
  // in answers
  std::optional<Seq> seq;          // the last event that the answer reveals (DESIGN 5.5)
  std::optional<std::string> err;  // word of a msg::Code; the body is then a Refusal
  // Of a stale_ok answer: it shows everything that was known this many milliseconds ago.
  std::optional<std::uint64_t> stale_ms;
  std::optional<std::vector<Span>> spans;
  static constexpr auto fields() {
    return std::tuple(field("v", &Header::v), field("t", &Header::t), field("id", &Header::id),
                      field("ttl", &Header::ttl), field("min", &Header::min), field("stale_ok", &Header::stale_ok),
                      field("fresh", &Header::fresh), field("trace", &Header::trace), field("token", &Header::token),
                      field("by", &Header::by), field("who", &Header::who), field("seq", &Header::seq),
                      field("err", &Header::err), field("stale_ms", &Header::stale_ms), field("spans", &Header::spans));
  }
};
constexpr std::string_view kReplyType = "reply";

struct Message {
  Header header;
  std::string_view body;  // points into the frame
  std::size_t bytes = 0;  // of header and body
};

// Reads the messages of a frame one after another.
//
//   for (FrameReader reader(frame); !reader.done();) {
//     auto message = reader.next();
//     if (!message) { ...; break; }     // the rest of the frame cannot be read
//   }
class FrameReader {
 public:
  explicit FrameReader(std::string_view frame) : frame_(frame) {}
  bool done() const { return offset_ >= frame_.size(); }
  base::Result<Message> next();  // after an error the reader is done

 private:
  std::string_view frame_;
  std::size_t offset_ = 0;
};

// Why a header of so many bytes is not taken.
std::string large_header(std::size_t bytes);

// A request has no use for them, and a server may keep its header.
void forget_fields_of_answers(Header& request);

void append_message(std::string& frame, const Header& header, std::string_view body);

template <class Body>
requires(!std::is_convertible_v<const Body&, std::string_view>) void append_message(std::string& frame,
                                                                                    const Header& header,
                                                                                    const Body& body) {
  encode(header, frame);
  encode(body, frame);
}

template <class Request>
void append_request(std::string& frame, Header header, const Request& request) {
  header.t = Request::kType;
  append_message(frame, header, request);
}

// The parts of its request that an answer repeats: the id, and the version, because a peer that asks in an older
// version can read no other. If the request could not be read, or its version is not understood, the answer has our
// version.
struct InReplyTo {
  // Both are implicit: a caller hands over the header that it answers, or the id alone.
  // NOLINTNEXTLINE(google-explicit-constructor)
  InReplyTo(std::uint64_t request_id = 0) : id(request_id) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  InReplyTo(const Header& request) : id(request.id), v(understood(request.v) ? request.v : kVersions.spoken) {}
  std::uint64_t id;
  std::uint32_t v = kVersions.spoken;
};

// A message may repeat what a stranger has sent. Returns the refusal with text that anybody can read.
Refusal readable(Refusal refusal);

Header reply_header(const InReplyTo& request, Seq reveals);
void append_refusal(std::string& frame, const InReplyTo& request, Seq reveals, const Refusal& refusal);

// Says why the version of a request or an answer is not understood here, and what to do; nothing if it is understood. A
// refusal can be read in every version.
std::optional<Refusal> unsupported(const Header& header);

// The refusal in an answer whose header has `err`. An unknown word from a newer peer becomes kUnknown.
base::Result<Refusal> decode_refusal(const Message& message);

}  // namespace msg
